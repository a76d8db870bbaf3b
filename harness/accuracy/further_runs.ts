/**
 * Further runs of QEMU with the inputs of recordings whose syncs come in a row: what one recording of each cannot tell.
 *
 * Before 11.1 has a threshold one sync follows the other until one finds nothing, and which one that is hangs on
 * microseconds. Each of these cases was run nine times more with QEMU 11.1.3, the same guest and a recorder like that of
 * the recordings, on the same machine with more other work (a load of 12 to 16): a destination that waits longer for memory
 * ends the first pass after the first 100 ms, and with that the row before it begins, which leaves two or three.
 *
 * @module
 */
import type { CaseComparison } from "./compare_runs.ts";

/** dirty-sync-count at the end of each run, in order. */
export const FURTHER_RUNS: Readonly<Record<string, readonly number[]>> = {
  "q111-file-mapped-ram": [2, 2, 2, 3, 4, 4, 4, 6, 9],
  "q111-file-mapped-ram-directio": [5, 7, 7, 26, 40, 60, 81, 94, 111],
  "q111-file-mapped-ram-multifd": [4, 5, 5, 6, 7, 8, 9, 10, 13],
  "q111-file-plain": [2, 3, 3, 4, 4, 4, 4, 5, 6],
  "q111-multifd-unlimited": [2, 2, 2, 2, 3, 34, 36, 47, 90],
  "q111-multifd-zerocopy-tcp": [2, 2, 2, 2, 2, 2, 3, 3, 3],
  "q111-multifd-zpd-legacy": [2, 2, 2, 2, 2, 2, 2, 30, 101],
  "q111-multifd-zpd-multifd": [2, 2, 2, 2, 8, 19, 55, 83, 93],
};

/** The lines of the report: QEMU's runs beside the model's. */
export function printFurtherRuns(
  cases: readonly {
    readonly comparison: Pick<CaseComparison, "name" | "iterations">;
    readonly seedIterations: readonly number[];
  }[],
): string[] {
  const rows = cases.flatMap(({ comparison: { name, iterations }, seedIterations }) => {
    const runs = FURTHER_RUNS[name];
    if (runs === undefined) return [];
    const seeds = seedIterations.toSorted((a, b) => a - b);
    return [`| ${name} | ${iterations.real} | ${runs.join(", ")} | ${seeds.join(", ")} |`];
  });
  return rows.length === 0 ? ["None of them is among the cases."] : [
    "| case | the recording | nine more runs of QEMU | the model's seeds |",
    "| --- | --- | --- | --- |",
    ...rows,
  ];
}
