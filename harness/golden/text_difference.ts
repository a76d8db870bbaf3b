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
  const short = shortened(lines, Math.max(1, Math.floor(linesMax / 4)));
  if (short.length <= linesMax) return short;
  return [...short.slice(0, linesMax), `… and ${short.length - linesMax} lines more`];
}

/** Of many lines in a row that are gone or new the first ones: what replaces them is as telling as they are. */
function shortened(lines: readonly string[], most: number): string[] {
  const short: string[] = [];
  for (let at = 0; at < lines.length;) {
    const sign = lines[at]?.charAt(0);
    const end = lines.findIndex((line, index) => index > at && line.charAt(0) !== sign);
    const run = lines.slice(at, end === -1 ? lines.length : end);
    const isLong = (sign === "-" || sign === "+") && run.length > most + 1;
    if (isLong) short.push(...run.slice(0, most), `… ${run.length - most} lines more like this: ${sign}`);
    else short.push(...run);
    at += run.length;
  }
  return short;
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
