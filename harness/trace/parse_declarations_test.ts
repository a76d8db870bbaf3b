/**
 * What a `trace-events` file may hold: hazards D1 to D16 of facts/tracing.md g, and all files of the catalogs' folder.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  ANY_TRACETOOL,
  type Declaration,
  parseDeclarationFile,
  parseDeclarations,
  tracetoolOf,
  type TracetoolRules,
} from "./mod.ts";
import { needsShared } from "./testdata/shared.ts";

function show({ properties, name, args, format }: Declaration): string {
  const list = args.map((arg) => `${arg.type}|${arg.name}`).join(", ");
  return `${[...properties, name].join(" ")}(${list})${format === "" ? "" : ` ${format}`}`;
}

/** Declarations, then `refuser line:column reason` of what is refused, then the same of warnings in brackets. */
function read(text: string, rules: TracetoolRules = tracetoolOf("11.0")): string[] {
  const { declarations, errors, warnings } = parseDeclarations(text, rules);
  const complaint = ({ reason, at, by }: typeof errors[number]) => `${by} ${at.line}:${at.column} ${reason}`;
  return [
    ...declarations.map(show),
    ...errors.map(complaint),
    ...warnings.map((one) => `(${complaint(one)})`),
  ];
}

type Row = readonly [hazard: string, text: string, expected: readonly string[], rules?: TracetoolRules];

const TABLE: readonly Row[] = [
  ["D1 no final newline", "a(void)\nfoo(void)", [
    "a()",
    "tracetool 2:10 the last line does not end with a newline",
  ]],
  ["D1 no final newline, before 4.0", "foo(void)", [
    "foo()",
    "(tracetool 1:10 the last line does not end with a newline)",
  ], tracetoolOf("2.12")],
  ["D2 one leading blank", ' foo(void) ""\n', ["tracetool 1:1 a single blank before the event name"]],
  ["D2 two leading blanks", '  foo(void) ""\n', ['foo() ""']],
  ["D3 text before a format", 'foo(int a) garbage "%d"\nbar(int a) PRIx64 "%d"\nbaz(int a) %d\n', [
    "foo(int|a)",
    "bar(int|a)",
    "baz(int|a)",
    "(tracetool 1:12 what follows is no format and is dropped)",
    "(C compiler 1:20 the format has fewer conversions than there are arguments)",
    "(tracetool 2:12 what follows is no format and is dropped)",
    "(C compiler 2:19 the format has fewer conversions than there are arguments)",
    "(tracetool 3:12 what follows is no format and is dropped)",
    "(C compiler 3:1 the format has fewer conversions than there are arguments)",
  ]],
  ...([
    ['"%d', 12, "the string literal is not closed"],
    ['"%d" x', 17, "neither a string literal nor a PRI macro"],
    ['"%d" # note', 17, "neither a string literal nor a PRI macro"],
    ['"%d"PRIfoo', 16, "neither a string literal nor a PRI macro"],
    ['"%"PRId641', 15, "neither a string literal nor a PRI macro"],
    ['"\\q"', 13, "the escape \\q is not known"],
    ['"\\x"', 13, "the escape \\x is not known"],
    ['"abc\\', 16, "the escape \\ is not known"],
  ] as const).map(([format, column, reason]): Row => [
    `D4 ${format} is no C`,
    `foo(int a) ${format}\n`,
    [`C compiler 1:${column} ${reason}`],
  ]),
  ["D5 %m in any form", 'foo(int a) "%d %m"\nbar(int a) "%d 100%%m"\n', [
    "tracetool 1:16 %m in a format, also as %%m",
    "tracetool 2:20 %m in a format, also as %%m",
  ]],
  ...["%n", "%hhn", "%1$d", "%.*s", "%ls", "%lc", "%C", "%S", "%a", "%Lf", "%I64d", "%'d", "%", "% d", "%-m"]
    .map((
      conversion,
    ): Row => [
      `D6 ${conversion} cannot be read back`,
      `foo(int a) "${conversion}"\n`,
      [
        conversion.includes("'d") || conversion === "% d"
          ? `switchover 1:13 the flag in ${conversion} cannot be read back`
          : "switchover 1:13 the conversion is not one that can be read back",
      ],
    ]),
  ["D7 more or fewer conversions than arguments", 'foo(int a) "%d %d"\nbar(int a, int b) "%d"\n', [
    'foo(int|a) "%d %d"',
    'bar(int|a, int|b) "%d"',
    "(C compiler 1:12 the format has more conversions than there are arguments)",
    "(C compiler 2:19 the format has fewer conversions than there are arguments)",
  ]],
  ["D7 %s for an int, %d for a string", 'foo(int a) "%s"\nbar(char *s) "%d"\n', [
    'foo(int|a) "%s"',
    'bar(char *|s) "%d"',
    "(C compiler 1:12 the argument 'a' of type 'int' does not fit %s)",
    "(C compiler 2:14 the argument 's' of type 'char *' does not fit %d)",
  ]],
  ["D8 lists of arguments that are refused", "a()\nb(int)\nc(int a,)\nd(,)\ne(...)\n", [
    "tracetool 1:3 an argument is empty; an event without any says (void)",
    "tracetool 2:3 the argument 'int' has no name",
    "tracetool 3:9 an argument is empty; an event without any says (void)",
    "tracetool 4:3 an argument is empty; an event without any says (void)",
    "tracetool 5:3 the argument '...' has no name",
  ]],
  [
    "D8 lists of arguments that are odd",
    'a(void, int a) "%d"\nb(void x) "%d"\nc(void *) "%p"\nd(int a[4]) "%d"\ne(char *const s) "%s"\nf(const char *const *s) "%p"\n',
    [
      'a(int|a) "%d"',
      'b(void|x) "%d"',
      'c(void *|) "%p"',
      'd(int|a[4]) "%d"',
      'e(char *|const s) "%s"',
      'f(const char *const *|s) "%p"',
    ],
  ],
  ["a.4 types that are refused", "a(intptr_t x)\nb(FILE *x)\nc(struct x *y)\nd(int\tlong x)\n", [
    "tracetool 1:3 the type 'intptr_t' is not one that tracepoints may use",
    "tracetool 2:3 the type 'FILE *' is not one that tracepoints may use",
    "tracetool 3:3 the type 'struct x *' is not one that tracepoints may use",
    "tracetool 4:3 the type 'int\tlong' is not one that tracepoints may use",
  ]],
  ["D9 ten and eleven arguments", `a(${"int a, ".repeat(9)}int b)\nb(${"int a, ".repeat(10)}int b)\n`, [
    `a(${"int|a, ".repeat(9)}int|b)`,
    "tracetool 2:3 more than 10 arguments",
    "(C compiler 1:1 the format has fewer conversions than there are arguments)",
  ]],
  ["D9 names of prototypes", 'a(int __proto__, int constructor) "%d %d"\n', [
    'a(int|__proto__, int|constructor) "%d %d"',
  ]],
  ["D10 one event twice", 'a(void) "x"\na(void) "y"\n', [
    'a() "x"',
    'a() "y"',
    "(C compiler 2:1 a is declared in line 1 too)",
  ]],
  [
    "D11 properties of 11.0",
    "vcpu a(void)\ntcg b(void)\nnew c(void)\ndisable disable d(void)\ndisable(void)\n",
    [
      "disable disable d()",
      "disable()",
      "tracetool 1:1 the property 'vcpu' is not known",
      "tracetool 2:1 the property 'tcg' is not known",
      "tracetool 3:1 the property 'new' is not known",
    ],
  ],
  ["D11 tcg of 6.2", 'vcpu tcg a(TCGv v, int i) "i=%d", "v=0x%016"PRIx64" i=%d"\n', [
    'vcpu tcg a_trans(void *|__cpu, int|i) "i=%d"',
    'vcpu tcg a_exec(void *|__cpu, uint64_t|v, int|i) "v=0x%016"PRIx64" i=%d"',
  ], tracetoolOf("6.2")],
  ["D11 tcg with one format", 'tcg a(int i) "i=%d"\n', [
    "tracetool 1:14 an event with the property 'tcg' needs two formats",
  ], tracetoolOf("6.2")],
  [
    "D11 vcpu of 10.0 prints nothing of its own",
    'vcpu a(int i) "%d"\n',
    ['vcpu a(int|i) "%d"'],
    tracetoolOf("10.0"),
  ],
  ["D12 a comma before a quote", 'a(int i, int j) "%d," " %d"\n', ['a(int|i, int|j) "%d," " %d"']],
  ...["2.2", "6.2", "7.0", "10.1"].map((version): Row => [
    `D12 a comma before a quote, ${version}`,
    'a(int i, int j) "%d," " %d"\nb(int i) "%d", "%d"\nc(int i) ",%d"\nd(int i) "," "%d"\n',
    [
      'c(int|i) ",%d"',
      'd(int|i) "," "%d"',
      "tracetool 1:20 a comma before a quote parts the format in two",
      "tracetool 2:14 a comma before a quote parts the format in two",
    ],
    tracetoolOf(version),
  ]),
  ["D13 ends of lines", "a(void)\r\nb(void)\rc(void)\n", ["a()", "b()", "c()"]],
  ["D13 white space that is no blank", 'disable\u00a0a(void)\u2028"x"\f\v\n', [
    'disable a() "x"\f\v',
    "(C compiler 1:8 a character that is not ASCII)",
  ]],
  ["D13 a byte order mark", "\ufeffa(void)\n", ["tracetool 1:1 '\ufeff' stands in no event name"]],
  ["D13 letters that are not ASCII", "\u00e4(void)\n", [
    "\u00e4()",
    "(C compiler 1:1 a character that is not ASCII)",
  ]],
  ["D13 letters and signs beyond 16 bits", "\u{1d400}(void)\nx\u{1d400}\u{1f600}(void)\n", [
    "\u{1d400}()",
    "tracetool 2:4 '\u{1f600}' stands in no event name",
    "(C compiler 1:1 a character that is not ASCII)",
  ]],
  ["D15 comments", '  # x\n##\n#foo(int a)\nfoo(void) "#"\n', ['foo() "#"']],
  [
    "D16 names",
    "A(void)\na(void)\n9foo(void)\nx(void)\n(int a)\nfoo (int a)\nfoo-bar(void)\nfoo\nfoo(int a\n",
    [
      "A()",
      "a()",
      "9foo()",
      "x()",
      "tracetool 5:1 no event name before the argument list",
      "tracetool 6:5 no event name before the argument list",
      "tracetool 7:4 '-' stands in no event name",
      "tracetool 8:4 no argument list",
      "tracetool 9:4 the argument list is not closed",
    ],
  ],
  ["a.5 a newline in a format, by version", 'a(int i) "%d\\n"\nb(int i) "%d\\n "\n', [
    "tracetool 1:13 a format that ends with a newline",
    "tracetool 2:13 a newline in a format",
  ]],
  ["a.5 a newline at the end, 4.2 to 9.0", 'a(int i) "%d\\n"\nb(int i) "%d\\n "\n', [
    'b(int|i) "%d\\n "',
    "tracetool 1:13 a format that ends with a newline",
  ], tracetoolOf("9.0")],
  ["a.6 a lone quote is no format", 'foo(void) "\n', [
    "foo()",
    "(tracetool 1:11 what follows is no format and is dropped)",
  ]],
];

Deno.test("parseDeclarations accepts and refuses what tracetool does", async (t) => {
  for (const [hazard, text, expected, rules] of TABLE) {
    await t.step(hazard, () => assertEquals(read(text, rules), expected));
  }
});

Deno.test("D11 vcpu to 9.0 puts the processor in front", () => {
  const { declarations } = parseDeclarations('vcpu a(int i) "i=%d"\nvcpu b(void)\n', tracetoolOf("9.0"));
  assertEquals(
    declarations.map(({ pieces }) =>
      pieces.map((piece) => (typeof piece === "string" ? piece : piece.letter))
    ),
    [
      ["cpu=", "p", " i=", "d"],
      ["cpu=", "p", " "],
    ],
  );
});

Deno.test("D13 NUL and bytes that are no UTF-8 are errors with their place", () => {
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
  const places = (text: string) =>
    parseDeclarationFile(bytes(text)).errors.map(({ at, reason }) => `${at.line}:${at.column} ${reason}`);
  assertEquals(places('a(void)\nb(void) "\u00ff"\n'), ["2:10 bytes that are no UTF-8"]);
  assertEquals(places('a(void)\nb(void) "x\0"\n'), ["2:11 a NUL byte"]);
});

Deno.test("D14 long lines and long files take linear time: 64 times the input costs less than 1500 times the time (4096 if quadratic)", () => {
  const time = (text: string): number => {
    const start = performance.now();
    parseDeclarations(text);
    return performance.now() - start;
  };
  for (
    const make of [
      (n: number) => 'foo(int a) "%d"\n'.repeat(n / 16),
      (n: number) => `disable${" ".repeat(n)}foo(int a) "%d"\n`,
      (n: number) => `foo(int${" ".repeat(n)}a) "%d"${" ".repeat(n)}\n`,
      (n: number) => `${"a".repeat(n)} b(int a)\n`,
      (n: number) => `foo(int a) "${"x".repeat(n)}"\n`,
      (n: number) => `foo(${"int a,".repeat(n / 6)}int b)\n`,
    ]
  ) {
    for (let warm = 0; warm < 5; warm++) time(make(4000));
    // The quickest of many, as long as it takes: whoever else is at work on the machine makes single ones long, and no
    // luck makes a quadratic one quick.
    const small = Math.max(0.2, Math.min(...[1, 2, 3].map(() => time(make(4000)))));
    let ratio = Infinity;
    for (let tries = 0; tries < 10 && ratio >= 1500; tries++) {
      ratio = Math.min(ratio, time(make(256000)) / small);
    }
    assertEquals(
      ratio < 1500,
      true,
      `64 times the input cost ${ratio.toFixed(0)} times as much: ${make(20)}`,
    );
  }
});

const { at: CATALOGS, ignore, skipped } = needsShared("catalogs/");

/** Files of old versions that the newest tracetool refuses in part: how many lines, and why. */
const REFUSED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "hw-vfio-5.2.0": { "a newline in a format": 2 },
  "qemu-2.12.0": { "the type 'double' is not one that tracepoints may use": 1 },
  "root-2.8.0": {
    "the type 'TCGv' is not one that tracepoints may use": 1,
    "the property 'vcpu' is not known": 4,
  },
  "root-6.2.0": {
    "the type 'TCGv' is not one that tracepoints may use": 3,
    "the property 'vcpu' is not known": 5,
  },
};

/** Events of each file of the catalogs' folder, as its README counts them. */
const EVENTS: Readonly<Record<string, number>> = {
  ...{
    "qemu-e2k-2023-10": 328,
    "qemu-2025-10": 348,
    "qemu-2.12.0": 221,
    "qemu-4.2.0": 272,
    "qemu-6.2.0": 304,
  },
  ...{ "qemu-7.2.0": 316, "qemu-8.2.0": 329, "qemu-9.0.0": 329, "qemu-9.2.0": 333, "qemu-10.0.0": 344 },
  ...{ "qemu-10.1.0": 346, "qemu-10.2.0": 348, "qemu-11.1.3": 350, "root-2.8.0": 76, "root-6.2.0": 56 },
  ...{ "hw-vfio-5.2.0": 148, "hw-net-10.0.0": 434, "hw-misc-10.0.0": 280, "hw-display-10.0.0": 183 },
  ...{ "target-hppa-10.0.0": 14, "block-10.0.0": 165, "util-10.0.0": 76, "linux-user-10.0.0": 16 },
  ...{ "accel-mshv-10.2.0": 23, "all-10.0.2-debian": 5843, "all-11.1.3-debian": 6335 },
};

Deno.test({
  name: `every trace-events file of the catalogs' folder reads whole${skipped}`,
  ignore,
  async fn(t) {
    const files = [...Deno.readDirSync(CATALOGS)].map(({ name }) => name).filter((name) =>
      name.endsWith("trace-events")
    );
    assertEquals(files.map((name) => name.replace(".trace-events", "")).sort(), Object.keys(EVENTS).sort());
    for (const file of files.sort()) {
      await t.step(file, () => {
        const bytes = Deno.readFileSync(new URL(file, CATALOGS));
        const name = file.replace(".trace-events", "");
        const lines = EVENTS[name] ?? 0;
        const any = parseDeclarationFile(bytes, ANY_TRACETOOL);
        assertEquals(any.errors, []);
        const twice = any.declarations.filter(({ properties }) => properties.includes("tcg")).length / 2;
        assertEquals(any.declarations.length - twice, lines);
        // By its own version's rules each file is accepted; all-*-debian and qemu-e2k carry theirs in other words.
        const version = /-(\d+\.\d+)/.exec(name)?.[1];
        if (version !== undefined) assertEquals(parseDeclarationFile(bytes, tracetoolOf(version)).errors, []);
        const newest = parseDeclarationFile(bytes, tracetoolOf("11.1"));
        const reasons: Record<string, number> = {};
        for (const { reason, by } of newest.errors) {
          assertEquals(by, "tracetool");
          reasons[reason] = (reasons[reason] ?? 0) + 1;
        }
        assertEquals(reasons, REFUSED[name] ?? {});
        const doubts = any.warnings.filter(({ reason }) => !/is declared in line/.test(reason));
        assertEquals(doubts, []);
      });
    }
  },
});
