/**
 * A dirty vector read both ways: pages by time, and time by pages.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { pagesDirtied, pagesDirtiedAt } from "./dirty_vector.ts";

/** Intervals and pages, with stretches in which none becomes dirty and intervals of no length. */
const TABLE: readonly (readonly [intervalsMs: readonly number[], dirtyPages: readonly number[]])[] = [
  [[100, 1000], [50, 200]],
  [[10, 20, 30], [0, 0, 7]],
  [[0, 0, 5], [2, 3, 4]],
];

Deno.test("pagesDirtiedAt is the earliest moment at which pagesDirtied tells of so many", () => {
  for (const [intervals, dirty] of TABLE) {
    const most = dirty.at(-1) ?? 0;
    for (let pages = 1; pages <= most; pages++) {
      const at = pagesDirtiedAt(intervals, dirty, pages);
      assert(pagesDirtied(intervals, dirty, at + 1e-9) >= pages, `${pages} pages after ${at} ms`);
      if (at > 0) assert(pagesDirtied(intervals, dirty, at - 1e-9) < pages, `${pages} pages before ${at} ms`);
    }
    assertEquals(pagesDirtiedAt(intervals, dirty, most + 1), Infinity);
  }
});
