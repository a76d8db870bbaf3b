/**
 * The comparison of guided and blind search tells the median and the range of each point of time.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { tableOf } from "./compare_guided.ts";

Deno.test("the table has the median over the seeds, and the lowest and highest", () => {
  const reached = [{ blind: 100, guided: 90 }, { blind: 200, guided: 300 }, { blind: 50, guided: 60 }];
  assertEquals(
    tableOf(20, [[{ blind: 10, guided: 20 }], reached]),
    `| seconds each | blind | guided | guided to blind |
| --- | --- | --- | --- |
| 10 | 10 (10 to 10) | 20 (20 to 20) | 2.000 (2.000 to 2.000) |
| 20 | 100 (50 to 200) | 90 (60 to 300) | 1.200 (0.900 to 1.500) |
`,
  );
});
