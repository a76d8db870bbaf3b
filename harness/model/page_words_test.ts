/**
 * What stands in the pages of a guest whose generator is known.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeScenario } from "../scenario/mod.ts";
import { countBits } from "./bitmap.ts";
import { pageWordsOf } from "./page_words.ts";
import { encodedLength } from "./xbzrle_runs.ts";

const SEED = 0x12345678;

function wordsOf(
  kind: "sweep" | "random",
  { written = 0, seed = SEED, pages = 8192, words = 4 } = {},
): NonNullable<ReturnType<typeof pageWordsOf>> {
  const drawing = {
    pages,
    rate_pages_per_second: 1,
    words,
    draws: { seed, filled: pages, written, counters_page: 9 },
  };
  const offset = kind === "sweep" ? { offset_pages: written % (2 * pages) } : {};
  const { workload } = makeScenario({
    why: "x",
    guest: { ram_bytes: 2 ** 28 },
    workload: [{ kind, start_page: 1024, ...drawing, ...offset }],
  });
  const found = pageWordsOf(workload, 65536);
  if (found === null) throw new Error("The workload draws");
  return found;
}

Deno.test("PageWords encodes as QEMU did: the sums of xbzrle-autoconverge", async (t) => {
  // Sweeps of the copy and of the page, and the bytes of 1019 pages with 3 bytes before each (the cache has no room for
  // pages 1030 and 1033, nor for three around 1040: the slots of the guest's own pages).
  const table: [copied: number, sent: number, bytes: number][] = [
    [10, 13, 27518 - 16],
    [13, 15, 27520 - 16],
    [15, 17, 27527 - 17],
  ];
  for (const [copied, sent, bytes] of table) {
    await t.step(`sweep ${sent} against sweep ${copied}`, () => {
      const drawn = wordsOf("sweep");
      let sum = 0;
      for (let page = 1024; page < 2048; page++) {
        if ([6, 9, 16, 17, 18].includes(page - 1024)) continue;
        drawn.note(page, copied * 8192 + page - 1024);
        drawn.copied(page);
        drawn.note(page, sent * 8192 + page - 1024);
        sum += 3 + drawn.encodedLength(page);
      }
      assertEquals(sum, bytes);
    });
  }
});

Deno.test("PageWords.pick gives the pages of postcopy-faults in their order", () => {
  const drawn = wordsOf("random", { written: 43662, seed: 53, pages: 30000, words: 1 });
  // That guest filled 32000 pages, 2000 more than it writes: a thousand writes' draws.
  const picked = [0, 1, 2, 3].map((write) => drawn.pick(43662 + 1000 + write) - 1024);
  assertEquals(picked, [0x5e00, 0x344b, 0x1626, 0x37f7].map((page) => page - 1024));
});

Deno.test("PageWords knows what stands in a page", async (t) => {
  await t.step("a copy of what stands there needs no encoding", () => {
    const drawn = wordsOf("sweep", { written: 100 });
    assertEquals(drawn.encodedLength(1024), 0);
  });
  await t.step("a page that was filled has one word: the others were zero", () => {
    const drawn = wordsOf("sweep");
    drawn.note(1024, 0);
    assertEquals(drawn.encodedLength(1024), encodedLength(4));
  });
  await t.step("the counters: two bytes of the writes, a byte of the sweeps, the state", () => {
    const drawn = wordsOf("sweep");
    drawn.note(1024, 41462);
    drawn.copied(9);
    drawn.note(1024, 62982);
    assertEquals(drawn.encodedLength(9), 2 + 2 + 2 + 1 + 2 + 4);
  });
});

Deno.test("PageWords.fillPicked marks what the writes before the start left, where chance has been", () => {
  const filledBy = (kind: "sweep" | "random", written: number): number => {
    const content = new Uint32Array(2048);
    wordsOf(kind, { written }).fillPicked(content);
    return countBits(content);
  };
  const drawn = wordsOf("random", { written: 3000 });
  const pages = new Set(Array.from({ length: 3000 }, (_, write) => drawn.pick(write)));
  assertEquals([filledBy("random", 3000), filledBy("random", 0), filledBy("sweep", 3000)], [
    pages.size,
    0,
    0,
  ]);
});
