/**
 * Auto-converge at work: the sync that waits for a sleeping vCPU, and the extra sync of a long pass.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import type { TraceRecord } from "../trace/mod.ts";
import { simulate } from "./mod.ts";

/** A guest that writes more than the link carries, in a pass of some twenty seconds. */
const LONG: ScenarioInput = {
  why: "a long pass",
  guest: { ram_bytes: 2 ** 26, filled: [{ start_page: 0, pages: 16384 }] },
  workload: [{ kind: "sweep", start_page: 0, pages: 16000, rate_pages_per_second: 5000 }],
  capabilities: { "auto-converge": true },
  parameters: { "max-bandwidth": 3_000_000 },
  operator: [{ execute: "migrate_cancel", at_ms: 45_000 }],
};
const named = (records: readonly TraceRecord[], name: string) =>
  records.filter(({ declaration }) => declaration.name === name);

Deno.test("a pass of more than five seconds is synced by the throttle's timer, once every five seconds", () => {
  const { source } = simulate(makeScenario(LONG));
  const ticks = named(source, "cpu_throttle_dirty_sync");
  assert(ticks.length >= 2, `${ticks.length} ticks`);
  for (const [index, { at }] of ticks.slice(1).entries()) assert(at - (ticks[index]?.at ?? 0) >= 5_000_000);
  const [end] = named(source, "migration_bitmap_sync_end").filter(({ values }) =>
    values[0] !== 0n && values[0] !== 0
  );
  assert((ticks[0]?.at ?? 0) > (end?.at ?? Infinity), "nothing is synced before the first pass is over");
});

Deno.test("the timer's syncs count as iterations to 10.0, not in 11.1; without the capability there are none", () => {
  const run = (change: Partial<ScenarioInput>) => {
    const { source, outcome } = simulate(makeScenario({ ...LONG, ...change }));
    return { ticks: named(source, "cpu_throttle_dirty_sync").length, iterations: outcome.iterations };
  };
  const older = run({});
  const newer = run({ profile: "11.1" });
  assert(older.ticks > 0 && newer.ticks > 0);
  assert(older.iterations >= newer.iterations + older.ticks, `${older.iterations} and ${newer.iterations}`);
  assertEquals(run({ profile: "8.2-dev" }).ticks, 0);
  assertEquals(run({ capabilities: {} }).ticks, 0);
});

Deno.test("under TCG a sync waits for a vCPU that sleeps, under KVM it does not", () => {
  const longest = (accelerator: "tcg" | "kvm") => {
    const { source } = simulate(makeScenario({
      ...LONG,
      guest: { ...LONG.guest, accelerator },
      parameters: {
        "max-bandwidth": 30_000_000,
        "cpu-throttle-initial": 95,
        "throttle-trigger-threshold": 1,
      },
      operator: [{ execute: "migrate_cancel", at_ms: 20_000 }],
    }));
    let start = 0;
    let most = 0;
    for (const { declaration: { name }, at } of source) {
      if (name === "migration_bitmap_sync_start") start = at;
      if (name === "migration_bitmap_sync_end") most = Math.max(most, at - start);
    }
    return most;
  };
  assert(longest("tcg") > 5000, `${longest("tcg")} us`);
  assert(longest("kvm") < 1000, `${longest("kvm")} us`);
});
