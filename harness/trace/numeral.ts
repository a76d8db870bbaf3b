/**
 * Numerals as printf prints them: which text is one, and which value of the declared type printed it.
 *
 * A text is a numeral of a conversion if, and only if, some value of the argument's type prints exactly that text.
 * So `+5`, `007` without a width, `-0`, upper case under `%x` and numbers out of range are none.
 *
 * @see facts/tracing.md a.6, and g (L28 to L36)
 * @module
 */
import type { Argument, Conversion } from "./declaration.ts";
import type { ArgValue } from "./event.ts";
import { printValue } from "./write_log.ts";

/** Digits of the longest 64-bit number in any base (octal). */
const DIGITS_MAX = 22;
/** A width that no format comes near; a wider one would make the search for its numeral slow. */
export const WIDTH_MAX = 4096;

/** The value that prints exactly this text under the conversion, in the declared type; nothing if there is none. */
export function readNumeral(text: string, conversion: Conversion, arg: Argument): ArgValue | undefined {
  const near = readShort(text, conversion, arg);
  if (near !== -1) return arg.bits === 64 ? BigInt(near) : near;
  const value = toValue(text, conversion, arg);
  if (value === undefined) return undefined;
  const { width } = conversion;
  const shown = width === -1 ? { ...conversion, width: text.length } : conversion;
  return printValue(value, shown) === text ? value : undefined;
}

/** The most common numerals: few digits without padding, in range of any type that prints them; -1 for all others. */
function readShort(text: string, conversion: Conversion, { kind, bits }: Argument): number {
  const { letter, width, precision, alternate } = conversion;
  if (width !== 0 || precision !== -1 || alternate || bits < 32 || kind === "double" || kind === "bool") {
    return -1;
  }
  const hex = letter === "x";
  if (!hex && letter !== "d" && letter !== "u") return -1;
  if (text.length === 0 || text.length > 7 || (text.length > 1 && text.charCodeAt(0) === 48)) return -1;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const digit = code >= 48 && code <= 57 ? code - 48 : hex && code >= 97 && code <= 102 ? code - 87 : -1;
    if (digit === -1) return -1;
    value = value * (hex ? 16 : 10) + digit;
  }
  return value;
}

/** The value whatever the padding; the printer then says whether the text is exactly its own. */
function toValue(
  text: string,
  { letter, alternate }: Conversion,
  { kind, bits }: Argument,
): ArgValue | undefined {
  if (letter === "g") return readDouble(text);
  if (letter === "p" && text === "(nil)") return bits === 64 ? 0n : 0;
  const trimmed = text.replace(/^ +/, "").replace(/ +$/, "");
  const negative = trimmed.startsWith("-");
  let digits = negative ? trimmed.slice(1) : trimmed;
  const hex = letter === "x" || letter === "X" || letter === "p";
  if (hex && (alternate || letter === "p") && /^0[xX]/.test(digits)) digits = digits.slice(2);
  // `%.0x` prints nothing for zero.
  if (digits === "") digits = "0";
  if (!(hex ? /^[0-9a-fA-F]+$/ : letter === "o" ? /^[0-7]+$/ : /^[0-9]+$/).test(digits)) return undefined;
  const significant = digits.replace(/^0+(?=.)/, "");
  if (significant.length > DIGITS_MAX) return undefined;
  const printed = BigInt((hex ? "0x" : letter === "o" ? "0o" : "") + significant);
  return toDeclared(negative ? -printed : printed, kind, bits);
}

/** An integer reduced to the declared type, as C's conversion does it. */
export function toDeclared(integer: bigint, kind: Argument["kind"], bits: number): number | bigint {
  if (kind === "double") return Number(integer);
  if (kind === "bool") return integer === 0n ? 0 : 1;
  if (kind === "string") return BigInt.asUintN(64, integer);
  const value = kind === "signed" ? BigInt.asIntN(bits, integer) : BigInt.asUintN(bits, integer);
  return bits === 64 ? value : Number(value);
}

function readDouble(text: string): number | undefined {
  const named: Readonly<Record<string, number>> = { inf: Infinity, "-inf": -Infinity, nan: NaN, "-nan": NaN };
  if (Object.hasOwn(named, text)) return named[text];
  return /^-?\d+(?:\.\d+)?(?:e[+-]\d{2,3})?$/.test(text) ? Number(text) : undefined;
}

const ALPHABET: Readonly<Record<string, string>> = {
  d: "-0123456789",
  i: "-0123456789",
  u: "0123456789",
  o: "01234567",
  x: "0123456789abcdefx",
  X: "0123456789ABCDEFX",
  p: "0123456789abcdefx(nil)",
  g: "-+.0123456789einfa",
};

/** All characters that the numerals of a conversion are made of. */
export function alphabetOf({ letter, width, alternate }: Conversion): string {
  const all = ALPHABET[letter] ?? "";
  const digits = (letter === "x" || letter === "X") && !alternate ? all.slice(0, -1) : all;
  return width === 0 ? digits : `${digits} `;
}

/** The longest text that a numeral of the conversion can be. */
export function numeralLengthMax({ width, precision }: Conversion): number {
  return width === -1 ? WIDTH_MAX : Math.max(DIGITS_MAX + 3, Math.min(width, WIDTH_MAX), precision + 3);
}
