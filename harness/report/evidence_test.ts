/**
 * A smallest trace of several logs: each line under its own.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { SmallestTrace } from "../checks/mod.ts";
import { catalogOf, type Side } from "../trace/mod.ts";
import { placeInSmallest, printSmallest } from "./evidence.ts";

const SETUP = catalogOf("10.0").expect("loadvm_state_setup");

function smallestOf(
  ...places: readonly (readonly [trace: number, side: Side, line: number])[]
): SmallestTrace {
  const lines = places.map(([trace, side, line]) => ({
    trace,
    side,
    line,
    name: SETUP.name,
    record: { declaration: SETUP, at: line, thread: 7, values: [] },
  }));
  return { lines, of: 9, needs: "nothing", isMinimal: true, judged: 1 };
}

Deno.test("printSmallest gives each log by itself, also of two destinations", () => {
  const smallest = smallestOf([1, "source", 3], [2, "destination", 1], [3, "destination", 1], [
    3,
    "destination",
    2,
  ]);
  const line = (micros: number) => `7@0.00000${micros}:loadvm_state_setup \n`;
  assertEquals(printSmallest(smallest), [
    { trace: 1, side: "source", log: line(3) },
    { trace: 2, side: "destination", log: line(1) },
    { trace: 3, side: "destination", log: line(1) + line(2) },
  ]);
});

Deno.test("placeInSmallest numbers the logs of a side where there is more than one", () => {
  const places = (smallest: SmallestTrace) => smallest.lines.map((line) => placeInSmallest(smallest, line));
  assertEquals(places(smallestOf([1, "source", 3], [2, "destination", 1])), ["source:3", "destination:1"]);
  assertEquals(places(smallestOf([1, "source", 3], [2, "destination", 4], [3, "destination", 4])), [
    "source:3",
    "destination 1:4",
    "destination 2:4",
  ]);
});
