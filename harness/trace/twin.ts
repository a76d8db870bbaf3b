/**
 * A second reader of the text log, written from docs/trace-format.md and nothing else.
 *
 * It is as plain as the page: one line at a time, strings and regular expressions, every reading tried in order. It
 * shares no code with `LogReader`; what both say is right, or wrong on the page. Time is not its concern, except that
 * it must end: a place that was tried without success is not tried again.
 *
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { Argument, Conversion, Declaration } from "./declaration.ts";

/** One item of a log, as the twin sees it. */
export interface TwinItem {
  /** `event`, or the kind of other text. */
  readonly kind: string;
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly length: number;
  /** The event's name; empty for other text without one. */
  readonly name: string;
  readonly at: number;
  readonly thread: number;
  /** The names of the flags, sorted. */
  readonly flags: readonly string[];
  /** Values in their decimal or literal text. */
  readonly values: readonly string[];
}

/** Reads a whole log, one character per byte. */
export function readTwin(catalog: Catalog, log: string): TwinItem[] {
  const items: TwinItem[] = [];
  let place = 0;
  let line = 1;
  let before = 0;

  const put = (kind: string, length: number, more: Partial<TwinItem>): void => {
    items.push({
      kind,
      line,
      column: before + 1,
      offset: place,
      length,
      name: "",
      at: -1,
      thread: 0,
      flags: [],
      values: [],
      ...more,
    });
    place += length;
  };

  if (log.startsWith("\u00ef\u00bb\u00bf")) {
    put("byte-order-mark", 3, {});
    before = 3;
  }
  while (place < log.length) {
    const nuls = /^\0*/.exec(log.slice(place))?.[0].length ?? 0;
    if (nuls > 0) {
      put("nul-run", nuls, {});
      before += nuls;
      continue;
    }
    const newline = log.indexOf("\n", place);
    const ended = newline !== -1;
    const end = ended ? newline : log.length;
    const raw = log.slice(place, end);
    if (raw.length > 1048576) {
      put("too-long", raw.length + (ended ? 1 : 0), { flags: ended ? [] : ["unended"] });
      line++;
      before = 0;
      continue;
    }
    const hasReturn = ended && raw.endsWith("\r");
    const text = hasReturn ? raw.slice(0, -1) : raw;
    const lineEnd = raw.length - text.length + (ended ? 1 : 0);
    const flags = [...(hasReturn ? ["carriageReturn"] : []), ...(ended ? [] : ["unended"])];
    if (text === "") {
      put("blank", lineEnd, { flags });
    } else {
      const joined = ended ? joinLines(catalog, log, place, text) : undefined;
      if (joined !== undefined) {
        put("event", joined.length + 1, itemOf(catalog, joined, false, []));
        line += joined.split("\n").length - 1;
      } else {
        const cuts = [0, ...gluesIn(catalog, text), text.length];
        const head = headOf(text);
        const declaration = head.payload === -1 ? undefined : catalog.get(head.name);
        const whole = cuts.length > 2 && declaration !== undefined &&
          readingsOf(declaration, text.slice(head.payload)).length > 0;
        for (let index = 0; index + 1 < cuts.length; index++) {
          const from = cuts[index] ?? 0;
          const to = cuts[index + 1] ?? 0;
          const isLast = index + 2 === cuts.length;
          const given = [
            ...(index > 0 ? ["glued"] : []),
            ...(isLast ? flags : ["cut"]),
            ...(whole ? ["ambiguous"] : []),
          ];
          const item = itemOf(catalog, text.slice(from, to), isLast && !ended, given);
          const length = to - from + (isLast ? lineEnd : 0);
          put(item.kind, length, { ...item, column: before + from + (item.column ?? 1) });
        }
      }
    }
    line++;
    before = 0;
  }
  return items;
}

interface TwinHead {
  readonly at: number;
  readonly thread: number;
  readonly hasThread: boolean;
  readonly prefix: number;
  readonly name: string;
  readonly payload: number;
  readonly blankMissing: boolean;
}

function headOf(text: string): TwinHead {
  let prefix = 0;
  let at = -1;
  let thread = 0;
  let hasThread = false;
  const tid = /^(0|[1-9][0-9]{0,9})@(0|[1-9][0-9]{0,9})\.([0-9]{6}):/.exec(text);
  const iso = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{6}))?Z /.exec(
    text,
  );
  if (tid !== null && Number(tid[2]) <= 9007199253) {
    hasThread = true;
    thread = Number(tid[1]);
    at = Number(tid[2]) * 1000000 + Number(tid[3]);
    prefix = tid[0].length;
  } else if (iso !== null && iso[7] !== "000000") {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = iso.slice(1, 7).map(Number);
    const time = new Date(0);
    time.setUTCFullYear(year, month - 1, day);
    time.setUTCHours(hour, minute, second);
    const isReal = time.getUTCFullYear() === year && time.getUTCMonth() === month - 1 &&
      time.getUTCDate() === day &&
      time.getUTCHours() === hour && time.getUTCMinutes() === minute && time.getUTCSeconds() === second;
    if (isReal && year >= 1970 && year <= 2254) {
      at = time.getTime() * 1000 + Number(iso[7] ?? "0");
      prefix = iso[0].length;
    }
  }
  const name = /^[A-Za-z0-9_]*/.exec(text.slice(prefix))?.[0] ?? "";
  const end = prefix + name.length;
  const blank = text[end] === " ";
  const isHead = name !== "" && (blank || end === text.length);
  return {
    at,
    thread,
    hasThread,
    prefix,
    name: isHead ? name : "",
    payload: isHead ? end + (blank ? 1 : 0) : -1,
    blankMissing: isHead && !blank,
  };
}

function described({ at, thread, name }: TwinHead): { at: number; thread: number; name: string } {
  return { at, thread, name };
}

/** The line with the lines behind it that its format's newlines ask for, if the format fits them all. */
function joinLines(catalog: Catalog, log: string, place: number, text: string): string | undefined {
  const head = headOf(text);
  const declaration = head.payload === -1 ? undefined : catalog.get(head.name);
  if (declaration === undefined) return undefined;
  const newlines = declaration.pieces.join("").split("\n").length - 1;
  if (newlines === 0) return undefined;
  let end = log.indexOf("\n", place);
  for (let count = 0; count < newlines; count++) {
    end = log.indexOf("\n", end + 1);
    if (end === -1) return undefined;
  }
  const joined = log.slice(place, end);
  return readingsOf(declaration, joined.slice(head.payload)).length > 0 ? joined : undefined;
}

/** Where glued events begin in a line. */
function gluesIn(catalog: Catalog, text: string): number[] {
  const places: number[] = [];
  let from = headOf(text).prefix;
  for (;;) {
    const next = nextGlue(catalog, text, from);
    if (next === -1) return places;
    places.push(next);
    from = next + headOf(text.slice(next)).prefix;
  }
}

function nextGlue(catalog: Catalog, text: string, from: number): number {
  for (let mark = text.indexOf("@", from); mark !== -1; mark = text.indexOf("@", mark + 1)) {
    const digits = /[0-9]*$/.exec(text.slice(Math.max(from, mark - 11), mark))?.[0] ?? "";
    if (digits === "" || digits.length > 10) continue;
    const start = mark - digits.replace(/^0+(?=.)/, "").length;
    const head = headOf(text.slice(start));
    if (head.hasThread && head.payload !== -1 && catalog.get(head.name) !== undefined) return start;
  }
  return -1;
}

function itemOf(
  catalog: Catalog,
  text: string,
  isOpen: boolean,
  given: readonly string[],
): Partial<TwinItem> & { kind: string } {
  const head = headOf(text);
  const flags = [...given].sort();
  const declaration = head.payload === -1 ? undefined : catalog.get(head.name);
  if (declaration === undefined) {
    if (head.hasThread && head.payload !== -1) {
      const kind = isOpen ? "incomplete" : "unknown-event";
      return { kind, name: head.name, at: head.at, column: head.prefix + 1, flags };
    }
    return { kind: isOpen ? "incomplete" : "foreign", at: head.at, column: 1, flags };
  }
  const payload = text.slice(head.payload);
  const isTorn = head.blankMissing && declaration.pieces.length > 0;
  const readings = isTorn ? [] : readingsOf(declaration, payload);
  const [values] = readings;
  if (values === undefined) {
    const kind = isOpen ? "incomplete" : "mismatch";
    return { kind, name: head.name, at: head.at, column: head.payload + 1, flags };
  }
  const odd = new Set(given);
  if (readings.length > 1) odd.add("ambiguous");
  if (head.blankMissing) odd.add("blankMissing");
  const conversions = declaration.pieces.filter((piece) => typeof piece !== "string");
  if (conversions.some(({ letter, width }) => width === -1 || (letter === "s" && width > 0))) {
    odd.add("guessed");
  }
  if (values.some((value, index) => declaration.args[index]?.kind === "string" && value.includes("\0"))) {
    odd.add("nul");
  }
  return { kind: "event", ...described(head), column: 1, flags: [...odd].sort(), values };
}

const LAST: Readonly<Record<string, readonly boolean[]>> = {
  "vmstate_load_state_end": [true],
  "get_qtailq_end": [true],
  "put_qtailq_end": [true],
  "vmstate_load_state_field": [true],
  "vmstate_field_exists": [true],
  "vmstate_save_state_loop": [true],
  "postcopy_request_shared_page": [true],
  "postcopy_request_shared_page_present": [true],
  "vmstate_subsection_load_bad": [false, true],
};
const WITH_REASON = ["vmstate_load_state_end", "get_qtailq_end", "put_qtailq_end"];

/** The readings of a payload, the chosen one first; at most 64. */
function readingsOf({ name, pieces, args }: Declaration, payload: string): string[][] {
  const found: string[][] = [];
  const values: string[] = [];
  const dead = new Set<string>();
  const strings: number[] = [];
  try_(0, 0, 0, 0);
  const preferred = found.findIndex((reading) => {
    const [first = "", second = ""] = strings.map((index) => reading[index] ?? "");
    if (WITH_REASON.includes(name)) return ["end", "too new", "too old"].includes(second);
    return name === "vmstate_subsection_save_loop" && second.startsWith(`${first}/`);
  });
  if (preferred > 0) found.unshift(...found.splice(preferred, 1));
  return found;

  function try_(piece: number, from: number, arg: number, string: number): boolean {
    if (found.length >= 64) return true;
    const key = `${piece} ${from}`;
    if (dead.has(key)) return false;
    const before = found.length;
    const part = pieces[piece];
    if (part === undefined) {
      if (from === payload.length && arg === args.length) found.push([...values]);
    } else if (typeof part === "string") {
      if (payload.startsWith(part, from)) try_(piece + 1, from + part.length, arg, string);
    } else if (part.letter === "s") {
      if (args[arg]?.kind === "string") {
        strings[string] = arg;
        const next = pieces[piece + 1];
        const ends = stringEnds(
          typeof next === "string" ? next : next === undefined ? undefined : "",
          payload,
          from,
        );
        const isLast = Object.hasOwn(LAST, name) && LAST[name]?.[string] === true;
        for (const end of isLast ? ends.reverse() : ends) {
          if (end - from < part.width) continue;
          values[arg] = payload.slice(from, end);
          try_(piece + 1, end, arg + 1, string + 1);
        }
      }
    } else {
      const index = part.width === -1 ? arg + 1 : arg;
      const declared = args[index];
      if (declared !== undefined && declared.kind !== "string") {
        const longest = part.letter === "c" ? 1 : Math.max(25, part.width, part.precision + 3);
        for (let end = Math.min(payload.length, from + longest); end >= from; end--) {
          const value = numeral(payload.slice(from, end), part, declared);
          if (value === undefined) continue;
          if (part.width === -1) values[arg] = String(end - from);
          values[index] = value;
          try_(piece + 1, end, index + 1, string);
        }
      }
    }
    if (found.length === before) dead.add(key);
    return found.length > before;
  }
}

/** Where a string can end, given the text behind it: nothing (the end), empty (anything), or a text. */
function stringEnds(next: string | undefined, payload: string, from: number): number[] {
  if (next === undefined) return [payload.length];
  const ends: number[] = [];
  for (let end = from; end <= payload.length; end++) if (payload.startsWith(next, end)) ends.push(end);
  return ends;
}

/** The value of a numeral; nothing if no value of the declared type prints this text. */
function numeral(text: string, conversion: Conversion, declared: Argument): string | undefined {
  const { letter, bits, width, precision, zero, alternate } = conversion;
  if (letter === "c") {
    if (text.length !== 1) return undefined;
    const code = BigInt(text.charCodeAt(0));
    return String(declared.kind === "signed" ? BigInt.asIntN(declared.bits, code) : code);
  }
  if (letter === "g") {
    const given = text.replace(/^ +/, "");
    if (text.length < width || (text.length > width && given !== text)) return undefined;
    const special: Record<string, string> = { "inf": "Infinity", "-inf": "-Infinity", "-nan": "NaN" };
    if (Object.hasOwn(special, given)) return special[given];
    if (!/^-?(0|[1-9][0-9]*|[0-9]\.[0-9]*[1-9]|[1-9][0-9]*\.[0-9]*[1-9])(e[-+][0-9]{2,3})?$/.test(given)) {
      return undefined;
    }
    return shortest(Number(given)) === given ? String(Number(given)) : undefined;
  }
  if (letter === "p" && text === "(nil)") return "0";
  const numerals: Readonly<Record<string, RegExp>> = {
    d: /^( *)(-?)()([0-9]*)( *)$/,
    i: /^( *)(-?)()([0-9]*)( *)$/,
    u: /^( *)()()([0-9]*)( *)$/,
    o: /^( *)()()([0-7]*)( *)$/,
    x: alternate ? /^( *)()((?:0x)?)([0-9a-f]*)( *)$/ : /^( *)()()([0-9a-f]*)( *)$/,
    X: alternate ? /^( *)()((?:0X)?)([0-9A-F]*)( *)$/ : /^( *)()()([0-9A-F]*)( *)$/,
    p: /^( *)()(0x)([1-9a-f][0-9a-f]*)( *)$/,
  };
  const match = numerals[letter]?.exec(text);
  if (match === null || match === undefined) return undefined;
  const [, left = "", sign = "", mark = "", digits = "", right = ""] = match;
  if (right !== "" || (left !== "" && text.length !== width)) return undefined;
  if (text.length < width || digits.length > Math.max(25, width, precision)) return undefined;
  const base = letter === "o" ? "0o" : /[xXp]/.test(letter) ? "0x" : "";
  const printed = BigInt(digits === "" ? 0 : base + digits) * (sign === "-" ? -1n : 1n);
  if (sign === "-" && printed === 0n) return undefined;
  const isSigned = letter === "d" || letter === "i";
  const reduced = isSigned ? BigInt.asIntN(bits, printed) : BigInt.asUintN(bits, printed);
  if (reduced !== printed) return undefined;
  const value = declared.kind === "bool"
    ? (printed === 0n ? 0n : 1n)
    : declared.kind === "signed"
    ? BigInt.asIntN(declared.bits, printed)
    : BigInt.asUintN(declared.bits, printed);
  if ((isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) !== printed) return undefined;
  if (letter === "p") return String(value);
  // Digits: no more zeros in front than precision or zero padding put there.
  const bare = digits.replace(/^0+(?=.)/, "");
  let least = precision === -1 ? 1 : precision;
  if (zero && precision === -1 && width > 0) least = Math.max(1, width - sign.length - mark.length);
  if (width === -1) least = zero ? digits.length : Math.max(1, bare.length);
  if (left !== "" && zero && precision === -1) return undefined;
  const expected = printed === 0n && precision === 0 ? "" : bare.padStart(least, "0");
  if (digits !== expected) return undefined;
  if (alternate && /[xX]/.test(letter) && (mark === "") !== (printed === 0n)) return undefined;
  return String(value);
}

/** `%g` of a double. */
function shortest(value: number): string {
  const [mantissa = "", power = ""] = value.toExponential(5).split("e");
  const exponent = Number(power);
  const strip = (text: string) => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
  if (exponent >= -4 && exponent <= 5) return strip(value.toFixed(5 - exponent));
  return `${strip(mantissa)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
