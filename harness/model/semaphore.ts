/**
 * A counting semaphore between threads of the model.
 *
 * @module
 */
import { type Routine, Signal, type Thread } from "./kernel.ts";

/** QemuSemaphore: a post lets one wait through. */
export class Semaphore {
  #count = 0;
  readonly #posted = new Signal();

  /** Posts at a moment that every other thread has reached. */
  post(at: number): void {
    this.#count++;
    this.#posted.raise(at);
  }

  /** Takes one post, waiting for it if need be. */
  *wait(thread: Thread): Routine {
    yield* thread.reach();
    while (this.#count === 0) yield* this.#posted.wait(thread);
    this.#count--;
  }
}
