/**
 * Bounded series: what is kept, what is thinned, and that a peak survives.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { BoundedSeries, describeThinning } from "./series.ts";

Deno.test("BoundedSeries keeps every row while there is room", () => {
  const series = new BoundedSeries(2, 1, 8);
  for (let at = 0; at < 7; at++) series.push(100 + at, at);
  const kept = series.series(100);
  assertEquals(kept, {
    columns: [[0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5, 6]],
    given: 7,
    group: 1,
  });
  assertEquals(describeThinning("Bandwidth", kept), "");
});

Deno.test("BoundedSeries keeps the smallest and the largest of each group, in their order", () => {
  const series = new BoundedSeries(2, 1, 8);
  for (const [at, value] of [5, 1, 9, 2, 7, 7, 7, 7].entries()) series.push(at, value);
  const kept = series.series();
  assertEquals(kept.columns, [[1, 2, 4], [1, 9, 7]]);
  assertEquals(kept.group, 4);
  assertStringIncludes(describeThinning("Bandwidth", kept), "of 8 points 3 are drawn");
});

Deno.test("BoundedSeries stays within its bound, in order, and never loses the extremes", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 2000 }), (values) => {
      const series = new BoundedSeries(2, 1, 16);
      for (const [at, value] of values.entries()) series.push(at, value);
      const { columns: [times = [], kept = []], given, group } = series.series();
      assert(times.length <= 16 + group, `${times.length} rows of ${given} with groups of ${group}`);
      assert(times.every((at, index) => index === 0 || at > (times[index - 1] ?? 0)));
      assert(times.every((at, index) => values[at] === kept[index]), "a row stays as it was");
      assertEquals(Math.max(...kept), Math.max(...values));
      assertEquals(Math.min(...kept), Math.min(...values));
    }),
    { numRuns: 200 },
  );
});

Deno.test("BoundedSeries thins rows whose lead is not known", () => {
  const series = new BoundedSeries(2, 1, 8);
  for (let at = 0; at < 8; at++) series.push(at, at === 5 ? 3 : NaN);
  const [times = [], values = []] = series.series().columns;
  assert(values.includes(3), String(times));
});
