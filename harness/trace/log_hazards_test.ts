/**
 * Hazards L1 to L62 of facts/tracing.md g, each by its number: what the reader makes of the inputs that break readers.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Catalog, catalogFrom, catalogOf, FLAG, type OtherView, readLog } from "./mod.ts";

const QEMU = catalogOf("10.0");
/** Events with formats that the migration catalogs lack. */
const OTHERS = catalogFrom(
  "others",
  [
    'vfio_line(const char *name, int fd) "%s\\n fd %d"',
    'newline_last(int a) "value %d\\n"',
    'char_and_number(char c, int n) "%c%d"',
    'dp8393x_load_cam(unsigned a, unsigned b) "0x%02x0x%02x"',
    'padded(uint32_t a, const char *s) "%3u|%20s"',
    'wide(int width, uint64_t value) "0x%0*"PRIx64',
    'adjacent(const char *s, int n) "%s%d"',
    'minus(const char *s, int n) "%s-%d"',
    'small(uint8_t a, int8_t b, bool c) "%u %d %d"',
    'ten(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j) "%d %d %d %d %d %d %d %d %d %d"',
    'migration_block_progression(unsigned percent) "Completed %u%%"',
    'handle_qmp_command(void *mon, const char *req) "mon %p req: %s"',
    'qemu_mutex_lock(void *mutex, const char *file, const int line) "waiting on mutex %p (%s:%d)"',
    'vcpu_event(int a) "cpu %d"',
    '__proto__(const char *__proto__) "%s"',
    'constructor(void) ""',
    'double_it(double d) "%g"',
  ].join("\n") + "\n",
);

/** One line an item: `event NAME value,value [flags]` or `KIND column text [flags]`. */
function items(log: string, catalog: Catalog = QEMU, options = {}): string[] {
  const seen: string[] = [];
  const flags = (bits: number) => {
    const names = Object.entries(FLAG).filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
    return names.length === 0 ? "" : ` [${names.join(" ")}]`;
  };
  let offset = 0;
  const cover = (item: { offset: number; length: number }) => {
    assertEquals(item.offset, offset, "items are adjacent");
    offset += item.length;
  };
  readLog(catalog, log, {
    event(event) {
      cover(event);
      const values = event.declaration.args.map((_, index) => String(event.value(index))).join(",");
      seen.push(`event ${event.declaration.name} ${values}${flags(event.flags)}`);
    },
    other(item: OtherView) {
      cover(item);
      const text = item.text();
      const shown = text.length > 200 ? `${text.slice(0, 20)}… ${text.length}` : text;
      seen.push(`${item.kind} ${item.column} ${shown}${flags(item.flags)}`);
    },
  }, options);
  assertEquals(offset, log.length, "items cover the input");
  return seen;
}

type Row = readonly [hazard: string, log: string, expected: readonly string[], catalog?: Catalog];

const P = "1@1.000001:";

const TABLE: readonly Row[] = [
  ["L1 an empty file", "", []],
  ["L2 only newlines", "\n\n", ["blank 1 ", "blank 1 "]],
  ["L3 a last line cut in its time", "4064@1795161944.5634", ["incomplete 1 4064@1795161944.5634 [unended]"]],
  ["L4 a last line that is whole but for its newline", `${P}migrate_set_state new state active`, [
    "event migrate_set_state active [unended]",
  ]],
  ["L5 a last line cut in a number", `${P}savevm_section_end ram, section_id 1 -> `, [
    `incomplete 31 ${P}savevm_section_end ram, section_id 1 ->  [unended]`,
  ]],
  ["L6 NULs, then a good line", `\0\0\0${P}ram_load_start \n`, [
    "nul-run 1 ",
    "event ram_load_start ",
  ]],
  ["L7 a NUL in a number", `${P}savevm_send_ping 0x\x001\n`, [`mismatch 29 ${P}savevm_send_ping 0x\x001`]],
  [
    "L7 a NUL in a string",
    `${P}migrate_error error=a\0b\n`,
    ["event migrate_error a\0b [nul]"],
  ],
  ["L8 CR LF", `${P}savevm_send_ping 0x1\r\n`, ["event savevm_send_ping 1 [carriageReturn]"]],
  ["L8 a lone CR is data", `${P}migrate_error error=a\rb\n`, ["event migrate_error a\rb"]],
  ["L9 a byte order mark", `\u00ef\u00bb\u00bf${P}ram_load_start \n`, [
    "byte-order-mark 1 \u00ef\u00bb\u00bf",
    "event ram_load_start ",
  ]],
  ["L10 bytes that are no UTF-8", `${P}migrate_error error=\u00ff\u00fe\u0080\n`, [
    "event migrate_error \u00ff\u00fe\u0080",
  ]],
  ["L12 a line of 20174 bytes", `${P}migrate_error error=${"x".repeat(20000)}\n`, [
    `event migrate_error ${"x".repeat(20000)}`,
  ]],
  ["L12 a line over the limit", `${"x".repeat(1048577)}\n${P}ram_load_start \n`, [
    "too-long 1 xxxxxxxxxxxxxxxxxxxx… 4096",
    "event ram_load_start ",
  ]],
  [
    "L13 an event inside a report, by its time",
    `2026-11-20T08:30:43.712736Z 32638@1795163443.712777:ram_load_start \n`,
    [
      "foreign 1 2026-11-20T08:30:43.712736Z  [cut]",
      "event ram_load_start  [glued]",
    ],
  ],
  [
    "L14 an event behind a report",
    `terminating on signal 15 (timeout)32638@1795163443.712794:ram_load_start \n`,
    [
      "foreign 1 terminating on signal 15 (timeout) [cut]",
      "event ram_load_start  [glued]",
    ],
  ],
  ["L15 two events without a newline", `${P}savevm_send_ping 0x12@1.000002:ram_load_start \n`, [
    `mismatch 29 ${P}savevm_send_ping 0x [cut]`,
    "event ram_load_start  [glued]",
  ]],
  [
    "L15 a thread id behind a 0",
    `${P}savevm_section_end ram, section_id 1 -> 02@1.000002:ram_load_start \n`,
    [
      "event savevm_section_end ram,1,0 [cut]",
      "event ram_load_start  [glued]",
    ],
  ],
  ["L16 a string with the image of an event", `${P}migrate_error error=1@1.000001:ram_load_start \n`, [
    "event migrate_error  [ambiguous cut]",
    "event ram_load_start  [ambiguous glued]",
  ]],
  [
    "L17 a forged line",
    `${P}migrate_error error="x\n4242@1.000001:migrate_set_state new state completed" flags\n`,
    ['event migrate_error "x', 'event migrate_set_state completed" flags'],
  ],
  ["L18 a format with a newline inside", `${P}vfio_line a\n fd 3\n`, ["event vfio_line a,3"], OTHERS],
  ["L18 a format with a newline at its end", `${P}newline_last value 3\n\n${P}constructor \n`, [
    "event newline_last 3",
    "event constructor ",
  ], OTHERS],
  ["L18 its further line is missing", `${P}newline_last value 3\nx\n`, [
    `mismatch 25 ${P}newline_last value 3`,
    "foreign 1 x",
  ], OTHERS],
  ["L19 an unknown name", `${P}no_such_event 1\n`, [`unknown-event 12 ${P}no_such_event 1`]],
  ["L20 too few and too many values", `${P}savevm_section_start ram\n${P}savevm_send_ping 0x1 2\n`, [
    `mismatch 33 ${P}savevm_section_start ram`,
    `mismatch 29 ${P}savevm_send_ping 0x1 2`,
  ]],
  ["L22 names that begin alike", `${P}vmstate_load a, b\n${P}vmstate_load_state a v1\n`, [
    "event vmstate_load a,b",
    "event vmstate_load_state a,1",
  ]],
  ["L23 almost a name", "vmstate_loadx 1\nvmstate-load 1\nvmstate_load\n", [
    "foreign 1 vmstate_loadx 1",
    "foreign 1 vmstate-load 1",
    "mismatch 13 vmstate_load",
  ]],
  ["L24 the blank stripped behind a name", `${P}ram_load_start\n`, ["event ram_load_start  [blankMissing]"]],
  ["L25 names of prototypes", `${P}__proto__ a\n${P}constructor \n${P}toString \n`, [
    "event __proto__ a",
    "event constructor ",
    `unknown-event 12 ${P}toString `,
  ], OTHERS],
  ["L26 strings of prototypes", `${P}savevm_section_start __proto__, section_id 1\n`, [
    "event savevm_section_start __proto__,1",
  ]],
  ["L28 above 2^64", `${P}migration_bitmap_sync_end dirty_pages 18446744073709551616\n`, [
    `mismatch 38 ${P}migration_bitmap_sync_end dirty_pages 18446744073709551616`,
  ]],
  [
    "L29 limits of 64 and 32 bits",
    [
      `${P}migration_bitmap_sync_end dirty_pages 18446744073709551615`,
      `${P}migration_bitmap_sync_end dirty_pages 9223372036854775808`,
      `${P}ram_state_resume_prepare -9223372036854775808`,
      `${P}migration_return_path_end_after 2147483648`,
      `${P}savevm_section_start ram, section_id -1`,
    ].join("\n") + "\n",
    [
      "event migration_bitmap_sync_end 18446744073709551615",
      "event migration_bitmap_sync_end 9223372036854775808",
      "event ram_state_resume_prepare 9223372036854775808",
      `mismatch 44 ${P}migration_return_path_end_after 2147483648`,
      `mismatch 33 ${P}savevm_section_start ram, section_id -1`,
    ],
  ],
  ["L30 -1 under %d for uint32_t", `${P}qemu_loadvm_state_section -1\n`, [
    "event qemu_loadvm_state_section 4294967295",
  ]],
  ["L31 ffffffff under %x for int", `${P}ram_load_postcopy_loop chan=0 addr=0x0 flags=0xffffffff\n`, [
    "event ram_load_postcopy_loop 0,0,-1",
  ]],
  ...["-0x5", "0x-5", "0x+5", "0x 5", "0x5 ", "0x0005", "0x-0", "0xAB", "0XAB", "0x1_000", "0x\u00b2"].map((
    text,
  ): Row => [
    `L32 ${text} is no numeral`,
    `${P}savevm_send_ping ${text}\n`,
    [`mismatch 29 ${P}savevm_send_ping ${text}`],
  ]),
  ...["+5", " 5", "5 ", "0005", "-0", "1e3", "NaN", "Infinity", "1_000", "\u00b2", "-", ""].map((
    text,
  ): Row => [
    `L32 '${text}' is no decimal`,
    `${P}qemu_loadvm_state_section ${text}\n`,
    [`mismatch 38 ${P}qemu_loadvm_state_section ${text}`],
  ]),
  [
    "L33 decimal after 0x",
    `${P}migrate_send_rp_recv_bitmap block 'ram' size 0x16\n${P}migrate_send_rp_recv_bitmap block 'ram' size 0x-5\n`,
    [
      "event migrate_send_rp_recv_bitmap ram,16",
      "event migrate_send_rp_recv_bitmap ram,-5",
    ],
  ],
  ["L34 the letter d behind a number", `${P}loadvm_postcopy_ram_handle_discard_header ram: 100d\n`, [
    "event loadvm_postcopy_ram_handle_discard_header ram,100",
  ]],
  ["L35 hex without 0x", `${P}ram_discard_range ram: start: 7fff 1000\n`, [
    "event ram_discard_range ram,32767,4096",
  ]],
  [
    "L36 pointers",
    ["(nil)", "0x0", "nil", "(null)", "0000000000000000", "0xffffffffffffffff"].map((text) =>
      `${P}ram_load_loop ram: addr: 0x0 flags: 0x0 host: ${text}\n`
    ).join(""),
    [
      "event ram_load_loop ram,0,0,0",
      ...["0x0", "nil", "(null)"].map((text) =>
        `mismatch 26 ${P}ram_load_loop ram: addr: 0x0 flags: 0x0 host: ${text}`
      ),
      `mismatch 26 ${P}ram_load_loop ram: addr: 0x0 flags: 0x0 host: 0000000000000000`,
      "event ram_load_loop ram,0,0,18446744073709551615",
    ],
  ],
  ["L37 (null) stays as it stands", `${P}migrate_error error=(null)\n`, ["event migrate_error (null)"]],
  ["L38 empty strings", `${P}migrate_error error=\n${P}vmstate_save , \n`, [
    "event migrate_error ",
    "event vmstate_save ,",
  ]],
  ["L39 strings with the separator inside", `${P}vmstate_save a, b, c\n`, [
    "event vmstate_save a,b, c [ambiguous]",
  ]],
  ["L42 ids and seconds of 0", "0@0.000000:ram_load_start \n4294967296@1.000000:ram_load_start \n", [
    "event ram_load_start ",
    "event ram_load_start ",
  ]],
  [
    "L42 ids and seconds with too many digits",
    `12345678901@1.000000:ram_load_start \n1@${"9".repeat(30)}.000000:ram_load_start \n-1@1.000000:x\n`,
    [
      "foreign 1 12345678901@1.000000:ram_load_start ",
      `foreign 1 1@${"9".repeat(30)}.000000:ram_load_start `,
      "foreign 1 -1@1.000000:x",
    ],
  ],
  [
    "L43 a fraction of other than six digits",
    ["1@1.00001:x ", "1@1.0000001:x ", "1@1.:x ", "1@.000001:x "].join("\n"),
    [
      "foreign 1 1@1.00001:x ",
      "foreign 1 1@1.0000001:x ",
      "foreign 1 1@1.:x ",
      "incomplete 1 1@.000001:x  [unended]",
    ],
  ],
  [
    "L44 ISO with and without a fraction",
    "2025-07-21T18:35:05Z ram_load_start \n2025-07-21T18:35:05.000001Z ram_load_start \n",
    [
      "event ram_load_start ",
      "event ram_load_start ",
    ],
  ],
  ...[
    ...["2025-02-30T18:35:05Z", "2025-07-21T24:00:00Z", "2025-07-21T23:59:60Z", "2025-07-21T18:35:05+02:00"],
    ...["2025-07-21t18:35:05Z", "2025-07-21T18:35:05z", "2025-07-21 18:35:05Z", "10000-07-21T18:35:05Z"],
    ...[
      "2025-07-21T18:35:05.123Z",
      "2025-13-21T18:35:05Z",
      "2025-00-21T18:35:05Z",
      "2025-07-21T18:35:05.000000Z",
    ],
  ].map((
    time,
  ): Row => [`L45 ${time} is no time`, `${time} ram_load_start \n`, [`foreign 1 ${time} ram_load_start `]]),
  ["L46 a time before other text", "2025-07-21T18:43:28.089797Z some text\n", [
    "foreign 1 2025-07-21T18:43:28.089797Z some text",
  ]],
  ["L47 a time in mid-line", "IN: 2025-07-21T18:43:28.089797Z ram_load_start \n", [
    "foreign 1 IN: 2025-07-21T18:43:28.089797Z ram_load_start ",
  ]],
  [
    "L48 all three shapes in one file",
    `${P}ram_load_start \nram_load_start \n2025-07-21T18:35:05Z ram_load_start \n`,
    [
      "event ram_load_start ",
      "event ram_load_start ",
      "event ram_load_start ",
    ],
  ],
  [
    "L49 L50 L51 file order is kept",
    `2@2.000000:savevm_send_ping 0x1\n1@1.000000:savevm_send_ping 0x2\n1@1.000000:savevm_send_ping 0x3\n`,
    [
      "event savevm_send_ping 1",
      "event savevm_send_ping 2",
      "event savevm_send_ping 3",
    ],
  ],
  ["L52 a report with a guest's name", "2026-11-20T08:40:26.593886Z vm1 qemu-system-x86_64: terminating\n", [
    "foreign 1 2026-11-20T08:40:26.593886Z vm1 qemu-system-x86_64: terminating",
  ]],
  ["L52 a guest whose name is an event", "2026-11-20T08:40:26.593886Z migrate_set_state qemu: x\n", [
    "mismatch 47 2026-11-20T08:40:26.593886Z migrate_set_state qemu: x",
  ]],
  ["L53 JSON in a string", `${P}handle_qmp_command mon 0x1 req: {"a": "%d \\u0000"}\n`, [
    `event handle_qmp_command 1,{"a": "%d \\u0000"}`,
  ], OTHERS],
  ["L54 sequences of terminals", "\x1b[K(qemu) \b\r\n", ["foreign 1 \x1b[K(qemu) \b [carriageReturn]"]],
  ["L55 a vcpu event of an old version", `${P}vcpu_event cpu=0x1 cpu 1\n`, [
    `mismatch 23 ${P}vcpu_event cpu=0x1 cpu 1`,
  ], OTHERS],
  ["L56 a character", `${P}char_and_number x5\n${P}char_and_number \u00ff-5\n`, [
    "event char_and_number 120,5",
    "event char_and_number -1,-5",
  ], OTHERS],
  [
    "L57 %%",
    `${P}migration_block_progression Completed 50%\n${P}migration_block_progression Completed 50%%\n`,
    [
      "event migration_block_progression 50",
      `mismatch 40 ${P}migration_block_progression Completed 50%%`,
    ],
    OTHERS,
  ],
  ["L57 a payload where the format is empty", `${P}ram_load_start x\n`, [`mismatch 27 ${P}ram_load_start x`]],
  ["L57 ten arguments", `${P}ten 1 2 3 4 5 6 7 8 9 10\n`, ["event ten 1,2,3,4,5,6,7,8,9,10"], OTHERS],
  [
    "L58 wider than the width",
    `${P}padded 1234|${"x".repeat(21)}\n${P}padded   1|${" ".repeat(19)}x\n${P}padded 1|x\n`,
    [
      `event padded 1234,${"x".repeat(21)} [guessed]`,
      `event padded 1,${" ".repeat(19)}x [guessed]`,
      `mismatch 19 ${P}padded 1|x`,
    ],
    OTHERS,
  ],
  ["L58 a width that is not printed", `${P}wide 0x00ff\n`, ["event wide 4,255 [guessed]"], OTHERS],
  ["L59 numbers that touch", `${P}dp8393x_load_cam 0xab0xcd\n`, ["event dp8393x_load_cam 171,205"], OTHERS],
  [
    "L59 a string that touches a number",
    `${P}adjacent abc12\n`,
    ["event adjacent abc,12 [ambiguous]"],
    OTHERS,
  ],
  ["f.1 a minus that is a separator or a sign", `${P}minus a--5\n`, ["event minus a,-5 [ambiguous]"], OTHERS],
  ["a.6 narrow types keep to their range", `${P}small 255 -128 1\n${P}small 256 0 0\n${P}small 0 0 2\n`, [
    "event small 255,-128,1",
    `mismatch 18 ${P}small 256 0 0`,
    `mismatch 18 ${P}small 0 0 2`,
  ], OTHERS],
  ["a.6 %g", `${P}double_it 1e+20\n${P}double_it 1.234567\n`, [
    "event double_it 100000000000000000000",
    `mismatch 22 ${P}double_it 1.234567`,
  ], OTHERS],
];

Deno.test("the reader meets the hazards of logs", async (t) => {
  for (const [hazard, log, expected, catalog] of TABLE) {
    await t.step(hazard, () => assertEquals(items(log, catalog), expected));
  }
});

Deno.test("L15 L16 splitGlued: false takes a line that fits as it stands", () => {
  assertEquals(items(`${P}migrate_error error=1@1.000001:ram_load_start \n`, QEMU, { splitGlued: false }), [
    "event migrate_error 1@1.000001:ram_load_start  [ambiguous]",
  ]);
});

Deno.test("L37 a width that blanks fill is kept: the text prints back", () => {
  assertEquals(items(`${P}padded   1|${" ".repeat(20)}\n`, OTHERS), [
    `event padded 1,${" ".repeat(20)} [guessed]`,
  ]);
});
