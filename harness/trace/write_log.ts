/**
 * Writes events as QEMU's log backend does.
 *
 * @see facts/tracing.md b.1 and a.6 for what each conversion prints
 * @module
 */
import type { Conversion, Declaration, Piece } from "./declaration.ts";
import type { ArgValue, TraceRecord } from "./event.ts";

/** The three shapes of a log line: to 10.0 with `-msg timestamp=on`, from 10.1 with it, and without it. */
export type LineShape = "tid" | "iso" | "bare";

/** One value as printf prints it. Integers are reduced to the bits that the conversion prints. */
export function printValue(value: ArgValue, conversion: Conversion): string {
  const { letter, bits, width, precision, zero, alternate } = conversion;
  if (letter === "s") {
    const text = String(value);
    return text.length >= width ? text : text.padStart(width, " ");
  }
  if (letter === "g") return printDouble(Number(value)).padStart(Math.max(0, width), " ");
  if (width === 0 && precision === -1 && !alternate) {
    // Most numerals: small, without padding, printed with their own sign.
    const small = Number(value);
    const decimal = letter === "d" || letter === "u" || letter === "i";
    if (small >= 0 && small <= 0x7fffffff) {
      if (decimal) return String(small);
      if (letter === "x") return small.toString(16);
    }
  }
  const integer = typeof value === "bigint" ? value : BigInt(value);
  if (letter === "c") return String.fromCharCode(Number(BigInt.asUintN(8, integer)));
  if (letter === "p") {
    const pointer = BigInt.asUintN(64, integer);
    return pointer === 0n ? "(nil)" : `0x${pointer.toString(16)}`;
  }
  const signed = letter === "d" || letter === "i";
  const number = signed ? BigInt.asIntN(bits, integer) : BigInt.asUintN(bits, integer);
  const magnitude = number < 0n ? -number : number;
  const base = letter === "x" || letter === "X" ? 16 : letter === "o" ? 8 : 10;
  let digits = precision === 0 && magnitude === 0n ? "" : magnitude.toString(base);
  if (letter === "X") digits = digits.toUpperCase();
  digits = digits.padStart(Math.max(0, precision), "0");
  const prefix = base === 16 ? `0${letter}` : base === 8 ? "0" : "";
  const sign = number < 0n ? "-" : alternate && magnitude !== 0n ? prefix : "";
  if (zero && precision === -1) digits = digits.padStart(width - sign.length, "0");
  return (sign + digits).padStart(Math.max(0, width), " ");
}

/** `%g`: six significant digits, the shorter of the two notations, no trailing zeros. */
function printDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "-nan" : value < 0 ? "-inf" : "inf";
  const [mantissa = "", exponent = "0"] = value.toExponential(5).split("e");
  const power = Number(exponent);
  const trim = (digits: string) => (digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits);
  if (power >= -4 && power < 6) return trim(value.toFixed(5 - power));
  return `${trim(mantissa)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** The payload of an event: its format with the values filled in. */
export function printPayload(declaration: Declaration, values: readonly ArgValue[]): string {
  let text = "";
  let index = 0;
  const { pieces } = declaration;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as Piece;
    if (typeof piece === "string") {
      text += piece;
      continue;
    }
    let conversion = piece;
    if (piece.width === -1) conversion = { ...piece, width: Number(values[index++] ?? 0) };
    text += printValue(values[index++] ?? 0, conversion);
  }
  return text;
}

/**
 * One line of the log, with its newline.
 *
 * The event's name is always followed by one blank. The ISO shape leaves the fraction out when the microseconds are
 * exactly 0, as glib does.
 */
export function printLine(record: TraceRecord, shape: LineShape): string {
  const { declaration, at, thread, values } = record;
  const text = `${declaration.name} ${printPayload(declaration, values)}\n`;
  if (shape === "bare" || at < 0) return text;
  const seconds = Math.floor(at / 1e6);
  const fraction = String(at % 1e6).padStart(6, "0");
  if (shape === "tid") return `${thread}@${seconds}.${fraction}:${text}`;
  const date = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${date}${fraction === "000000" ? "" : `.${fraction}`}Z ${text}`;
}

/** A whole log. */
export function printLog(records: readonly TraceRecord[], shape: LineShape): string {
  if (shape !== "tid") return records.map((record) => printLine(record, shape)).join("");
  // As printLine, but the second is printed once for all its lines: thousands of short logs are made to be compared.
  const lines: string[] = [];
  let [second, from, prefix] = [-1, 0, ""];
  for (const record of records) {
    const { declaration, at, thread, values } = record;
    if (at < 0) {
      lines.push(printLine(record, shape));
      continue;
    }
    if (at < from || at >= from + 1e6 || second === -1) {
      second = Math.floor(at / 1e6);
      from = second * 1e6;
      prefix = `@${second}.`;
    }
    const fraction = String(1e6 + at - from).slice(1);
    lines.push(`${thread}${prefix}${fraction}:${declaration.name} ${printPayload(declaration, values)}\n`);
  }
  return lines.join("");
}
