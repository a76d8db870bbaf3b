/**
 * Lines that babeltrace prints of a trace of QEMU's `ust` backend:
 * `[HH:MM:SS.NNNNNNNNN] (+D.DDDDDDDDD) HOST qemu:NAME: { cpu_id = N }, { ARGUMENT = VALUE, … }`.
 *
 * The layout is general knowledge of babeltrace, not seen in a run here (facts/tracing.md d). QEMU's generator leaves
 * out arguments of the type `char`.
 *
 * @module
 */
import type { Argument, Declaration } from "./declaration.ts";
import type { ArgValue } from "./event.ts";
import { toDeclared } from "./numeral.ts";

/** What a line of babeltrace says. */
export interface LttngLine {
  readonly at: number;
  readonly thread: number;
  readonly name: string;
  /** Values by argument name, as printed: numerals, or strings without their quotes. */
  readonly fields: ReadonlyMap<string, string>;
}

const HEAD =
  /^\[(?:\d{4}-\d{2}-\d{2} )?(\d{2}):(\d{2}):(\d{2})\.(\d{9})\] (?:\(\+[\d.?]{1,24}\) )?(?:[^ ]{1,64} )?qemu:([A-Za-z0-9_]{1,128}): /;

/** Reads a line; nothing if it has not this layout. Times are of the day. */
export function readLttngLine(text: string): LttngLine | undefined {
  const head = HEAD.exec(text.slice(0, 512));
  if (head === null) return undefined;
  const [whole, hour = "", minute = "", second = "", fraction = "", name = ""] = head;
  const fields = readFields(text, whole.length);
  if (fields === undefined) return undefined;
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  const at = seconds * 1e6 + Math.floor(Number(fraction) / 1000);
  return { at, thread: Number(fields.get("vtid") ?? 0) || 0, name, fields };
}

/** Reads `{ a = 1, b = "x" }, { … }` to the end of the line. */
function readFields(text: string, from: number): Map<string, string> | undefined {
  const fields = new Map<string, string>();
  const name = /([A-Za-z0-9_]+) = /y;
  const plain = /[^",{} ]+/y;
  let at = from;
  let depth = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === "{" || char === "}") {
      depth += char === "{" ? 1 : -1;
      if (depth < 0 || depth > 1) return undefined;
      at++;
    } else if (char === " " || char === ",") {
      at++;
    } else {
      name.lastIndex = at;
      const match = name.exec(text);
      if (match === null || depth !== 1) return undefined;
      at = name.lastIndex;
      if (text.charAt(at) === '"') {
        const string = readString(text, at + 1);
        if (string === undefined) return undefined;
        fields.set(match[1] ?? "", string.text);
        at = string.end;
      } else {
        plain.lastIndex = at;
        const value = plain.exec(text)?.[0];
        if (value === undefined) return undefined;
        fields.set(match[1] ?? "", value);
        at += value.length;
      }
    }
  }
  return depth === 0 ? fields : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
};

function readString(text: string, from: number): { text: string; end: number } | undefined {
  let string = "";
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') return { text: string, end: at + 1 };
    if (char !== "\\") {
      string += char;
      continue;
    }
    const escaped = text.charAt(++at);
    string += Object.hasOwn(ESCAPES, escaped) ? ESCAPES[escaped] ?? "" : escaped;
  }
  return undefined;
}

/** The values of an event; nothing if a field is missing or is no value of its type. */
export function lttngValues(
  declaration: Declaration,
  fields: ReadonlyMap<string, string>,
): ArgValue[] | undefined {
  const values: ArgValue[] = [];
  for (const arg of declaration.args) {
    const text = fields.get(arg.name);
    const value = text === undefined ? (isChar(arg) ? 0 : undefined) : valueOf(text, arg);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function isChar({ type, kind }: Argument): boolean {
  return kind === "signed" && /^(?:const )?char$/.test(type);
}

function valueOf(text: string, { kind, bits }: Argument): ArgValue | undefined {
  if (kind === "string") return text;
  if (kind === "double") return Number(text);
  const match = /^(-?)(0x[0-9A-Fa-f]{1,16}|\d{1,20})$/.exec(text);
  if (match === null) return undefined;
  const magnitude = BigInt(match[2] ?? "0");
  return toDeclared(match[1] === "-" ? -magnitude : magnitude, kind, bits);
}
