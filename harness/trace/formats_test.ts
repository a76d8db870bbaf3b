/**
 * The formats around the text log: told apart by their first bytes, read, and converted into each other.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  catalogFrom,
  catalogOf,
  ChromeTraceWriter,
  convertTo,
  FLAG,
  keep,
  readerFor,
  readLog,
  sniffFormat,
  type TargetFormat,
  type TraceFormat,
} from "./mod.ts";

const QEMU = catalogOf("10.0");

function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function items(format: TraceFormat, log: string, catalog = QEMU, chunk = 7): string[] {
  const seen: string[] = [];
  let offset = 0;
  const cover = (item: { offset: number; length: number }) => {
    assertEquals(item.offset, offset, "items are adjacent");
    offset += item.length;
  };
  const reader = readerFor(format, catalog, {
    event(event) {
      cover(event);
      const values = event.declaration.args.map((_, index) => String(event.value(index))).join(",");
      const flags = Object.entries(FLAG).filter(([, bit]) => (event.flags & bit) !== 0).map(([name]) =>
        ` [${name}]`
      );
      seen.push(`${event.at} ${event.thread} ${event.declaration.name} ${values}${flags.join("")}`);
    },
    other(item) {
      cover(item);
      seen.push(`${item.kind} ${item.column} ${item.name} ${item.text().slice(0, 40)}`);
    },
  });
  const bytes = toBytes(log);
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
  reader.end();
  assertEquals(offset, bytes.length, "items cover the input");
  return seen;
}

const OTHERS = catalogFrom(
  "others",
  'stap_event(int a, uint8_t b, void *p, const char *s) "a=%x b=%u p=%p s=%s"\nust_event(void *p, char c, const char *s, int64_t n) "%p %c %s %"PRId64\n',
);

type Row = readonly [
  name: string,
  format: TraceFormat,
  log: string,
  expected: readonly string[],
  catalog?: typeof QEMU,
];

const TABLE: readonly Row[] = [
  [
    "ftrace, with hyphens, blanks and digits in the task's name",
    "ftrace",
    [
      "# tracer: nop",
      " qemu-system-x86-4060  [001] ....  1234.567890: tracing_mark_write: migrate_set_state new state setup",
      "   CPU 0/KVM-4061    [000] d..1. 1234.567891: tracing_mark_write: savevm_section_end ram, section_id 2 -> 0",
      "            mig-4062    (   4060) [003] .... 1235.000001: tracing_mark_write: ram_load_start ",
      "            mig-4062    [003] .... 1235.000002: sched_switch: prev_comm=x",
      "            mig-4062    [003] .... 1235.000003: tracing_mark_write: nosuch 1",
      "CPU:0 [LOST 123 EVENTS]",
    ].map((line) => `${line}\n`).join(""),
    [
      "foreign 1  # tracer: nop",
      "1234567890 4060 migrate_set_state setup",
      "1234567891 4061 savevm_section_end ram,2,0",
      "1235000001 4062 ram_load_start ",
      "foreign 1              mig-4062    [003] .... 1235.",
      `unknown-event 69 nosuch             mig-4062    [003] .... 1235.`,
      "lost-events 1  123",
    ],
  ],
  [
    "ftrace cuts at 511 bytes",
    "ftrace",
    ` q-1 [0] .... 1.000001: tracing_mark_write: savevm_section_start ${"x".repeat(490)}\n`,
    [`truncated 66 savevm_section_start  q-1 [0] .... 1.000001: tracing_mark_wri`],
  ],
  [
    "syslog, old and new times",
    "syslog",
    [
      "Nov 20 09:17:47 host qemu-system-x86_64[4060]: migrate_set_state new state setup",
      "2026-11-20T09:17:47.809235+00:00 host qemu[4060]: migrate_set_state new state setup",
      "2026-11-20T11:17:47.809235+02:00 host qemu[4060]: migrate_set_state new state setup",
      "2026-11-20T04:47:47-04:30 host qemu[4060]: migrate_set_state new state setup",
      "2026-02-30T09:17:47Z host qemu[4060]: migrate_set_state new state setup",
      "Nov 20 09:17:47 host qemu[4060]: message repeated 2 times: [ x]",
      "Nov 20 09:17:47 host kernel: x",
      "Xyz 20 09:17:47 host qemu[4060]: ram_load_start ",
    ].map((line) => `${line}\n`).join(""),
    [
      "-1 0 migrate_set_state setup",
      "1795166267809235 0 migrate_set_state setup",
      "1795166267809235 0 migrate_set_state setup",
      "-1 0 migrate_set_state setup",
      "foreign 1  2026-02-30T09:17:47Z host qemu[4060]: mi",
      "unknown-event 34 message Nov 20 09:17:47 host qemu[4060]: message",
      "foreign 1  Nov 20 09:17:47 host kernel: x",
      "foreign 1  Xyz 20 09:17:47 host qemu[4060]: ram_loa",
    ],
  ],
  [
    "stap prints 64 bits whatever the type",
    "stap",
    [
      "4060@1795161944556352123 stap_event a=fffffffffffffffb b=200 p=0x0 s=<null>",
      "4060@1795161944556352123 stap_event a=5 b=256 p=0xdead s=",
      "4060@1.5 stap_event a=5",
    ].map((line) => `${line}\n`).join(""),
    [
      "1795161944556352 0 stap_event -5,200,0,<null>",
      "mismatch 37 stap_event 4060@1795161944556352123 stap_event a=5 ",
      "foreign 1  4060@1.5 stap_event a=5",
    ],
    OTHERS,
  ],
  [
    "lttng as babeltrace prints it; a char is absent",
    "lttng",
    [
      '[09:17:47.123456789] (+0.000001000) host qemu:ust_event: { cpu_id = 1 }, { p = 0xDEAD, s = "a \\"b\\", c", n = -5 }',
      "[2026-11-20 09:17:47.123456789] (+?.?????????) host qemu:migrate_set_state: { cpu_id = 0 }, { }",
      "[09:17:47.123456789] (+0.000001000) host qemu:nosuch: { cpu_id = 1 }, { }",
      "[09:17:47.123456789] (+0.000001000) host qemu:ust_event: { cpu_id = 1 ",
    ].map((line) => `${line}\n`).join(""),
    [
      '33467123456 0 ust_event 57005,0,a "b", c,-5 [guessed]',
      "unknown-event 1 migrate_set_state [2026-11-20 09:17:47.123456789] (+?.????",
      "unknown-event 1 nosuch [09:17:47.123456789] (+0.000001000) host",
      "foreign 1  [09:17:47.123456789] (+0.000001000) host",
    ],
    OTHERS,
  ],
  [
    "JSON lines, and what is none",
    "jsonl",
    [
      '{"event":"savevm_section_end","at_us":5,"thread":7,"args":{"id":"ram","section_id":2,"ret":-1}}',
      '{"event":"migration_bitmap_sync_end","at_us":5,"thread":7,"args":{"dirty_pages":"18446744073709551615"}}',
      '{"event":"savevm_section_end","at_us":5,"thread":7,"args":{"id":"ram","section_id":2}}',
      '{"event":"nosuch","at_us":5,"thread":7,"args":{}}',
      '{"other":"foreign","line":3,"text":"IN: "}',
      "[1]",
      '{"event":',
    ].map((line) => `${line}\n`).join(""),
    [
      "5 7 savevm_section_end ram,2,-1",
      "5 7 migration_bitmap_sync_end 18446744073709551615",
      `mismatch 1 savevm_section_end {"event":"savevm_section_end","at_us":5,`,
      `unknown-event 1 nosuch {"event":"nosuch","at_us":5,"thread":7,"`,
      "foreign 1  IN: ",
      "foreign 1  [1]",
      'foreign 1  {"event":',
    ],
  ],
];

Deno.test("readerFor reads each format", async (t) => {
  for (const [name, format, log, expected, catalog] of TABLE) {
    await t.step(name, () => {
      assertEquals(items(format, log, catalog), expected);
      assertEquals(sniffFormat(toBytes(log)), { format }, "and its first bytes tell the format");
    });
  }
});

Deno.test("sniffFormat says what is no trace", () => {
  const table: readonly (readonly [string, ReturnType<typeof sniffFormat>])[] = [
    ["", { format: "log" }],
    ["1@1.000001:ram_load_start \n", { format: "log" }],
    ["migrate_set_state new state setup\n", { format: "log" }],
    ["\0\0\0\0\0\0\0\0\0\0\0\x001@1.000001:ram_load_start \n", { format: "log" }],
    ["\xff\xff\xff\xff\xff\xff\xff\xff", { format: "simpletrace" }],
    ["\x1f\x8b\b\0", { not: "it is compressed" }],
    ["\xff\xfem\0i\0", { not: "it is UTF-16 text" }],
    ["\xff\xd8\xff\xe0", { not: "it is an image" }],
    ["\x7fELF\x02\x01\x01\0\0\0\0\x01\x02\x03\0\x10", { not: "it is binary" }],
  ];
  for (const [text, expected] of table) {
    assertEquals(sniffFormat(toBytes(text)), expected, JSON.stringify(text));
  }
});

const LOG = [
  "4050@1795161944.556352:migrate_set_state new state setup",
  "4064@1795161944.560541:savevm_state_header ",
  "4064@1795161944.563429:migrate_pending_estimate estimate pending size 134750208 (pre = 134750208 post=0)",
  "4064@1795161944.563430:migration_bitmap_sync_start ",
  "4064@1795161944.563431:migration_bitmap_sync_end dirty_pages 18446744073709551615",
  "4064@1795161944.563435:savevm_section_start r\u00e4m, section_id 1",
  "4064@1795161944.563436:migrate_transferred transferred 6838156 time_spent 100 bandwidth 68381 switchover_bw 0 max_size -1",
  "4064@1795161944.614514:savevm_section_end r\u00e4m, section_id 1 -> -5",
  "4064@1795161944.614515:cpu_throttle_set set guest CPU throttled by 20%",
  "4050@1795161944.615000:migrate_set_state new state completed",
].map((line) => `${line}\n`).join("");

function convert(bytes: Uint8Array, from: TraceFormat, to: TargetFormat): Uint8Array {
  const parts: Uint8Array[] = [];
  const converter = convertTo(to, (part) => parts.push(part), { catalog: QEMU });
  const reader = readerFor(from, QEMU, converter.visitor("source"));
  reader.push(bytes);
  reader.end();
  converter.end();
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("text, simpletrace 4 and JSON lines become each other without loss", () => {
  const log = toBytes(LOG);
  const binary = convert(log, "log", "simpletrace");
  const lines = convert(log, "log", "jsonl");
  assertEquals(convert(lines, "jsonl", "log"), log);
  assertEquals(convert(convert(lines, "jsonl", "simpletrace"), "simpletrace", "simpletrace"), binary);
  assertEquals(convert(binary, "simpletrace", "log"), log);
  assertEquals(convert(convert(binary, "simpletrace", "jsonl"), "jsonl", "log"), log);
});

Deno.test("other text stays in a log and in JSON lines", () => {
  const log = toBytes(`${LOG}IN: \nqemu: terminating\n`);
  assertEquals(convert(log, "log", "log"), log);
  assertEquals(convert(convert(log, "log", "jsonl"), "jsonl", "log"), log);
});

interface ChromeEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly id?: string;
  readonly ts?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

Deno.test("ChromeTraceWriter: two processes, slices that begin and end, counters", () => {
  let text = "";
  const writer = new ChromeTraceWriter((part) => text += part);
  readLog(QEMU, LOG, { event: (event) => writer.event("source", event) });
  readLog(QEMU, LOG, { event: (event) => writer.event("destination", event) });
  writer.end();
  const { traceEvents } = JSON.parse(text) as { traceEvents: ChromeEvent[] };
  const names = (ph: string, pid: number) =>
    traceEvents.filter((one) => one.ph === ph && one.pid === pid).map(({ name, args }) =>
      ph === "C" || ph === "M" ? `${name} ${Object.values(args).join()}` : name
    );
  assertEquals(names("M", 1), [
    "process_name source",
    "process_sort_index 1",
    "thread_name thread 4050",
    "thread_name thread 4064",
  ]);
  for (const pid of [1, 2]) {
    assertEquals(names("b", pid), ["status", "setup", "bitmap sync", "sections", "r\u00e4m"]);
    assertEquals(names("e", pid), ["bitmap sync", "r\u00e4m", "setup", "status", "sections"]);
    assertEquals(names("i", pid).length, 10);
    assertEquals(names("C", pid), [
      "pending (bytes) 134750208",
      "dirty pages 18446744073709552000",
      "transferred in period (bytes) 6838156",
      "bandwidth (bytes/s) 68381560",
      "throttle (%) 20",
    ]);
  }
});

Deno.test("ChromeTraceWriter: slices of one row lie inside the row's own, the one after the other", () => {
  const states = ["setup", "active", "device", "completed", "setup", "active"];
  const log = states.map((state, at) => `1@${at}.000001:migrate_set_state new state ${state}\n`).join("");
  let text = "";
  const writer = new ChromeTraceWriter((part) => text += part);
  readLog(QEMU, log, { event: (event) => writer.event("source", event) });
  writer.end();
  const { traceEvents } = JSON.parse(text) as { traceEvents: ChromeEvent[] };
  const slices = traceEvents.filter(({ ph }) => ph === "b" || ph === "e");
  assertEquals(
    slices.map(({ ph, name }) => `${ph === "b" ? "+" : "-"}${name}`).join(" "),
    "+status +setup -setup +active -active +device -device -status +status +setup -setup +active -active -status",
  );
  // Viewers put slices into one row by their id.
  assertEquals(new Set(slices.map(({ id }) => id)).size, 1);
});

Deno.test("ChromeTraceWriter closes what the trace leaves open", () => {
  let text = "";
  const writer = new ChromeTraceWriter((part) => text += part);
  readLog(QEMU, LOG.split("\n").slice(0, 6).join("\n") + "\n", {
    event: (event) => writer.event("source", event),
  });
  writer.end();
  const { traceEvents } = JSON.parse(text) as { traceEvents: ChromeEvent[] };
  const ids = (ph: string) => traceEvents.filter((one) => one.ph === ph).map(({ id }) => id).sort();
  assertEquals(ids("b"), ids("e"));
});

Deno.test("keep makes of a view what printLog takes", () => {
  const records: unknown[] = [];
  readLog(QEMU, LOG, { event: (event) => records.push(keep(event).values) });
  assertEquals(records[2], [134750208n, 134750208n, 0n]);
});
