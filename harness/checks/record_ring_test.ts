/**
 * The ring of records gives back what was put into it last, exactly.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { catalogOf, parseDeclarations, RecordView, type TraceRecord } from "../trace/mod.ts";
import { RecordRing } from "./record_ring.ts";

const { declarations } = parseDeclarations(
  'a(uint64_t u, int64_t s, int i, uint32_t w, bool b, const char *t, void *p, uint8_t c) "%lu %ld %d %u %d %s %p %u"\n' +
    'b(void) ""\n' +
    'c(double d, char k) "%g %c"\n',
);

function recordsOf(count: number): TraceRecord[] {
  const [a, b, c] = declarations;
  if (a === undefined || b === undefined || c === undefined) throw new Error("three declarations");
  return Array.from({ length: count }, (_, at): TraceRecord => {
    if (at % 3 === 1) return { declaration: b, at: -1, thread: 0, values: [] };
    if (at % 3 === 2) return { declaration: c, at, thread: 9999999999, values: [0.5 - at, 1] };
    const values = [2n ** 64n - 1n - BigInt(at), -(2n ** 63n), -1, 4294967295, 1, `pc.ram ${at}`, 0n, 255];
    return { declaration: a, at: 1795161944556352 + at, thread: 7, values };
  });
}

Deno.test("RecordRing keeps the last events exactly, in their order", () => {
  for (const [count, size] of [[0, 4], [3, 4], [4, 4], [5, 4], [50, 7]] as const) {
    const records = recordsOf(count);
    const ring = new RecordRing(size);
    const view = new RecordView();
    for (const [index, record] of records.entries()) ring.push(view.show(record, index + 1));
    const expected = records.map((record, index) => ({ line: index + 1, record })).slice(-size);
    assertEquals(ring.list(), expected);
  }
});

Deno.test("no event of any catalog has more arguments than a slot", () => {
  for (const name of ["7.2", "8.2-dev", "10.0", "11.1"] as const) {
    for (const { args } of catalogOf(name).declarations) assertEquals(args.length <= 11, true);
  }
});
