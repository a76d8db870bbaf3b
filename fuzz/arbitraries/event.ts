/**
 * Events of a catalog with arguments at their limits, and the strings that have broken trace readers.
 *
 * @module
 */
import fc from "fast-check";
import type { Argument, ArgValue, Catalog, Declaration, TraceRecord } from "../../mod.ts";

/** Bytes as a string of one character each. */
const anyBytes = fc.array(fc.integer({ min: 1, max: 255 }).filter((byte) => byte !== 10), { maxLength: 12 })
  .map(
    (bytes) => String.fromCharCode(...bytes),
  );

/** Strings that hold separators, images of events, prototypes' names, the words that QEMU prints for NULL. */
const HOSTILE_STRINGS = [
  ...[
    "",
    "ram",
    "(null)",
    "(nil)",
    " ",
    "  ",
    "a/b",
    "a/b/c",
    ", ",
    ": ",
    "/",
    "(",
    ")",
    " => ",
    "' => '",
    "%s",
    "%n",
  ],
  ...["cpu/cpu/msr_smi_count", "0000:00:02.0/virtio-net", "APM State", "end", "end/0", "too old", "(prefix)"],
  ...["1@1.000001:ram_load_start ", "x2@2.000002:migrate_set_state new state completed", "4@5.000006:"],
  ...[
    "__proto__",
    "constructor",
    "toString",
    " idstr=",
    " exists=1",
    "a--5",
    "1]",
    "[1]",
    "0x0",
    "-1",
    "12",
    "\r",
  ],
  ...["\t", "\x1b[K", "\u00ff\u00fe\u0080", "\u00c3", "\u00e2\u0082\u00ac", "a\0b", "x".repeat(600)],
];

/** A string argument: mostly without a newline, as QEMU's own are. */
export const anyString: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE_STRINGS) },
  {
    weight: 2,
    arbitrary: fc.string({ maxLength: 8 }),
  },
  { weight: 1, arbitrary: anyBytes },
  {
    weight: 1,
    arbitrary: fc.array(fc.constantFrom(...HOSTILE_STRINGS), { maxLength: 3 }).map((all) => all.join("")),
  },
);

/** A value of an argument's type: its limits, what lies beside them, and anything between. */
function anyValue({ kind, bits }: Argument): fc.Arbitrary<ArgValue> {
  if (kind === "string") return anyString;
  if (kind === "bool") return fc.constantFrom(0, 1);
  if (kind === "double") return fc.constantFrom(0, 0.5, 1e20, -2.25, 123456, 1e-5);
  const [min, max] = kind === "signed" ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n] : [
    0n,
    (1n << BigInt(bits)) - 1n,
  ];
  const limits = [min, min + 1n, -1n, 0n, 1n, 7n, 9007199254740993n, 1n << 31n, 1n << 63n, max - 1n, max];
  const big = fc.oneof(
    fc.constantFrom(...limits.filter((limit) => limit >= min && limit <= max)),
    fc.bigInt({ min, max }),
    fc.bigInt({ min: min < -1000n ? -1000n : min, max: max > 1000n ? 1000n : max }),
  );
  return bits === 64 ? big : big.map(Number);
}

const anyTime = fc.oneof(
  fc.constantFrom(0, 1, 999999, 1000000, 1795161944556352),
  fc.integer({ min: 0, max: 4102444800000000 }),
);
const anyThread = fc.constantFrom(0, 1, 4050, 4064, 4194304, 9999999999);
const anyValueOf = new Map<string, fc.Arbitrary<ArgValue>>();
const anyRecordOf = new Map<Declaration, fc.Arbitrary<TraceRecord>>();

/** Arbitraries are made once of each, since making one costs more than a draw. */
function anyKnownValue(argument: Argument): fc.Arbitrary<ArgValue> {
  const key = `${argument.kind}${argument.bits}`;
  const known = anyValueOf.get(key) ?? anyValue(argument);
  anyValueOf.set(key, known);
  return known;
}

function anyRecordFor(declaration: Declaration): fc.Arbitrary<TraceRecord> {
  const known = anyRecordOf.get(declaration) ?? fc.record({
    declaration: fc.constant(declaration),
    at: anyTime,
    thread: anyThread,
    values: fc.tuple(...declaration.args.map(anyKnownValue)),
  });
  anyRecordOf.set(declaration, known);
  return known;
}

/** An event of the catalog with values, a time and a thread. */
export function anyRecord(catalog: Catalog): fc.Arbitrary<TraceRecord> {
  return fc.constantFrom(...catalog.declarations).chain(anyRecordFor);
}
