/**
 * What is said of full cycles that differ.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario } from "../scenario/mod.ts";
import { chanceBytes, remarkOnCycles } from "./cycle_remark.ts";

Deno.test("chanceBytes grows with the words: 32 bytes for four, of 1024 pages", () => {
  assertEquals([1, 4, 16].map(chanceBytes), [16, 32, 64]);
});

Deno.test("remarkOnCycles tells chance from other pages", async (t) => {
  const table: [xbzrle: boolean, differences: number[], says: string[], because: string][] = [
    [true, [], [], "nothing differs"],
    [true, [5, 18], ["differ: 2 by 18 bytes at most"], "what chance allows (xbzrle-small)"],
    [true, [2856], ["differ: 1 in which pages they encode"], "a whole flush"],
    [true, [5, 2856], ["differ: 1 by 5 bytes", ", 1 in which"], "one of each"],
    [false, [5], [], "without XBZRLE there is no such excuse"],
  ];
  for (const [xbzrle, differences, says, because] of table) {
    await t.step(because, () => {
      const scenario = makeScenario({
        why: "x",
        capabilities: { xbzrle },
        workload: [{ kind: "sweep", start_page: 1024, pages: 100, rate_pages_per_second: 100, words: 4 }],
      });
      const remark = remarkOnCycles(scenario, { compared: 9, equal: 0, unmatched: 0, differences });
      assertEquals(remark === "", says.length === 0);
      for (const part of says) assert(remark.includes(part), remark);
    });
  }
});
