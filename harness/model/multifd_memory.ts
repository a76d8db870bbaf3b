/**
 * multifd: the destination's memory that its channels touch for the first time.
 *
 * QEMU asks for huge pages, so the first packet of four waits for the memory of all. Packets follow each other through
 * one huge page, so the channels wait for the same one, and not side by side (multifd-2ch: the last 16 packets of its
 * first pass touch four huge pages and take 21 ms).
 *
 * @see received_memory.ts, where one stream fills it
 * @module
 */
import { countBits } from "./bitmap.ts";
import { AT_HAND, COSTS, MULTIFD_AT_HAND_PAGES } from "./calibration.ts";
import type { Batch } from "./multifd_packet.ts";
import type { Ram, RamBlock } from "./ram.ts";

/** Pages of a huge page: a shift. */
const HUGE_PAGE_SHIFT = 9;
const HUGE_PAGES = 1 << HUGE_PAGE_SHIFT;

/** Memory of the destination of one migration. */
export class MultifdMemory {
  /** Huge pages that have been touched. */
  readonly #touched = new Map<RamBlock, Uint8Array>();
  /** Untouched pages that the host has at hand. */
  #atHand: number;
  /** When the first page came. */
  #began = -1;

  constructor({ blocks }: Ram) {
    const filled = blocks.reduce((sum, { content }) => sum + countBits(content), 0);
    this.#atHand = Math.max(0, MULTIFD_AT_HAND_PAGES - filled);
  }

  /**
   * How long the pages of a packet that are not zero wait for memory, in microseconds. What the host has at hand costs
   * next to nothing, which is part of what a page costs.
   */
  wait({ block, count, pages }: Batch, now: number): number {
    if (block === null) return 0;
    if (this.#began < 0) this.#began = now;
    if (now > this.#began + AT_HAND.micros) this.#atHand = 0;
    let touched = this.#touched.get(block);
    if (touched === undefined) {
      touched = new Uint8Array(Math.ceil(block.pages / HUGE_PAGES));
      this.#touched.set(block, touched);
    }
    let micros = 0;
    for (let index = 0; index < count; index++) {
      const page = pages[index] ?? 0;
      const huge = page >>> HUGE_PAGE_SHIFT;
      if (touched[huge] === 1 || ((block.content[page >>> 5] ?? 0) >>> (page & 31) & 1) === 0) continue;
      touched[huge] = 1;
      if (this.#atHand > 0) this.#atHand = Math.max(0, this.#atHand - HUGE_PAGES);
      else micros += COSTS.hugePage * Math.min(1, block.pages / HUGE_PAGES);
    }
    return micros;
  }
}
