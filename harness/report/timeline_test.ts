/**
 * Timelines of committed recordings and of the model's kind of trace.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { gunzipSync } from "node:zlib";
import {
  type ArgValue,
  type CatalogName,
  catalogOf,
  readLog,
  type Side,
  type TraceRecord,
  visitRecords,
} from "../trace/mod.ts";
import { type Timeline, TimelineRecorder } from "./timeline.ts";

const RECORDINGS = new URL("../../recordings/", import.meta.url);

function recorded(
  name: string,
  catalog: CatalogName,
  sides: readonly Side[] = ["source", "destination"],
): Timeline {
  const recorder = new TimelineRecorder();
  for (const side of sides) {
    const file = new URL(`${name}/${side === "source" ? "src" : "dst"}.trace.gz`, RECORDINGS);
    readLog(catalogOf(catalog), gunzipSync(Deno.readFileSync(file)), recorder.side(side));
  }
  return recorder.finish();
}

/** `"100 migrate_set_state setup"`, a line an event: moment, name, values. */
function records(catalog: CatalogName, text: string): TraceRecord[] {
  return text.trim().split("\n").map((line) => {
    const [at, name = "", ...given] = line.trim().split(" ");
    const declaration = catalogOf(catalog).expect(name);
    const values = declaration.args.map(({ kind, bits }, index): ArgValue => {
      const value = given[index] ?? "0";
      return kind === "string" ? value : bits === 64 ? BigInt(value) : Number(value);
    });
    return { declaration, at: Number(at), thread: 1, values };
  });
}

function sourceOf(text: string, catalog: CatalogName = "10.0"): Timeline {
  const recorder = new TimelineRecorder();
  visitRecords(records(catalog, text), recorder.side("source"));
  return recorder.finish();
}

Deno.test("Timeline of precopy-bw64-dr31 has the recording's phases and iterations", () => {
  const timeline = recorded("precopy-bw64-dr31", "10.0");
  assertEquals(timeline.source?.phases.map(({ label }) => label), ["setup", "active", "device", "completed"]);
  assertEquals(timeline.destination?.phases.map(({ label }) => label), ["setup", "active", "completed"]);
  const [, , number, line, sent, dirtied, pending, threshold] = timeline.iterations.columns;
  assertEquals(number, [1, 2, 3, 4]);
  // Lines 121, 160, 178 and 189 of src.trace are the ends of the syncs; the exact pending sizes follow them.
  assertEquals(line, [121, 160, 178, 189]);
  assertEquals(pending, [44449792, 29569024, 22241280, 18575360]);
  assertEquals(dirtied, [44449792, 15396864, 6303744, 3149824]);
  assertEquals([sent?.[0], threshold?.at(-1)], [268967936, 20487222]);
  assertEquals(timeline.cycles.given, 22, "migrate_transferred is traced 22 times");
});

Deno.test("Timeline tells where the downtime went, and when the guest stood still", () => {
  const { source, destination } = recorded("precopy-bw64-dr31", "10.0");
  const checkpoints = source?.downtime.steps.filter(({ kind }) => kind === "checkpoint") ?? [];
  assertEquals(checkpoints.map(({ label }) => label.split(" → ")[1]), [
    "src-vm-stopped",
    "src-iterable-saved",
    "src-non-iterable-saved",
    "src-downtime-end",
  ]);
  assertEquals(source?.downtime.steps.filter(({ kind }) => kind === "device").length, 41);
  const stopped = source?.guest.at(-1)?.to ?? NaN;
  const started = destination?.guest[0]?.from ?? NaN;
  assertAlmostEquals(started - stopped, 8034, 1);
});

Deno.test("Timeline pairs page requests of postcopy with their answers", () => {
  const { latencies, source } = recorded("postcopy-limited", "10.0");
  assertEquals(latencies, undefined, "the guest of this recording never waited for a page");
  assertEquals(source?.phases.at(-2)?.label, "postcopy-active");
  const recorder = new TimelineRecorder();
  visitRecords(
    records(
      "10.0",
      `10 postcopy_ram_fault_thread_request 4096 pc.ram 0 1
       12 postcopy_page_req_add 4096 1
       60 postcopy_page_req_del 4096 0`,
    ),
    recorder.side("destination"),
  );
  assertEquals(recorder.finish().latencies?.most, 50);
});

Deno.test("Timeline reads what each version calls the same thing", async (t) => {
  const table: [version: CatalogName, text: string, known: boolean][] = [
    [
      "10.0",
      `0 migrate_set_state setup
       1 migrate_pending_estimate 1000 1000 0
       2 migrate_transferred 500 100 5 0 300
       3 migrate_pending_estimate 500 500 0
       4 migration_bitmap_sync_end 1
       5 migrate_pending_exact 800 800 0`,
      true,
    ],
    [
      "11.1",
      `0 migrate_set_state setup
       1 qemu_savevm_query_pending 0 0 1000 0 0 1000
       2 migrate_transferred 500 100 5 0 300
       3 qemu_savevm_query_pending 0 0 500 0 0 500
       4 migration_bitmap_sync_end 1
       5 qemu_savevm_query_pending 1 0 800 0 0 800`,
      true,
    ],
    [
      "7.2",
      `0 migrate_set_state setup
       1 migrate_pending 1000 0 1000 0 0
       2 migrate_transferred 500 100 5 300
       3 migration_bitmap_sync_end 1
       4 migrate_pending 800 300 800 0 0`,
      false,
    ],
  ];
  for (const [version, text, known] of table) {
    await t.step(version, () => {
      const { iterations, cycles } = sourceOf(text, version);
      const [, , number, , sent, dirtied, pending, threshold, bandwidth] = iterations.columns;
      assertEquals([number, pending, threshold, bandwidth], [[1], [800], [300], [5000]]);
      assertEquals([sent, dirtied], known ? [[500], [300]] : [[NaN], [NaN]]);
      assertEquals(cycles.columns, [[2], [5000], [300]]);
    });
  }
});

Deno.test("Timeline counts no iteration where postcopy counts without a sync", () => {
  const { iterations, remaining } = sourceOf(`0 migrate_set_state setup
    1 migrate_pending_estimate 1000 1000 0
    2 migrate_set_state postcopy-active
    3 migrate_pending_exact 900 0 900`);
  assertEquals(iterations.given, 0);
  assertEquals(remaining.given, 2);
});

Deno.test("Timeline says what it was not given", () => {
  const { notes } = new TimelineRecorder().finish();
  assertStringIncludes(notes.join("\n"), "The source's trace was not given");
  assertStringIncludes(notes.join("\n"), "The destination's trace was not given");
  assertStringIncludes(notes.join("\n"), "No query-migrate samples");
  const undated = sourceOf("-1 migrate_set_state setup");
  assertStringIncludes(undated.notes.join("\n"), "1 events carry no time");
});

Deno.test("Timeline stays bounded on a log of states, devices and cycles without end", () => {
  const recorder = new TimelineRecorder();
  const side = recorder.side("source");
  const many = records(
    "10.0",
    `0 migrate_set_state active
     1 migrate_set_state device
     2 vmstate_downtime_save non-iterable ${"x".repeat(400)} 0 5
     3 migrate_transferred 500 100 5 0 300
     4 migrate_pending_estimate 1000 1000 0
     5 vm_state_notify 1 9 running
     6 vm_state_notify 0 9 running`,
  );
  for (let round = 0; round < 20_000; round++) visitRecords(many, side);
  const timeline = recorder.finish();
  const size = JSON.stringify(timeline).length;
  assert(size < 1_200_000, `${size} characters`);
  const notes = timeline.notes.join("\n");
  assertStringIncludes(notes, "phases and devices of the source are past the bound");
  assertStringIncludes(notes, "Bandwidth and threshold: of 20000 points");
});
