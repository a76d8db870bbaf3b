/**
 * The page loop of mapped-ram: each page goes to its own place in a file, and zero pages go nowhere.
 *
 * What is in the stream's buffer is written before a page is, so that the file's parts stay in order; a page counts as
 * transferred at once.
 *
 * @see QEMU migration/ram.c (save_normal_page, ram_save_file_bmap, mapped_ram_setup_ramblock) and facts/precopy.md 6.4
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import { lowMask, newBitmap, popcount } from "./bitmap.ts";
import { COSTS } from "./calibration.ts";
import type { Channel } from "./channel.ts";
import type { Guest } from "./guest.ts";
import { IterateClock } from "./iterate_clock.ts";
import type { Thread } from "./kernel.ts";
import type { Message } from "./message.ts";
import { PageSearch } from "./page_search.ts";
import type { QemuFile } from "./qemu_file.ts";
import type { Ram, RamBlock } from "./ram.ts";
import type { PageLoop, SendMode, Stop } from "./ram_save.ts";
import type { MigrationStats } from "./statistics.ts";

/** Before each RAMBlock's bitmap: version, page size, and where bitmap and pages are. */
const BLOCK_HEADER_BYTES = 28;
/** What else the stream of a file with mapped-ram holds in its setup (file-mapped-ram: 416 bytes for six RAMBlocks). */
const MORE_SETUP_BYTES = 248;
/** Pages of a word of the file's bitmap. */
const BITMAP_WORD_PAGES = 64;

/** Bytes of the setup that only mapped-ram has. */
export function mappedSetupBytes({ blocks }: Ram): number {
  return blocks.length * BLOCK_HEADER_BYTES + MORE_SETUP_BYTES;
}

/** Bytes of the bitmaps that are written when all pages are. */
export function mappedBitmapBytes({ blocks }: Ram): number {
  return blocks.reduce((sum, { pages }) => sum + 8 * Math.ceil(pages / BITMAP_WORD_PAGES), 0);
}

/** How long a destination takes to read all pages from their places. */
export function mappedLoadMicros({ blocks }: Ram, byChannels: boolean): number {
  let pages = 0;
  for (const { content } of blocks) for (const word of content) pages += popcount(word);
  return pages * (byChannels ? COSTS.loadMappedPageMultifd : COSTS.loadMappedPage);
}

/** What the loop works with. */
export interface MappedRamOptions {
  readonly ram: Ram;
  readonly guest: Guest;
  readonly thread: Thread;
  readonly stream: QemuFile<Message>;
  readonly channel: Channel;
  readonly stats: MigrationStats;
  readonly detectsZero: boolean;
}

/** Writes RAM into a file, each page at its place. */
export class MappedRamSender implements PageLoop {
  readonly #search: PageSearch;
  readonly #clock = new IterateClock();
  /** Pages whose place in the file has been written: the host has memory for it since. */
  readonly #written: ReadonlyMap<RamBlock, Uint32Array>;

  constructor(readonly options: MappedRamOptions) {
    const { ram, guest, thread } = options;
    this.#search = new PageSearch(ram, guest, thread);
    this.#written = new Map(ram.blocks.map((block) => [block, newBitmap(block.pages)]));
  }

  begin(): void {
    this.#clock.begin(this.options.thread.now);
  }

  get bigWait(): { milliseconds: number; iterations: number } {
    return this.#clock.bigWait(this.options.thread.now);
  }

  get withinHostPage(): boolean | null {
    return this.#search.withinHostPage;
  }

  send(mode: SendMode): Stop {
    const { ram, guest, thread, stream, channel, stats } = this.options;
    const search = this.#search;
    for (;;) {
      if (stream.error !== 0) return "error";
      if (channel.blocked) return "yield";
      if (this.#clock.ends(thread.now)) return "big-wait";
      if (thread.isAhead) return "yield";
      if (mode.limited && stats.rateExceeded) return "rate";
      if (guest.changesContent) guest.advance(thread.now);
      if (ram.dirtyPages === 0) {
        search.walkOverEnd();
        return "empty";
      }
      const block = search.find();
      if (block === null) continue;
      if (mode.clearsLog) search.clearChunk(block);
      this.#write(block, mode);
    }
  }

  /** Writes the run of like pages at the position. */
  #write(block: RamBlock, { limited, counter }: SendMode): void {
    const { ram, thread, stream, channel, stats, detectsZero } = this.options;
    const search = this.#search;
    const word = search.page >>> 5;
    const dirty = (block.bmap[word] ?? 0) & ~lowMask(search.page & 31);
    const content = detectsZero ? block.content[word] ?? 0 : -1;
    const isFilled = (content & (1 << (search.page & 31))) !== 0;
    const alike = isFilled ? dirty & content : dirty & ~content;
    const other = dirty & ~alike;
    let run = alike & ((other & -other) - 1 | (other === 0 ? -1 : 0));
    let most = this.#clock.untilTest;
    if (isFilled && limited && stats.rate_limit_max > 0) {
      const left = stats.rate_limit_max - (stats.transferred + stream.pending - stats.rate_limit_start);
      most = Math.max(1, Math.min(most, Math.floor(left / PAGE_SIZE) + 1));
    }
    let take = popcount(run);
    if (most < take) {
      let kept = 0;
      for (take = 0; take < most; take++) {
        kept |= run & -run;
        run &= run - 1;
      }
      run = kept;
    }
    block.bmap[word] = (block.bmap[word] ?? 0) & ~run;
    ram.dirtyPages -= take;
    search.page = word * 32 + 32 - Math.clz32(run);
    thread.now += isFilled ? this.#writeCost(block, word, run, take) : take * COSTS.zeroPage;
    if (isFilled) {
      stream.flush();
      channel.flushed(take * PAGE_SIZE, 0);
      stats.normal_pages += take;
      stats[counter] += take * PAGE_SIZE;
    } else {
      stats.zero_pages += take;
    }
    this.#clock.count(take, limited);
    if (limited) ram.targetPages += take;
  }

  /** What it takes to write some pages of a word at their places, in microseconds. */
  #writeCost(block: RamBlock, word: number, run: number, take: number): number {
    const written = this.#written.get(block);
    if (written === undefined) return take * COSTS.mappedPage;
    const before = written[word] ?? 0;
    const again = popcount(run & before);
    written[word] = before | run;
    return again * COSTS.mappedPageAgain + (take - again) * COSTS.mappedPage;
  }
}
