/**
 * The length of an XBZRLE encoding: runs of equal and of changed bytes in turn, each with its length before it; what
 * is equal at the end is left out.
 *
 * @see QEMU migration/xbzrle.c, xbzrle_encode_buffer()
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";

/** A word that a write changes, in bytes, and how far from each other the words of one write lie. */
const WORD_BYTES = 4;
const WORD_SPACING = 64;
/** Words of a page. */
const WORDS_MAX = PAGE_SIZE / WORD_BYTES;
/** Lengths from here on take two bytes (uleb128). */
const LONG_RUN = 128;

/** How far from each other, in bytes, the words of a write lie: closer if more than 64 of them are to fit. */
export function wordSpacing(words: number): number {
  return Math.min(WORD_SPACING, Math.floor(WORDS_MAX / Math.max(1, words)) * WORD_BYTES);
}

/**
 * Length of the encoding of a page in which this many words differ, of each all bytes.
 *
 * The words of a write lie 64 bytes apart, closer if there are more than 64 of them (the guest of the recordings:
 * 27 bytes with their header for 4 words, xbzrle-big). More than the page's size stands for an overflow.
 */
export function encodedLength(words: number): number {
  if (words === 0) return 0;
  const spacing = wordSpacing(words);
  if (spacing === WORD_BYTES) return 1 + lengthBytes(words * WORD_BYTES) + words * WORD_BYTES;
  const equal = lengthBytes(spacing - WORD_BYTES);
  return words * (equal + 1 + WORD_BYTES) + 1 - equal;
}

/**
 * Length of the encoding of a page whose first words, so many bytes apart, differ from the copy's in these bits.
 *
 * About one byte in 256 of a changed word stays what it was: at an end of the word that makes its run a byte shorter,
 * inside it makes two runs of it, which takes a byte more.
 */
export function encodedRuns(differences: Uint32Array, words: number, spacing: number): number {
  let length = 0;
  // The run of changed bytes that is being read, and where the one before it ended.
  let [start, end, before] = [0, 0, 0];
  for (let word = 0; word < words; word++) {
    const bits = differences[word] ?? 0;
    for (let byte = 0; byte < WORD_BYTES; byte++) {
      if (((bits >>> (8 * byte)) & 0xff) === 0) continue;
      const at = word * spacing + byte;
      if (at !== end || end === start) {
        if (end > start) length += runLength(start - before, end - start);
        if (end > start) before = end;
        start = at;
      }
      end = at + 1;
    }
  }
  return end > start ? length + runLength(start - before, end - start) : length;
}

function runLength(equal: number, changed: number): number {
  return lengthBytes(equal) + lengthBytes(changed) + changed;
}

function lengthBytes(run: number): number {
  return run < LONG_RUN ? 1 : 2;
}
