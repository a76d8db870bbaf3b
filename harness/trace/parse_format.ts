/**
 * Resolves a declared format (`"0x%" PRIx64 " pages"`) to its pieces: text and conversions.
 *
 * The printed widths are those of 64-bit Linux with glibc, where `PRIx8` is plain `x` and prints 32 bits.
 *
 * @see facts/tracing.md a.6
 * @module
 */
import type { Conversion, Piece } from "./declaration.ts";
import { err, ok, type Result } from "../base/mod.ts";

/** What is wrong with a format, and at which character of it. */
export interface FormatError {
  readonly reason: string;
  readonly offset: number;
  /** The C compiler, to which it is no C; or this reader, which does not know the conversion. */
  readonly by: "C compiler" | "switchover";
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  '"': '"',
  "'": "'",
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const MACRO = /^PRI([diuxXo])(8|16|32|64|MAX|PTR)(?!\w)/;

/** Joins string literals and PRI macros, as the C compiler does; macros become printf's own length and letter. */
function joinLiterals(format: string): Result<{ text: string; offsets: number[] }, FormatError> {
  let text = "";
  const offsets: number[] = [];
  const put = (char: string, at: number): void => {
    text += char;
    offsets.push(at);
  };
  let at = 0;
  while (at < format.length) {
    const char = format.charAt(at);
    if (char === " " || char === "\t" || char === "\f" || char === "\v") {
      at++;
    } else if (char === '"') {
      const start = at++;
      for (;;) {
        if (at >= format.length) {
          return err({ reason: "the string literal is not closed", offset: start, by: "C compiler" });
        }
        const inside = format.charAt(at);
        if (inside === '"') break;
        if (inside !== "\\") {
          put(inside, at++);
          continue;
        }
        // In C the escape goes on while hexadecimal digits do; more than two do not fit a character.
        const hex = /^\\x([0-9a-fA-F]{1,2})(?![0-9a-fA-F])/.exec(format.slice(at, at + 5));
        const escape = format.charAt(at + 1);
        if (hex?.[1] !== undefined) {
          put(String.fromCharCode(parseInt(hex[1], 16)), at);
          at += hex[0].length;
        } else if (Object.hasOwn(ESCAPES, escape)) {
          put(ESCAPES[escape] ?? "", at);
          at += 2;
        } else {
          return err({ reason: `the escape \\${escape} is not known`, offset: at, by: "C compiler" });
        }
      }
      at++;
    } else {
      const macro = MACRO.exec(format.slice(at, at + 9));
      if (macro === null) {
        return err({ reason: "neither a string literal nor a PRI macro", offset: at, by: "C compiler" });
      }
      const [word, letter = "", size = ""] = macro;
      const length = size === "64" || size === "PTR" || size === "MAX" ? "l" : "";
      for (const part of length + letter) put(part, at);
      at += word.length;
    }
  }
  return ok({ text, offsets });
}

const LENGTH_BITS: Readonly<Record<string, number>> = {
  "": 32,
  l: 64,
  ll: 64,
  z: 64,
  j: 64,
  t: 64,
  h: 32,
  hh: 32,
};
const CONVERSION = /^%([-+ #0']*)(\*|\d{1,4})?(?:\.(\d{0,4}))?(hh|h|ll|l|z|j|t)?([diuxXopscg%])/;

/**
 * Parses a declared format.
 *
 * @param format The text after the argument list, as declared: literals and macros. Empty means no format.
 * @returns The pieces, adjacent text joined; or the first error and its offset in `format`.
 */
export function parseFormat(format: string): Result<Piece[], FormatError> {
  const joined = joinLiterals(format);
  if (!joined.ok) return joined;
  const { text, offsets } = joined.value;
  const pieces: Piece[] = [];
  let literal = "";
  let at = 0;
  while (at < text.length) {
    const percent = text.indexOf("%", at);
    if (percent === -1) {
      literal += text.slice(at);
      break;
    }
    literal += text.slice(at, percent);
    const match = CONVERSION.exec(text.slice(percent, percent + 24));
    const offset = offsets[percent] ?? 0;
    if (match === null || (/[scgp]/.test(match[5] ?? "") && match[4] !== undefined)) {
      return err({ reason: "the conversion is not one that can be read back", offset, by: "switchover" });
    }
    const [whole, flags = "", width = "", precision, length = "", letter = ""] = match;
    at = percent + whole.length;
    if (letter === "%") {
      if (whole !== "%%") return err({ reason: "a percent sign with flags", offset, by: "switchover" });
      literal += "%";
      continue;
    }
    if (/[-+ ']/.test(flags)) {
      return err({ reason: `the flag in ${whole} cannot be read back`, offset, by: "switchover" });
    }
    if (literal !== "") pieces.push(literal);
    literal = "";
    pieces.push({
      letter: letter as Conversion["letter"],
      bits: letter === "s" || letter === "g"
        ? 0
        : letter === "c"
        ? 8
        : letter === "p"
        ? 64
        : LENGTH_BITS[length] ?? 32,
      width: width === "*" ? -1 : Number(width || "0"),
      precision: precision === undefined ? -1 : Number(precision || "0"),
      zero: flags.includes("0"),
      alternate: flags.includes("#"),
    });
  }
  if (literal !== "") pieces.push(literal);
  return ok(pieces);
}
