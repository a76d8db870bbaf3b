/**
 * Guest RAM: RAMBlocks with their bitmaps, what guest writes do to them, and the bitmap sync.
 *
 * Per block: `bmap` (must be sent), `log` (what the accelerator has logged), `content` (pages that are not zero) and,
 * for aligned blocks, the chunks whose log is still to be cleared. Page contents themselves are not modelled.
 *
 * @see QEMU migration/ram.c and facts/precopy.md 2.1 to 2.3
 * @module
 */
import { clearRange, countBits, newBitmap, popcount, setRange } from "./bitmap.ts";
import type { BugId } from "./museum.ts";
import type { PageWords } from "./page_words.ts";

/** A RAMBlock is tracked in chunks only if its length is a multiple of this many pages (256 KiB). */
const TRACKED_ALIGNMENT = 64;
/** Pages of a chunk of the log clear: 2^18, so 1 GiB (CLEAR_BITMAP_SHIFT_DEFAULT). */
export const CHUNK_SHIFT = 18;

/** How the accelerator logs writes. */
export type DirtyLogKind =
  | "tcg" // each write after a sync is logged
  | "ring" // KVM's dirty ring: pages are reset when it is flushed, so each write after a sync is logged
  | "kvm"; // manual protection: a page stays writable until its chunk is cleared

/** One RAMBlock of the source. */
export class RamBlock {
  readonly words: number;
  readonly bmap: Uint32Array;
  readonly log: Uint32Array;
  readonly content: Uint32Array;
  /** Pages that have memory of their own though they may be zero; null when none is known. */
  touched: Uint32Array | null = null;
  /** What the last sync read from the log, which is what a clear of the log clears (KVM). */
  readonly seen: Uint32Array | null;
  /** Chunks whose log clear is owed; null for a block that is cleared page by page at the sync. */
  readonly chunks: Uint8Array | null;
  /** Words of each page that were written since XBZRLE copied it; null when nobody asks. */
  #changed: Uint16Array | null = null;
  /** What the guest's generator has written; null when there is none. */
  drawnWords: PageWords | null = null;
  /** Log2 of the pages in one of the host's pages: 0, or 9 where the memory is made of huge pages of 2 MiB. */
  hostShift = 0;
  /** Pages of random bytes, which compression leaves as they are; null when there are none. */
  #random: Uint32Array | null = null;
  /** Words of `log` that may hold a bit. */
  logFirst = Infinity;
  logLast = -1;

  constructor(readonly name: string, readonly pages: number, kind: DirtyLogKind) {
    this.bmap = newBitmap(pages);
    this.log = newBitmap(pages);
    this.content = newBitmap(pages);
    this.words = this.bmap.length;
    this.seen = kind === "kvm" ? newBitmap(pages) : null;
    const tracked = pages % TRACKED_ALIGNMENT === 0;
    this.chunks = tracked ? new Uint8Array(Math.ceil(pages / 2 ** CHUNK_SHIFT)) : null;
  }

  /** Logs a write to each page from `start` up to, not including, `end`. */
  logWrites(start: number, end: number): void {
    setRange(this.log, start, end);
    this.logged(start >>> 5, (end - 1) >>> 5);
  }

  /** Says which words of the log may hold bits that they did not hold. */
  logged(first: number, last: number): void {
    if (first < this.logFirst) this.logFirst = first;
    if (last > this.logLast) this.logLast = last;
  }

  /** Counts changes from now on, as XBZRLE needs it. */
  trackChanges(): void {
    this.#changed ??= new Uint16Array(this.pages);
  }

  /** Whether anybody asks how much of a page was changed. */
  get tracksChanges(): boolean {
    return this.#changed !== null;
  }

  /** Makes pages incompressible from `start` up to, not including, `end`. */
  fillRandom(start: number, end: number): void {
    this.#random ??= newBitmap(this.pages);
    setRange(this.#random, start, Math.min(end, this.pages));
  }

  /** Whether a page cannot be made smaller by compression. */
  isRandom(page: number): boolean {
    return this.#random !== null && ((this.#random[page >>> 5] ?? 0) & (1 << (page & 31))) !== 0;
  }

  /** Notes that writes changed some words of each page from `start` up to, not including, `end`. */
  noteChanges(start: number, end: number, words: number): void {
    const changed = this.#changed;
    if (changed === null) return;
    for (let page = start; page < end; page++) if ((changed[page] ?? 0) < words) changed[page] = words;
  }

  /** How many words of a page were changed since its copy was made; the words of a smaller write are among those of a bigger. */
  changedWords(page: number): number {
    return this.#changed?.[page] ?? 0;
  }

  /** A copy of the page was made. */
  forgetChanges(page: number): void {
    if (this.#changed !== null) this.#changed[page] = 0;
    this.drawnWords?.copied(page);
  }
}

/** All RAMBlocks in the order of the page search: biggest maximum length first. */
export class Ram {
  readonly blocks: readonly RamBlock[];
  readonly kind: DirtyLogKind;
  /** Sum of the used lengths, in pages. */
  readonly totalPages: number;
  /** Pages that must be sent: ones in all `bmap`. */
  dirtyPages = 0;
  /** How often the bitmaps have been given new ones: between two of these they only lose what is sent. */
  generation = 0;
  /** Pages that ram_save_iterate has sent, as the rates of XBZRLE count them (target_page_count). */
  targetPages = 0;

  constructor(blocks: readonly RamBlock[], kind: DirtyLogKind) {
    this.blocks = blocks;
    this.kind = kind;
    this.totalPages = blocks.reduce((sum, { pages }) => sum + pages, 0);
  }

  #started = false;
  /** The museum's writes-lost-after-sync: pages per block whose writes are no longer logged; null without the bug. */
  #unlogged: readonly Uint32Array[] | null = null;

  /** Starts a migration: every page is dirty, the log is on and empty (TCG) or full (KVM, initially set). */
  start(bugs: ReadonlySet<BugId> = new Set()): void {
    const isAgain = this.#started;
    this.#started = true;
    for (const block of this.blocks) {
      if (!isAgain || !bugs.has("bitmap-not-refilled")) setRange(block.bmap, 0, block.pages);
      block.log.fill(0);
      block.logFirst = Infinity;
      block.logLast = -1;
      if (this.kind === "kvm") block.logWrites(0, block.pages);
      block.seen?.fill(0);
    }
    this.dirtyPages = this.totalPages;
    this.generation++;
    this.targetPages = 0;
    if (bugs.size > 0) this.#spoil(bugs);
    if (bugs.has("writes-lost-after-sync")) this.#unlogged = this.blocks.map(({ pages }) => newBitmap(pages));
  }

  /** Takes writes out of the log that went past it, since the sync before left the way to the page open. */
  #loseWrites(unlogged: readonly Uint32Array[]): void {
    for (const [index, { log, words }] of this.blocks.entries()) {
      const past = unlogged[index];
      if (past === undefined) continue;
      for (let word = 0; word < words; word++) {
        log[word] = (log[word] ?? 0) & ~(past[word] ?? 0);
        past[word] = (past[word] ?? 0) | (log[word] ?? 0);
      }
    }
  }

  /** Takes out of the bitmaps what bugs of the museum leave unmarked. */
  #spoil(bugs: ReadonlySet<BugId>): void {
    const [first] = this.blocks;
    if (first !== undefined && bugs.has("first-page-not-marked")) clearRange(first.bmap, 0, 1);
    if (bugs.has("zero-pages-skipped")) {
      for (const { bmap, content, words } of this.blocks) {
        for (let word = 0; word < words; word++) bmap[word] = (bmap[word] ?? 0) & (content[word] ?? 0);
      }
    }
    this.dirtyPages = this.blocks.reduce((sum, { bmap }) => sum + countBits(bmap), 0);
  }

  /**
   * Moves the log into the bitmaps.
   *
   * @returns How many pages became dirty that were not: a page still waiting to be sent cannot be counted again.
   * @see QEMU migration/ram.c, ramblock_sync_dirty_bitmap()
   */
  sync(): number {
    let fresh = 0;
    if (this.#unlogged !== null) this.#loseWrites(this.#unlogged);
    for (const block of this.blocks) {
      fresh += this.#syncBlock(block);
      block.chunks?.fill(1);
    }
    this.dirtyPages += fresh;
    this.generation++;
    return fresh;
  }

  #syncBlock({ bmap, log, seen, chunks, logFirst, logLast }: RamBlock): number {
    const keepsLog = seen !== null && chunks !== null;
    let fresh = 0;
    for (let word = logFirst; word <= logLast; word++) {
      const logged = log[word] ?? 0;
      if (logged === 0) continue;
      const dirty = bmap[word] ?? 0;
      fresh += popcount(logged & ~dirty);
      bmap[word] = dirty | logged;
      if (keepsLog) seen[word] = logged;
      else log[word] = 0;
    }
    return fresh;
  }

  /**
   * Clears the log of one chunk, as the first page of it is about to be sent.
   *
   * With KVM only what the last sync has seen is cleared: a write to a page that was clean then stays logged, a write
   * to a page that was dirty is covered by the page's sending. With TCG the sync has already emptied the log.
   */
  clearChunk(block: RamBlock, chunk: number): void {
    if (block.chunks !== null) block.chunks[chunk] = 0;
    const { log, seen } = block;
    if (seen === null) return;
    const chunkWords = 2 ** CHUNK_SHIFT / 32;
    const first = Math.max(chunk * chunkWords, block.logFirst);
    const last = Math.min((chunk + 1) * chunkWords - 1, block.logLast);
    for (let word = first; word <= last; word++) {
      log[word] = (log[word] ?? 0) & ~(seen[word] ?? 0);
      seen[word] = 0;
    }
  }

  /** Ends the log: writes of a guest that is not migrated are nobody's business. */
  stop(): void {
    for (const block of this.blocks) {
      block.bmap.fill(0);
      block.chunks?.fill(0);
    }
    this.dirtyPages = 0;
  }
}

/** Makes the content of pages non-zero or zero. */
export function fillContent(block: RamBlock, start: number, end: number): void {
  setRange(block.content, start, Math.min(end, block.pages));
}
