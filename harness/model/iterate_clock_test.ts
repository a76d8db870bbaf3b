/**
 * The time test of an iteration: after which pages, and in whole milliseconds.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { IterateClock } from "./iterate_clock.ts";

Deno.test("IterateClock tests after the first page and every 64th from there", () => {
  const clock = new IterateClock();
  clock.begin(1000);
  assertEquals(clock.untilTest, 1);
  const tested: number[] = [];
  for (let page = 1; page <= 200; page++) {
    clock.count(1, true);
    if (clock.isDue) tested.push(page);
    clock.ends(1000);
  }
  assertEquals(tested, [1, 65, 129, 193]);
  assertEquals(clock.untilTest, 57);
});

Deno.test("IterateClock.ends compares whole milliseconds, only when a test is due", () => {
  const table: readonly [pages: number, limited: boolean, now: number, ends: boolean][] = [
    [1, true, 50_999, false],
    [1, true, 51_000, true],
    [2, true, 90_000, false],
    [65, true, 90_000, true],
    [1, false, 90_000, false],
    [0, true, 90_000, false],
  ];
  for (const [pages, limited, now, ends] of table) {
    const clock = new IterateClock();
    clock.begin(0);
    clock.count(pages, limited);
    assertEquals(clock.ends(now), ends, `${pages} pages, ${now} us`);
    assertEquals(clock.ends(now), false, "a test is made once");
  }
});

Deno.test("IterateClock.bigWait tells whole milliseconds and the pages before the last", () => {
  const clock = new IterateClock();
  clock.begin(500);
  clock.count(129, true);
  assertEquals(clock.bigWait(53_499), { milliseconds: 52, iterations: 128 });
});
