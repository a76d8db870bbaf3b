/**
 * Reads `trace-events` files: one declaration per line, as QEMU's tracetool reads them.
 *
 * @see facts/tracing.md a.1 to a.5
 * @module
 */
import { err, ok, type Place, type Result } from "../base/mod.ts";
import { type Argument, type Declaration, readType } from "./declaration.ts";
import { parseFormat } from "./parse_format.ts";

/** Why a line of a `trace-events` file is refused. */
export interface DeclarationError {
  readonly reason: string;
  readonly at: Place;
  /** The line as it stands. */
  readonly source: string;
}

/** What a file declares, and the lines that were refused. */
export interface Declarations {
  readonly declarations: readonly Declaration[];
  readonly errors: readonly DeclarationError[];
}

const KNOWN_PROPERTIES: ReadonlySet<string> = new Set(["disable", "vcpu", "tcg"]);
const TYPE_WORDS: ReadonlySet<string> = new Set(
  ("int long short char bool unsigned signed int8_t uint8_t int16_t uint16_t int32_t uint32_t int64_t uint64_t " +
    "void size_t ssize_t uintptr_t ptrdiff_t double float TCGv CPUState").split(" "),
);
/** tracetool's limit, which is SystemTap's. */
const ARGUMENTS_MAX = 10;

/** Reads all declarations of a file. Lines that are refused are reported, the others kept. */
export function parseDeclarations(text: string): Declarations {
  const declarations: Declaration[] = [];
  const errors: DeclarationError[] = [];
  for (const [index, source] of text.split(/\r\n|\r|\n/).entries()) {
    const trimmed = source.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const parsed = parseDeclaration(source, index + 1, declarations.length);
    if (parsed.ok) declarations.push(parsed.value);
    else errors.push(parsed.error);
  }
  return { declarations, errors };
}

/** Reads one line. `line` and `index` are kept in the declaration. */
export function parseDeclaration(
  source: string,
  line: number,
  index: number,
): Result<Declaration, DeclarationError> {
  const refuse = (reason: string, offset: number) =>
    err({ reason, at: { line, column: offset + 1 }, source } satisfies DeclarationError);
  const open = source.indexOf("(");
  if (open === -1) return refuse("no argument list", source.length);
  const close = source.indexOf(")", open);
  if (close === -1) return refuse("the argument list is not closed", open);
  const words = source.slice(0, open).split(/\s+/).filter((word) => word !== "");
  const name = words.pop() ?? "";
  if (name === "" || /\s$/.test(source.slice(0, open))) {
    return refuse("no event name before the argument list", open);
  }
  if (!/^\w+$/.test(name)) return refuse(`'${name}' is no event name`, open - name.length);
  for (const word of words) {
    if (!KNOWN_PROPERTIES.has(word)) {
      return refuse(`the property '${word}' is not known`, source.indexOf(word));
    }
  }
  const args = parseArguments(source.slice(open + 1, close));
  if (!args.ok) return refuse(args.error.reason, open + 1 + args.error.offset);
  const rest = source.slice(close + 1);
  const format = rest.trimStart();
  const formatAt = close + 1 + rest.length - format.length;
  if (format !== "" && !format.startsWith('"')) {
    return ok({ index, name, properties: words, args: args.value, format: "", pieces: [], line });
  }
  const pieces = parseFormat(format);
  if (!pieces.ok) return refuse(pieces.error.reason, formatAt + pieces.error.offset);
  return ok({ index, name, properties: words, args: args.value, format, pieces: pieces.value, line });
}

function parseArguments(text: string): Result<Argument[], { reason: string; offset: number }> {
  const args: Argument[] = [];
  let offset = 0;
  for (const piece of text.split(",")) {
    const declared = piece.trim();
    if (declared === "") {
      return err({ reason: "an argument is empty; an event without any says (void)", offset });
    }
    if (declared !== "void") {
      const star = declared.lastIndexOf("*");
      const blank = declared.search(/\s\S*$/);
      if (star === -1 && blank === -1) {
        return err({ reason: `the argument '${declared}' has no name`, offset });
      }
      const cut = star === -1 ? blank : star + 1;
      const type = declared.slice(0, cut).trim();
      for (const word of type.replaceAll("*", "").split(/\s+/)) {
        if (word !== "" && word !== "const" && !TYPE_WORDS.has(word)) {
          return err({ reason: `the type '${type}' is not one that tracepoints may use`, offset });
        }
      }
      args.push({ type, name: declared.slice(cut).trim(), ...readType(type) });
    }
    offset += piece.length + 1;
  }
  if (args.length > ARGUMENTS_MAX) return err({ reason: `more than ${ARGUMENTS_MAX} arguments`, offset: 0 });
  return ok(args);
}
