/**
 * Figures as the pages show them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { showCount, showMicros, showValue } from "./format.ts";

Deno.test("showValue gives a value in the unit that fits, three digits that count", async (t) => {
  const table: [value: number, unit: string, text: string][] = [
    [0, "B", "0 B"],
    [1023, "B", "1023 B"],
    [1024, "B", "1 KiB"],
    [20_487_222, "B", "19.5 MiB"],
    [2 ** 50 * 5000, "B", "5000 PiB"],
    [68_290_740, "B/s", "65.1 MiB/s"],
    [999, "µs", "999 µs"],
    [141, "µs", "141 µs"],
    [5743, "µs", "5.74 ms"],
    [300, "ms", "300 ms"],
    [2209, "ms", "2.209 s"],
    [600_000, "ms", "10 min 0 s"],
    [-1500, "µs", "-1.5 ms"],
    [12.34, "%", "12.3 %"],
    [7687.8, "pages/s", "7688 pages/s"],
    [20_000, "pages", "20\u202f000 pages"],
    [6, "", "6"],
    [NaN, "B", "–"],
    [Infinity, "ms", "–"],
  ];
  for (const [value, unit, text] of table) {
    await t.step(`${value} ${unit}`, () => assertEquals(showValue(value, unit), text));
  }
  assertEquals([showCount(1_234_567), showCount(NaN)], ["1\u202f234\u202f567", "–"]);
  assertEquals(showMicros(119_999_000), "119.999 s");
});
