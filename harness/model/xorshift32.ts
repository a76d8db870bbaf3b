/**
 * xorshift32 with shifts of 13, 17 and 5, the generator of the recorded guest, and its leap to any draw.
 *
 * That it is this one was found in the page faults of a guest that picks its pages by it: 351 of postcopy-faults' 353
 * follow each other in the stream of its seed, two draws apart or a small multiple of that.
 *
 * @see Marsaglia, Xorshift RNGs, Journal of Statistical Software 8 (2003), section 3
 * @module
 */

/** Beyond so many draws a leap is cheaper than steps. */
const STEPS_MAX = 256;
const STATE_BITS = 32;

/** The state after another draw; it is what is drawn. */
export function nextDraw(state: number): number {
  let x = state;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x >>> 0;
}

/** What 2^n draws make of each single bit of the state: the generator is linear in them. */
const leaps: Uint32Array[] = [];

function leapOf(power: number): Uint32Array {
  const known = leaps[power];
  if (known !== undefined) return known;
  const images = new Uint32Array(STATE_BITS);
  for (let bit = 0; bit < STATE_BITS; bit++) {
    const single = (1 << bit) >>> 0;
    images[bit] = power === 0 ? nextDraw(single) : leap(leap(single, power - 1), power - 1);
  }
  leaps[power] = images;
  return images;
}

function leap(state: number, power: number): number {
  const images = leapOf(power);
  let after = 0;
  for (let left = state; left !== 0; left &= left - 1) {
    after ^= images[31 - Math.clz32(left & -left)] ?? 0;
  }
  return after >>> 0;
}

/** A place in the stream of a seed. */
export class Xorshift32 {
  readonly #seed: number;
  #state: number;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = this.#seed;
  }

  /** The draw with this number, counted from 0; `-1` gives the seed. */
  draw(number: number): number {
    let left = number + 1 - this.#drawn;
    if (left < 0) {
      this.#state = this.#seed;
      left = number + 1;
    }
    this.#drawn = number + 1;
    if (left <= STEPS_MAX) {
      for (; left > 0; left--) this.#state = nextDraw(this.#state);
      return this.#state;
    }
    for (let power = 0; left > 0; power++, left = Math.floor(left / 2)) {
      if (left % 2 === 1) this.#state = leap(this.#state, power);
    }
    return this.#state;
  }
}
