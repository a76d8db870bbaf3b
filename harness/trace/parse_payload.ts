/**
 * Reads the values of an event back from its payload.
 *
 * @see facts/tracing.md a.6, f
 * @module
 */
import type { Argument, Conversion, Declaration } from "./declaration.ts";
import type { ArgValue } from "./event.ts";

const NUMERAL: Readonly<Record<string, RegExp>> = {
  d: /-?(?:0|[1-9]\d*)/y,
  u: /(?:0|[1-9]\d*)/y,
  x: /(?:0|[1-9a-f][0-9a-f]*)/y,
  X: /(?:0|[1-9A-F][0-9A-F]*)/y,
  o: /(?:0|[1-7][0-7]*)/y,
  p: /\(nil\)|0x[1-9a-f][0-9a-f]*/y,
  g: /-?(?:inf|nan|\d[\d.]*(?:e[+-]\d+)?)/y,
};
const PADDED: Readonly<Record<string, RegExp>> = {
  d: /-?\d+/y,
  u: /\d+/y,
  x: /[0-9a-f]+/y,
  X: /[0-9A-F]+/y,
  o: /[0-7]+/y,
};

function toInteger(
  text: string,
  { letter, bits }: Conversion,
  { kind, bits: wanted }: Argument,
): ArgValue | undefined {
  if (letter === "p") return text === "(nil)" ? 0n : BigInt(text);
  const signed = letter === "d" || letter === "i";
  const digits = letter === "x" || letter === "X" ? `0x${text}` : letter === "o" ? `0o${text}` : text;
  const printed = BigInt(digits);
  if (printed !== (signed ? BigInt.asIntN(bits, printed) : BigInt.asUintN(bits, printed))) return undefined;
  const value = kind === "signed" ? BigInt.asIntN(wanted, printed) : BigInt.asUintN(wanted, printed);
  return wanted === 64 ? value : Number(value);
}

/**
 * Reads the values of a payload.
 *
 * Where several splits are possible the last separator counts.
 *
 * @returns The values by position, or nothing if the format cannot have printed the payload.
 */
export function parsePayload(declaration: Declaration, payload: string): ArgValue[] | undefined {
  const { pieces, args } = declaration;
  if (pieces.length === 0) return payload === "" ? [] : undefined;
  const values: ArgValue[] = [];
  return match(0, 0, 0) ? values : undefined;

  function match(piece: number, at: number, index: number): boolean {
    const part = pieces[piece];
    if (part === undefined) return at === payload.length;
    if (typeof part === "string") {
      return payload.startsWith(part, at) && match(piece + 1, at + part.length, index);
    }
    const arg = args[index];
    if (arg === undefined) return false;
    if (part.letter === "s") {
      const next = pieces[piece + 1];
      if (next === undefined) {
        values[index] = payload.slice(at);
        return true;
      }
      if (typeof next !== "string") return false;
      for (let end = payload.lastIndexOf(next); end >= at; end = payload.lastIndexOf(next, end - 1)) {
        values[index] = payload.slice(at, end);
        if (match(piece + 1, end, index + 1)) return true;
        if (end === 0) break;
      }
      return false;
    }
    if (part.letter === "c") {
      values[index] = payload.charCodeAt(at);
      return match(piece + 1, at + 1, index + 1);
    }
    const letter = part.letter === "i" ? "d" : part.letter;
    const padded = part.width !== 0 || part.precision !== -1;
    const numeral = (padded ? PADDED[letter] : undefined) ?? NUMERAL[letter];
    if (numeral === undefined) return false;
    let start = at;
    if (padded && !part.zero) { while (payload[start] === " ") start++; }
    if (part.alternate && payload.startsWith(`0${letter}`, start)) start += 2;
    numeral.lastIndex = start;
    const text = numeral.exec(payload)?.[0];
    if (text === undefined) return false;
    for (let end = start + text.length; end > start; end--) {
      const value = letter === "g" ? Number(text) : toInteger(payload.slice(start, end), part, arg);
      if (value === undefined) continue;
      values[index] = value;
      if (match(piece + 1, end, index + 1)) return true;
    }
    return false;
  }
}
