/**
 * Operations on page bitmaps: one bit per page, 32 pages to a word, lowest page in the lowest bit.
 *
 * @module
 */

/** A bitmap for a number of pages, all zeros. */
export function newBitmap(pages: number): Uint32Array {
  return new Uint32Array(Math.ceil(pages / 32));
}

/** How many bits of a word are set. */
export function popcount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The position of the lowest set bit of a word that is not 0. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** A word with the `count` lowest bits set; `count` from 0 to 32. */
export function lowMask(count: number): number {
  return count >= 32 ? 0xffffffff : (1 << count) - 1;
}

/** Sets the bits of the pages from `start` up to, not including, `end`. */
export function setRange(bits: Uint32Array, start: number, end: number): void {
  fillRange(bits, start, end, true);
}

/** Clears the bits of the pages from `start` up to, not including, `end`. */
export function clearRange(bits: Uint32Array, start: number, end: number): void {
  fillRange(bits, start, end, false);
}

function fillRange(bits: Uint32Array, start: number, end: number, set: boolean): void {
  if (start >= end) return;
  const first = start >>> 5;
  const last = (end - 1) >>> 5;
  const head = ~lowMask(start & 31);
  const tail = lowMask(((end - 1) & 31) + 1);
  if (first === last) {
    apply(bits, first, head & tail, set);
    return;
  }
  apply(bits, first, head, set);
  bits.fill(set ? 0xffffffff : 0, first + 1, last);
  apply(bits, last, tail, set);
}

function apply(bits: Uint32Array, word: number, mask: number, set: boolean): void {
  const value = bits[word] ?? 0;
  bits[word] = set ? value | mask : value & ~mask;
}

/**
 * The first page from `page` on, at most `most` pages further, that is not set in both bitmaps.
 *
 * @param page Within both bitmaps.
 */
export function endOfRun(a: Uint32Array, b: Uint32Array, page: number, most: number): number {
  const end = page + most;
  let word = page >>> 5;
  let missing = ~((a[word] ?? 0) & (b[word] ?? 0)) & ~lowMask(page & 31);
  while (missing === 0) {
    word++;
    if (word * 32 >= end) return end;
    missing = ~((a[word] ?? 0) & (b[word] ?? 0));
  }
  return Math.min(end, word * 32 + lowestBit(missing));
}

/** How many bits are set in all. */
export function countBits(bits: Uint32Array): number {
  let count = 0;
  for (let word = 0; word < bits.length; word++) count += popcount(bits[word] ?? 0);
  return count;
}

/** How many bits of the pages from `start` up to, not including, `end` are set. */
export function countRange(bits: Uint32Array, start: number, end: number): number {
  if (start >= end) return 0;
  const first = start >>> 5;
  const last = (end - 1) >>> 5;
  let count = 0;
  for (let word = first; word <= last; word++) {
    const head = word === first ? ~lowMask(start & 31) : -1;
    const tail = word === last ? lowMask(((end - 1) & 31) + 1) : -1;
    count += popcount((bits[word] ?? 0) & head & tail);
  }
  return count;
}

/** The `count` lowest set bits of a word. */
export function lowestBits(word: number, count: number): number {
  // Dirty pages mostly come in unbroken runs.
  const unbroken = word & lowMask(lowestBit(word) + count);
  if (popcount(unbroken) === count) return unbroken;
  let rest = word;
  for (let index = 0; index < count; index++) rest &= rest - 1;
  return word & ~rest;
}
