/**
 * The length of an XBZRLE encoding.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { encodedLength, encodedRuns } from "./xbzrle_runs.ts";

Deno.test("encodedLength follows from the runs of equal and changed bytes", async (t) => {
  const table: [words: number, length: number, because: string][] = [
    [0, 0, "equal pages have no encoding"],
    [1, 6, "no equal bytes, four changed ones: two lengths of a byte and the word (full-xbzrle)"],
    [2, 12, "each word has its two lengths"],
    [4, 24, "with its 3 bytes a record has 27 (xbzrle-big: 148153 bytes in 5489 pages)"],
    [64, 384, "as many as fit 64 bytes apart"],
    [256, 256 * 6, "every fourth word"],
    [1000, 1 + 2 + 4000, "words side by side are one run, whose length takes two bytes"],
    [1024, 1 + 2 + 4096, "a whole page is longer than itself"],
  ];
  for (const [words, length, because] of table) {
    await t.step(because, () => assertEquals(encodedLength(words), length));
  }
});

Deno.test("encodedRuns counts runs of equal and of changed bytes in turn", async (t) => {
  const table: [because: string, differences: number[], spacing: number, length: number][] = [
    ["nothing changed", [0, 0], 64, 0],
    ["one word, as encodedLength has it", [0xffffffff], 64, encodedLength(1)],
    ["four words, as encodedLength has it", [0xffffffff, 0x01010101, 0x80808080, -1], 64, encodedLength(4)],
    ["a byte at the word's end that stays makes the run shorter", [0x00ffffff], 64, 1 + 1 + 3],
    ["so does one at its start", [0xffffff00], 64, 1 + 1 + 3],
    ["one inside makes two runs", [0xff00ffff], 64, 1 + 1 + 2 + 1 + 1 + 1],
    ["a word that stays is equal bytes like those around it", [-1, 0, -1], 64, 1 + 1 + 4 + 1 + 1 + 4],
    ["127 equal bytes have a length of one byte, 128 of two", [-1, 0, 0xffffff00], 64, 1 + 1 + 4 + 1 + 1 + 3],
    ["", [-1, 0, 0, -1], 64, 1 + 1 + 4 + 2 + 1 + 4],
    ["words side by side are one run", Array(100).fill(-1), 4, 1 + 2 + 400],
    ["equal bytes at the end are left out", [1, 0, 0], 64, 1 + 1 + 1],
  ];
  for (const [because, differences, spacing, length] of table) {
    await t.step(because || "192 of them", () => {
      assertEquals(encodedRuns(Uint32Array.from(differences), differences.length, spacing), length);
    });
  }
});
