/**
 * The page loop: finds dirty pages in QEMU's order, frames them, and stops where QEMU stops.
 *
 * Works on runs of pages of one bitmap word that are alike (all with content, or all zero), cut where a flush, a
 * rate test or a time test could fall, so that each page is accounted exactly as if it were sent alone.
 *
 * @see QEMU migration/ram.c (ram_save_iterate, ram_find_and_save_block) and facts/precopy.md 2.4 to 2.8
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import { lowestBits, lowMask, popcount } from "./bitmap.ts";
import { COSTS } from "./calibration.ts";
import type { Channel } from "./channel.ts";
import type { Guest } from "./guest.ts";
import { IterateClock } from "./iterate_clock.ts";
import type { Thread } from "./kernel.ts";
import type { Message } from "./message.ts";
import { PageSearch } from "./page_search.ts";
import { BUFFER_BYTES, type QemuFile, REFERENCES_MAX } from "./qemu_file.ts";
import { CHUNK_SHIFT, type Ram, type RamBlock } from "./ram.ts";
import { type MigrationStats, traceTransferred } from "./statistics.ts";
import { ReceivedMemory } from "./received_memory.ts";
import { UnitSender } from "./unit_sender.ts";
import type { Xbzrle } from "./xbzrle.ts";

/** Page header: offset and flags, one 64-bit word. */
export const HEADER_BYTES = 8;
/** A zero page: its header and one byte. */
export const ZERO_BYTES = HEADER_BYTES + 1;
/** An XBZRLE record besides the page header: its flag and the length of the encoding. */
const XBZRLE_BYTES = 3;
/** A word of 32 set bits. */
const FULL_WORD = 0xffffffff;

/** Why the page loop came to rest. */
export type Stop =
  | "rate" // the rate limit is exceeded
  | "empty" // nothing is dirty
  | "big-wait" // it has gone on for more than 50 ms
  | "yield" // another thread comes first, or a write call has not returned
  | "hand-over" // the batch must go to a channel first (multifd)
  | "round" // the search has passed the end of the list, where channels are synced (multifd)
  | "error"; // the stream is broken

/** Options of a stretch of sending. */
export interface SendMode {
  /** Whether the rate limit and the time test apply: not in the stopped phase. */
  readonly limited: boolean;
  /** Whether chunks are still cleared from the log. */
  readonly clearsLog: boolean;
  /** Under which counter the bytes of pages are accounted. */
  readonly counter: "precopy_bytes" | "downtime_bytes" | "postcopy_bytes";
}

/** A page loop: searches dirty pages and sends them somewhere. */
export interface PageLoop {
  /** Begins a ram_save_iterate: its time and its count of host pages start at zero. */
  begin(): void;
  /** How long the present ram_save_iterate has taken, in whole milliseconds, and how many host pages it has searched. */
  readonly bigWait: { readonly milliseconds: number; readonly iterations: number };
  /** Sends pages until something stops it. */
  send(mode: SendMode): Stop;
  /** Whether the host's page that the last page lies in has more to send; null where the host's pages are as small. */
  readonly withinHostPage: boolean | null;
}

/** Sends RAM through a stream, remembering where the search stands. */
export class RamSender implements PageLoop {
  readonly search: PageSearch;
  #lastSent: RamBlock | null = null;
  readonly #units: UnitSender;
  readonly #clock = new IterateClock();
  /** Whether each page costs the same and nothing is traced of it. */
  readonly #isPlain: boolean;
  /** Whether pages are sent one at a time: each is told of, or may have become another the moment before. */
  readonly #isAlone: boolean;
  /** What a page costs at present, and an event of each page, if there is one. */
  #pageCost: number = COSTS.normalPage;
  #tracedCost = 0;
  /** What finding a page to be zero costs at present. */
  #zeroCost: number = COSTS.zeroPage;
  readonly #memory: ReceivedMemory;

  constructor(
    readonly ram: Ram,
    readonly guest: Guest,
    readonly thread: Thread,
    readonly stream: QemuFile<Message>,
    readonly channel: Channel,
    readonly stats: MigrationStats,
    /** Whether ram_save_page and migration_transferred_bytes are traced, a page at a time. */
    readonly perPage: boolean,
    /** The cache, when capability xbzrle is set. */
    readonly xbzrle: Xbzrle | null,
    /** Whether zero pages are looked for (zero-page-detection). */
    readonly detectsZero: boolean,
    /** Whether everything is traced, which takes the time of an event or two a page. */
    readonly tracesAll: boolean,
  ) {
    this.search = new PageSearch(ram, guest, thread);
    this.#units = new UnitSender(this.search, thread, stream, channel, stats);
    this.#memory = new ReceivedMemory(ram, thread.now, { stored: channel.transport.stored, tracesAll });
    this.#isAlone = perPage || guest.changesContent;
    this.#isPlain = !this.#isAlone && !tracesAll && !channel.transport.compresses;
  }

  begin(): void {
    this.#clock.begin(this.thread.now);
    this.#memory.reach(this.thread.now);
    this.#zeroCost = !this.guest.isBusy
      ? COSTS.zeroPage
      : this.ram.kind === "tcg"
      ? COSTS.zeroPageBusyTcg
      : COSTS.zeroPageBusyKvm;
  }

  get bigWait(): { milliseconds: number; iterations: number } {
    return this.#clock.bigWait(this.thread.now);
  }

  get withinHostPage(): boolean | null {
    return this.search.withinHostPage;
  }

  send(mode: SendMode): Stop {
    const { ram, search, stream, stats, thread } = this;
    // The bytes are looked at where there is a limit, and each page that is sent is told of.
    this.#tracedCost = this.tracesAll && stats.rate_limit_max > 0 ? COSTS.tracedEvent : 0;
    this.#pageCost = COSTS.normalPage + this.#tracedCost + (this.tracesAll ? COSTS.tracedEvent : 0);
    for (;;) {
      if (stream.error !== 0) return "error";
      if (this.channel.blocked) return "yield";
      if (this.#clock.ends(thread.now)) return "big-wait";
      if (thread.isAhead) return "yield";
      if (this.perPage && stats.rate_limit_max > 0) traceTransferred(thread, stats);
      if (mode.limited && stats.rateExceeded) return "rate";
      // Whether a page is zero is seen when it is sent; where no write can change that, writes are seen by the sync.
      if (this.guest.changesContent) this.guest.advance(thread.now);
      let flushed = stream.flushedBytes;
      do {
        if (ram.dirtyPages === 0) {
          search.walkOverEnd();
          this.#endRound();
          return "empty";
        }
        const block = search.find();
        if (block === null) {
          this.#endRound();
          continue;
        }
        if (mode.clearsLog) search.clearChunk(block);
        if (this.xbzrle !== null && this.xbzrle.started) {
          this.#sendThroughCache(block, mode, this.xbzrle);
          break;
        }
        if (this.#sendUnits(block, mode)) break;
        if (this.#sendFullWords(block, mode)) {
          if (stream.references === 0) break;
          // It rests at a write call, or who looks sees whether the calls before were made in words or as units.
          flushed = stream.flushedBytes;
          continue;
        }
        if (this.#sendRun(block, mode)) return "big-wait";
        if (this.#isAlone) break;
      } while (stream.flushedBytes === flushed && stream.error === 0 && !this.#clock.isDue);
    }
  }

  /** The search has passed the end of the list. */
  #endRound(): void {
    if (this.xbzrle !== null) this.xbzrle.started = true;
  }

  /**
   * Sends words in which every page is dirty and none is zero, the common case of a first pass: each word holds
   * exactly one flush, at the page that fills the list.
   *
   * @returns Whether it has sent any; what stops the loop is then to be tested.
   */
  #sendFullWords(block: RamBlock, mode: SendMode): boolean {
    const { stream, thread } = this;
    const { bmap, content } = block;
    if ((this.search.page & 31) !== 0 || block !== this.#lastSent || !this.#isPlain || block.hostShift > 0) {
      return false;
    }
    // Few pages may be added to the list before the flush, so the buffer cannot be full by then.
    if (stream.copied + REFERENCES_MAX * HEADER_BYTES >= BUFFER_BYTES) return false;
    const until = mode.limited ? this.#clock.before(0) : Infinity;
    const chunkEnd = ((this.search.page >>> CHUNK_SHIFT) + 1) << (CHUNK_SHIFT - 5);
    const end = Math.min(block.words, mode.clearsLog && block.chunks !== null ? chunkEnd : block.words);
    const first = this.search.page >>> 5;
    let word = first;
    let partly = 0;
    for (; word < end; word++) {
      if (bmap[word] !== FULL_WORD || content[word] !== FULL_WORD || thread.now > until) break;
      const before = REFERENCES_MAX - stream.references;
      this.#putFilled(word, lowMask(before), before);
      // What follows may be sent in whole write calls, or after one that took so long that the time is to be tested.
      if (this.#mustStop(mode) || thread.now > until || (stream.isFresh && word > first)) {
        bmap[word] = ~lowMask(before);
        partly = before;
        break;
      }
      if (before < 32) this.#putFilled(word, ~lowMask(before), 32 - before);
      bmap[word] = 0;
    }
    const sent = (word - first) * 32 + partly;
    this.#account(sent, mode);
    return sent > 0;
  }

  /** Sends what can be sent in whole write calls. Returns whether there was any. */
  #sendUnits(block: RamBlock, mode: SendMode): boolean {
    if (block !== this.#lastSent || !this.#isPlain || block.hostShift > 0) return false;
    // The time test after every 64th page is left to the slower ways.
    const until = mode.limited ? this.#clock.before(2) : Infinity;
    const sent = this.#units.send(block, this.#memory, mode, until);
    if (sent > 0) this.#account(sent, mode);
    return sent > 0;
  }

  /** Counts pages, none of them zero, of the block that the search stands in. */
  #account(sent: number, mode: SendMode): void {
    this.search.page += sent;
    this.#clock.count(sent, mode.limited);
    if (mode.limited) this.ram.targetPages += sent;
    this.ram.dirtyPages -= sent;
    this.stats.normal_pages += sent;
    this.stats[mode.counter] += sent * (HEADER_BYTES + PAGE_SIZE);
  }

  #mustStop({ limited }: SendMode): boolean {
    const { thread, stats, channel, stream } = this;
    return channel.blocked || thread.now > thread.kernel.horizon || (limited && stats.rateExceeded) ||
      stream.error !== 0;
  }

  /** Puts some pages of a word, none of them zero, into the stream behind a page of the same block. */
  #putFilled(word: number, run: number, count: number): void {
    const { stream, thread } = this;
    thread.now += count * COSTS.normalPage;
    stream.pendingLoad += this.#memory.receive(this.search.blockIndex, word, run, count);
    stream.putHeadersAndPages(count, HEADER_BYTES, PAGE_SIZE);
  }

  /** How long a command on the way needs to compress pages of a word. */
  #compress(block: RamBlock, word: number, run: number, count: number): void {
    let random = 0;
    for (let left = run; left !== 0; left &= left - 1) {
      if (block.isRandom(word * 32 + 31 - Math.clz32(left & -left))) random++;
    }
    this.channel.pendingCompression += random * COSTS.gzipRandomPage + (count - random) * COSTS.gzipPlainPage;
  }

  /** What finding a page of a word to be zero costs; memory of its own has to be read. */
  #zeroCostOf({ touched }: RamBlock, word: number): number {
    return touched !== null && (touched[word] ?? 0) !== 0 ? COSTS.zeroPageTouched : this.#zeroCost;
  }

  /** Sends the run of like pages at the position. Returns whether the time test ends the iteration. */
  #sendRun(block: RamBlock, mode: SendMode): boolean {
    const { stream, stats, thread } = this;
    const word = this.search.page >>> 5;
    const dirty = (block.bmap[word] ?? 0) & ~lowMask(this.search.page & 31);
    const content = this.detectsZero ? block.content[word] ?? 0 : -1;
    const filled = dirty & content;
    const zero = dirty & ~content;
    const isFilled = (filled & (1 << (this.search.page & 31))) !== 0;
    let run = isFilled
      ? filled & ((zero & -zero) - 1 | (zero === 0 ? -1 : 0))
      : zero & ((filled & -filled) - 1 | (filled === 0 ? -1 : 0));
    const cost = isFilled ? this.#pageCost : this.#zeroCostOf(block, word) + this.#tracedCost;
    const header = block === this.#lastSent ? 0 : 1 + block.name.length;
    let take = popcount(run);
    const most = this.#runMost(isFilled, header > 0, cost, take, mode.limited);
    if (most < take) {
      take = most;
      run = lowestBits(run, take);
    }
    block.bmap[word] = (block.bmap[word] ?? 0) & ~run;
    this.ram.dirtyPages -= take;
    this.search.page = word * 32 + 32 - Math.clz32(run);
    this.#lastSent = block;
    thread.now += take * cost;
    const beforeFlush = thread.now;
    stats[mode.counter] += header + take * (isFilled ? HEADER_BYTES + PAGE_SIZE : ZERO_BYTES);
    if (isFilled) {
      if (this.perPage) {
        thread.trace("ram_save_page", {
          rbname: block.name,
          offset: (this.search.page - 1) * PAGE_SIZE,
          host: 0,
        });
      }
      stats.normal_pages += take;
      stream.pendingLoad += this.#memory.receive(this.search.blockIndex, word, run, take);
      if (this.channel.transport.compresses) this.#compress(block, word, run, take);
      stream.put(header + take * HEADER_BYTES);
      stream.putPages(take, PAGE_SIZE);
    } else {
      stats.zero_pages += take;
      stream.pendingLoad += take * COSTS.loadZeroPage;
      stream.put(header + take * ZERO_BYTES);
    }
    // Only the last page of a run can cause a flush, so a test after an earlier one did not see the time it took.
    const late = mode.limited && this.#clock.untilTest < take && this.#clock.isLate(beforeFlush);
    // Huge pages of the host are counted when they are done.
    const within = block.hostShift === 0 ? null : this.search.withinHostPage;
    this.#clock.count(within === null ? take : within ? 0 : 1, mode.limited);
    if (mode.limited) this.ram.targetPages += take;
    return late;
  }

  /** Sends the page at the position by way of the XBZRLE cache. */
  #sendThroughCache(block: RamBlock, mode: SendMode, xbzrle: Xbzrle): void {
    const { stream, stats, thread } = this;
    const page = this.search.page;
    const word = page >>> 5;
    const bit = 1 << (page & 31);
    const lastStage = !mode.limited;
    this.guest.advance(thread.now);
    block.bmap[word] = (block.bmap[word] ?? 0) & ~bit;
    this.ram.dirtyPages--;
    this.search.page++;
    const header = HEADER_BYTES + (block === this.#lastSent ? 0 : 1 + block.name.length);
    if (((block.content[word] ?? 0) & bit) === 0) {
      thread.now += this.#zeroCost;
      xbzrle.sentZero(block, this.search.blockIndex, page, stats.dirty_sync_count);
      this.#lastSent = block;
      stats.zero_pages++;
      stats[mode.counter] += header + 1;
      stream.pendingLoad += COSTS.loadZeroPage;
      stream.put(header + 1);
      return this.#countAlone(mode);
    }
    if (this.perPage) {
      thread.trace("ram_save_page", { rbname: block.name, offset: page * PAGE_SIZE, host: 0 });
    }
    const generation = stats.dirty_sync_count;
    const outcome = xbzrle.judge(block, this.search.blockIndex, page, { generation, lastStage });
    if (outcome === "skip") {
      // Nothing is sent, and the search goes on to the next page.
      thread.trace("save_xbzrle_page_skipping", {});
      thread.now += COSTS.xbzrleSkip;
      return;
    }
    this.#lastSent = block;
    if (outcome === "encoded") {
      const record = header + XBZRLE_BYTES + xbzrle.encodedLength;
      thread.now += COSTS.xbzrleEncode;
      xbzrle.counters.bytes += record - HEADER_BYTES;
      stats[mode.counter] += record;
      stream.pendingLoad += COSTS.xbzrleDecode;
      stream.put(record);
      return this.#countAlone(mode);
    }
    if (outcome === "overflow") thread.trace("save_xbzrle_page_overflow", {});
    thread.now += lastStage ? this.#pageCost : COSTS.xbzrleMiss + this.#pageCost - COSTS.normalPage;
    stats.normal_pages++;
    stats[mode.counter] += header + PAGE_SIZE;
    stream.pendingLoad += this.#memory.receive(this.search.blockIndex, word, bit, 1);
    stream.put(header);
    // The cache's copy may change before it is written out, so it is copied once more into the stream.
    if (lastStage) stream.putPages(1, PAGE_SIZE);
    else stream.put(PAGE_SIZE);
    this.#countAlone(mode);
  }

  /** Counts a page that was sent alone. */
  #countAlone({ limited }: SendMode): void {
    this.#clock.count(1, limited);
    if (limited) this.ram.targetPages++;
  }

  /** How many pages of a run may be sent at once without passing over a flush or a test. */
  #runMost(isFilled: boolean, changesBlock: boolean, cost: number, take: number, limited: boolean): number {
    const { stream, thread } = this;
    if (changesBlock || this.#isAlone) return 1;
    let most = take;
    if (isFilled) {
      most = Math.min(most, REFERENCES_MAX - stream.references);
      if (stream.copied + most * HEADER_BYTES >= BUFFER_BYTES) most = 1;
    } else if (stream.copied + most * ZERO_BYTES >= BUFFER_BYTES) {
      most = Math.ceil((BUFFER_BYTES - stream.copied) / ZERO_BYTES);
    }
    if (limited && this.#clock.isLate(thread.now + most * cost)) most = Math.min(most, this.#clock.untilTest);
    return most;
  }
}
