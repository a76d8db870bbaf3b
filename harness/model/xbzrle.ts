/**
 * XBZRLE: a cache of pages as they were last sent, and the size of what has changed in them since.
 *
 * Neither pages nor copies have bytes: each RAMBlock counts how many words of a page were written since its copy was
 * made, and the encoding's length follows from that. Where the guest's generator is known, so is what it wrote
 * (page_words.ts), and the length is exact.
 *
 * @see QEMU migration/ram.c (save_xbzrle_page), migration/page_cache.c, migration/xbzrle.c and facts/precopy.md 5
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import type { BugId } from "./museum.ts";
import type { Ram, RamBlock } from "./ram.ts";
import { encodedLength } from "./xbzrle_runs.ts";

/** CACHED_PAGE_LIFETIME: a copy that was used this lately is not given up for another page. */
const LIFETIME = 2;
/** Target pages of the museum's huge page. */
const PAGES_PER_HOST_PAGE = 512;

/** What XBZRLE did with a page that is not zero. */
export type XbzrleOutcome =
  | "miss" // not in the cache: sent whole
  | "skip" // as it was sent before: not sent at all
  | "overflow" // the encoding would be longer than the page: sent whole
  | "encoded";

/** XBZRLECacheStats; QEMU never resets them in the life of a process. */
export class XbzrleCounters {
  /** Pages found in the cache, whatever came of it. */
  pages = 0;
  bytes = 0;
  cacheMiss = 0;
  overflow = 0;
  cacheMissRate = 0;
  encodingRate = 0;
}

/** The cache of one migration. */
export class Xbzrle {
  /** Whether pages go through the cache: once the search has passed the end of the list for the first time. */
  started = false;
  /** Slots of the cache, a power of two. */
  readonly slots: number;
  /** Length of the encoding of the last page, when it was `encoded`. */
  encodedLength = 0;
  /** Page address in each slot, counted in pages from the start of the first RAMBlock; -1 for none. */
  readonly #addresses: Int32Array;
  readonly #ages: Uint32Array;
  /** Where each RAMBlock begins in the address space of RAM, in pages. */
  readonly #bases: readonly number[];
  #pagesBefore = 0;
  #bytesBefore = 0;
  #missesBefore = 0;
  #targetPagesBefore = 0;

  /** @param cacheBytes Parameter xbzrle-cache-size; a later change of it does not change the cache (facts, section 5). */
  constructor(ram: Ram, readonly counters: XbzrleCounters, cacheBytes: number) {
    this.slots = cacheBytes / PAGE_SIZE;
    this.#addresses = new Int32Array(this.slots).fill(-1);
    this.#ages = new Uint32Array(this.slots);
    let base = 0;
    this.#bases = ram.blocks.map((block) => {
      const start = base;
      base += block.pages;
      block.trackChanges();
      return start;
    });
  }

  /**
   * Judges a page that is about to be sent, and updates the cache.
   *
   * @param generation dirty-sync-count, which is the age of what is put into the cache now.
   * @param lastStage In the stopped phase nothing is put into the cache or updated.
   */
  judge(
    block: RamBlock,
    blockIndex: number,
    page: number,
    { generation, lastStage }: { generation: number; lastStage: boolean },
  ): XbzrleOutcome {
    const { counters } = this;
    const address = (this.#bases[blockIndex] ?? 0) + page;
    if (!this.#isCached(address, generation)) {
      counters.cacheMiss++;
      if (!lastStage && this.#insert(address, generation)) block.forgetChanges(page);
      return "miss";
    }
    counters.pages++;
    const drawn = block.drawnWords?.encodedLength(page) ?? 0;
    const length = drawn > 0 ? drawn : encodedLength(block.changedWords(page));
    if (length === 0) return "skip";
    if (!lastStage) block.forgetChanges(page);
    if (length > PAGE_SIZE) {
      counters.overflow++;
      counters.bytes += PAGE_SIZE;
      return "overflow";
    }
    this.encodedLength = length;
    return "encoded";
  }

  /** A zero page was sent: its copy, if there is room for one, is zero too. */
  sentZero(block: RamBlock, blockIndex: number, page: number, generation: number): void {
    if (this.#insert((this.#bases[blockIndex] ?? 0) + page, generation)) block.forgetChanges(page);
  }

  /** Computes the rates at the end of a period in which pages were sent. */
  periodEnds(targetPages: number, bugs: ReadonlySet<BugId> = new Set()): void {
    const { counters } = this;
    let handled = targetPages - this.#targetPagesBefore;
    if (handled === 0 && !bugs.has("cache-miss-rate-not-a-number")) return;
    if (bugs.has("cache-miss-rate-above-one")) handled = Math.ceil(handled / PAGES_PER_HOST_PAGE);
    this.#targetPagesBefore = targetPages;
    counters.cacheMissRate = (counters.cacheMiss - this.#missesBefore) / handled;
    this.#missesBefore = counters.cacheMiss;
    const bytes = counters.bytes - this.#bytesBefore;
    const pages = counters.pages - this.#pagesBefore;
    counters.encodingRate = pages === 0 || bytes === 0 ? 0 : pages * PAGE_SIZE / bytes;
    this.#pagesBefore = counters.pages;
    this.#bytesBefore = counters.bytes;
  }

  /** Whether a page has a copy; a look keeps the copy young. */
  #isCached(address: number, generation: number): boolean {
    const slot = address & (this.slots - 1);
    if (this.#addresses[slot] !== address) return false;
    this.#ages[slot] = generation;
    return true;
  }

  #insert(address: number, generation: number): boolean {
    const slot = address & (this.slots - 1);
    const held = this.#addresses[slot] ?? -1;
    if (held !== -1 && held !== address && (this.#ages[slot] ?? 0) + LIFETIME > generation) return false;
    this.#addresses[slot] = address;
    this.#ages[slot] = generation;
    return true;
  }
}
