/**
 * Recording events, showing them without printing, and printing them: the three ways out of the model.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import {
  catalogOf,
  keep,
  type LineShape,
  printLine,
  printLog,
  readLog,
  RecordView,
  type TraceRecord,
  TraceRecorder,
  visitBoth,
  visitRecords,
} from "./mod.ts";

const QEMU = catalogOf("10.0");

function record(catalog = QEMU): TraceRecorder {
  const recorder = new TraceRecorder(catalog);
  recorder.emit(0, 7, "migrate_set_state", { new_state: "setup" });
  recorder.emit(1_500_000, 8, "migration_bitmap_sync_end", { dirty_pages: 2 ** 40 });
  recorder.emit(2_000_000, 8, "savevm_section_end", { id: "ram", section_id: 1, ret: -1 });
  return recorder;
}

Deno.test("TraceRecorder keeps events in their declared types, in order", () => {
  assertEquals(
    record().records.map(({ declaration, at, thread, values }) => [declaration.name, at, thread, ...values]),
    [
      ["migrate_set_state", 0, 7, "setup"],
      ["migration_bitmap_sync_end", 1_500_000, 8, 2n ** 40n],
      ["savevm_section_end", 2_000_000, 8, "ram", 1, -1],
    ],
  );
});

Deno.test("TraceRecorder leaves out what the version does not trace, or is switched off", () => {
  const old = new TraceRecorder(catalogOf("8.2-dev"));
  old.emit(0, 1, "vmstate_downtime_checkpoint", { checkpoint: "x" });
  assertEquals(old.records, []);
  const off = new TraceRecorder(QEMU, (name) => name !== "migrate_set_state");
  off.emit(0, 1, "migrate_set_state", { new_state: "setup" });
  assertEquals(off.records, []);
});

Deno.test("printLog prints each shape of a line, and readLog reads it back", async (t) => {
  const table: readonly (readonly [LineShape, string])[] = [
    [
      "tid",
      "7@0.000000:migrate_set_state new state setup\n8@1.500000:migration_bitmap_sync_end dirty_pages 1099511627776\n8@2.000000:savevm_section_end ram, section_id 1 -> -1\n",
    ],
    [
      "iso",
      "1970-01-01T00:00:00Z migrate_set_state new state setup\n1970-01-01T00:00:01.500000Z migration_bitmap_sync_end dirty_pages 1099511627776\n1970-01-01T00:00:02Z savevm_section_end ram, section_id 1 -> -1\n",
    ],
    [
      "bare",
      "migrate_set_state new state setup\nmigration_bitmap_sync_end dirty_pages 1099511627776\nsavevm_section_end ram, section_id 1 -> -1\n",
    ],
  ];
  const { records } = record();
  for (const [shape, text] of table) {
    await t.step(shape, () => {
      assertEquals(printLog(records, shape), text);
      const read: TraceRecord[] = [];
      readLog(QEMU, text, { event: (event) => read.push(keep(event)) });
      assertEquals(read.map(({ values }) => values), records.map(({ values }) => values));
      assertEquals(read.map(({ at }) => at), records.map(({ at }) => (shape === "bare" ? -1 : at)));
      assertEquals(
        read.map(({ thread }) => thread),
        records.map(({ thread }) => (shape === "tid" ? thread : 0)),
      );
    });
  }
});

Deno.test("visitRecords shows what readLog would deliver of the printed log", () => {
  const { records } = record();
  const shown: unknown[] = [];
  const read: unknown[] = [];
  visitRecords(records, { event: (event) => shown.push([event.line, keep(event)]) });
  readLog(QEMU, printLog(records, "tid"), { event: (event) => read.push([event.line, keep(event)]) });
  assertEquals(shown, read);
});

Deno.test("views give an argument as number, integer, text and value; and refuse one that is not there", () => {
  const views: ((look: (view: Parameters<typeof keep>[0]) => void) => void)[] = [
    (look) => look(new RecordView().show(record().records[2] as TraceRecord, 1)),
    (look) => readLog(QEMU, `${printLine(record().records[2] as TraceRecord, "tid")}`, { event: look }),
  ];
  for (const give of views) {
    let seen = 0;
    give((view) => {
      seen++;
      assertEquals([view.number(2), view.bigint(2), view.text(2), view.value(2)], [-1, -1n, "-1", -1]);
      assertEquals([view.number(0), view.bigint(0), view.text(0), view.value(0)], [NaN, 0n, "ram", "ram"]);
      for (const index of [3, -1]) {
        assertThrows(() => view.number(index), RangeError, "savevm_section_end has no argument");
        assertThrows(() => view.value(index), RangeError, "savevm_section_end has no argument");
      }
    });
    assertEquals(seen, 1);
  }
});

Deno.test("visitBoth gives each item to both", () => {
  const seen: string[] = [];
  const visitor = (name: string) => ({
    event: () => void seen.push(`${name} event`),
    other: () => void seen.push(`${name} other`),
  });
  readLog(QEMU, "ram_load_start \nx\n", visitBoth(visitor("a"), visitor("b")));
  assertEquals(seen, ["a event", "b event", "a other", "b other"]);
});
