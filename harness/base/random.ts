/**
 * Seeded chance: one seed, one independent stream per source of chance.
 *
 * A stream is named (`guest`, `link`), so that a new draw in one never moves the draws of another. The generator is
 * pure-rand's xoroshiro128+; a stream's seed is the FNV-1a hash of the run's seed and the stream's name.
 *
 * @module
 */
import { xoroshiro128plus } from "pure-rand";

/** A stream of reproducible draws. */
export class RandomStream {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  /**
   * @param seed The seed of the run, any integer.
   * @param name What the stream is for. Streams of different names are independent.
   */
  constructor(seed: number, name: string) {
    this.#generator = xoroshiro128plus(hashSeed(seed, name));
  }

  /**
   * An integer from 0 to `bound - 1`.
   *
   * Scales a 32-bit draw, so values differ in likelihood by at most `bound / 2^32`; that is far below anything a
   * migration can show, and it costs one multiplication.
   *
   * @param bound At least 1, at most 2^32.
   */
  below(bound: number): number {
    return Math.floor(((this.#generator.next() >>> 0) * bound) / 4294967296);
  }

  /** A number from 0 up to, but not including, 1. */
  unit(): number {
    return (this.#generator.next() >>> 0) / 4294967296;
  }

  /** An unsigned 32-bit integer. */
  word(): number {
    return this.#generator.next() >>> 0;
  }
}

/** The 32-bit FNV-1a hash of a seed and a name: stable on every machine. */
export function hashSeed(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (const char of `${seed}/${name}`) {
    hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  }
  return hash | 0;
}
