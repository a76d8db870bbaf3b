/**
 * The clock of a ram_save_iterate: looked at after every 64th host page, it ends the iteration after 50 ms.
 *
 * A page is done when the write call that it caused has returned, so a look may have to wait for that.
 *
 * @see QEMU migration/ram.c (ram_save_iterate) and facts/precopy.md 2.8
 * @module
 */

/** MAX_WAIT of ram_save_iterate, in milliseconds. */
const WAIT_MS_MAX = 50;
/** The time is tested after every 64th host page, beginning with the first. */
const TIME_TEST_MASK = 63;

/** Times in microseconds. */
export class IterateClock {
  #startedAt = 0;
  /** Host pages that have been searched. */
  #searched = 0;
  /** Whether the page that came last is one after which the time is tested, and it has not been. */
  isDue = false;

  /** An iteration begins. */
  begin(now: number): void {
    this.#startedAt = now;
    this.#searched = 0;
    this.isDue = false;
  }

  /** The moment at which the iteration has taken `ms` milliseconds less than the longest that is tolerated. */
  before(ms: number): number {
    return this.#startedAt + (WAIT_MS_MAX - ms) * 1000;
  }

  /** The moment at which it began. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** What is told of an iteration that was too long: its milliseconds, and its pages before the last one. */
  bigWait(now: number): { milliseconds: number; iterations: number } {
    return { milliseconds: Math.floor((now - this.#startedAt) / 1000), iterations: this.#searched - 1 };
  }

  /** How many pages there are up to the next one after which the time is tested, that one included. */
  get untilTest(): number {
    return ((this.#searched + TIME_TEST_MASK) & ~TIME_TEST_MASK) - this.#searched + 1;
  }

  /** Whether a test at a moment ends the iteration: whole milliseconds are compared. */
  isLate(now: number): boolean {
    return now - this.#startedAt >= (WAIT_MS_MAX + 1) * 1000;
  }

  /** Counts pages. @param limited Whether there are tests at all. */
  count(pages: number, limited: boolean): void {
    this.#searched += pages;
    if (limited && pages > 0 && ((this.#searched - 1) & TIME_TEST_MASK) === 0) this.isDue = true;
  }

  /** Makes the test that is due, if one is. @returns Whether it ends the iteration. */
  ends(now: number): boolean {
    if (!this.isDue) return false;
    this.isDue = false;
    return this.isLate(now);
  }
}
