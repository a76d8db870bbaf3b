/**
 * Every event of a whole QEMU, with arguments at their limits, through text and simpletrace 4 and back.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { RandomStream } from "../base/mod.ts";
import {
  type Argument,
  type ArgValue,
  Catalog,
  FLAG,
  keep,
  LogReader,
  parseDeclarations,
  printLine,
  RecordView,
  SimpletraceReader,
  SimpletraceWriter,
  type TraceRecord,
} from "./mod.ts";
import { needsShared } from "./testdata/shared.ts";

const { at: FILE, ignore, skipped } = needsShared("catalogs/all-10.0.2-debian.trace-events");

/** Words without a separator of any format, so that a string's end is never in doubt. */
const STRINGS = ["", "ram", "Q", "caf\u00e9", "x".repeat(300)];

function valueOf({ kind, bits }: Argument, chance: RandomStream, turn: number): ArgValue {
  if (kind === "string") return STRINGS[turn === 0 ? 1 : chance.below(STRINGS.length)] ?? "";
  if (kind === "bool") return chance.below(2);
  const size = BigInt(bits);
  const [min, max] = kind === "signed"
    ? [-(1n << (size - 1n)), (1n << (size - 1n)) - 1n]
    : [0n, (1n << size) - 1n];
  const random = ((BigInt(chance.word()) << 32n) | BigInt(chance.word())) & ((1n << size) - 1n);
  const value = [0n, min, max, max - 1n, min < 0n ? -1n : 1n][turn] ??
    (kind === "signed" ? BigInt.asIntN(bits, random) : random);
  return bits === 64 ? value : Number(value);
}

/** The width of `%0*x` goes no further than a field of the screen. */
function withSaneWidths(record: TraceRecord): TraceRecord {
  const values = [...record.values];
  let index = 0;
  for (const piece of record.declaration.pieces) {
    if (typeof piece === "string") continue;
    if (piece.width === -1) values[index++] = 16;
    index++;
  }
  return { ...record, values };
}

Deno.test({
  name: `all 5843 events of QEMU 10.0.2 round-trip with arguments at their limits${skipped}`,
  ignore,
  fn() {
    const { declarations } = parseDeclarations(Deno.readTextFileSync(FILE));
    assertEquals(declarations.length, 5843);
    const catalog = new Catalog("all", declarations);
    const chance = new RandomStream(1, "arguments");
    const records: TraceRecord[] = [];
    for (const declaration of declarations) {
      // A name that is declared twice is read as declared last.
      if (catalog.get(declaration.name) !== declaration) continue;
      for (let turn = 0; turn < 8; turn++) {
        const values = declaration.args.map((arg) => valueOf(arg, chance, turn));
        records.push(
          withSaneWidths({ declaration, at: 1795161944556352 + records.length, thread: 4064, values }),
        );
      }
    }

    const parts: Uint8Array[] = [];
    const writer = new SimpletraceWriter(catalog, (bytes) => parts.push(bytes));
    const view = new RecordView();
    for (const [index, record] of records.entries()) writer.event(view.show(record, index + 1));
    writer.flush();
    let seen = 0;
    const binary = new SimpletraceReader(catalog, {
      event(event) {
        const record = records[seen++];
        const isSame = event.declaration === record?.declaration && event.at === record.at &&
          record.values.every((value, index) => event.value(index) === value);
        if (!isSame) assertEquals(keep(event), record);
      },
    });
    for (const part of parts) binary.push(part);
    binary.end();
    assertEquals(seen, records.length);

    const lines: string[] = [];
    // A line break in a `%c` cannot come back; see A-identity in facts f.1.
    const printed = records.filter((record) => {
      const line = printLine(record, "tid");
      const newlines = record.declaration.pieces.join("").split("\n").length;
      if (line.split("\n").length !== newlines + 1) return false;
      lines.push(line);
      return true;
    });
    let at = 0;
    const differing = new Set<string>();
    const reader = new LogReader(catalog, {
      event(event) {
        const record = printed[at];
        const line = lines[at++];
        if (record === undefined || line === undefined) return;
        if (printLine(keep(event), "tid") !== line) assertEquals(printLine(keep(event), "tid"), line);
        const isSame = event.declaration === record.declaration &&
          record.values.every((value, index) => event.value(index) === value);
        // A character has eight bits, whatever the type that holds it.
        const isCut = record.declaration.pieces.some((piece) =>
          typeof piece !== "string" && piece.letter === "c"
        );
        const isDoubtful = (event.flags & (FLAG.ambiguous | FLAG.guessed | FLAG.nul)) !== 0 || isCut;
        if (!isSame && !isDoubtful) differing.add(record.declaration.name);
      },
      other(item) {
        assertEquals(`${item.kind} ${item.text()}`, lines[at]);
      },
    });
    for (const line of lines) reader.push(Uint8Array.from(line, (char) => char.charCodeAt(0)));
    reader.end();
    assertEquals(at, printed.length);
    assertEquals([...differing], []);
  },
});
