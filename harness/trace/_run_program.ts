/**
 * Runs a compiled format over the bytes of a line: the inner loop of the reader.
 *
 * The buffer has slack behind its last newline, so words may be read past the end of a line; no text of a program
 * holds a newline, so nothing past it can match.
 *
 * @module
 */
import type { FLAG } from "./event.ts";
import { latin1, type LineCursor } from "./_line_cursor.ts";
import type { Program } from "./_program.ts";

/** Not a line that the format printed. */
const NO_MATCH = -1;
/** A case for `readPayload`. */
const ODD = -2;

// The instructions of a program, with their operands. They are constants of this module that it does not export: V8
// folds such a one into the code, and reads an exported one, or a field of an object, from memory at each use.

/** The line ends here. */
const OP_END = 0;
/**
 * length, place among the literals, mask and word of the first four bytes, word of the last four: a text. From eight
 * bytes on it is compared by doubles, of which two are equal only if their bytes are: none of a text is a zero.
 */
const OP_TEXT = 1;
/** mode, min, max, digits: decimal numerals, by sign and bits; `digits` is the least number of digits. */
const OP_UNSIGNED_32 = 2;
const OP_SIGNED_32 = 3;
const OP_UNSIGNED_64 = 4;
const OP_SIGNED_64 = 5;
/** The same for lower-case hexadecimal numerals. */
const OP_HEX_32 = 6;
const OP_HEX_64 = 7;
const OP_POINTER = 8;
/** A string to the end of the line. */
const OP_STRING_TO_END = 9;
/** table: a string up to the only place where the rest of the program matches. */
const OP_STRING = 10;
/** order, table, length, words of the text that follows, whether a rest follows that: two strings. */
const OP_TWO_STRINGS = 11;

/** What becomes of a numeral's value. */
const MODE_KEEP = 0;
const MODE_TO_SIGNED_32 = 1;
const MODE_TO_UNSIGNED_32 = 2;
const MODE_TO_SIGNED_64 = 3;
const MODE_TO_UNSIGNED_64 = 4;
/** Checked against min and max. */
const MODE_RANGE = 5;

/** Which separator parts two strings, where it stands more than once. */
const ORDER_FIRST = 0;
const ORDER_LAST = 1;
const ORDER_BY_RULE = 2;

/** What a byte means to a sweep over a string. */
const SWEEP_PLAIN = 0;
/** Newline, NUL, or `@`, which may be the mark of a glued event. */
const SWEEP_STOP = 1;
/** The first byte of the text behind the string. */
const SWEEP_FIRST = 2;
/** The first byte of what follows the second of two strings. */
const SWEEP_SECOND = 3;
/** Both of these. */
const SWEEP_BOTH = 4;

/** The same for the compiler, which is not in a hurry. */
export const OP = {
  end: OP_END,
  text: OP_TEXT,
  unsigned32: OP_UNSIGNED_32,
  signed32: OP_SIGNED_32,
  unsigned64: OP_UNSIGNED_64,
  signed64: OP_SIGNED_64,
  hex32: OP_HEX_32,
  hex64: OP_HEX_64,
  pointer: OP_POINTER,
  stringToEnd: OP_STRING_TO_END,
  string: OP_STRING,
  twoStrings: OP_TWO_STRINGS,
};
export const MODE = {
  keep: MODE_KEEP,
  toSigned32: MODE_TO_SIGNED_32,
  toUnsigned32: MODE_TO_UNSIGNED_32,
  toSigned64: MODE_TO_SIGNED_64,
  toUnsigned64: MODE_TO_UNSIGNED_64,
  range: MODE_RANGE,
};
export const ORDER = { first: ORDER_FIRST, last: ORDER_LAST, byRule: ORDER_BY_RULE };
export const SWEEP = {
  plain: SWEEP_PLAIN,
  stop: SWEEP_STOP,
  first: SWEEP_FIRST,
  second: SWEEP_SECOND,
  both: SWEEP_BOTH,
};

/** Words of a numeral's instruction. */
const NUMERAL_WORDS = 5;
/** `FLAG.ambiguous`, as a constant of this module. */
const AMBIGUOUS: typeof FLAG.ambiguous = 1;
const NEWLINE = 10;
const RETURN = 13;
const ZERO = 48;
const MINUS = 45;

const HEX = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) HEX[digit.toString(16).charCodeAt(0)] = digit;

/** Whether the line ends here, after at most one carriage return. */
function endsAt(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at];
  return byte === NEWLINE || (byte === RETURN && bytes[at + 1] === NEWLINE);
}

/** Whether an `@` may be the mark of a glued event: behind a digit. Names such as `/rom@etc/acpi` hold others. */
function isMark(bytes: Uint8Array, at: number): boolean {
  const before = bytes[at - 1] as number;
  return before >= ZERO && before <= 57;
}

/** Whether the text of this instruction stands here. Its last double may overlap the one before. */
function textAt(code: Int32Array, literals: Float64Array, words: DataView, at: number, pc: number): boolean {
  const length = code[pc + 1] as number;
  if (length < 8) {
    if ((words.getInt32(at, true) & (code[pc + 3] as number)) !== code[pc + 4]) return false;
    return length <= 4 || words.getInt32(at + length - 4, true) === code[pc + 5];
  }
  const last = at + length - 8;
  let index = code[pc + 2] as number;
  for (let place = at; place < last; place += 8) {
    if (words.getFloat64(place, true) !== literals[index++]) return false;
  }
  return words.getFloat64(last, true) === literals[index];
}

/** Skips the plain bytes of a string. A loop of its own, from which V8 takes all that does not change. */
function skipPlain(tables: Uint8Array, table: number, bytes: Uint8Array, from: number): number {
  let at = from | 0;
  while (tables[table + (bytes[at] as number)] === SWEEP_PLAIN) at++;
  return at;
}

/** A decimal of 16 to 18 digits, rounded once: 10^9 is 2^9 * 1953125, so the upper part is exact. */
function longDecimal(bytes: Uint8Array, from: number, to: number): number {
  let upper = 0;
  let lower = 0;
  for (let at = from; at < to - 9; at++) upper = upper * 10 + (bytes[at] ?? 0) - ZERO;
  for (let at = to - 9; at < to; at++) lower = lower * 10 + (bytes[at] ?? 0) - ZERO;
  return upper * 1e9 + lower;
}

/** A decimal of 19 digits or more, in its declared type; NaN if it is out of the conversion's range. */
function hugeDecimal(bytes: Uint8Array, from: number, to: number, signed: boolean, mode: number): number {
  if (to - from > 20) return NaN;
  const printed = BigInt(latin1(bytes, from, to));
  if (printed !== (signed ? BigInt.asIntN(64, printed) : BigInt.asUintN(64, printed))) return NaN;
  if (mode === MODE_TO_SIGNED_64) return Number(BigInt.asIntN(64, printed));
  return Number(mode === MODE_TO_UNSIGNED_64 ? BigInt.asUintN(64, printed) : printed);
}

/**
 * Matches name and payload from `from` on, and fills the cursor's slots.
 *
 * @param start Where in the program: at a plan's start, or inside of it for what follows a string.
 * @returns Where the content of the line ends, before its CR and newline; or NO_MATCH, or ODD.
 */
export function runProgram(
  program: Program,
  start: number,
  bytes: Uint8Array,
  words: DataView,
  from: number,
  firstSlot: number,
  cursor: LineCursor,
): number {
  const { code, tables, literals } = program;
  const { numbers, starts, ends } = cursor;
  let pc = start | 0;
  let at = from | 0;
  let slot = firstSlot | 0;
  for (;;) {
    const op = code[pc] as number;
    if (op === OP_TEXT) {
      if (!textAt(code, literals, words, at, pc)) return NO_MATCH;
      at += code[pc + 1] as number;
      pc += 6;
    } else if (op === OP_END) {
      return endsAt(bytes, at) ? at : NO_MATCH;
    } else if (op === OP_STRING_TO_END) {
      const first = at;
      for (let byte = bytes[at] as number; byte !== NEWLINE; byte = bytes[++at] as number) {
        if (byte === 0 || (byte === 64 && isMark(bytes, at))) return ODD;
      }
      if (at > first && bytes[at - 1] === RETURN) at--;
      numbers[slot] = NaN;
      starts[slot] = first;
      ends[slot] = at;
      return at;
    } else if (op === OP_STRING) {
      const table = code[pc + 1] as number;
      const first = at;
      for (;; at++) {
        at = skipPlain(tables, table, bytes, at);
        const meaning = tables[table + (bytes[at] as number)] as number;
        if (meaning === SWEEP_STOP) {
          if (bytes[at] === 64 && !isMark(bytes, at)) continue;
          return bytes[at] === NEWLINE ? NO_MATCH : ODD;
        }
        const end = runProgram(program, pc + 2, bytes, words, at, slot + 1, cursor);
        if (end === NO_MATCH) continue;
        numbers[slot] = NaN;
        starts[slot] = first;
        ends[slot] = at;
        return end;
      }
    } else if (op === OP_TWO_STRINGS) {
      return twoStrings(program, pc, bytes, words, at, slot, cursor);
    } else {
      const start = at;
      let value = 0;
      if (op === OP_POINTER) {
        if (bytes[at] !== ZERO) {
          // "(nil" as a word, and the bracket behind it.
          if (words.getInt32(at, true) !== 0x6c696e28 || bytes[at + 4] !== 41) return NO_MATCH;
          at += 5;
        } else {
          if (bytes[at + 1] !== 120) return NO_MATCH;
          at += 2;
          let upper = 0;
          let lower = 0;
          const digits = at;
          for (let digit = HEX[bytes[at] as number] as number; digit !== 255;) {
            upper = (upper << 4) | (lower >>> 28);
            lower = (lower << 4) | digit;
            digit = HEX[bytes[++at] as number] as number;
          }
          if (at === digits || at - digits > 16 || bytes[digits] === ZERO) return NO_MATCH;
          value = (upper >>> 0) * 4294967296 + (lower >>> 0);
        }
        pc += 1;
      } else {
        const mode = code[pc + 1] as number;
        const least = code[pc + 4] as number;
        if (op === OP_HEX_32 || op === OP_HEX_64) {
          let upper = 0;
          let lower = 0;
          for (let digit = HEX[bytes[at] as number] as number; digit !== 255;) {
            upper = (upper << 4) | (lower >>> 28);
            lower = (lower << 4) | digit;
            digit = HEX[bytes[++at] as number] as number;
          }
          const count = at - start;
          if (count < least || (bytes[start] === ZERO && count > least)) return NO_MATCH;
          if (op === OP_HEX_32) {
            if (count > 8) return count > least ? NO_MATCH : ODD;
            value = mode === MODE_TO_SIGNED_32 ? lower : lower >>> 0;
          } else {
            if (count > 16) return NO_MATCH;
            value = (mode === MODE_TO_SIGNED_64 ? upper : upper >>> 0) * 4294967296 + (lower >>> 0);
          }
        } else {
          const signed = op === OP_SIGNED_32 || op === OP_SIGNED_64;
          const negative = signed && bytes[at] === MINUS;
          if (negative) at++;
          const digits = at;
          for (let digit = (bytes[at] as number) - ZERO; digit >= 0 && digit <= 9;) {
            value = value * 10 + digit;
            digit = (bytes[++at] as number) - ZERO;
          }
          const count = at - digits;
          if (count < least || (bytes[digits] === ZERO && (count > least || negative))) return NO_MATCH;
          if (op === OP_UNSIGNED_32) {
            if (value > 4294967295) return NO_MATCH;
            if (mode === MODE_TO_SIGNED_32) value |= 0;
          } else if (op === OP_SIGNED_32) {
            if (negative) value = -value;
            if (value > 2147483647 || value < -2147483648) return NO_MATCH;
            if (mode === MODE_TO_UNSIGNED_32) value >>>= 0;
          } else {
            if (count > 18) {
              value = hugeDecimal(bytes, start, at, signed, mode);
              if (Number.isNaN(value)) return NO_MATCH;
            } else if (count > 15) value = longDecimal(bytes, digits, at);
            if (negative && count <= 18) {
              value = mode === MODE_TO_UNSIGNED_64 ? 18446744073709551616 - value : -value;
            }
          }
        }
        if (mode === MODE_RANGE && (value < (code[pc + 2] as number) || value > (code[pc + 3] as number))) {
          return NO_MATCH;
        }
        pc += NUMERAL_WORDS;
      }
      numbers[slot] = value;
      starts[slot] = start;
      ends[slot] = at;
      slot++;
    }
  }
}

/**
 * Two strings with a text between them, and the rest behind. The rest fits in one place only (see `anchors`), so the
 * readings are the places of the text before it.
 */
function twoStrings(
  program: Program,
  pc: number,
  bytes: Uint8Array,
  words: DataView,
  from: number,
  slot: number,
  cursor: LineCursor,
): number {
  const { code, tables, literals } = program;
  const order = code[pc + 1] as number;
  const table = code[pc + 2] as number;
  const length = code[pc + 3] as number;
  const text = pc + 6;
  const rest = text + (code[pc + 4] as number);
  const hasRest = code[pc + 5] === 1;
  let chosen = -1;
  let latest = -1;
  let count = 0;
  let at = from | 0;
  let end = NO_MATCH;
  for (;; at++) {
    at = skipPlain(tables, table, bytes, at);
    const meaning = tables[table + (bytes[at] as number)] as number;
    if (meaning === SWEEP_STOP) {
      if (bytes[at] === 64 && !isMark(bytes, at)) continue;
      if (bytes[at] !== NEWLINE) return ODD;
      if (hasRest || count === 0) return NO_MATCH;
      if (at > from && bytes[at - 1] === RETURN) at--;
      end = at;
      break;
    }
    if (meaning !== SWEEP_SECOND && textAt(code, literals, words, at, text)) {
      if (count++ === 0 || order === ORDER_LAST) chosen = at;
      latest = at;
    }
    if (meaning !== SWEEP_FIRST && count > 0 && at >= chosen + length) {
      end = runProgram(program, rest, bytes, words, at, slot + 2, cursor);
      if (end === ODD) return ODD;
      if (end !== NO_MATCH) break;
    }
  }
  // A separator that overlaps the rest is no reading; which ones remain, the authority says.
  if (latest + length > at || (count > 1 && order === ORDER_BY_RULE)) return ODD;
  if (count > 1) cursor.flags |= AMBIGUOUS;
  cursor.numbers[slot] = NaN;
  cursor.numbers[slot + 1] = NaN;
  cursor.starts[slot] = from;
  cursor.ends[slot] = chosen;
  cursor.starts[slot + 1] = chosen + length;
  cursor.ends[slot + 1] = at;
  return end;
}
