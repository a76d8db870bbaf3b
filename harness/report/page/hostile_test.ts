/**
 * Whatever events a trace holds, in whatever order and with whatever values, its page is made and stays a page.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { judgeRun } from "../../checks/mod.ts";
import { type ArgValue, catalogOf, type Declaration, type TraceRecord } from "../../trace/mod.ts";
import { figuresOf } from "../figures.ts";
import { timelineOf } from "../timeline.ts";
import { comparePage } from "./compare_page.ts";
import { runPage } from "./run_page.ts";

const EVENTS = [
  ...["migrate_set_state", "vm_state_notify", "migrate_transferred", "migrate_pending_estimate"],
  ...[
    "migrate_pending_exact",
    "migration_bitmap_sync_start",
    "migration_bitmap_sync_end",
    "cpu_throttle_set",
  ],
  ...["vmstate_downtime_checkpoint", "vmstate_downtime_save", "vmstate_downtime_load", "postcopy_start"],
  ...["postcopy_ram_fault_thread_request", "postcopy_page_req_add", "postcopy_page_req_del"],
].map((name) => catalogOf("10.0").expect(name));

const text = fc.oneof(
  fc.constantFrom(
    "setup",
    "active",
    "completed",
    "</script><script>alert(1)",
    `"><img src=x onerror=alert(1)>`,
  ),
  fc.string({ unit: "binary", maxLength: 200 }),
);

function valueOf({ kind, bits }: Declaration["args"][number]): fc.Arbitrary<ArgValue> {
  if (kind === "string") return text;
  return bits < 64 ? fc.integer() : fc.oneof(fc.bigInt(0n, 5000n), fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n));
}

const record: fc.Arbitrary<TraceRecord> = fc.constantFrom(...EVENTS).chain((declaration) =>
  fc.record({
    declaration: fc.constant(declaration),
    at: fc.oneof(fc.constant(-1), fc.nat({ max: 10_000_000 }), fc.maxSafeNat()),
    thread: fc.nat(),
    values: fc.tuple(...declaration.args.map(valueOf)),
  })
);

const side = fc.array(record, { maxLength: 60 });

Deno.test("any trace makes a page of three scripts, of which one is data", () => {
  fc.assert(
    fc.property(side, side, text, (source, destination, name) => {
      const settings = { capabilities: { [name]: true }, parameters: { [name]: name } };
      const facts = { version: "10.0", ...settings, actions: [{ at: 5, command: name }] };
      const run = { facts, source, destination, samples: [] };
      const judgement = judgeRun(run);
      const subject = {
        title: name,
        why: name,
        figures: figuresOf(judgement, undefined),
        judgement,
        notes: [name],
      };
      const timeline = timelineOf(run);
      const one = { subject, timeline, facts };
      const other = { ...one, facts: { version: name } };
      const pages = [runPage({ ...one, command: name }), comparePage({ runs: [one, other], command: name })];
      for (const page of pages) {
        assertEquals(page.match(/<img\b/g), null);
        const plots = page.includes("uPlot=function");
        assertEquals(page.match(/<script\b/g)?.length, plots ? 3 : 2);
        const [, json = ""] = /<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(page) ??
          [];
        const data = JSON.parse(json);
        assert(Number.isFinite(data.end) && data.end > 0, String(data.end));
        const cells = [...page.matchAll(/\s(?:x|width)="([^"%]*)%"/g)].map(([, part]) => Number(part));
        assert(
          cells.every((part) => part >= 0 && part <= 100),
          String(cells.find((part) => !(part >= 0 && part <= 100))),
        );
      }
    }),
    { numRuns: 60 },
  );
});
