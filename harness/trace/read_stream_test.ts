/**
 * Reading from streams: plain and gzip, whole and damaged.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { RandomStream } from "../base/mod.ts";
import { catalogOf, keep, readStream, type TraceRecord } from "./mod.ts";

const TRACE = new URL("../../recordings/precopy-bw64-dr31/src.trace.gz", import.meta.url);

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function read(bytes: Uint8Array, size = 1000) {
  const records: TraceRecord[] = [];
  const result = await readStream(chunksOf(bytes, size), { event: (event) => records.push(keep(event)) });
  return { records, result };
}

Deno.test("readStream reads a gzip recording from a ReadableStream", async () => {
  const file = await Deno.open(TRACE);
  let events = 0;
  const result = await readStream(file.readable, { event: () => events++ });
  assert(result.ok);
  assertEquals([result.value.format, events], ["log", 355]);
  assert(["9.2", "10.0", "10.1", "10.2"].includes(result.value.catalog.name));
});

Deno.test("readStream does not care about chunks, and takes format and catalog as given", async () => {
  const packed = Deno.readFileSync(TRACE);
  const whole = await read(packed, packed.length);
  assertEquals(whole.records.length, 355);
  for (const size of [1, 7]) assertEquals((await read(packed, size)).records, whole.records);
  const told = await readStream(chunksOf(packed, 64), { event: () => {} }, {
    format: "log",
    catalog: catalogOf("11.1"),
  });
  assert(told.ok);
  assertEquals(told.value.catalog.name, "11.1");
});

Deno.test("readStream says what is no trace, and what is empty is an empty log", async () => {
  const image = await read(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0));
  assertEquals(image.result, { ok: false, error: { reason: "this is no trace: it is an image", bytes: 0 } });
  const empty = await read(new Uint8Array());
  assert(empty.result.ok);
  assertEquals(empty.result.value.bytes, 0);
});

Deno.test("a gzip file that is cut gives its first events, and an error", async () => {
  const lines = Array.from(
    { length: 60000 },
    (_, index) => `1@1.000001:savevm_send_ping 0x${(index * 7919).toString(16)}\n`,
  );
  const log = lines.join("");
  const packed = new Uint8Array(gzipSync(log));
  const { records, result } = await read(packed.subarray(0, packed.length - 20));
  assert(!result.ok);
  assert(result.error.reason.startsWith("the stream cannot be read on: "));
  assert(records.length > 30000, `${records.length} of 60000 events`);
  // The last line is cut, and its number with it.
  assert(records.slice(0, -1).every(({ values }, index) => values[0] === index * 7919));
});

Deno.test("a gzip file that is damaged anywhere is an error or a trace, never an exception", async () => {
  const chance = new RandomStream(1, "damage");
  const original = Deno.readFileSync(TRACE);
  let errors = 0;
  for (let round = 0; round < 150; round++) {
    const damaged = original.slice();
    for (let count = 0; count <= chance.below(3); count++) {
      damaged[chance.below(damaged.length)] = chance.below(256);
    }
    const { result } = await read(
      chance.below(4) === 0 ? damaged.subarray(0, chance.below(damaged.length)) : damaged,
    );
    if (!result.ok) errors++;
  }
  assert(errors > 100, `${errors} of 150 were found damaged`);
});
