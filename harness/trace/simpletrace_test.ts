/**
 * The simpletrace reader and writer: the example of facts/tracing.md c.1 to the byte, and hazards S1 to S14 of g.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  type Catalog,
  catalogFrom,
  FLAG,
  keep,
  RecordView,
  SimpletraceReader,
  SimpletraceWriter,
  type TraceRecord,
} from "./mod.ts";

const CATALOG = catalogFrom(
  "example",
  [
    'foo(int a, const char *s) "%d %s"',
    'bar(void) ""',
    'disable off(void) ""',
    'ptr(void *p, bool b, int8_t c) "%p %d %d"',
    'wide(uint64_t a, int64_t b) "%"PRIu64" %"PRId64',
  ].join("\n") + "\n",
);

const LITTLE_HEADER = "ffffffffffffffff b429a40acb77b1f2 0400000000000000";
const BIG_HEADER = "ffffffffffffffff f2b177cb0aa429b4 0000000000000004";
const MAP_FOO = "0000000000000000 0000000000000000 03000000 666f6f";
const MAP_BAR = "0000000000000000 0100000000000000 03000000 626172";
const MAP_PTR = "0000000000000000 0700000000000000 03000000 707472";
const FOO =
  "0100000000000000 0000000000000000 e803000000000000 2c000000 2a000000 fbffffffffffffff 08000000 68656c6c6fff007a";
const BAR = "0100000000000000 0100000000000000 ac0d000000000000 18000000 2a000000";
const PTR =
  "0100000000000000 0700000000000000 d007000000000000 30000000 2b000000 adde000000000000 0100000000000000 ffffffffffffffff";
const LOST = "0100000000000000 feffffffffffffff 2823000000000000 20000000 2a000000 1100000000000000";

function bytesOf(...hex: string[]): Uint8Array {
  const digits = hex.join("").replaceAll(" ", "");
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}

/** One line an item, after checking that items cover the input. */
function items(bytes: Uint8Array, catalog: Catalog = CATALOG, chunk = bytes.length): string[] {
  const seen: string[] = [];
  let offset = 0;
  const cover = (item: { offset: number; length: number }) => {
    assertEquals(item.offset, offset, "items are adjacent");
    offset += item.length;
  };
  const reader = new SimpletraceReader(catalog, {
    event(event) {
      cover(event);
      const values = event.declaration.args.map((_, index) => JSON.stringify(String(event.value(index))))
        .join(",");
      const extra = (event.flags & FLAG.extra) === 0 ? "" : " extra";
      seen.push(
        `${event.line} ${event.declaration.name} ${event.at}us pid=${event.thread} ${values}${extra}`,
      );
    },
    other(item) {
      cover(item);
      seen.push(`${item.kind} ${item.name} ${item.text()}`);
    },
  });
  for (let at = 0; at < bytes.length; at += Math.max(1, chunk)) reader.push(bytes.subarray(at, at + chunk));
  reader.end();
  assertEquals(offset, bytes.length, "items cover the input");
  return seen;
}

const HEAD = "header  simpletrace version 4";
const EXAMPLE = bytesOf(LITTLE_HEADER, MAP_FOO, MAP_BAR, MAP_PTR, FOO, BAR, PTR, LOST);
const EXAMPLE_ITEMS = [
  HEAD,
  "mapping foo 0 is foo",
  "mapping bar 1 is bar",
  "mapping ptr 7 is ptr",
  '1 foo 1us pid=42 "-5","hello\u00ff\\u0000z"',
  "2 bar 3us pid=42 ",
  '3 ptr 2us pid=43 "57005","1","-1"',
  "lost-events  17",
];

Deno.test("SimpletraceReader reads the example of the layout, in chunks of any size", () => {
  assertEquals(EXAMPLE.length, 273);
  for (const chunk of [1, 2, 3, 7, 64, 273]) assertEquals(items(EXAMPLE, CATALOG, chunk), EXAMPLE_ITEMS);
});

Deno.test("S1 every prefix gives all whole records, then one diagnostic", () => {
  for (let length = 1; length < EXAMPLE.length; length++) {
    const seen = items(EXAMPLE.subarray(0, length));
    const last = seen.at(-1) ?? "";
    const whole = last.startsWith("truncated") ? seen.slice(0, -1) : seen;
    assertEquals(whole, EXAMPLE_ITEMS.slice(0, whole.length), `prefix of ${length} bytes`);
    assertEquals(seen.length - whole.length <= 1, true);
  }
});

type Row = readonly [hazard: string, bytes: Uint8Array, expected: readonly string[], catalog?: Catalog];

const record = (length: string, rest = "") =>
  `0100000000000000 0000000000000000 e803000000000000 ${length} 2a000000 ${rest}`;

const TABLE: readonly Row[] = [
  ["S2 a record length of 0", bytesOf(LITTLE_HEADER, MAP_FOO, record("00000000"), FOO), [
    HEAD,
    "mapping foo 0 is foo",
    "damaged  a record length of 0 bytes",
  ]],
  ["S2 a record length of 23", bytesOf(LITTLE_HEADER, record("17000000")), [
    HEAD,
    "damaged  a record length of 23 bytes",
  ]],
  [
    "S2 a record length of 24, too short for its event",
    bytesOf(LITTLE_HEADER, MAP_FOO, record("18000000"), FOO),
    [
      HEAD,
      "mapping foo 0 is foo",
      "mismatch foo the record is shorter than the event's arguments",
      '2 foo 1us pid=42 "-5","hello\u00ff\\u0000z"',
    ],
  ],
  ["S2 a record length of 2^32 - 1", bytesOf(LITTLE_HEADER, MAP_FOO, record("ffffffff")), [
    HEAD,
    "mapping foo 0 is foo",
    "damaged  a record length of 4294967295 bytes",
  ]],
  [
    "S3 a string beyond its record",
    bytesOf(LITTLE_HEADER, MAP_FOO, record("24000000", "0100000000000000 ffffffff")),
    [
      HEAD,
      "mapping foo 0 is foo",
      "mismatch foo the record is shorter than the event's arguments",
    ],
  ],
  [
    "S3 a string of 513 bytes",
    bytesOf(LITTLE_HEADER, MAP_FOO, record("25020000", `0100000000000000 01020000 ${"78".repeat(513)}`)),
    [
      HEAD,
      "mapping foo 0 is foo",
      `1 foo 1us pid=42 "1","${"x".repeat(513)}" extra`,
    ],
  ],
  [
    "S4 a record longer than its event",
    bytesOf(
      LITTLE_HEADER,
      MAP_BAR,
      "0100000000000000 0100000000000000 ac0d000000000000 1a000000 2a000000 abcd",
      BAR,
    ),
    [
      HEAD,
      "mapping bar 1 is bar",
      "1 bar 3us pid=42  extra",
      "2 bar 3us pid=42 ",
    ],
  ],
  [
    "S5 names that are odd",
    bytesOf(
      LITTLE_HEADER,
      "0000000000000000 0200000000000000 00000000",
      "0000000000000000 0300000000000000 09000000 5f5f70726f746f5f5f",
      "0000000000000000 0300000000000000 02000000 ff00",
    ),
    [
      HEAD,
      "mapping  2 is ",
      "mapping __proto__ 3 is __proto__",
      "mapping \u00ff\0 3 is \u00ff\0",
    ],
  ],
  ["S5 a name of 10^9 bytes", bytesOf(LITTLE_HEADER, "0000000000000000 0200000000000000 00ca9a3b 6161"), [
    HEAD,
    "damaged  a name of 1000000000 bytes",
  ]],
  [
    "S6 event numbers that differ beyond 2^53",
    bytesOf(
      LITTLE_HEADER,
      "0000000000000000 0000000000002000 03000000 626172",
      "0000000000000000 0100000000002000 03000000 666f6f",
      "0100000000000000 0000000000002000 ac0d000000000000 18000000 2a000000",
    ),
    [HEAD, "mapping bar 9007199254740992 is bar", "mapping foo 9007199254740993 is foo", "1 bar 3us pid=42 "],
  ],
  [
    "S7 a mapping for the number of lost records",
    bytesOf(LITTLE_HEADER, "0000000000000000 feffffffffffffff 03000000 626172", LOST),
    [
      HEAD,
      "mapping bar 18446744073709551614 is bar",
      "lost-events  17",
    ],
  ],
  [
    "S7 a number mapped twice: the last holds",
    bytesOf(LITTLE_HEADER, MAP_BAR, BAR, "0000000000000000 0100000000000000 03000000 6f6666", BAR),
    [
      HEAD,
      "mapping bar 1 is bar",
      "1 bar 3us pid=42 ",
      "mapping off 1 is off",
      "2 off 3us pid=42 ",
    ],
  ],
  [
    "S8 a big-endian file",
    bytesOf(
      BIG_HEADER,
      "0000000000000000 0000000000000007 00000003 707472",
      "0000000000000001 0000000000000007 00000000000007d0 00000030 0000002b 000000000000dead 0000000000000001 ffffffffffffffff",
    ),
    [
      HEAD,
      "mapping ptr 7 is ptr",
      '1 ptr 2us pid=43 "57005","1","-1"',
    ],
  ],
  ["S9 a record type of 2", bytesOf(LITTLE_HEADER, MAP_BAR, "0200000000000000", BAR), [
    HEAD,
    "mapping bar 1 is bar",
    "damaged  a record type other than 0 and 1",
  ]],
  [
    "S10 times at their limits",
    bytesOf(
      LITTLE_HEADER,
      MAP_BAR,
      BAR.replace("ac0d000000000000", "ffffffffffffffff"),
      BAR.replace("ac0d000000000000", "0000000000000000"),
    ),
    [
      HEAD,
      "mapping bar 1 is bar",
      "1 bar 18446744073709550us pid=42 ",
      "2 bar 0us pid=42 ",
    ],
  ],
  ["S11 a text log", new TextEncoder().encode("1@1.000001:migrate_set_state new state setup\n"), [
    "damaged  not a simpletrace file",
  ]],
  ["S11 a short text log", new TextEncoder().encode("1@1.0\n"), ["damaged  not a simpletrace file"]],
  ["S11 version 0", bytesOf(LITTLE_HEADER.replace("0400000000000000", "0000000000000000")), [
    "damaged  simpletrace version 0, of which 2, 3 and 4 can be read",
  ]],
  ["S11 version 5", bytesOf(LITTLE_HEADER.replace("0400000000000000", "0500000000000000")), [
    "damaged  simpletrace version 5, of which 2, 3 and 4 can be read",
  ]],
  ["S12 a header alone", bytesOf(LITTLE_HEADER), [HEAD]],
  ["S13 mappings and no record", bytesOf(LITTLE_HEADER, MAP_FOO, MAP_BAR), [
    HEAD,
    "mapping foo 0 is foo",
    "mapping bar 1 is bar",
  ]],
  [
    "S14 a string of odd bytes",
    bytesOf(LITTLE_HEADER, MAP_FOO, record("2b000000", "0100000000000000 07000000 000a286e756c6c")),
    [
      HEAD,
      "mapping foo 0 is foo",
      '1 foo 1us pid=42 "1","\\u0000\\n(null"',
    ],
  ],
  ["a number without a name", bytesOf(LITTLE_HEADER, BAR), [HEAD, "unknown-event  event 1 has no name"]],
  [
    "a name that the catalog lacks",
    bytesOf(LITTLE_HEADER, "0000000000000000 0100000000000000 03000000 787878", BAR),
    [
      HEAD,
      "mapping xxx 1 is xxx",
      "unknown-event xxx ",
    ],
  ],
  [
    "version 3 counts all events",
    bytesOf(
      LITTLE_HEADER.replace("04", "03"),
      "0300000000000000 d007000000000000 30000000 2b000000 adde000000000000 0100000000000000 ffffffffffffffff",
    ),
    [
      "header  simpletrace version 3",
      '1 ptr 2us pid=43 "57005","1","-1"',
    ],
  ],
  [
    "version 2 leaves out disabled events and has no pid",
    bytesOf(
      LITTLE_HEADER.replace("04", "02"),
      "0200000000000000 d007000000000000 30000000 2b000000 adde000000000000 0100000000000000 ffffffffffffffff",
    ),
    [
      "header  simpletrace version 2",
      '1 ptr 2us pid=0 "57005","1","-1"',
    ],
  ],
];

Deno.test("SimpletraceReader meets the hazards of binary files", async (t) => {
  for (const [hazard, bytes, expected, catalog] of TABLE) {
    await t.step(hazard, () => {
      assertEquals(items(bytes, catalog), expected);
      assertEquals(items(bytes, catalog, 5), expected, "in chunks of 5 bytes");
    });
  }
});

Deno.test("SimpletraceWriter writes what SimpletraceReader reads, in each version and byte order", () => {
  const records: TraceRecord[] = [
    { declaration: CATALOG.expect("foo"), at: 5, thread: 7, values: [-5, "a\u00ff"] },
    {
      declaration: CATALOG.expect("wide"),
      at: 6,
      thread: 7,
      values: [18446744073709551615n, -9223372036854775808n],
    },
    { declaration: CATALOG.expect("ptr"), at: 7, thread: 7, values: [1n << 63n, 1, -128] },
    { declaration: CATALOG.expect("foo"), at: 8, thread: 7, values: [2147483647, "x".repeat(600)] },
  ];
  const cut = records.map((one) => ({
    ...one,
    values: one.values.map((value) => (typeof value === "string" ? value.slice(0, 512) : value)),
  }));
  for (const version of [2, 3, 4] as const) {
    for (const little of [true, false]) {
      const parts: Uint8Array[] = [];
      const writer = new SimpletraceWriter(CATALOG, (bytes) => parts.push(bytes), { version, little });
      const view = new RecordView();
      for (const [index, one] of records.entries()) writer.event(view.show(one, index + 1));
      writer.lost(17n, 9000n, 7);
      writer.flush();
      const read: TraceRecord[] = [];
      let lost = "";
      const reader = new SimpletraceReader(CATALOG, {
        event: (event) => read.push(keep(event)),
        other: (item) => {
          if (item.kind === "lost-events") lost = item.text();
        },
      });
      for (const part of parts) reader.push(part);
      reader.end();
      assertEquals(read, cut.map((one) => ({ ...one, thread: version === 2 ? 0 : 7 })));
      assertEquals(lost, "17");
    }
  }
});
