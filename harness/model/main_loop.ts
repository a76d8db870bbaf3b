/**
 * The source's main loop: carries out commands, samples and bottom halves, one at a time, under the big lock.
 *
 * @module
 */
import type { Lock, Routine, Thread } from "./kernel.ts";
import { Signal } from "./kernel.ts";

interface Task {
  readonly at: number;
  readonly work: () => Routine;
  /** Whether it only looks: nothing depends on it. */
  readonly looks: boolean;
}

/** The main loop's thread. */
export class MainLoop {
  readonly #tasks: Task[] = [];
  /** The task under way, which may wait for the lock. */
  #underWay: Task | null = null;
  readonly #news = new Signal();
  #ended = false;

  constructor(readonly thread: Thread, readonly bql: Lock) {}

  /**
   * Schedules work for a moment; of two for the same moment, the one that was scheduled first comes first.
   *
   * @param looks Whether the work only looks, as a sample does.
   */
  schedule(at: number, now: number, work: () => Routine, looks = false): void {
    let place = this.#tasks.length;
    while (place > 0 && (this.#tasks[place - 1]?.at ?? 0) > at) place--;
    this.#tasks.splice(place, 0, { at, work, looks });
    this.#news.raise(now);
  }

  /** Whether nothing is scheduled. */
  get idle(): boolean {
    return this.#tasks.length === 0;
  }

  /** Whether something is still to be done, besides looking; a process that was killed does nothing more. */
  get busy(): boolean {
    const isAtWork = this.#underWay !== null && !this.#underWay.looks;
    return !this.thread.isKilled && (isAtWork || this.#tasks.some(({ looks }) => !looks));
  }

  /** Says that nothing will be scheduled any more. */
  end(): void {
    this.#ended = true;
    this.#news.raise(this.thread.now);
  }

  /** The thread's life. */
  *run(): Routine {
    const { thread, bql } = this;
    for (;;) {
      const task = this.#tasks[0];
      if (task === undefined) {
        if (this.#ended) return;
        yield* this.#news.wait(thread);
        continue;
      }
      if (task.at > thread.now) {
        yield* this.#news.wait(thread, task.at);
        continue;
      }
      this.#tasks.shift();
      this.#underWay = task;
      yield* bql.acquire(thread);
      yield* task.work();
      // Whoever waits for the lock gets it when the work is done, not when it began.
      yield* thread.reach();
      bql.release(thread);
      this.#underWay = null;
    }
  }
}
