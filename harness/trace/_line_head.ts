/**
 * What stands before the payload of a line: the prefix with time and thread, the event's name, one blank.
 *
 * @see facts/tracing.md b.1
 * @module
 */

/** The head of a line, or of the rest of one. */
export interface Head {
  /** Where the head begins. */
  readonly start: number;
  /** Whole microseconds, -1 without a prefix. */
  readonly at: number;
  /** Thread id; -1 for a line that cannot carry one. */
  readonly thread: number;
  /** The run of word characters after the prefix; empty if there is none, or something else follows it. */
  readonly name: string;
  /** Where the name begins: the text after the prefix. */
  readonly body: number;
  /** Where the payload begins; -1 if the line has no event's shape. */
  readonly payload: number;
  /** The name ends the line, without the blank that QEMU prints. */
  readonly blankMissing: boolean;
}

/** Seconds beyond this do not fit whole microseconds in a double: in June 2255. */
const SECONDS_MAX = 9007199253;
const BLANK = 32;
const AT_SIGN = 64;
const DOT = 46;
const COLON = 58;

/** Characters of names, by their codes: what no table holds is none. */
const IS_WORD = new Uint8Array(256);
for (const char of "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_") {
  IS_WORD[char.charCodeAt(0)] = 1;
}

/** The number that {@linkcode skipNumber} read last. */
let number = 0;

/** Reads `0`, or up to ten digits of which the first is not 0; returns where they end, -1 if there is no such number. */
function skipNumber(text: string, from: number): number {
  let at = from;
  number = 0;
  for (let code = text.charCodeAt(at); code >= 48 && code <= 57; code = text.charCodeAt(++at)) {
    if (at - from === 10 || (at > from && number === 0)) return -1;
    number = number * 10 + code - 48;
  }
  return at === from ? -1 : at;
}

/** The time that {@linkcode skipPrefix} read last, in whole microseconds, and its thread. */
let prefixAt = -1;
let prefixThread = -1;

/** Reads `TID@SECONDS.MICROS:`; returns where it ends, -1 if there is none. */
function skipPrefix(text: string, from: number): number {
  const mark = skipNumber(text, from);
  if (mark === -1 || text.charCodeAt(mark) !== AT_SIGN) return -1;
  prefixThread = number;
  const dot = skipNumber(text, mark + 1);
  if (dot === -1 || text.charCodeAt(dot) !== DOT || number > SECONDS_MAX) return -1;
  let micros = 0;
  for (let at = dot + 1; at <= dot + 6; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    micros = micros * 10 + digit;
  }
  prefixAt = number * 1e6 + micros;
  return text.charCodeAt(dot + 7) === COLON ? dot + 8 : -1;
}

/** Reads the head of a line at `from`. */
export function readHead(text: string, from: number): Head {
  let at = -1;
  let thread = -1;
  let body = from;
  if (isDigit(text, from)) {
    const end = skipPrefix(text, from);
    if (end !== -1) {
      thread = prefixThread;
      at = prefixAt;
      body = end;
    } else if (text.charAt(from + 10) === "T") {
      const micros = isoMicrosOf(text, from);
      if (micros !== -1) {
        at = micros;
        body = from + (text.charAt(from + 19) === "." ? 28 : 21);
      }
    }
  }
  let end = body;
  while (IS_WORD[text.charCodeAt(end)] === 1) end++;
  const name = text.slice(body, end);
  const blank = text.charCodeAt(end) === BLANK;
  const blankMissing = end === text.length;
  if (name === "" || !(blank || blankMissing)) {
    return { start: from, at, thread, name: "", body, payload: -1, blankMissing: false };
  }
  return { start: from, at, thread, name, body, payload: blank ? end + 1 : end, blankMissing };
}

/**
 * Finds the next event inside a line: a prefix with a thread id, before the name of an event that is known.
 *
 * The thread id is what digits stand before the `@`, from the first that is not 0: text before it that ends in other
 * digits makes it wrong, and nothing can tell.
 *
 * @param from Where the search begins: behind the prefix of the line itself.
 * @returns Its head, which begins with the thread id; nothing if there is none.
 */
export function findGlued(
  text: string,
  from: number,
  isKnown: (name: string) => boolean,
): Head | undefined {
  for (let mark = text.indexOf("@", from); mark !== -1; mark = text.indexOf("@", mark + 1)) {
    let start = mark;
    while (start > from && mark - start <= 10 && isDigit(text, start - 1)) start--;
    if (start === mark || mark - start > 10) continue;
    while (start < mark - 1 && text.charAt(start) === "0") start++;
    const head = readHead(text, start);
    if (head.payload !== -1 && head.thread !== -1 && isKnown(head.name)) return head;
  }
  return undefined;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

/** Room for one prefix, so that text needs no array of its own for each line. */
const prefix = new Uint8Array(30);

/** The same as {@linkcode isoMicros} of a text of one character per byte. */
export function isoMicrosOf(text: string, from: number): number {
  for (let at = 0; at < 28; at++) prefix[at] = text.charCodeAt(from + at);
  return isoMicros(prefix, 0);
}

let dayKey = -1;
let dayMicros = -1;

/**
 * The time of an ISO 8601 prefix, `YYYY-MM-DDTHH:MM:SS[.uuuuuu]Z` and a blank, in microseconds since 1970; -1 if
 * the bytes are none. The fraction is left out exactly when it is zero; a day or hour that no calendar has is none.
 */
export function isoMicros(bytes: Uint8Array, from: number): number {
  if (bytes[from + 4] !== 45 || bytes[from + 7] !== 45 || bytes[from + 10] !== 84) return -1;
  if (bytes[from + 13] !== 58 || bytes[from + 16] !== 58) return -1;
  const year = pair(bytes, from) * 100 + pair(bytes, from + 2);
  const month = pair(bytes, from + 5);
  const day = pair(bytes, from + 8);
  const hour = pair(bytes, from + 11);
  const minute = pair(bytes, from + 14);
  const second = pair(bytes, from + 17);
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1)) return -1;
  if (!(hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60)) return -1;
  let fraction = 0;
  let end = from + 19;
  if (bytes[end] === 46) {
    fraction = pair(bytes, end + 1) * 10000 + pair(bytes, end + 3) * 100 + pair(bytes, end + 5);
    if (!(fraction > 0)) return -1;
    end += 7;
  }
  if (bytes[end] !== 90 || bytes[end + 1] !== 32) return -1;
  const key = year * 10000 + month * 100 + day;
  if (key !== dayKey) {
    const micros = dayOf(year, month, day);
    if (micros === -1) return -1;
    dayKey = key;
    dayMicros = micros;
  }
  return dayMicros + ((hour * 60 + minute) * 60 + second) * 1e6 + fraction;
}

/** Two digits as a number; NaN if they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 48;
  const ones = (bytes[at + 1] ?? 0) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/**
 * The start of a day, in microseconds since 1970; -1 for a day that the month lacks, before 1970, and after 2254, past
 * which whole microseconds do not fit a double.
 */
function dayOf(year: number, month: number, day: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  if (year < 1970 || year > 2254 || day > (lengths[month - 1] ?? 0)) return -1;
  // Days from March on, so that the leap day is the last of its year.
  const shifted = month > 2 ? year : year - 1;
  const days = 365 * shifted + Math.floor(shifted / 4) - Math.floor(shifted / 100) +
    Math.floor(shifted / 400) +
    Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (days - 719468) * 86400e6;
}
