/**
 * What a `trace-events` file declares: events, their arguments and how their log line is printed.
 *
 * @module
 */

/** How the value of an argument is to be understood, from its C type. */
export type ArgumentKind = "signed" | "unsigned" | "bool" | "pointer" | "string" | "double";

/** One argument of an event. */
export interface Argument {
  /** The C type as declared, with the author's blanks: `uint64_t`, `const char *`, `const char*`. */
  readonly type: string;
  /** The C name; may be empty (`void*` alone) or repeated, so arguments are known by position. */
  readonly name: string;
  readonly kind: ArgumentKind;
  /** Bits of the C type on a 64-bit Linux host; 0 for strings. */
  readonly bits: number;
}

/** One conversion of a printf format, such as `%08lx`. */
export interface Conversion {
  readonly letter: "d" | "i" | "u" | "x" | "X" | "o" | "p" | "s" | "c" | "g";
  /** Bits that are printed: 32 for `%d`, 64 for `%ld`; 8 for `%c`; 0 for `%s` and `%g`. */
  readonly bits: number;
  /** Minimum width, 0 when there is none; -1 when an argument gives it (`%0*x`). */
  readonly width: number;
  /** Minimum digits; -1 when not given. */
  readonly precision: number;
  /** Whether the width is filled with zeros. */
  readonly zero: boolean;
  /** Whether `#` asks for the `0x` prefix. */
  readonly alternate: boolean;
}

/** A piece of a format: text that is printed as it stands, or a conversion. */
export type Piece = string | Conversion;

/** One declared event. */
export interface Declaration {
  /** Position in the catalog, from 0. */
  readonly index: number;
  readonly name: string;
  /** `disable`, `vcpu`, `tcg`: words before the name. */
  readonly properties: readonly string[];
  readonly args: readonly Argument[];
  /** The format as declared: C string literals and PRI macros. Empty when the event has none. */
  readonly format: string;
  /** The format with macros and escapes resolved. Empty for an event without arguments or text. */
  readonly pieces: readonly Piece[];
  /** Line of the declaration in its file, from 1. */
  readonly line: number;
}

const INTEGER_BITS: Readonly<Record<string, readonly [ArgumentKind, number]>> = {
  "int8_t": ["signed", 8],
  "int16_t": ["signed", 16],
  "int32_t": ["signed", 32],
  "int64_t": ["signed", 64],
  "uint8_t": ["unsigned", 8],
  "uint16_t": ["unsigned", 16],
  "uint32_t": ["unsigned", 32],
  "uint64_t": ["unsigned", 64],
  "size_t": ["unsigned", 64],
  "ssize_t": ["signed", 64],
  "uintptr_t": ["unsigned", 64],
  "ptrdiff_t": ["signed", 64],
  "bool": ["bool", 8],
  "double": ["double", 64],
  "float": ["double", 32],
  // What a `tcg` event has of the guest when its code is translated: nothing that could be printed.
  "TCGv": ["unsigned", 64],
};

/**
 * Reads a C type as a kind and a number of bits on a 64-bit Linux host.
 *
 * A string is what the binary trace formats take for one: `char *` with exactly one star. Any other pointer is a
 * pointer (`char **` too).
 *
 * @see QEMU scripts/tracetool/__init__.py (is_string) and facts/tracing.md a.4
 */
export function readType(type: string): { kind: ArgumentKind; bits: number } {
  const stars = type.split("*").length - 1;
  if (stars > 0) {
    const isString = stars === 1 && /^\s*(?:const )?char ?\*/.test(type);
    return isString ? { kind: "string", bits: 0 } : { kind: "pointer", bits: 64 };
  }
  const words = type.split(/\s+/).filter((word) => word !== "" && word !== "const");
  for (const word of words) {
    const known = INTEGER_BITS[word];
    if (known !== undefined && Object.hasOwn(INTEGER_BITS, word)) return { kind: known[0], bits: known[1] };
  }
  const kind = words.includes("unsigned") ? "unsigned" : "signed";
  if (words.includes("long")) return { kind, bits: 64 };
  if (words.includes("short")) return { kind, bits: 16 };
  if (words.includes("char")) return { kind, bits: 8 };
  return { kind, bits: 32 };
}
