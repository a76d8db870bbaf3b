/**
 * The reader of `trace-events` files under attack: it never throws, every line is accounted for with a place inside
 * it, it agrees with tracetool's own way of taking a line apart, and what it accepts is the same when written again.
 *
 * @module
 */
import fc from "fast-check";
import {
  CATALOG_NAMES,
  catalogOf,
  type Declaration,
  parseDeclarations,
  parseFormat,
  tracetoolOf,
} from "../../mod.ts";
import { anyDamage, damage } from "../arbitraries/damage.ts";
import type { FuzzTarget } from "../target.ts";
import { fromBytes, insist, toBytes } from "./insist.ts";

interface DeclarationsCase {
  /** One character per byte. */
  readonly text: string;
  /** Whose rules; empty for those of any version. */
  readonly version: string;
}

function declare({ name, args, format, properties }: Declaration): string {
  const list = args.map(({ type, name }) => `${type} ${name}`).join(", ") || "void";
  return `${[...properties, name].join(" ")}(${list})${format === "" ? "" : ` ${format}`}`;
}

const REAL = CATALOG_NAMES.flatMap((name) => catalogOf(name).declarations.map(declare));
const HOSTILE = [
  ...[
    ' foo(void) ""',
    '  foo(void) ""',
    'foo(int a) garbage "%d"',
    'foo(int a) "%d',
    'foo(int a) "%d" # x',
    "foo()",
  ],
  ...[
    'foo(int a) "\\x"',
    'foo(int a) "%m"',
    'foo(int a) "%n"',
    'vcpu tcg a(TCGv v, int i) "i=%d", "v=%lx i=%d"',
  ],
  ...[
    "a(int a,)",
    "a(,)",
    "a(void, int a)",
    "a(void x)",
    "a(void *)",
    "a(...)",
    "a(int a[4])",
    "a(char *const s)",
  ],
  ...[
    'disable disable a(void) ""',
    'disable(void) ""',
    "# comment",
    "",
    "  ",
    "9a(void)",
    "(int a)",
    "a (void)",
  ],
  ...[
    'a(int i, int j) "%d," " %d"',
    'a(int i) "%d\\n"',
    'a(double d) "%g"',
    'a(int w, int i) "%0*x"',
    'a(void) "',
  ],
  ...[
    'a(int i) "%" PRIfoo',
    "a(int\tlong i)",
    `a(${"int a, ".repeat(10)}int b)`,
    '__proto__(int __proto__) "%d"',
  ],
];

/** Text of words that formats are made of, in any order. */
const anyFormat = fc.array(
  fc.constantFrom(
    ...'"|%|%d|%s|%08x|%p|%%|%0*x|%lld|PRIx64|PRIu8| PRId64 |\\n|\\"|\\|\\x4|,|(|)| |#|%c|%#x|%.8x|%m|\t'
      .split("|"),
  ),
  { maxLength: 8 },
).map((words) => `a(int x, const char *s) ${words.join("")}`);

const anyLine = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...REAL) },
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 2, arbitrary: anyFormat },
  {
    weight: 1,
    arbitrary: fc.string({ maxLength: 40 }).map((text) => fromBytes(new TextEncoder().encode(text))),
  },
);

const anyCase: fc.Arbitrary<DeclarationsCase> = fc.record({
  lines: fc.array(fc.tuple(anyLine, fc.constantFrom("\n", "\n", "\n", "\r\n", "\r", "")), { maxLength: 6 }),
  damaged: anyDamage,
  version: fc.constantFrom("", "2.8", "2.12", "4.0", "6.2", "9.0", "10.0", "11.0"),
}).map(({ lines, damaged, version }) => ({
  text: fromBytes(damage(toBytes(lines.map((parts) => parts.join("")).join("")), damaged)),
  version,
}));

/** tracetool's own expression, in JavaScript, with Python's white space; quadratic, so for short lines only. */
const SPACE = "\\t\\n\\v\\f\\r\\x1c-\\x20\\x85\\xa0";
const WORD = "\\p{L}\\p{N}_";
const TRACETOOL = new RegExp(
  `^((?:[${WORD}${SPACE}]+)[${SPACE}]+)?([${WORD}]+)\\(([^)]*)\\)[${SPACE}]*(".+)?`,
  "u",
);
/** Refusals of lines that the expression takes: what tracetool or the compiler looks at after it. */
const LATER =
  /^(?:%m|a format|a newline|a comma|an argument|the argument '|the type|more than|the property|an event with|the string|neither|the escape|the conversion|a percent|the flag|the last line)/;

function check({ text, version }: DeclarationsCase): void {
  const rules = version === "" ? undefined : tracetoolOf(version);
  const { declarations, errors, warnings } = parseDeclarations(text, rules);
  const lines = text.split(/\r\n|\r|\n/);
  for (const { at, source } of [...errors, ...warnings]) {
    insist(source === lines[at.line - 1], "an error quotes its line", { at, source });
    insist(at.column >= 1 && at.column <= source.length + 1, "an error's column is in its line", {
      at,
      source,
    });
  }
  const refused = new Map(errors.map((error) => [error.at.line, error.reason]));
  const accepted = new Map(declarations.map((one) => [one.line, one]));
  const unended = rules?.needsFinalNewline === true ? lines.length : Infinity;
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    const bare = line.replace(new RegExp(`^[${SPACE}]+`), "");
    const isNothing = bare === "" || bare.startsWith("#");
    const declaration = accepted.get(number);
    const reason = refused.get(number);
    if (number >= unended) continue;
    insist(
      isNothing === (declaration === undefined && reason === undefined),
      "each line is accounted for",
      line,
    );
    if (isNothing || line.length > 2000) continue;
    const match = TRACETOOL.exec(line);
    insist(
      (match !== null) === (reason === undefined || LATER.test(reason)),
      "tracetool takes lines apart alike",
      {
        line,
        reason,
        match,
      },
    );
    if (match === null || declaration === undefined) continue;
    const name = declaration.properties.includes("tcg")
      ? declaration.name.replace(/_(trans|exec)$/, "")
      : declaration.name;
    insist(name === match[2], "the name is tracetool's", { line, name });
    insist((declaration.format !== "") === (match[4] !== undefined), "the format is tracetool's", { line });
  }
  for (const one of declarations) {
    insist(parseFormat(one.format).ok, "an accepted format parses", one.format);
    if (one.properties.length > 0 || one.args.some(({ name }) => name === "")) continue;
    const again = parseDeclarations(`${declare(one)}\n`, rules).declarations[0];
    insist(
      again !== undefined && declare(again) === declare(one) &&
        JSON.stringify(again.pieces) === JSON.stringify(one.pieces),
      "what is accepted is the same when written again",
      [declare(one), again],
    );
  }
}

/** The target `declarations`. */
export const DECLARATIONS: FuzzTarget<DeclarationsCase> = {
  name: "declarations",
  summary:
    "trace-events files: never throws, every line accounted for, taken apart as tracetool does, stable",
  layer: "trace",
  weight: 3,
  arbitrary: anyCase,
  check,
  encode: ({ text, version }) => ({
    "input.trace-events": toBytes(text),
    "case.json": new TextEncoder().encode(`${JSON.stringify({ version })}\n`),
  }),
  decode: (files) => ({
    text: fromBytes(files["input.trace-events"]),
    version: JSON.parse(new TextDecoder().decode(files["case.json"])).version,
  }),
};
