/**
 * What is said of full cycles that differ.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, type Scenario } from "../scenario/mod.ts";
import type { CycleAgreement } from "./compare_runs.ts";
import { cyclesNeverEqual, remarkOnCycles } from "./cycle_remark.ts";
import type { Cycle } from "./observe_run.ts";

function scenarioWith(xbzrle: boolean, content: "data" | "alternating" = "data"): Scenario {
  return makeScenario({
    why: "x",
    capabilities: { xbzrle },
    workload: [{
      kind: "sweep",
      start_page: 1024,
      pages: 100,
      rate_pages_per_second: 1000,
      words: 4,
      content,
    }],
  });
}

function differing(...differences: number[]): CycleAgreement {
  return { compared: 9, equal: 9 - differences.length, unmatched: 0, differences };
}

Deno.test("remarkOnCycles tells what the guest's own counter makes of them", async (t) => {
  const counted = (never: number) => () => ({ compared: 9, never });
  const table: [
    xbzrle: boolean,
    differences: number[],
    never: number | null,
    says: string[],
    because: string,
  ][] = [
    [true, [], 0, [], "nothing differs"],
    [true, [5, 13], 0, ["differ: 2 of 9, by 13 bytes", "none of 9 differ in every seed"], "xbzrle-small"],
    [true, [5], 1, ["differ: 1 of 9", "before 1 of 9 differ in every seed"], "xbzrle-resize"],
    [true, [5], null, ["its copy holds turns on the guest's moments)"], "a guest that nobody counted"],
    [false, [5], 0, [], "without XBZRLE there is no such excuse"],
  ];
  for (const [xbzrle, differences, never, says, because] of table) {
    await t.step(because, () => {
      const given = never === null ? () => null : counted(never);
      const remark = remarkOnCycles(scenarioWith(xbzrle), differing(...differences), given);
      assertEquals(remark === "", says.length === 0);
      for (const part of says) assert(remark.includes(part), remark);
    });
  }
});

Deno.test("remarkOnCycles tells of zeros that the guest writes in turn", () => {
  const remark = remarkOnCycles(scenarioWith(false, "alternating"), differing(9), () => null);
  assert(remark.includes("by 9 bytes at most (which pages are zero as they are sent"), remark);
});

Deno.test("cyclesNeverEqual counts cycles that no run has, and leaves out those without a counterpart", () => {
  const cycles = (...bytes: number[]): Cycle[] =>
    bytes.map((sent) => ({ bytes: sent, milliseconds: 100, pass: 1, isFull: true }));
  const real = cycles(10, 20, 30, 40);
  assertEquals(cyclesNeverEqual([cycles(10, 21, 31), cycles(11, 20, 32)], real), { compared: 3, never: 1 });
  assertEquals(cyclesNeverEqual([cycles(10, 20, 30, 40)], real), { compared: 4, never: 0 });
});
