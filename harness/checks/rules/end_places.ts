/**
 * Where sums are shown that are found wrong at the end: the line of what is missing, or the last of what was counted.
 *
 * @module
 */

/** Lines that are kept of what one side sent, to name the first that the other lacks. */
const LINES_MAX = 4096;
/** None yet. */
export const NO_LINES = (): number[] => [];

/** Keeps the line of what was sent, by its number from 0. */
export function keepLine(lines: number[], index: number, line: number): void {
  if (index < LINES_MAX) lines[index] = line;
}

/** The first that was sent and did not come; undefined where its line was not kept. */
export function firstLacking(lines: readonly number[], loaded: number, name: string) {
  const line = lines[loaded];
  return line === undefined ? undefined : { side: "source" as const, line, name };
}

/** The last that came, where one more came than was due; undefined where none did. */
export function lastTaken(line: number, name: string) {
  return line === 0 ? undefined : { side: "destination" as const, line, name };
}
