/**
 * The choice among several seeds.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeScenario } from "../scenario/mod.ts";
import type { ObservedRun } from "./compare_runs.ts";
import { medianRun, runSeeds, SEEDS } from "./run_seeds.ts";

/** `1200` is a run that completes after 1200 ms, `!1200` one that ends otherwise then, `4@1200` one of four iterations. */
function runOf(word: string): ObservedRun {
  const [, iterations = 0, totalMs = 0] =
    /^!?(?:(\d+)@)?(\d+)$/.exec(word)?.map((part = "0") => Number(part)) ?? [];
  return {
    source: { names: [], cycles: [], syncs: [], iterations: 0, spanMicros: totalMs * 1000, lastState: "" },
    destinations: [],
    figures: {
      status: word.startsWith("!") ? "cancelled" : "completed",
      totalMs,
      downtimeMs: null,
      iterations,
      transferred: 0,
      normal: 0,
      duplicate: 0,
      downtimeBytes: 0,
    },
  };
}

Deno.test("medianRun takes the middle run, and says how far they lie apart", async (t) => {
  const told = (rest: string) => `the host's scheduler decides: over 3 seeds of it the model takes ${rest}`;
  const table: [runs: string, middle: number, spread: string, because: string][] = [
    ["100 104 102", 102, "", "a spread of 4 % is none"],
    ["100 900 300", 300, told("100 to 900 ms"), "they lie apart"],
    [
      "300 !200 100",
      300,
      told("100 to 300 ms, 2 of them completed"),
      "one that never completes is the longest",
    ],
    ["!300 !200 100", 200, told("100 to 300 ms, 1 of them completed"), "most do not complete"],
    ["700", 700, "", "one seed is its own middle"],
    ["3@105 2@101 3@103", 103, "", "iterations come first, then time; one more or less is no remark"],
    ["9@105 2@101 3@106", 106, told("2 to 9 iterations"), "iterations lie apart, and hardly times"],
    ["9@900 2@100 3@300", 300, told("2 to 9 iterations and 100 to 900 ms"), "both lie apart"],
  ];
  for (const [words, middle, spread, because] of table) {
    await t.step(`${words}: ${because}`, () => {
      const median = medianRun(words.split(" ").map(runOf));
      assertEquals([median.run.figures.totalMs, median.spread], [middle, spread]);
    });
  }
});

Deno.test("runSeeds asks for an odd number of seeds, from the scenario's own on", () => {
  const seeds: number[] = [];
  runSeeds(makeScenario({ why: "x", seed: 7 }), ({ seed }) => {
    seeds.push(seed);
    return runOf("1");
  });
  assertEquals(seeds, Array.from({ length: SEEDS }, (_, index) => 7 + index));
  assertEquals(SEEDS % 2, 1);
});
