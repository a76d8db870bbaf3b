/**
 * The lines that differ between two texts, as `diff -u` shows them.
 *
 * @module
 */
import { structuredPatch } from "diff";

/** How hard the shortest difference is looked for; past this the first differing lines are shown as they stand. */
const EDITS_MAX = 2000;

/**
 * Hunks with two lines around each change.
 *
 * @param linesMax At most this many lines; the rest is counted.
 * @returns Nothing when the texts are the same.
 */
export function textDifference(before: string, after: string, linesMax = 40): string[] {
  if (before === after) return [];
  const patch = structuredPatch("", "", before, after, "", "", { context: 2, maxEditLength: EDITS_MAX });
  const lines = patch === undefined ? firstDifference(before, after) : patch.hunks.flatMap((hunk) => [
    `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    ...hunk.lines,
  ]);
  if (lines.length <= linesMax) return lines;
  return [...lines.slice(0, linesMax), `… and ${lines.length - linesMax} lines more`];
}

function firstDifference(before: string, after: string): string[] {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  const at = old.findIndex((line, index) => line !== fresh[index]);
  const start = Math.max(0, at - 2);
  return [
    `@@ -${start + 1} +${start + 1} @@ (the texts differ in more than ${EDITS_MAX} lines)`,
    ...old.slice(start, at).map((line) => ` ${line}`),
    ...old.slice(at, at + 8).map((line) => `-${line}`),
    ...fresh.slice(at, at + 8).map((line) => `+${line}`),
  ];
}
