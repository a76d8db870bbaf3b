/**
 * The page loop with multifd: pages go into batches for the channels, and only zero pages that the migration thread
 * finds itself go into the main stream.
 *
 * @see QEMU migration/ram.c (ram_save_target_page_multifd), migration/multifd.c (multifd_queue_page) and
 * facts/precopy.md 2.5, 6.1
 * @module
 */
import { lowMask, popcount } from "./bitmap.ts";
import { COSTS } from "./calibration.ts";
import type { Channel } from "./channel.ts";
import type { Guest } from "./guest.ts";
import { IterateClock } from "./iterate_clock.ts";
import type { Thread } from "./kernel.ts";
import type { Message } from "./message.ts";
import { PACKET_PAGES } from "./multifd_packet.ts";
import type { MultifdSender } from "./multifd_send.ts";
import { PageSearch } from "./page_search.ts";
import type { QemuFile } from "./qemu_file.ts";
import type { Ram, RamBlock } from "./ram.ts";
import { type PageLoop, type SendMode, type Stop, ZERO_BYTES } from "./ram_save.ts";
import type { MigrationStats } from "./statistics.ts";

/** What the loop works with. */
export interface MultifdRamOptions {
  readonly ram: Ram;
  readonly guest: Guest;
  readonly thread: Thread;
  readonly stream: QemuFile<Message>;
  readonly channel: Channel;
  readonly stats: MigrationStats;
  readonly multifd: MultifdSender;
  /** Whether the migration thread looks for zero pages (zero-page-detection legacy, and 8.2). */
  readonly detectsZero: boolean;
  /** Whether everything is traced, which takes the time of an event for each page. */
  readonly tracesAll: boolean;
  /** Whether zero pages that it finds are written into the stream; a file has them in its bitmap. */
  readonly writesZero: boolean;
  /** Whether the channels are synced when the search passes the end of the list. */
  readonly syncsRounds: boolean;
  /** Whether a batch goes to a channel as soon as it is full, rather than with the next page (to 8.2). */
  readonly handsOverFull: boolean;
}

/** Sends RAM through channels. */
export class MultifdRamSender implements PageLoop {
  readonly #search: PageSearch;
  #lastSent: RamBlock | null = null;
  readonly #clock = new IterateClock();
  /** Whether a page found before the batch was handed over waits for its place in the next one. */
  #waiting = false;
  /** Whether a search that finds nothing has passed the end of the list already. */
  #passedEnd = false;

  constructor(readonly options: MultifdRamOptions) {
    const { ram, guest, thread } = options;
    this.#search = new PageSearch(ram, guest, thread);
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
    const { ram, guest, thread, stream, channel, stats, multifd, syncsRounds } = this.options;
    const search = this.#search;
    for (;;) {
      if (stream.error !== 0 || multifd.failed) return "error";
      if (channel.blocked) return "yield";
      if (this.#clock.ends(thread.now)) return "big-wait";
      if (thread.isAhead) return "yield";
      // It is one search that passes the end of the list and finds nothing: the rate is not tested in between.
      if (this.#passedEnd) {
        this.#passedEnd = false;
        if (ram.dirtyPages === 0) return "empty";
      }
      if (!this.#waiting && mode.limited && stats.rateExceeded) return "rate";
      if (this.options.detectsZero && guest.changesContent) guest.advance(thread.now);
      if (ram.dirtyPages === 0) {
        search.walkOverEnd();
        this.#passedEnd = syncsRounds;
        return syncsRounds ? "round" : "empty";
      }
      const block = search.find();
      if (block === null) {
        if (syncsRounds) return "round";
        continue;
      }
      if (mode.clearsLog) search.clearChunk(block);
      this.#waiting = !this.#take(block, mode);
      if (this.#waiting) return "hand-over";
      if (!channel.blocked && this.#clock.ends(thread.now)) return "big-wait";
      if (this.options.handsOverFull && multifd.batch.isFull) return "hand-over";
    }
  }

  /** Takes the run of like pages at the position. Returns whether there was room for it; else the batch is to go first. */
  #take(block: RamBlock, { limited, counter }: SendMode): boolean {
    const { thread, stats, stream, multifd: { batch }, detectsZero, writesZero, ram } = this.options;
    const search = this.#search;
    const word = search.page >>> 5;
    const dirty = (block.bmap[word] ?? 0) & ~lowMask(search.page & 31);
    const content = detectsZero ? block.content[word] ?? 0 : -1;
    const bit = 1 << (search.page & 31);
    const isZero = (content & bit) === 0;
    const alike = isZero ? dirty & ~content : dirty & content;
    const other = dirty & ~alike;
    let run = alike & ((other & -other) - 1 | (other === 0 ? -1 : 0));
    if (!isZero && batch.count > 0 && (batch.block !== block || batch.isFull)) return false;
    const traced = this.options.tracesAll && limited ? COSTS.tracedEvent : 0;
    const cost = (isZero ? COSTS.zeroPage : COSTS.multifdQueuePage) + traced;
    let most = isZero ? 32 : PACKET_PAGES - batch.count;
    // Another thread may be next, the rate is tested before every page, and the time after every 64th.
    const untilHorizon = Math.max(0, Math.floor((thread.kernel.horizon - thread.now) / cost)) + 1;
    if (untilHorizon < most) most = untilHorizon;
    const untilTest = this.#clock.untilTest;
    if (untilTest < most) most = untilTest;
    if (isZero && block !== this.#lastSent) most = 1;
    let take = popcount(run);
    if (most < take) {
      let kept = 0;
      for (let index = 0; index < most; index++) {
        const lowest = run & -run;
        kept |= lowest;
        run &= ~lowest;
      }
      run = kept;
      take = most;
    }
    block.bmap[word] = (block.bmap[word] ?? 0) & ~run;
    ram.dirtyPages -= take;
    search.page = word * 32 + 32 - Math.clz32(run);
    thread.now += take * cost;
    if (isZero) {
      stats.zero_pages += take;
      if (writesZero) {
        const bytes = take * ZERO_BYTES + (block === this.#lastSent ? 0 : 1 + block.name.length);
        this.#lastSent = block;
        stats[counter] += bytes;
        stream.pendingLoad += take * COSTS.loadZeroPage;
        stream.put(bytes);
      }
    } else {
      batch.block = block;
      for (let left = run; left !== 0; left &= left - 1) {
        batch.pages[batch.count++] = word * 32 + 31 - Math.clz32(left & -left);
      }
    }
    const within = block.hostShift === 0 ? null : search.withinHostPage;
    this.#clock.count(within === null ? take : within ? 0 : 1, limited);
    if (limited) ram.targetPages += take;
    return true;
  }
}
