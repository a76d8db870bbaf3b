/**
 * One task of the guest: the phases of its writes, made up to any moment.
 *
 * @module
 */
import type { RandomStream } from "../base/mod.ts";
import { pagesDirtied, pagesDirtiedAt, type Phase } from "../scenario/mod.ts";
import { clearRange, setRange } from "./bitmap.ts";
import {
  HOT_SALT,
  later,
  scramble,
  writeAt,
  writes,
  writesUntil,
  type WritingPhase,
} from "./guest_writes.ts";
import type { PageWords } from "./page_words.ts";
import type { RamBlock } from "./ram.ts";

type VectorPhase = Extract<Phase, { kind: "vector" }>;

/** One task of the guest: its phases, and how far it has come. Times are microseconds of its own running time. */
export class Task {
  #phase = 0;
  /** Running time at which the phase began. */
  #phaseStart = 0;
  /** Writes of all phases so far. */
  writes = 0;
  /** Writes of the phase so far. */
  #written = 0;
  /** Running time of the last sync, and the pages of a vector that are dirty since. */
  #syncedAt = 0;
  #dirtied = 0;
  /** Chance of its random phases: a seed, and how many draws have been made. */
  readonly #seed: number;
  #draws = 0;
  readonly #endless: boolean;

  constructor(
    readonly phases: readonly Phase[],
    readonly block: RamBlock,
    random: RandomStream,
    /** Whether any task of the guest changes whether a page is zero. */
    readonly changesContent: boolean,
  ) {
    this.#seed = random.word() | 0;
    this.#endless = phases.some(({ duration_ms }) => duration_ms === null || duration_ms > 0);
  }

  /** Runs up to a moment of running time. */
  advance(ran: number): void {
    if (!this.#endless) return;
    for (;;) {
      const phase = this.phases[this.#phase];
      if (phase === undefined) return;
      const end = phase.duration_ms === null ? Infinity : this.#phaseStart + phase.duration_ms * 1000;
      const until = Math.min(ran, end);
      if (phase.kind === "vector") this.#dirty(phase, until);
      else if (phase.kind !== "idle") this.#write(phase, until - this.#phaseStart);
      if (ran < end) return;
      this.#phaseStart = end;
      this.#written = 0;
      this.#phase = (this.#phase + 1) % this.phases.length;
    }
  }

  /** When it next writes or goes on to another phase; Infinity for never. */
  get nextAt(): number {
    const phase = this.phases[this.#phase];
    if (phase === undefined || !this.#endless) return Infinity;
    const end = phase.duration_ms === null ? Infinity : this.#phaseStart + phase.duration_ms * 1000;
    if (phase.kind === "vector") {
      const next = pagesDirtiedAt(phase.intervals_ms, phase.dirty_pages, this.#dirtied + 1);
      return Math.min(end, later(Math.max(this.#syncedAt, this.#phaseStart) + next * 1000));
    }
    if (phase.kind === "idle" || !writes(phase)) return end;
    return Math.min(end, this.#phaseStart + writeAt(phase, this.#written));
  }

  /** Says that a sync has read the log: a vector counts from here. */
  synced(ran: number): void {
    this.#syncedAt = ran;
    this.#dirtied = 0;
  }

  /** Dirties as many pages as the vector tells of an interval of this length, the hottest first. */
  #dirty({ start_page, intervals_ms, dirty_pages }: VectorPhase, ran: number): void {
    const from = Math.max(this.#syncedAt, this.#phaseStart);
    const target = start_page + pagesDirtied(intervals_ms, dirty_pages, (ran - from) / 1000);
    const first = start_page + this.#dirtied;
    if (target <= first) return;
    this.block.logWrites(first, target);
    setRange(this.block.content, first, target);
    this.#dirtied = target - start_page;
  }

  /** Makes the writes of a phase up to a moment of it. */
  #write(phase: WritingPhase, elapsed: number): void {
    const target = writesUntil(phase, elapsed);
    const from = this.#written;
    if (target <= from) return;
    this.#written = target;
    this.writes += target - from;
    if (phase.kind === "sweep") this.#sweep(phase, from, target);
    else this.#scatter(phase, from, target);
  }

  #sweep(phase: Extract<Phase, { kind: "sweep" }>, from: number, target: number): void {
    const { start_page, pages, offset_pages } = phase;
    const end = target + offset_pages;
    // More than two rounds leave no other trace than the last two do.
    let at = Math.max(from + offset_pages, end - 2 * pages);
    while (at < end) {
      const offset = at % pages;
      const count = Math.min(pages - offset, end - at);
      const start = start_page + offset;
      this.block.logWrites(start, start + count);
      if (phase.draws !== null) this.#draw(start, count, at + phase.draws.written - offset_pages);
      else if (phase.words > 0) this.block.noteChanges(start, start + count, phase.words);
      const round = Math.floor(at / pages);
      const zeros = phase.content === "zeros" || (phase.content === "alternating" && round % 2 === 1);
      if (zeros) clearRange(this.block.content, start, start + count);
      else if (phase.words > 0) setRange(this.block.content, start, start + count);
      at += count;
    }
  }

  /** Notes which writes of the guest's generator stand in pages that were written in turn. */
  #draw(start: number, count: number, write: number): void {
    const { drawnWords } = this.block;
    if (drawnWords === null) return;
    for (let page = 0; page < count; page++) drawnWords.note(start + page, write + page);
    this.#logCounters(drawnWords);
  }

  #logCounters({ draws: { counters_page } }: PageWords): void {
    if (counters_page === null) return;
    this.block.logWrites(counters_page, counters_page + 1);
    setRange(this.block.content, counters_page, counters_page + 1);
  }

  #scatter(phase: Extract<Phase, { kind: "random" }>, from: number, target: number): void {
    const { start_page, pages, hot_pages, hot_percent, words } = phase;
    const { block } = this;
    const { content } = block;
    const first = this.#draws;
    this.#draws += target - from;
    const drawn = phase.draws === null ? null : block.drawnWords;
    if (drawn === null && hot_pages === null && phase.content === "data" && target - from > COVERED * pages) {
      block.logWrites(start_page, start_page + pages);
      if (words === 0) return;
      block.noteChanges(start_page, start_page + pages, words);
      setRange(content, start_page, start_page + pages);
      return;
    }
    const hotBelow = hot_pages === null ? 0 : hot_percent / 100 * 2 ** 32;
    const hotSize = Math.min(hot_pages ?? pages, pages);
    const { log } = block;
    const seed = this.#seed;
    // What most of the writes of most guests do is told by the log alone.
    const leavesContent = !this.changesContent && !block.tracksChanges;
    let [lowest, highest] = [Infinity, -1];
    for (let at = from; at < target; at++) {
      const draw = first + (at - from);
      const isHot = hotBelow > 0 && scramble(draw, seed ^ HOT_SALT) < hotBelow;
      const page = drawn === null
        ? start_page + ((scramble(draw, seed) * (isHot ? hotSize : pages) * 2 ** -32) >>> 0)
        : drawn.pick(drawn.draws.written + draw);
      drawn?.note(page, drawn.draws.written + draw);
      const word = page >>> 5;
      const bit = 1 << (page & 31);
      log[word] = (log[word] ?? 0) | bit;
      if (word < lowest) lowest = word;
      if (word > highest) highest = word;
      if (leavesContent) continue;
      if (words > 0 && drawn === null) block.noteChanges(page, page + 1, words);
      const zeros = phase.content === "zeros" || (phase.content === "alternating" && at % 2 === 1);
      if (zeros) content[word] = (content[word] ?? 0) & ~bit;
      else if (words > 0) content[word] = (content[word] ?? 0) | bit;
    }
    block.logged(lowest, highest);
    if (drawn !== null) this.#logCounters(drawn);
  }
}

/** After so many writes for each page of a range none is left out, but for one chance in e^40 a page. */
const COVERED = 40;
