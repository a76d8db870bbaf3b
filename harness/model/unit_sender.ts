/**
 * The fast way through a first pass: write calls of 32 pages each, one like the other.
 *
 * Where pages that are dirty and not zero follow each other for long, and nothing but the destination's loading takes
 * time, each write call is the same sum. They are made in one loop; what is counted and when is the same to the bit.
 *
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import { clearRange, endOfRun } from "./bitmap.ts";
import { COSTS } from "./calibration.ts";
import type { Channel } from "./channel.ts";
import type { Thread } from "./kernel.ts";
import type { Burst } from "./link.ts";
import type { Message } from "./message.ts";
import type { PageSearch } from "./page_search.ts";
import { type QemuFile, REFERENCES_MAX } from "./qemu_file.ts";
import { CHUNK_SHIFT, type RamBlock } from "./ram.ts";
import type { ReceivedMemory } from "./received_memory.ts";
import type { MigrationStats } from "./statistics.ts";

/** A page's header and the page. */
const PAGE_BYTES = 8 + PAGE_SIZE;
/** A write call of nothing but pages of the block before. */
const UNIT_BYTES = REFERENCES_MAX * PAGE_BYTES;
/** At most so many of them are made before the clocks are looked at. */
const UNITS_MAX = 4096;

/** What bounds a stretch of write calls. */
export interface UnitMode {
  /** Whether the rate limit applies. */
  readonly limited: boolean;
  /** Whether chunks are still cleared from the log, so that a stretch ends with its chunk. */
  readonly clearsLog: boolean;
}

/** Sends whole write calls. */
export class UnitSender {
  /** The run that was found last, and what it was found in: it is much longer than one stretch of calls. */
  #runStart = 0;
  #runEnd = 0;
  #runBlock: RamBlock | null = null;
  #runGeneration = -1;
  readonly #burst: Burst = { bytes: UNIT_BYTES, load: 0, most: 0, horizon: 0, until: 0, made: 0, began: 0 };

  constructor(
    readonly search: PageSearch,
    readonly thread: Thread,
    readonly stream: QemuFile<Message>,
    readonly channel: Channel,
    readonly stats: MigrationStats,
  ) {}

  /**
   * Sends from the search's position on.
   *
   * @param memory The destination's: a call whose pages wait for memory is unlike those after it.
   * @param until No call begins after this moment.
   * @returns How many pages were sent; the search is where it was.
   */
  send(block: RamBlock, memory: ReceivedMemory, mode: UnitMode, until: number): number {
    const { stream, thread, channel, search: { page, blockIndex } } = this;
    if (!stream.isFresh || !channel.isPlain) return 0;
    const most = Math.min(this.#pagesMost(block, mode), this.#runFrom(block));
    const { horizon } = thread.kernel;
    const burst = this.#burst;
    burst.horizon = horizon;
    burst.until = until;
    let sent = 0;
    while (
      most - sent >= REFERENCES_MAX && thread.now <= until && thread.now <= horizon && !channel.blocked
    ) {
      const warm = memory.warmFrom(blockIndex, page + sent, most - sent);
      const isWarm = warm >= REFERENCES_MAX;
      burst.load = isWarm
        ? REFERENCES_MAX * COSTS.loadWarmPage
        : memory.receivePages(blockIndex, page + sent, REFERENCES_MAX);
      burst.most = isWarm ? Math.floor(warm / REFERENCES_MAX) : 1;
      channel.flushedAlike(REFERENCES_MAX * COSTS.normalPage, burst);
      sent += burst.made * REFERENCES_MAX;
    }
    stream.passed(sent / REFERENCES_MAX * UNIT_BYTES);
    clearRange(block.bmap, page, page + sent);
    return sent;
  }

  /** How many pages from the search's position on are dirty and not zero. */
  #runFrom(block: RamBlock): number {
    const { ram: { generation }, page } = this.search;
    const isSame = block === this.#runBlock && generation === this.#runGeneration;
    // What is ahead of the search stays as it is until the next sync.
    if (isSame && page >= this.#runStart && page < this.#runEnd) return this.#runEnd - page;
    const most = Math.min(block.pages - page, UNITS_MAX * REFERENCES_MAX);
    this.#runBlock = block;
    this.#runGeneration = generation;
    this.#runStart = page;
    this.#runEnd = endOfRun(block.bmap, block.content, page, most);
    return this.#runEnd - page;
  }

  /** How far the rate limit and the chunk reach at most, in pages. */
  #pagesMost(block: RamBlock, { limited, clearsLog }: UnitMode): number {
    const { stats, search: { page } } = this;
    const units = limited && stats.rate_limit_max > 0
      ? Math.floor((stats.rate_limit_max - (stats.transferred - stats.rate_limit_start)) / UNIT_BYTES) + 1
      : UNITS_MAX;
    const end = clearsLog ? Math.min(block.pages, ((page >>> CHUNK_SHIFT) + 1) << CHUNK_SHIFT) : block.pages;
    return Math.min(end - page, Math.min(units, UNITS_MAX) * REFERENCES_MAX);
  }
}
