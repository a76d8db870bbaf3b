/**
 * What stands in the words of the guest's pages, where the generator that they come from is known.
 *
 * Of each page the number of its last write is kept, and that of the write before XBZRLE copied it. Which words these
 * two wrote follows from the generator, and from the words the length of the encoding.
 *
 * @see QEMU migration/xbzrle.c, xbzrle_encode_buffer()
 * @module
 */
import type { Phase } from "../scenario/mod.ts";
import { encodedRuns, wordSpacing } from "./xbzrle_runs.ts";
import { Xorshift32 } from "./xorshift32.ts";

type Drawing = Extract<Phase, { kind: "sweep" | "random" }>;
type Draws = NonNullable<Drawing["draws"]>;

/** Count of writes, count of sweeps and state lie 8 bytes apart in the page of the counters. */
const COUNTERS = 3;
const COUNTER_SPACING = 8;

/** The words of all pages that one generator writes. */
export class PageWords {
  /** Number of the last write of each page, counted from 1; 0 for a page that was filled at most. */
  readonly #written: Uint32Array;
  /** The same at the time of XBZRLE's copy. */
  readonly #copied: Uint32Array;
  readonly #now: Uint32Array;
  readonly #then: Uint32Array;
  /** A place in the stream each for the picking of pages, for what stands there now, and for the copies. */
  readonly #picks: Xorshift32;
  readonly #nows: Xorshift32;
  readonly #thens: Xorshift32;
  /** Draws of one write, and how many of them come before its words. */
  readonly #perWrite: number;
  readonly #pick: number;

  constructor(readonly phase: Drawing, readonly draws: Draws, blockPages: number) {
    this.#written = new Uint32Array(blockPages);
    this.#copied = new Uint32Array(blockPages);
    const words = Math.max(phase.words, COUNTERS);
    this.#now = new Uint32Array(words);
    this.#then = new Uint32Array(words);
    this.#picks = new Xorshift32(draws.seed);
    this.#nows = new Xorshift32(draws.seed);
    this.#thens = new Xorshift32(draws.seed);
    this.#pick = phase.kind === "random" ? 1 : 0;
    this.#perWrite = phase.words + this.#pick;
    this.#replay();
  }

  /** The writes before the start: of a sweep the last round tells it all. */
  #replay(): void {
    const { phase: { kind, start_page, pages }, draws: { written } } = this;
    const first = kind === "sweep" ? Math.max(0, written - pages) : 0;
    for (let write = first; write < written; write++) {
      const page = kind === "sweep" ? start_page + write % pages : this.pick(write);
      this.note(page, write);
    }
    this.#copied.set(this.#written);
  }

  /**
   * Marks the pages that the writes before the start left non-zero. Where a sweep stood is told by the ranges that are
   * filled; where chance has been only the generator knows.
   */
  fillPicked(content: Uint32Array): void {
    const { phase: { kind, content: writes }, draws: { written } } = this;
    if (kind !== "random" || writes !== "data") return;
    for (let write = 0; write < written; write++) {
      const page = this.pick(write);
      content[page >>> 5] = (content[page >>> 5] ?? 0) | (1 << (page & 31));
    }
  }

  /** The page that a write picks by chance. */
  pick(write: number): number {
    const { start_page, pages } = this.phase;
    return start_page + this.#picks.draw(this.draws.filled + write * this.#perWrite) % pages;
  }

  /** Notes a write of a page, and what it leaves in the page of the counters. */
  note(page: number, write: number): void {
    this.#written[page] = write + 1;
    const { counters_page } = this.draws;
    if (counters_page !== null) this.#written[counters_page] = write + 1;
  }

  /** A copy of the page was made. */
  copied(page: number): void {
    this.#copied[page] = this.#written[page] ?? 0;
  }

  /** Length of the encoding of a page against its copy; 0 if nothing has changed. */
  encodedLength(page: number): number {
    const written = this.#written[page] ?? 0;
    const copied = this.#copied[page] ?? 0;
    if (written === copied) return 0;
    const counts = page === this.draws.counters_page;
    this.#fill(this.#now, page, written, this.#nows);
    this.#fill(this.#then, page, copied, this.#thens);
    for (let word = 0; word < this.#now.length; word++) {
      this.#now[word] = (this.#now[word] ?? 0) ^ (this.#then[word] ?? 0);
    }
    return counts
      ? encodedRuns(this.#now, COUNTERS, COUNTER_SPACING)
      : encodedRuns(this.#now, this.phase.words, wordSpacing(this.phase.words));
  }

  #fill(into: Uint32Array, page: number, written: number, stream: Xorshift32): void {
    const { phase: { kind, start_page, pages, words, content }, draws: { filled, counters_page } } = this;
    into.fill(0);
    const drawn = filled + written * this.#perWrite;
    if (page === counters_page) {
      into[0] = written;
      into[1] = kind === "sweep" ? Math.floor(written / pages) : 0;
      into[2] = stream.draw(drawn - 1);
      return;
    }
    if (written === 0) {
      if (page - start_page < filled) into[0] = stream.draw(page - start_page);
      return;
    }
    const turn = kind === "sweep" ? Math.floor((written - 1) / pages) : written - 1;
    if (content === "zeros" || (content === "alternating" && turn % 2 === 1)) return;
    for (let word = 0; word < words; word++) into[word] = stream.draw(drawn - words + word);
  }
}

/** The words of the guest's pages, if one of its phases has a generator. */
export function pageWordsOf(phases: readonly Phase[], blockPages: number): PageWords | null {
  for (const phase of phases) {
    if ("draws" in phase && phase.draws !== null) return new PageWords(phase, phase.draws, blockPages);
  }
  return null;
}
