/**
 * Further runs of QEMU in the report.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { FURTHER_RUNS, printFurtherRuns } from "./further_runs.ts";

function caseOf(name: string, real: number, seedIterations: number[]) {
  return { comparison: { name, iterations: { model: 4, real } }, seedIterations };
}

Deno.test("printFurtherRuns holds QEMU's runs beside the model's, in order", () => {
  const lines = printFurtherRuns([caseOf("tcp", 2, [2]), caseOf("q111-file-plain", 9, [10, 4, 5])]);
  assertEquals(lines.length, 3);
  assertEquals(lines[2], "| q111-file-plain | 9 | 2, 3, 3, 4, 4, 4, 4, 5, 6 | 4, 5, 10 |");
  assertEquals(printFurtherRuns([caseOf("tcp", 2, [2])]), ["None of them is among the cases."]);
});

Deno.test("each case was run nine times more", () => {
  for (const [name, runs] of Object.entries(FURTHER_RUNS)) {
    assertEquals(runs, runs.toSorted((a, b) => a - b), name);
    assert(runs.length === 9 && runs.every((count) => count >= 2), name);
  }
});
