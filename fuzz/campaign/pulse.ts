/**
 * Memory that the runner of a campaign shares with a worker: whether to stop, and which case is under way.
 *
 * A worker that is inside a case that never ends can neither be asked nor tell; its runner sees here that nothing
 * moves, and where.
 *
 * @module
 */

/** What a worker does with the case under way. */
export const STAGE = { drawing: 0, trying: 1, shrinking: 2 } as const;
/** One of {@linkcode STAGE}. */
export type Stage = typeof STAGE[keyof typeof STAGE];

const STOP = 0;
const BEATS = 1;
const STAGE_AT = 2;
const CASE = 3;

/** One worker's. */
export class Pulse {
  readonly #cells: Int32Array;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.#cells = new Int32Array(memory);
  }

  /** Asks the worker to stop after the case under way. */
  stop(): void {
    Atomics.store(this.#cells, STOP, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#cells, STOP) !== 0;
  }

  /** Something begins: a case, or a stage of it, or the next of many tries of one stage. */
  beat(index: number, stage: Stage): void {
    Atomics.store(this.#cells, CASE, index);
    Atomics.store(this.#cells, STAGE_AT, stage);
    Atomics.add(this.#cells, BEATS, 1);
  }

  /** Goes up with every beat. */
  get beats(): number {
    return Atomics.load(this.#cells, BEATS);
  }

  /** The number of the case under way. Case numbers are below a billion, so they fit. */
  get index(): number {
    return Atomics.load(this.#cells, CASE);
  }

  get stage(): Stage {
    return Atomics.load(this.#cells, STAGE_AT) as Stage;
  }
}
