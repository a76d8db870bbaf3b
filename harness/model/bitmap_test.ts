/**
 * Page bitmaps: ranges, counts and positions, at the borders of words.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  clearRange,
  countBits,
  countRange,
  lowestBit,
  lowMask,
  newBitmap,
  popcount,
  setRange,
} from "./bitmap.ts";

Deno.test("setRange and clearRange change exactly the pages of the range", () => {
  const table: [start: number, end: number][] = [
    [0, 0],
    [0, 1],
    [31, 33],
    [5, 5],
    [0, 96],
    [32, 64],
    [1, 95],
    [95, 96],
  ];
  for (const [start, end] of table) {
    const bits = newBitmap(96);
    setRange(bits, start, end);
    const expected = Array.from({ length: 96 }, (_, page) => page >= start && page < end);
    const isSet = (page: number): boolean => ((bits[page >>> 5] ?? 0) & (1 << (page & 31))) !== 0;
    assertEquals(Array.from({ length: 96 }, (_, page) => isSet(page)), expected, `${start}..${end}`);
    assertEquals(countBits(bits), end - start);
    clearRange(bits, start, end);
    assertEquals(countBits(bits), 0);
  }
});

Deno.test("popcount, lowestBit and lowMask treat the highest bit as any other", () => {
  assertEquals([0, 1, 0x80000000, 0xffffffff, -1].map(popcount), [0, 1, 1, 32, 32]);
  assertEquals([1, 0x80000000, 0x60].map(lowestBit), [0, 31, 5]);
  assertEquals([0, 1, 31, 32].map((count) => popcount(lowMask(count))), [0, 1, 31, 32]);
});

Deno.test("countRange counts what is set between two pages, at the borders of words too", () => {
  const bits = newBitmap(96);
  setRange(bits, 30, 70);
  const table: [start: number, end: number, count: number][] = [
    [0, 96, 40],
    [0, 30, 0],
    [29, 31, 1],
    [31, 33, 2],
    [32, 64, 32],
    [64, 71, 6],
    [69, 70, 1],
    [70, 96, 0],
    [50, 50, 0],
  ];
  for (const [start, end, count] of table) {
    assertEquals(countRange(bits, start, end), count, `${start}..${end}`);
  }
});
