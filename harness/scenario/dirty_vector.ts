/**
 * A recorded dirty-rate vector: how many distinct pages a guest dirties in an interval, by its length.
 *
 * @module
 */

/**
 * The pages that a vector tells of an interval: straight lines from no pages in no time on, and the last value for
 * intervals that are longer than any that was measured.
 *
 * @param intervalsMs Lengths of intervals in milliseconds, rising.
 * @param dirtyPages Pages of an interval of each length.
 * @returns Whole pages, rounded down.
 */
export function pagesDirtied(
  intervalsMs: readonly number[],
  dirtyPages: readonly number[],
  elapsedMs: number,
): number {
  let beforeMs = 0;
  let before = 0;
  for (let index = 0; index < intervalsMs.length; index++) {
    const atMs = intervalsMs[index] ?? 0;
    const pages = dirtyPages[index] ?? 0;
    if (elapsedMs < atMs) {
      return Math.floor(before + (pages - before) * (elapsedMs - beforeMs) / (atMs - beforeMs));
    }
    beforeMs = atMs;
    before = pages;
  }
  return before;
}

/**
 * After how many milliseconds a vector tells of so many pages: the inverse of {@linkcode pagesDirtied}.
 *
 * @param pages At least 1.
 * @returns Infinity if it never tells of so many.
 */
export function pagesDirtiedAt(
  intervalsMs: readonly number[],
  dirtyPages: readonly number[],
  pages: number,
): number {
  let beforeMs = 0;
  let before = 0;
  for (let index = 0; index < intervalsMs.length; index++) {
    const atMs = intervalsMs[index] ?? 0;
    const there = dirtyPages[index] ?? 0;
    if (there >= pages) return beforeMs + (pages - before) * (atMs - beforeMs) / (there - before);
    beforeMs = atMs;
    before = there;
  }
  return Infinity;
}
