/**
 * What is seen of a run: repeats, full cycles, and which cycles are held against each other.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { catalogOf, readLog } from "../trace/mod.ts";
import { compareCycles, compareSequences } from "./compare_runs.ts";
import { mergeRepeats, SourceObserver } from "./observe_run.ts";

const words = (text: string): string[] => text.split(" ").filter(Boolean);

Deno.test("mergeRepeats makes one of stretches that directly repeat", () => {
  const table: [names: string, merged: string][] = [
    ["", ""],
    ["a b c", "a b c"],
    ["a a a", "a"],
    ["s a b a b a b e", "s a b e"],
    ["a b b a b b", "a b"],
    ["a b c a b d", "a b c a b d"],
  ];
  for (const [names, merged] of table) assertEquals(mergeRepeats(words(names)), words(merged), names);
});

Deno.test("compareSequences names the first place that differs, and leaves races to their own sequence", () => {
  const compare = (model: string, real: string) =>
    compareSequences("source", [words(model)], [words(real)]).difference;
  const rp = "source_return_path_thread_pong";
  assertEquals(compare("a b a b c", "a b c"), "");
  assertEquals(compare("a b", "a c"), "after a: model b, QEMU c");
  assertEquals(compare("a", "a c"), "after a: model ends, QEMU c");
  assertEquals(compare(`a ${rp} b`, `a b ${rp}`), "");
  assertEquals(compare("a b", `a b ${rp}`), `return-path: after the start: model ends, QEMU ${rp}`);
});

const LOG = (events: string[]): string =>
  events.map((event, index) => `1@1.${String(index).padStart(6, "0")}:${event}\n`).join("");
const cycle = (bytes: number): string[] => [
  "savevm_section_start ram, section_id 1",
  "savevm_section_end ram, section_id 1 -> 0",
  "migration_rate_limit_pre 90 ms",
  "migration_rate_limit_post urgent: 0",
  `migrate_transferred transferred ${bytes} time_spent 100 bandwidth 1 switchover_bw 0 max_size 1`,
];

Deno.test("SourceObserver takes a cycle for full only if the limit ended it, one section filled it and no sync fell in", () => {
  const sync = ["migration_bitmap_sync_start ", "migration_bitmap_sync_end dirty_pages 7"];
  const observer = new SourceObserver(new Set());
  readLog(
    catalogOf("10.0"),
    LOG([
      "migrate_set_state new state setup",
      ...sync,
      ...cycle(1),
      ...cycle(2),
      ...sync,
      ...cycle(3),
      ...cycle(4).filter((event) => !event.startsWith("migration_rate_limit")),
      ...cycle(5).slice(0, 2),
      ...cycle(5),
      "migrate_set_state new state active",
    ]),
    observer,
  );
  const { cycles, syncs, lastState } = observer.view;
  assertEquals(cycles.map(({ bytes, pass, isFull }) => [bytes, pass, isFull]), [
    [1, 1, false],
    [2, 1, true],
    [3, 2, false],
    [4, 2, false],
    [5, 2, false],
  ]);
  assertEquals([syncs, lastState], [[7, 7], "active"]);
});

Deno.test("SourceObserver takes no cycle for full once channels have been synced", () => {
  const lines = (sync: string): string =>
    [sync, "savevm_section_start ram, section_id 1", "migration_rate_limit_pre 90 ms", TRANSFERRED].join(
      "\n",
    );
  const full = (text: string): boolean[] => {
    const observer = new SourceObserver(new Set());
    readLog(catalogOf("10.0"), new TextEncoder().encode(`${text}\n`), observer);
    return observer.view.cycles.map(({ isFull }) => isFull);
  };
  assertEquals(full(lines("migration_thread_setup_complete ")), [true]);
  assertEquals(full(lines("multifd_send_sync_main packet num 2")), [false]);
});

const TRANSFERRED =
  "migrate_transferred transferred 1313298 time_spent 100 bandwidth 13132 switchover_bw 0 max_size 3939894";

Deno.test("compareCycles holds the n-th full cycle of a pass beside the n-th of the same pass", () => {
  const full = (pass: number, bytes: number) => ({ bytes, milliseconds: 100, pass, isFull: true });
  const part = (pass: number, bytes: number) => ({ bytes, milliseconds: 100, pass, isFull: false });
  const model = [part(1, 9), full(1, 5), full(2, 5), full(2, 6)];
  const real = [full(1, 5), full(1, 5), part(2, 1), full(2, 5), full(2, 5)];
  assertEquals(compareCycles(model, real), { compared: 3, equal: 2, unmatched: 1, differences: [1] });
});
