/**
 * Reads `trace-events` files: one declaration per line, accepted and refused as QEMU's tracetool does.
 *
 * tracetool does not look into formats; the C compiler does, later. So a refusal says whose it is. What tracetool lets
 * pass although it is almost certainly a mistake is a warning, and the declaration stays.
 *
 * @see facts/tracing.md a.1 to a.5
 * @module
 */
import { err, ok, type Place, placeAt, type Result } from "../base/mod.ts";
import { type Argument, type Declaration, readType } from "./declaration.ts";
import { parseFormat } from "./parse_format.ts";
import { ANY_TRACETOOL, type TracetoolRules } from "./tracetool_rules.ts";

/** Who refuses a line: tracetool, the C compiler after it, or this reader, which does not know the conversion. */
export type Refuser = "tracetool" | "C compiler" | "switchover";

/** Why a line of a `trace-events` file is refused, or what is doubtful in it. */
export interface DeclarationError {
  readonly reason: string;
  readonly at: Place;
  /** The line as it stands. */
  readonly source: string;
  readonly by: Refuser;
}

/** What a file declares, and the lines that were refused. */
export interface Declarations {
  readonly declarations: readonly Declaration[];
  readonly errors: readonly DeclarationError[];
  /** Lines that tracetool accepts and that are hardly meant so. */
  readonly warnings: readonly DeclarationError[];
}

/** White space of Python's `str`, which is not that of JavaScript. */
const SPACES: ReadonlySet<number> = new Set([
  ...[9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
  ...[0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a],
]);
const WORD = /[\p{L}\p{N}_]/u;

function isSpace(text: string, at: number): boolean {
  return SPACES.has(text.charCodeAt(at));
}

// Loops and not expressions with `+` and `$`: those go back and forth over a long run of blanks.
function skipSpace(text: string, from = 0): number {
  let at = from;
  while (at < text.length && isSpace(text, at)) at++;
  return at;
}

function strip(text: string): string {
  const from = skipSpace(text);
  let to = text.length;
  while (to > from && isSpace(text, to - 1)) to--;
  return text.slice(from, to);
}

type Refusal = { readonly reason: string; readonly offset: number; readonly by: Refuser };

/** Reads all declarations of a file. Lines that are refused are reported, the others kept. */
export function parseDeclarations(text: string, rules: TracetoolRules = ANY_TRACETOOL): Declarations {
  const declarations: Declaration[] = [];
  const errors: DeclarationError[] = [];
  const warnings: DeclarationError[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  const known = new Map<string, Declaration>();
  for (const [index, source] of lines.entries()) {
    const isLast = index === lines.length - 1;
    if (isLast && source === "") break;
    const line = index + 1;
    const place = (offset: number): Place => ({ line, column: offset + 1 });
    if (isLast) {
      const unended = {
        reason: "the last line does not end with a newline",
        at: place(source.length),
        source,
      };
      if (rules.needsFinalNewline) {
        errors.push({ ...unended, by: "tracetool" });
        break;
      }
      warnings.push({ ...unended, by: "tracetool" });
    }
    const leading = skipSpace(source);
    if (leading === source.length || source.startsWith("#", leading)) continue;
    const parsed = parseDeclaration(source, line, declarations.length, rules);
    if (!parsed.ok) {
      errors.push(parsed.error);
      continue;
    }
    const doubts = findDoubts(source, parsed.value);
    for (const declaration of parsed.value) {
      const other = known.get(declaration.name);
      if (other !== undefined) {
        doubts.push({
          reason: `${declaration.name} is declared in line ${other.line} too`,
          offset: 0,
          by: "C compiler",
        });
      }
      known.set(declaration.name, declaration);
      declarations.push(declaration);
    }
    for (const { reason, offset, by } of doubts) warnings.push({ reason, at: place(offset), source, by });
  }
  return { declarations, errors, warnings };
}

/** Reads a file's bytes: as UTF-8, of which ASCII is all that QEMU uses. Bytes that are none are an error with place. */
export function parseDeclarationFile(bytes: Uint8Array, rules: TracetoolRules = ANY_TRACETOOL): Declarations {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const bad = text.search(/[\0\ufffd]/);
  if (bad === -1) return parseDeclarations(text, rules);
  const at = placeAt(text, bad);
  const source = text.split(/\r\n|\r|\n/)[at.line - 1] ?? "";
  const reason = text.charAt(bad) === "\0" ? "a NUL byte" : "bytes that are no UTF-8";
  const read = parseDeclarations(text, rules);
  return { ...read, errors: [{ reason, at, source, by: "tracetool" }, ...read.errors] };
}

/**
 * Reads one line. `line` and `index` are kept in the declaration.
 *
 * @returns One declaration; two for a `tcg` event, which is traced when code is translated and when it runs.
 */
export function parseDeclaration(
  source: string,
  line: number,
  index: number,
  rules: TracetoolRules = ANY_TRACETOOL,
): Result<readonly Declaration[], DeclarationError> {
  const read = readLine(source, line, index, rules);
  if (read.ok) return read;
  const { reason, offset, by } = read.error;
  return err({ reason, at: { line, column: offset + 1 }, source, by });
}

function splitWords(text: string): string[] {
  const words: string[] = [];
  for (let at = skipSpace(text); at < text.length; at = skipSpace(text, at)) {
    const from = at;
    while (at < text.length && !isSpace(text, at)) at++;
    words.push(text.slice(from, at));
  }
  return words;
}

function refuse(reason: string, offset: number, by: Refuser = "tracetool"): Result<never, Refusal> {
  return err({ reason, offset, by });
}

function readLine(
  source: string,
  line: number,
  index: number,
  rules: TracetoolRules,
): Result<readonly Declaration[], Refusal> {
  const open = source.indexOf("(");
  if (open === -1) return refuse("no argument list", source.length);
  const close = source.indexOf(")", open);
  if (close === -1) return refuse("the argument list is not closed", open);
  const before = source.slice(0, open);
  let nameAt = 0;
  let at = 0;
  for (const char of before) {
    // Characters, and not halves of them: letters beyond 16 bits are letters, too.
    if (isSpace(char, 0)) nameAt = at + char.length;
    else if (!WORD.test(char)) return refuse(`'${char}' stands in no event name`, at);
    at += char.length;
  }
  const name = before.slice(nameAt);
  if (name === "") return refuse("no event name before the argument list", open);
  const front = before.slice(0, nameAt);
  // Words before the name need a character and a blank: one blank alone fits nothing, and two blanks do.
  if (front.length === 1) return refuse("a single blank before the event name", 0);
  const properties = splitWords(front);

  const formatAt = skipSpace(source, close + 1);
  const format = source.startsWith('"', formatAt) && formatAt + 1 < source.length
    ? source.slice(formatAt)
    : "";
  const forbidden = checkText(format, rules);
  if (forbidden !== undefined) return refuse(forbidden.reason, formatAt + forbidden.offset);
  const args = readArguments(source.slice(open + 1, close), rules);
  if (!args.ok) return refuse(args.error.reason, open + 1 + args.error.offset);
  if (args.value.length > rules.argumentsMax) {
    return refuse(`more than ${rules.argumentsMax} arguments`, open + 1);
  }
  for (const word of properties) {
    const isKnown = word === "disable" || (word === "vcpu" && rules.vcpu !== "unknown") ||
      (word === "tcg" && rules.tcg);
    if (!isKnown) return refuse(`the property '${word}' is not known`, source.indexOf(word));
  }

  const isTcg = properties.includes("tcg");
  const parted = isTcg || rules.partsAtComma ? splitFormats(format) : undefined;
  if (!isTcg && parted !== undefined) {
    return refuse("a comma before a quote parts the format in two", formatAt + parted[0].length);
  }
  const formats = isTcg ? parted : [format];
  if (formats === undefined) return refuse("an event with the property 'tcg' needs two formats", formatAt);
  const declarations: Declaration[] = [];
  for (const [which, one] of formats.entries()) {
    const pieces = parseFormat(one);
    if (!pieces.ok) {
      const { reason, offset, by } = pieces.error;
      return refuse(reason, formatAt + format.indexOf(one) + offset, by);
    }
    const shown = isTcg ? hostArguments(args.value, which) : args.value;
    const isPrinted = rules.vcpu === "printed" && properties.includes("vcpu");
    declarations.push({
      index: index + which,
      name: isTcg ? `${name}_${which === 0 ? "trans" : "exec"}` : name,
      properties,
      args: isPrinted ? [{ type: "void *", name: "__cpu", ...readType("void *") }, ...shown] : shown,
      format: one,
      pieces: isPrinted
        ? [
          "cpu=",
          { ...POINTER },
          ...(typeof pieces.value[0] === "string" ? [] : [" "]),
          ...withBlank(pieces.value),
        ]
        : pieces.value,
      line,
    });
  }
  return ok(declarations);
}

const POINTER = { letter: "p", bits: 64, width: 0, precision: -1, zero: false, alternate: false } as const;

function withBlank(pieces: Declaration["pieces"]): Declaration["pieces"] {
  const [first, ...rest] = pieces;
  return typeof first === "string" ? [` ${first}`, ...rest] : pieces;
}

/** tracetool's own conditions on a format, which look at the text as declared. */
function checkText(format: string, rules: TracetoolRules): { reason: string; offset: number } | undefined {
  const errno = format.indexOf("%m");
  if (rules.forbidsErrno && errno !== -1) return { reason: "%m in a format, also as %%m", offset: errno };
  if (rules.forbidsNewline !== "nowhere" && format.endsWith('\\n"')) {
    return { reason: "a format that ends with a newline", offset: format.length - 3 };
  }
  const newline = format.indexOf("\\n");
  if (rules.forbidsNewline === "anywhere" && newline !== -1) {
    return { reason: "a newline in a format", offset: newline };
  }
  return undefined;
}

/** The two formats of a `tcg` event, parted by the last comma before a quote. */
function splitFormats(format: string): [string, string] | undefined {
  for (let at = format.lastIndexOf(","); at > 1; at = format.lastIndexOf(",", at - 1)) {
    const second = strip(format.slice(at + 1));
    if (second.startsWith('"') && second.length > 1) return [format.slice(0, at), second];
  }
  return undefined;
}

/** What a `tcg` event prints: without the guest's values at translation, with them as host integers later. */
function hostArguments(args: readonly Argument[], which: number): readonly Argument[] {
  if (which === 0) return args.filter(({ type }) => type !== "TCGv");
  return args.map((
    arg,
  ) => (arg.type === "TCGv" ? { ...arg, type: "uint64_t", ...readType("uint64_t") } : arg));
}

function readArguments(text: string, rules: TracetoolRules): Result<readonly Argument[], Refusal> {
  const args: Argument[] = [];
  let offset = 0;
  for (const piece of text.split(",")) {
    const at = offset + skipSpace(piece);
    const declared = strip(piece);
    offset += piece.length + 1;
    if (declared === "void") continue;
    if (declared === "") return refuse("an argument is empty; an event without any says (void)", at);
    const star = declared.lastIndexOf("*");
    let cut = star + 1;
    if (star === -1) {
      for (cut = declared.length; cut > 0 && !isSpace(declared, cut - 1);) cut--;
      if (cut === 0) return refuse(`the argument '${declared}' has no name`, at);
    }
    const type = strip(declared.slice(0, cut));
    // Blanks part the words of a type, and tabs do not.
    for (const word of type.split(" ")) {
      const bare = word.replaceAll("*", "");
      if (bare !== "" && bare !== "const" && rules.types !== undefined && !rules.types.has(bare)) {
        return refuse(`the type '${type}' is not one that tracepoints may use`, at);
      }
    }
    args.push({ type, name: strip(declared.slice(cut)), ...readType(type) });
  }
  return ok(args);
}

/** What tracetool lets pass and is hardly meant. */
function findDoubts(source: string, declarations: readonly Declaration[]): Refusal[] {
  const doubts: Refusal[] = [];
  const close = source.indexOf(")");
  const [first] = declarations;
  const rest = strip(source.slice(close + 1));
  if (first?.format === "" && rest !== "") {
    doubts.push({
      reason: "what follows is no format and is dropped",
      offset: source.indexOf(rest, close),
      by: "tracetool",
    });
  }
  const strange = source.slice(0, close).search(/[\u0080-\uffff]/);
  if (strange !== -1) {
    doubts.push({ reason: "a character that is not ASCII", offset: strange, by: "C compiler" });
  }
  for (const declaration of declarations) {
    const reason = findMisfit(declaration);
    if (reason !== undefined) {
      doubts.push({ reason, offset: Math.max(0, source.indexOf('"')), by: "C compiler" });
    }
  }
  return doubts;
}

/** Where the conversions of a format do not fit the arguments: such an event's payloads cannot be read. */
function findMisfit({ pieces, args }: Declaration): string | undefined {
  let index = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") continue;
    if (piece.width === -1) index++;
    const arg = args[index++];
    if (arg === undefined) return "the format has more conversions than there are arguments";
    if ((piece.letter === "s") !== (arg.kind === "string")) {
      return `the argument '${arg.name}' of type '${arg.type}' does not fit %${piece.letter}`;
    }
  }
  return index < args.length ? "the format has fewer conversions than there are arguments" : undefined;
}
