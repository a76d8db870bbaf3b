/**
 * Reads the prefix of an ordinary line. Lines of one thread within one second begin with the same bytes, up to the
 * point of the second; they are compared as words, and only the microseconds are read anew.
 *
 * @module
 */
import { isoMicros } from "./_line_head.ts";

/** Bytes of the longest part that is kept: ten digits, `@`, ten digits and the point. */
const KEPT_MAX = 22;

/** The prefix of the line before, as a help for the next one. */
export class QuickPrefix {
  /** Whole microseconds of the line that was read; -1 if it has no prefix. */
  at = -1;
  thread = 0;
  /** The kept part in words, the last one masked. */
  readonly #kept = new Int32Array(KEPT_MAX / 4 + 1);
  #words = 0;
  #mask = 0;
  #length = 0;
  #isIso = false;
  #second = 0;
  #thread = 0;

  /**
   * Reads a prefix.
   *
   * @returns Where the name begins; -1 for a line that the thorough path must look at.
   */
  read(bytes: Uint8Array, words: DataView, from: number): number {
    const byte = bytes[from] as number;
    if (byte < 48 || byte > 57) {
      this.at = -1;
      this.thread = 0;
      return from;
    }
    if (this.#length > 0) {
      const name = this.#readKept(words, from);
      if (name !== -1) return name;
    }
    return this.#readAnew(bytes, words, from);
  }

  #readKept(words: DataView, from: number): number {
    const kept = this.#kept;
    const count = this.#words;
    let at = from;
    for (let index = 0; index < count; index++, at += 4) {
      if (words.getInt32(at, true) !== kept[index]) return -1;
    }
    if ((words.getInt32(at, true) & this.#mask) !== kept[count]) return -1;
    at = from + this.#length;
    // Six digits: four in a word, two in the next with the sign behind them.
    const upper = words.getInt32(at, true);
    const lower = words.getInt32(at + 4, true);
    if ((upper & 0xf0f0f0f0) !== 0x30303030 || ((upper + 0x06060606) & 0xf0f0f0f0) !== 0x30303030) return -1;
    if ((lower & 0xf0f0) !== 0x3030 || ((lower + 0x0606) & 0xf0f0) !== 0x3030) return -1;
    const micros = (upper & 15) * 100000 + ((upper >> 8) & 15) * 10000 + ((upper >> 16) & 15) * 1000 +
      ((upper >> 24) & 15) * 100 + (lower & 15) * 10 + ((lower >> 8) & 15);
    const sign = (lower >> 16) & 0xffff;
    if (this.#isIso) {
      // `Z` and a blank; a fraction of zero is one that QEMU does not print.
      if (sign !== 0x205a || micros === 0) return -1;
      at += 8;
    } else {
      if ((sign & 0xff) !== 0x3a) return -1;
      at += 7;
    }
    this.at = this.#second + micros;
    this.thread = this.#thread;
    return at;
  }

  #readAnew(bytes: Uint8Array, words: DataView, from: number): number {
    let at = from;
    let thread = 0;
    let byte = bytes[at] as number;
    do {
      thread = thread * 10 + byte - 48;
      byte = bytes[++at] as number;
    } while (byte >= 48 && byte <= 57);
    if (byte !== 64) {
      const time = byte === 45 && at - from === 4 ? isoMicros(bytes, from) : -1;
      if (time === -1) return -1;
      this.at = time;
      this.thread = 0;
      if (bytes[from + 19] !== 46) return from + 21;
      this.#keep(words, from, 20, true, time - (time % 1e6), 0);
      return from + 28;
    }
    if (at - from > 10 || (bytes[from] === 48 && at - from > 1)) return -1;
    const secondsAt = ++at;
    let seconds = 0;
    for (byte = bytes[at] as number; byte >= 48 && byte <= 57; byte = bytes[++at] as number) {
      seconds = seconds * 10 + byte - 48;
    }
    // Unusual seconds are the thorough path's.
    if (byte !== 46 || at === secondsAt || at - secondsAt > 10 || bytes[secondsAt] === 48) return -1;
    if (seconds > 9007199253) return -1;
    this.#keep(words, from, at + 1 - from, false, seconds * 1e6, thread);
    const name = this.#readKept(words, from);
    if (name === -1) this.#length = 0;
    return name;
  }

  #keep(words: DataView, from: number, length: number, isIso: boolean, second: number, thread: number): void {
    const count = length >> 2;
    for (let index = 0; index < count; index++) this.#kept[index] = words.getInt32(from + index * 4, true);
    const left = length & 3;
    this.#mask = left === 0 ? 0 : (1 << (left * 8)) - 1;
    this.#kept[count] = words.getInt32(from + count * 4, true) & this.#mask;
    this.#words = count;
    this.#length = length;
    this.#isIso = isIso;
    this.#second = second;
    this.#thread = thread;
  }
}
