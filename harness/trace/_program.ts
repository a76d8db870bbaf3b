/**
 * Compiles the formats of a catalog to one program of integers, which {@linkcode LogReader} runs over the bytes of a
 * line.
 *
 * The program takes the cases that make up a log: texts, plain numerals, at most two strings. A format outside of
 * these is `odd`: its lines go to `readPayload`, which knows everything and is slower. A program must accept a line
 * only if `readPayload` accepts it, with the same values; the fuzz target `log` holds the two against each other.
 *
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { Argument, Conversion, Declaration } from "./declaration.ts";
import { alphabetOf } from "./numeral.ts";
import { MODE, OP, ORDER, SWEEP } from "./_run_program.ts";
import { splitRuleOf } from "./split_rules.ts";

/** The compiled form of one declaration. */
export interface Plan {
  readonly declaration: Declaration;
  readonly index: number;
  /** Where its program begins, with the name and its blank; -1 for an odd format. */
  readonly start: number;
  /** Newlines that its format prints inside the payload. */
  readonly newlines: number;
  /** The conversion of each argument, by position; nothing for the width of `%0*x`. */
  readonly conversions: readonly (Conversion | undefined)[];
}

/** A catalog made ready for the reader. */
export class Program {
  readonly plans: readonly Plan[];
  readonly byName: ReadonlyMap<string, Plan>;
  readonly code: Int32Array;
  /** Open addressing by the hash of the name: index of the plan + 1. */
  readonly table: Int32Array;
  readonly mask: number;
  /** The names, one after the other, and where each begins. */
  readonly names: Uint8Array;
  readonly nameStarts: Int32Array;
  /** What each byte means to a sweep over a string: 256 bytes a table, see {@linkcode SWEEP}. */
  readonly tables: Uint8Array;
  /** The texts of eight bytes and more, eight bytes a double, the last of each over its last eight bytes. */
  readonly literals: Float64Array;

  constructor(catalog: Catalog) {
    const code: number[] = [];
    const tables = new SweepTables();
    const literals: number[] = [];
    // A name that is declared twice is meant as declared last, as `Catalog.get` has it.
    const declared = catalog.declarations.filter((one) => catalog.get(one.name) === one);
    this.plans = declared.map((declaration, index) => makePlan(declaration, index, code, tables, literals));
    this.tables = tables.join();
    this.literals = Float64Array.from(literals);
    this.byName = new Map(this.plans.map((plan) => [plan.declaration.name, plan]));
    this.code = Int32Array.from(code);
    let size = 16;
    while (size < declared.length * 4) size *= 2;
    this.table = new Int32Array(size);
    this.mask = size - 1;
    this.nameStarts = new Int32Array(declared.length + 1);
    const names: number[] = [];
    for (const [index, { name }] of declared.entries()) {
      let hash = 0;
      for (const char of name) {
        const byte = char.charCodeAt(0);
        names.push(byte);
        hash = (Math.imul(hash, 31) + byte) | 0;
      }
      this.nameStarts[index + 1] = names.length;
      // A name that is not ASCII is never found in a log, whatever its bytes look like when they are cut.
      if (!/^\w+$/.test(name)) continue;
      let slot = mix(hash) & this.mask;
      while (this.table[slot] !== 0) slot = (slot + 1) & this.mask;
      this.table[slot] = index + 1;
    }
    this.names = Uint8Array.from(names);
  }
}

/** Collects tables, each once. */
class SweepTables {
  readonly #tables: Uint8Array[] = [];
  readonly #known = new Map<string, number>();

  /** The place of a table; -1 stands for no byte. */
  of(first: number, second: number): number {
    const key = `${first} ${second}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const table = new Uint8Array(256);
    if (first !== -1) table[first] = SWEEP.first;
    if (second !== -1) table[second] = second === first ? SWEEP.both : SWEEP.second;
    // A text that begins with `@` would hide the mark of a glued event, so such formats are odd.
    for (const stop of [0, 10, 64]) table[stop] = SWEEP.stop;
    const place = this.#tables.length * 256;
    this.#tables.push(table);
    this.#known.set(key, place);
    return place;
  }

  join(): Uint8Array {
    const all = new Uint8Array(Math.max(1, this.#tables.length) * 256);
    for (const [index, table] of this.#tables.entries()) all.set(table, index * 256);
    return all;
  }
}

/** Spreads a name's hash over the table. */
export function mix(hash: number): number {
  return hash ^ (hash >>> 15);
}

const programs = new WeakMap<Catalog, Program>();

/** The program of a catalog, made at first use. */
export function programOf(catalog: Catalog): Program {
  const known = programs.get(catalog);
  if (known !== undefined) return known;
  const made = new Program(catalog);
  programs.set(catalog, made);
  return made;
}

function makePlan(
  declaration: Declaration,
  index: number,
  code: number[],
  tables: SweepTables,
  literals: number[],
): Plan {
  const conversions: (Conversion | undefined)[] = [];
  let newlines = 0;
  for (const piece of declaration.pieces) {
    if (typeof piece === "string") newlines += piece.split("\n").length - 1;
    else {
      if (piece.width === -1) conversions.push(undefined);
      conversions.push(piece);
    }
  }
  const program = compile(declaration, tables, literals);
  const start = program === undefined ? -1 : code.length;
  for (const word of program ?? []) code.push(word);
  return { declaration, index, start, newlines, conversions };
}

/** The program of one format, its jumps relative to its start; nothing if the format is odd. */
function compile(
  { name, pieces: shown, args }: Declaration,
  tables: SweepTables,
  literals: number[],
): number[] | undefined {
  if (!/^\w+$/.test(name)) return undefined;
  // The name and its blank go before the payload, and with its first text are compared at once.
  const [head] = shown;
  const pieces = typeof head === "string" ? [`${name} ${head}`, ...shown.slice(1)] : [`${name} `, ...shown];
  const strings = pieces.filter((piece) => typeof piece !== "string" && piece.letter === "s").length;
  if (strings > 2) return undefined;
  const code: number[] = [];
  let arg = 0;
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index];
    if (piece === undefined) return undefined;
    const next = pieces[index + 1];
    if (typeof piece === "string") {
      if (/[\n\r\0]/.test(piece)) return undefined;
      code.push(...compileText(piece, literals));
      continue;
    }
    const declared = args[arg++];
    if (declared === undefined) return undefined;
    if (piece.letter !== "s") {
      // A numeral must end where its digits end, whatever follows.
      if (next !== undefined && (typeof next !== "string" || alphabetOf(piece).includes(next.charAt(0)))) {
        return undefined;
      }
      const numeral = compileNumeral(piece, declared);
      if (numeral === undefined) return undefined;
      code.push(...numeral);
      continue;
    }
    if (piece.width !== 0 || piece.precision !== -1 || declared.kind !== "string") return undefined;
    if (next === undefined) {
      code.push(OP.stringToEnd);
      continue;
    }
    if (typeof next !== "string" || /^@|[\n\r\0]/.test(next)) return undefined;
    const after = pieces[index + 2];
    const second = typeof after === "object" && after.letter === "s";
    if (!second) {
      if (strings === 2 || !anchors(next, pieces.slice(index + 2))) return undefined;
      code.push(OP.string, tables.of(next.charCodeAt(0), -1));
      continue;
    }
    // Two strings: both are taken in one sweep, and the loop goes on with what follows the second.
    if (after.width !== 0 || after.precision !== -1 || args[arg++]?.kind !== "string") return undefined;
    const rest = pieces[index + 3];
    if (rest !== undefined) {
      if (typeof rest !== "string" || /^@/.test(rest) || !anchors(rest, pieces.slice(index + 4))) {
        return undefined;
      }
    }
    const rule = splitRuleOf(name);
    const order = rule.prefers !== undefined
      ? ORDER.byRule
      : rule.order[0] === "last"
      ? ORDER.last
      : ORDER.first;
    const text = compileText(next, literals);
    const table = tables.of(next.charCodeAt(0), rest === undefined ? -1 : rest.charCodeAt(0));
    code.push(OP.twoStrings, order, table, next.length, text.length, rest === undefined ? 0 : 1, ...text);
    index += 2;
  }
  if (arg !== args.length) return undefined;
  code.push(OP.end);
  return code;
}

/**
 * Whether the text after a string fixes the string's end: it holds a byte that no numeral behind it can hold. Such
 * bytes are as many in the rest of the line as in the format, so two different ends would have to lie inside one
 * another, which the first such byte forbids. Without it `%s-%d` reads `a--5` in two ways.
 */
function anchors(text: string, behind: Declaration["pieces"]): boolean {
  const digits = new Set(
    behind.flatMap((piece) => (typeof piece === "string" ? [] : [...alphabetOf(piece)])),
  );
  return [...text].some((char) => !digits.has(char));
}

/**
 * The instruction of a text. Bytes that make a NaN, which only a text beyond ASCII could hold, equal nothing: the lines
 * of its format take the thorough path.
 */
function compileText(text: string, literals: number[]): number[] {
  const bytes = new DataView(new ArrayBuffer(8 + text.length));
  for (let at = 0; at < text.length; at++) bytes.setUint8(at, text.charCodeAt(at));
  const place = literals.length;
  if (text.length >= 8) {
    for (let at = 0; at < text.length - 8; at += 8) literals.push(bytes.getFloat64(at, true));
    literals.push(bytes.getFloat64(text.length - 8, true));
  }
  const mask = text.length >= 4 ? -1 : (1 << (text.length * 8)) - 1;
  const last = text.length > 4 ? bytes.getInt32(text.length - 4, true) : 0;
  return [OP.text, text.length, place, mask, bytes.getInt32(0, true), last];
}

function compileNumeral(conversion: Conversion, declared: Argument): number[] | undefined {
  const { letter, bits, width, precision, zero, alternate } = conversion;
  if (alternate || width === -1) return undefined;
  if (letter === "p") {
    return width === 0 && precision === -1 && declared.bits === 64 && declared.kind !== "signed"
      ? [OP.pointer]
      : undefined;
  }
  const signed = letter === "d" || letter === "i";
  if (letter !== "u" && letter !== "x" && !signed) return undefined;
  let digits = 1;
  if (precision !== -1) {
    if (signed || precision === 0 || width > precision) return undefined;
    digits = precision;
  } else if (width > 1) {
    if (signed || !zero) return undefined;
    digits = width;
  }
  if (digits > 16) return undefined;
  const wide = bits === 64;
  const op = letter === "x"
    ? (wide ? OP.hex64 : OP.hex32)
    : signed
    ? (wide ? OP.signed64 : OP.signed32)
    : (wide ? OP.unsigned64 : OP.unsigned32);
  const { kind } = declared;
  if (kind === "bool") return [op, MODE.range, 0, 1, digits];
  if (kind !== "signed" && kind !== "unsigned") return undefined;
  if (declared.bits === bits) {
    const crossed = signed !== (kind === "signed");
    const mode = !crossed
      ? MODE.keep
      : kind === "signed"
      ? (wide ? MODE.toSigned64 : MODE.toSigned32)
      : (wide ? MODE.toUnsigned64 : MODE.toUnsigned32);
    return [op, mode, 0, 0, digits];
  }
  if (declared.bits > 16 || bits < 32) return undefined;
  if (kind === "unsigned") return [op, MODE.range, 0, 2 ** declared.bits - 1, digits];
  if (!signed) return undefined;
  return [op, MODE.range, -(2 ** (declared.bits - 1)), 2 ** (declared.bits - 1) - 1, digits];
}
