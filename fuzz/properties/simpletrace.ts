/**
 * The simpletrace reader under attack: it never throws, loses nothing, does not care about chunks, and says what a
 * plain reader says that has the whole file in memory. A file that nothing happened to gives its events back.
 *
 * @module
 */
import fc from "fast-check";
import {
  type Catalog,
  catalogOf,
  keep,
  RecordView,
  SimpletraceReader,
  SimpletraceWriter,
  type TraceRecord,
} from "../../mod.ts";
import { anyDamage, damage } from "../arbitraries/damage.ts";
import { anyRecord } from "../arbitraries/event.ts";
import type { FuzzTarget } from "../target.ts";
import { insist } from "./insist.ts";

interface SimpletraceCase {
  readonly bytes: Uint8Array;
  readonly chunk: number;
}

const CATALOG = catalogOf("10.0");

function write(records: readonly TraceRecord[], version: 2 | 3 | 4, little: boolean): Uint8Array {
  const parts: number[] = [];
  const writer = new SimpletraceWriter(CATALOG, (bytes) => parts.push(...bytes), { version, little });
  const view = new RecordView();
  for (const [index, record] of records.entries()) {
    if (index % 5 === 4) writer.lost(BigInt(index), BigInt(record.at) * 1000n, record.thread);
    writer.event(view.show(record, index + 1));
  }
  writer.flush();
  return Uint8Array.from(parts);
}

const anyCase: fc.Arbitrary<SimpletraceCase> = fc.record({
  records: fc.array(anyRecord(CATALOG), { maxLength: 6 }),
  version: fc.constantFrom<2 | 3 | 4>(4, 4, 3, 2),
  little: fc.boolean(),
  damaged: anyDamage,
  chunk: fc.constantFrom(1, 3, 8, 100, 1 << 20),
}).map(({ records, version, little, damaged, chunk }) => {
  const whole = write(records, version, little);
  return { bytes: damage(whole, damaged), chunk };
});

interface Item {
  readonly kind: string;
  readonly offset: number;
  readonly length: number;
  readonly name: string;
  readonly values: string;
}

function read(bytes: Uint8Array, chunk: number, records: TraceRecord[] = []): Item[] {
  const items: Item[] = [];
  const reader = new SimpletraceReader(CATALOG, {
    event(event) {
      const { offset, length, declaration } = event;
      const values = declaration.args.map((_, index) => String(event.value(index))).join("\n");
      items.push({ kind: "event", offset, length, name: declaration.name, values });
      records.push(keep(event));
    },
    other({ kind, offset, length, name }) {
      items.push({ kind, offset, length, name, values: "" });
    },
  });
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
  reader.end();
  return items;
}

/** The plain reader: facts/tracing.md c.1 and c.2 line by line, on a file that is in memory. */
function readPlain(catalog: Catalog, bytes: Uint8Array): Item[] {
  const items: Item[] = [];
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const put = (kind: string, length: number, name = "", values = "") => {
    items.push({ kind, offset: at, length, name, values });
    at += length;
  };
  const left = () => bytes.length - at;
  if (left() === 0) return items;
  if (left() < 24) {
    put(bytes.subarray(0, 8).every((byte) => byte === 255) ? "truncated" : "damaged", left());
    return items;
  }
  const little = words.getBigUint64(8, true) === 0xf2b177cb0aa429b4n;
  const version = Number(words.getBigUint64(16, little));
  const isRight = words.getBigUint64(0) === 0xffffffffffffffffn &&
    words.getBigUint64(8, little) === 0xf2b177cb0aa429b4n;
  if (!isRight || !(version === 2 || version === 3 || version === 4)) {
    put("damaged", left());
    return items;
  }
  put("header", 24);
  const names = new Map<bigint, string>();
  if (version < 4) {
    const all = catalog.declarations.filter((one) => version === 3 || !one.properties.includes("disable"));
    for (const [index, { name }] of all.entries()) names.set(BigInt(index), name);
  }
  while (left() > 0) {
    let head = 0;
    if (version === 4) {
      if (left() < 8) break;
      const type = words.getBigUint64(at, little);
      if (type > 1n) {
        put("damaged", left());
        return items;
      }
      head = 8;
      if (type === 0n) {
        if (left() < 20) break;
        const size = words.getUint32(at + 16, little);
        if (size > 1 << 20) {
          put("damaged", left());
          return items;
        }
        if (left() < 20 + size) break;
        const name = String.fromCharCode(...bytes.subarray(at + 20, at + 20 + size));
        names.set(words.getBigUint64(at + 8, little), name);
        put("mapping", 20 + size, name);
        continue;
      }
    }
    if (left() < head + 24) break;
    const size = words.getUint32(at + head + 16, little);
    if (size < 24 || size > 1 << 20) {
      put("damaged", left());
      return items;
    }
    if (left() < head + size) break;
    const id = words.getBigUint64(at + head, little);
    const name = names.get(id) ?? "";
    const declaration = catalog.get(name);
    if (id === 0xfffffffffffffffen) put("lost-events", head + size);
    else if (declaration === undefined) put("unknown-event", head + size, name);
    else {
      const values: string[] = [];
      let place = at + head + 24;
      const end = at + head + size;
      for (const { kind, bits } of declaration.args) {
        const length = kind === "string" ? 4 : 8;
        if (place + length > end) {
          place = end + 1;
          break;
        }
        if (kind === "string") {
          const count = words.getUint32(place, little);
          values.push(String.fromCharCode(...bytes.subarray(place + 4, place + 4 + count)));
          place += 4 + count;
        } else {
          const given = words.getBigUint64(place, little);
          const value = kind === "bool"
            ? (given === 0n ? 0n : 1n)
            : kind === "signed"
            ? BigInt.asIntN(bits, given)
            : BigInt.asUintN(bits, given);
          values.push(String(value));
          place += 8;
        }
      }
      if (place > end) put("mismatch", head + size, name);
      else put("event", head + size, name, values.join("\n"));
    }
  }
  if (left() > 0) put("truncated", left());
  return items;
}

function check({ bytes, chunk }: SimpletraceCase): void {
  const records: TraceRecord[] = [];
  const items = read(bytes, 1 << 20, records);
  let offset = 0;
  for (const item of items) {
    insist(item.offset === offset && item.length > 0, "items are adjacent and not empty", item);
    offset += item.length;
  }
  insist(offset === bytes.length, "items cover the input", { offset, length: bytes.length });
  insist(JSON.stringify(read(bytes, chunk)) === JSON.stringify(items), "chunk borders change nothing", items);
  const plain = readPlain(CATALOG, bytes);
  insist(JSON.stringify(plain) === JSON.stringify(items), "the plain reader says the same", { plain, items });
  const again: TraceRecord[] = [];
  read(write(records, 4, true), 1 << 20, again);
  // Microseconds past 2^53 are not exact, so they need not come back.
  const show = (list: readonly TraceRecord[]) =>
    list.map(({ declaration, at, thread, values }, index) => {
      const given = values.map((value) => String(value).slice(0, 512));
      return [declaration.name, Number.isSafeInteger(records[index]?.at) ? at : "late", thread, ...given]
        .join();
    });
  insist(
    show(again).join("\n") === show(records).join("\n"),
    "what was read and written again is the same",
    { read: show(records), again: show(again) },
  );
}

/** The target `simpletrace`. */
export const SIMPLETRACE: FuzzTarget<SimpletraceCase> = {
  name: "simpletrace",
  summary: "simpletrace files: never throws, nothing lost, chunks do not matter, agrees with a plain reader",
  layer: "trace",
  weight: 3,
  arbitrary: anyCase,
  check,
  encode: ({ bytes, chunk }) => ({
    "input.simpletrace": bytes,
    "case.json": new TextEncoder().encode(`${JSON.stringify({ chunk })}\n`),
  }),
  decode: (files) => ({
    bytes: files["input.simpletrace"] ?? new Uint8Array(),
    chunk: JSON.parse(new TextDecoder().decode(files["case.json"])).chunk,
  }),
};
