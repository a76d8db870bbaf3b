/**
 * Text logs: events as QEMU prints them, real lines, foreign lines, and what happens to logs on their way.
 *
 * @module
 */
import fc from "fast-check";
import { catalogOf, type LineShape, printLine } from "../../mod.ts";
import { anyRecord, anyString } from "./event.ts";
import { REAL_LINES } from "./real_lines.ts";

/** A log and how it is read. */
export interface LogCase {
  readonly catalog: "8.2-dev" | "10.0" | "11.0-dev" | "11.1";
  /** The input, one character per byte. */
  readonly text: string;
  /** Bytes of the chunks that it is fed in. */
  readonly chunk: number;
}

const FOREIGN = [
  ...[
    "",
    " ",
    "\r",
    "IN: ",
    "----------------",
    "0xfffffff0:  ea 5b e0 00 f0           ljmpw    $0xf000:$0xe05b",
  ],
  ...[
    "qemu-system-x86_64: terminating on signal 15 from pid 30265 (timeout)",
    "2026-11-20T08:40:26.593886Z vm1 x",
  ],
  ...[
    "2026-11-20T08:30:43.712736Z ",
    "1@1.00001:x ",
    "1@1.0000001:x ",
    "@",
    "@@@@",
    "1@",
    "1@1.000001:",
    "\x1b[K",
  ],
  ...[
    "2025-02-30T00:00:00Z ram_load_start ",
    "2025-07-21T24:00:00Z ram_load_start ",
    "terminating (timeout)",
  ],
  ...[
    "2025-07-21T18:35:05.000000Z ram_load_start ",
    "99999999999@1.000001:ram_load_start ",
    "migrate_set_state",
  ],
  ...[
    "01@1.000001:ram_load_start ",
    "1@9007199254.000001:ram_load_start ",
    "savevm_state_setup",
    "1@1.000001:nosuch 1",
  ],
  ...["\0\0\0\0", "\u00ef\u00bb\u00bf", "vmstate_load", "get_gtree ((((////)))) nnodes=x", "vm_state_notify"],
];

/** Numerals at the limits of conversions and types, and ones that printf does not print. */
const NUMERALS = [
  ...[
    "4294967295",
    "4294967296",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "-1",
    "-0",
    "0",
    "00",
  ],
  ...[
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775807",
    "9223372036854775808",
    "007",
    "+5",
    "",
  ],
  ...[
    "-9223372036854775808",
    "-9223372036854775809",
    "999999999999999",
    "9007199254740993",
    "12345678901234567890",
  ],
  ...[
    "ffffffff",
    "100000000",
    "ffffffffffffffff",
    "10000000000000000",
    "FF",
    "0x0",
    "255",
    "256",
    "65536",
    "1e3",
  ],
];

/** Times of one second, which the reader takes as the same beginning, and those that are none. */
const TIMES = [
  ...["2025-07-21T18:35:05Z ", "2025-07-21T18:35:05.000001Z ", "2025-07-21T18:35:05.000000Z ", "7@5.000000:"],
  ...[
    "7@5.999999:",
    "7@5.99999:",
    "7@5.9999999:",
    "7@5.00000a:",
    "2025-07-21T18:35:05.12345Z ",
    "07@5.000000:",
  ],
  ...["2025-07-21T18:35:05.000001Z", "7@50.000000:", "77@5.000000:", ""],
];

const anyShape: fc.Arbitrary<LineShape> = fc.constantFrom("tid", "iso", "bare");

/** One line or less: an event, real or made; other text; a line with damage. */
function anyPiece(catalog: LogCase["catalog"]): fc.Arbitrary<string> {
  const printed = fc.tuple(anyRecord(catalogOf(catalog)), anyShape).map(([record, shape]) =>
    printLine(record, shape)
  );
  const whole = fc.oneof(
    { weight: 5, arbitrary: printed },
    { weight: 4, arbitrary: fc.constantFrom(...REAL_LINES).map((line) => `${line}\n`) },
    { weight: 2, arbitrary: fc.constantFrom(...FOREIGN).map((line) => `${line}\n`) },
    { weight: 1, arbitrary: anyString.map((text) => `${text}\n`) },
  );
  return fc.oneof(
    { weight: 5, arbitrary: whole },
    // One numeral behind the prefix is another.
    {
      weight: 3,
      arbitrary: fc.tuple(printed, fc.nat(20), fc.constantFrom(...NUMERALS)).map(([text, which, numeral]) => {
        const places = [...text.matchAll(/(?<=[ =:x])[0-9a-f]+(?=[ ,)\n])/g)].map((
          { index, 0: { length } },
        ) => [index, length] as const);
        const [at, length] = places[which % Math.max(1, places.length)] ?? [text.length, 0];
        return text.slice(0, at) + numeral + text.slice(at + length);
      }),
    },
    {
      weight: 2,
      arbitrary: fc.array(fc.constantFrom(...TIMES), { minLength: 2, maxLength: 4 }).map((times) =>
        times.map((time) => `${time}ram_load_start \n`).join("")
      ),
    },
    // Torn: only the first bytes, without a newline, so that the next piece is glued to it.
    {
      weight: 2,
      arbitrary: fc.tuple(whole, fc.nat(200)).map(([text, at]) => text.slice(0, at % (text.length + 1))),
    },
    { weight: 1, arbitrary: whole.map((text) => text.replace(/\n$/, "")) },
    { weight: 1, arbitrary: whole.map((text) => text.replace(/\n$/, "\r\n")) },
    {
      weight: 2,
      arbitrary: fc.tuple(whole, fc.nat(300), fc.constantFrom(..."\0\n\r @:0-9%/,(\u00ff")).map((
        [text, at, char],
      ) => text.slice(0, at % (text.length + 1)) + char + text.slice((at % (text.length + 1)) + 1)),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(whole, fc.nat(300), anyString).map(([text, at, inserted]) =>
        text.slice(0, at % (text.length + 1)) + inserted + text.slice(at % (text.length + 1))
      ),
    },
  );
}

/** A piece repeated up to a length; a line, unless it holds a newline. */
function anyLong(piece: fc.Arbitrary<string>, length: fc.Arbitrary<number>): fc.Arbitrary<string> {
  return fc.tuple(piece, anyString, length, piece).map(([first, middle, most, last]) =>
    first + (middle || " ").repeat(Math.ceil(most / Math.max(1, middle.length))) + last
  );
}

function anyLogOf(catalog: LogCase["catalog"]): fc.Arbitrary<LogCase> {
  const piece = anyPiece(catalog);
  return fc.record({
    catalog: fc.constant(catalog),
    text: fc.oneof(
      { weight: 10_000, arbitrary: fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")) },
      { weight: 50, arbitrary: anyLong(piece, fc.nat(20_000)) },
      // On both sides of the longest line that is kept.
      { weight: 3, arbitrary: anyLong(piece, fc.integer({ min: (1 << 20) - 200, max: (1 << 20) + 200 })) },
    ),
    chunk: fc.constantFrom(1, 2, 3, 7, 64, 1 << 20),
    // Megabytes in single bytes cost seconds.
  }).map((one) => ({ ...one, chunk: Math.max(one.chunk, one.text.length >>> 12) }));
}

/** A log of up to eight pieces; now and then a very long line. */
export const anyLog: fc.Arbitrary<LogCase> = fc.oneof(
  ...(["10.0", "11.1", "8.2-dev", "11.0-dev"] as const).map(anyLogOf),
);
