/**
 * The destination's memory: which of it has been touched, and what loading a page takes.
 *
 * QEMU asks for huge pages for guest RAM (MADV_HUGEPAGE), so it is the first page of 512 whose loading has to wait for
 * memory, and the other 511 find theirs.
 *
 * @see QEMU system/physmem.c (ram_block_add)
 * @module
 */
import { countBits, lowMask, newBitmap, popcount } from "./bitmap.ts";
import { AT_HAND, COSTS } from "./calibration.ts";
import type { Ram } from "./ram.ts";

/** Pages of a huge page, and words of a bitmap that tell of them: shifts. */
const HUGE_PAGE_SHIFT = 9;
const HUGE_WORD_SHIFT = HUGE_PAGE_SHIFT - 5;
const HUGE_PAGES = 1 << HUGE_PAGE_SHIFT;

/** One block: either huge pages that were touched, or, where none fits into it, single pages. */
interface TouchedBlock {
  readonly huge: Uint8Array;
  readonly single: Uint32Array | null;
}

/** Memory of the destination, filled by one migration. */
export class ReceivedMemory {
  readonly #blocks: readonly TouchedBlock[];
  readonly #atHandUntil: number;
  /** Untouched pages that the host has at hand. */
  #atHand: number;
  /** What tracing takes for each page. */
  readonly #tracedPage: number;

  /**
   * @param start When the migration starts, in microseconds.
   * @param mode Whether the destination loads later than the source saves, and whether it traces every page that it loads.
   */
  constructor(
    { blocks }: Ram,
    start: number,
    mode: { readonly stored: boolean; readonly tracesAll: boolean },
  ) {
    this.#blocks = blocks.map(({ pages }) => ({
      huge: new Uint8Array(Math.ceil(pages / HUGE_PAGES)),
      single: pages < HUGE_PAGES ? newBitmap(pages) : null,
    }));
    const filled = blocks.reduce((sum, { content }) => sum + countBits(content), 0);
    this.#atHand = mode.stored ? 0 : Math.max(0, AT_HAND.pages - filled);
    this.#atHandUntil = start + AT_HAND.micros;
    this.#tracedPage = mode.tracesAll ? COSTS.tracedEvent : 0;
  }

  /** Time has come to a moment: what the host has at hand it gives back some time. */
  reach(now: number): void {
    if (now > this.#atHandUntil) this.#atHand = 0;
  }

  /** How many pages from `page` on, at most `most`, take no longer than a page that is sent again. */
  warmFrom(index: number, page: number, most: number): number {
    const block = this.#blocks[index];
    if (block === undefined || block.single !== null) return 0;
    const end = page + most;
    let huge = page >>> HUGE_PAGE_SHIFT;
    while (huge << HUGE_PAGE_SHIFT < end && block.huge[huge] === 1) huge++;
    return Math.max(0, Math.min(end, huge << HUGE_PAGE_SHIFT) - page);
  }

  /**
   * Receives some pages of one word of a block.
   *
   * @param run The pages, as bits; `count` of them.
   * @returns How long they take to load, in microseconds.
   */
  receive(index: number, word: number, run: number, count: number): number {
    const block = this.#blocks[index];
    if (block === undefined) return 0;
    const load = count * (COSTS.loadWarmPage + this.#tracedPage);
    if (block.single !== null) return load + this.#touchSingle(block.single, word, run);
    const huge = word >>> HUGE_WORD_SHIFT;
    if (block.huge[huge] === 1) return load;
    block.huge[huge] = 1;
    if (this.#atHand === 0) return load + COSTS.hugePage;
    this.#atHand = Math.max(0, this.#atHand - HUGE_PAGES);
    return load + COSTS.hugePageAtHand;
  }

  /** Receives `count` pages, 32 at most, from `page` on. Returns how long they take to load, in microseconds. */
  receivePages(index: number, page: number, count: number): number {
    const word = page >>> 5;
    const first = Math.min(count, 32 - (page & 31));
    const load = this.receive(index, word, lowMask(first) << (page & 31), first);
    return first === count
      ? load
      : load + this.receive(index, word + 1, lowMask(count - first), count - first);
  }

  #touchSingle(touched: Uint32Array, word: number, run: number): number {
    const before = touched[word] ?? 0;
    const fresh = popcount(run & ~before);
    touched[word] = before | run;
    const atHand = Math.min(fresh, this.#atHand);
    this.#atHand -= atHand;
    return (fresh - atHand) * COSTS.hugePage / HUGE_PAGES;
  }
}
