/**
 * What is said of full cycles that differ.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, type Scenario } from "../scenario/mod.ts";
import type { CycleAgreement } from "./compare_runs.ts";
import { bytesByRate, remarkOnCycles } from "./cycle_remark.ts";

const RATE = 1000;

function scenarioWith(xbzrle: boolean, content: "data" | "alternating" = "data"): Scenario {
  return makeScenario({
    why: "x",
    capabilities: { xbzrle },
    workload: [{
      kind: "sweep",
      start_page: 1024,
      pages: 100,
      rate_pages_per_second: RATE,
      words: 4,
      content,
    }],
  });
}

function differing(...differences: number[]): CycleAgreement {
  return { compared: 9, equal: 0, unmatched: 0, differences };
}

/** A model whose cycles move by a byte for each page a second. */
function moves({ workload: [phase] }: Scenario): CycleAgreement {
  assert(phase !== undefined && "rate_pages_per_second" in phase);
  return differing(Math.round(Math.abs(phase.rate_pages_per_second - RATE)));
}

Deno.test("bytesByRate is what the slowest and the quickest guest make", async (t) => {
  const table: [because: string, compare: (other: Scenario) => CycleAgreement, bytes: number][] = [
    ["6 % of the rate", moves, 60],
    ["nothing moves", () => differing(), 0],
    ["a page sent whole is no matter of words", () => differing(3, 4096), 3],
  ];
  for (const [because, compare, bytes] of table) {
    await t.step(because, () => assertEquals(bytesByRate(scenarioWith(true), compare), bytes));
  }
});

Deno.test("remarkOnCycles tells other words from other pages", async (t) => {
  const table: [xbzrle: boolean, differences: number[], says: string[], because: string][] = [
    [true, [], [], "nothing differs"],
    [true, [5, 13], ["differ: 2 by 13 bytes at most", "by up to 60 bytes"], "other words (xbzrle-small)"],
    [true, [2856], ["differ: 1 in which pages they encode"], "a whole flush"],
    [true, [5, 2856], ["differ: 1 by 5 bytes", ", 1 in which"], "one of each"],
    [false, [5], [], "without XBZRLE there is no such excuse"],
  ];
  for (const [xbzrle, differences, says, because] of table) {
    await t.step(because, () => {
      const remark = remarkOnCycles(scenarioWith(xbzrle), differing(...differences), moves);
      assertEquals(remark === "", says.length === 0);
      for (const part of says) assert(remark.includes(part), remark);
    });
  }
});

Deno.test("remarkOnCycles tells of zeros that the guest writes in turn", () => {
  const remark = remarkOnCycles(scenarioWith(false, "alternating"), differing(9), moves);
  assert(remark.includes("1 by 9 bytes at most (which pages are zero as they are sent"), remark);
});
