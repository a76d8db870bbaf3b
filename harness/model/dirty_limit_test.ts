/**
 * dirty-limit: when the guest is limited, to how much, and what the limit does.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import { simulate } from "./simulate.ts";

/** The guest of the recording dirty-limit: of four writes one goes on to the next page, and too many for the limit. */
const run = (more: Partial<ScenarioInput> = {}) =>
  simulate(makeScenario({
    why: "x",
    guest: {
      accelerator: "kvm",
      dirty_ring_entries: 2048,
      ram_bytes: 67108864,
      filled: [{ start_page: 1024, pages: 8192 }],
    },
    workload: [
      { kind: "sweep", start_page: 1024, pages: 8192, rate_pages_per_second: 15000 },
      { task: 1, kind: "sweep", start_page: 6, pages: 1, rate_pages_per_second: 45000 },
    ],
    capabilities: { "dirty-limit": true },
    parameters: { "max-bandwidth": 33554432, "vcpu-dirty-limit": 10, "x-vcpu-dirty-limit-period": 500 },
    time_limit_ms: 20_000,
    ...more,
  }));

const linesOf = ({ source }: ReturnType<typeof run>): string[] =>
  source.filter(({ declaration }) => /dirty_?limit/.test(declaration.name))
    .map(({ declaration, values }) => `${declaration.name} ${values.join(" ")}`);

Deno.test("the limit comes with the second period of too many dirty pages, once, in QEMU's words (dirty-limit)", () => {
  const lines = linesOf(run());
  assertEquals(lines.slice(0, 3), [
    "dirtylimit_state_initialize 1",
    "dirtylimit_set_vcpu 0 10",
    "migration_dirty_limit_guest 10",
  ]);
  assertEquals(lines.filter((line) => line.startsWith("migration_dirty_limit_guest")).length, 1);
});

Deno.test("the sleep follows from the ring and the rate: 8 MiB at 234 MiB/s, 95 percent too much", () => {
  const [, , , percent] = linesOf(run());
  const ringFull = Math.floor(8e6 / 234);
  assertEquals(percent, `dirtylimit_throttle_pct 0 95 ${ringFull * 19}`);
});

Deno.test("dirty-limit makes a migration converge that does not without it", () => {
  assertEquals(run().outcome.source, "completed");
  assertEquals(run({ capabilities: {} }).outcome.timedOut, true);
});

Deno.test("a higher quota slows the guest down less", () => {
  const slept = (quota: number): number => {
    const lines = linesOf(run({ parameters: { "max-bandwidth": 33554432, "vcpu-dirty-limit": quota } }));
    return Number(lines.find((line) => line.startsWith("dirtylimit_throttle_pct"))?.split(" ")[3] ?? 0);
  };
  assert(slept(100) > 0 && slept(100) < slept(10));
  assertEquals(slept(220), 0, "a rate within 25 MiB/s of the quota is left alone");
});

Deno.test("a cancel ends the limits, and the guest runs at full speed again", () => {
  const cancelled = run({ operator: [{ at_ms: 4000, execute: "migrate_cancel" }] });
  assertEquals(cancelled.outcome.source, "cancelled");
  assertEquals(linesOf(cancelled).slice(-2), ["dirtylimit_set_vcpu 0 0", "dirtylimit_state_finalize "]);
});

Deno.test("query-migrate tells of the limit while it holds", () => {
  const shown = run().samples.map((sample) => sample["query-migrate"]["dirty-limit-throttle-time-per-round"]);
  assertEquals(shown[0], undefined);
  assert(shown.some((value) => typeof value === "number" && value > 0));
});
