/**
 * The destination's memory: which pages have been received, and what loading one takes.
 *
 * @module
 */
import { countBits, newBitmap, popcount } from "./bitmap.ts";
import { AT_HAND, COSTS } from "./calibration.ts";
import type { Ram } from "./ram.ts";

/** Memory of the destination, filled by one migration. */
export class ReceivedMemory {
  readonly #received: readonly Uint32Array[];
  readonly #warmUntil: number;
  #warmPages: number;
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
    this.#received = blocks.map(({ pages }) => newBitmap(pages));
    const filled = blocks.reduce((sum, { content }) => sum + countBits(content), 0);
    this.#warmPages = mode.stored ? 0 : Math.max(0, AT_HAND.pages - filled);
    this.#warmUntil = start + AT_HAND.micros;
    this.#tracedPage = mode.tracesAll ? COSTS.tracedEvent : 0;
  }

  /** Untouched pages that the host still has at hand at a moment. */
  warmPages(now: number): number {
    if (now > this.#warmUntil) this.#warmPages = 0;
    return this.#warmPages;
  }

  /** The pages of a block that have been received. */
  block(index: number): Uint32Array | undefined {
    return this.#received[index];
  }

  /**
   * Receives some pages of one word of a block.
   *
   * @param run The pages, as bits; `count` of them.
   * @returns How long they take to load, in microseconds.
   */
  receive(index: number, word: number, run: number, count: number): number {
    const received = this.#received[index];
    if (received === undefined) return 0;
    const before = received[word] ?? 0;
    received[word] = before | run;
    let cold = before === 0 ? count : popcount(run & ~before);
    if (this.#warmPages > 0) {
      const warm = Math.min(cold, this.#warmPages);
      this.#warmPages -= warm;
      cold -= warm;
    }
    return cold * COSTS.loadColdPage + (count - cold) * COSTS.loadWarmPage + count * this.#tracedPage;
  }
}
