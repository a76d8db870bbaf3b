/**
 * Events of single pages, where a log has them.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { RAM_END, RAM_START, SYNC_END, SYNC_START, TRANSFERRED } from "./words.ts";

const RAM_C = "QEMU migration/ram.c";
const PAGE = on("ram_save_page");
const CLEAR = on("migration_bitmap_clear_dirty");
const BYTES = on("migration_transferred_bytes");

export const PAGE_RULES: readonly Rule[] = [
  {
    id: "page-in-a-section",
    claim: "A page is sent within a section of RAM",
    why: "Outside it would be taken for the header of the next",
    source: `${RAM_C}, ram_save_page(); facts/precopy.md 11.2 R49`,
    facts: ["precopy R49"],
    category: "ordering",
    side: "source",
    when: { without: ["preempt", "snapshot", "multifd"] },
    pattern: { kind: "between", event: PAGE, open: RAM_START, close: RAM_END },
  },
  {
    id: "pages-in-one-sweep",
    claim: "Between two syncs the pages of a block are sent upwards, with at most one wrap",
    why: "A page that comes again was not cleared when it was sent",
    source: `${RAM_C}, find_dirty_block(); facts/precopy.md 11.2 R47`,
    facts: ["precopy R47", "precopy R48"],
    category: "invariant",
    side: "source",
    when: { without: ["postcopy", "multifd", "snapshot"] },
    pattern: ledger(() => ({ blocks: new Map<number, { last: number; first: number; wraps: number }>() }), [
      { on: SYNC_END, take: (s) => s.blocks.clear() },
      {
        on: PAGE,
        args: ["rbname", "offset"],
        take: (s, _m, block, offset) => {
          const known = s.blocks.get(block);
          if (known === undefined) {
            if (s.blocks.size < 4096) s.blocks.set(block, { last: offset, first: offset, wraps: 0 });
            return undefined;
          }
          if (offset <= known.last) known.wraps++;
          known.last = offset;
          return known.wraps === 0 || (known.wraps === 1 && offset < known.first);
        },
        says: (_s, _block, offset) =>
          `the page at 0x${offset.toString(16)} comes a second time in this round`,
      },
    ]),
  },
  {
    id: "chunk-cleared-once",
    claim: "The dirty log of a chunk is cleared at most once between two syncs",
    why: "A second clear wipes writes that no sync has seen",
    source: `${RAM_C}, migration_clear_memory_region_dirty_bitmap(); facts/precopy.md 11.2 R45`,
    facts: ["precopy R45"],
    category: "ordering",
    side: "source",
    when: { without: ["colo"] },
    pattern: { kind: "count", event: CLEAR, key: ["str", "start"], atMost: 1, per: SYNC_START },
  },
  {
    id: "chunk-arithmetic",
    claim: "A chunk begins at a multiple of its size and holds the page that asked for it",
    why: "A clear beside its page leaves the page's own log standing",
    source: `${RAM_C}, migration_clear_memory_region_dirty_bitmap(); facts/precopy.md 11.2 R45`,
    facts: ["precopy R45"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({}), [{
      on: CLEAR,
      args: ["start", "size", "page"],
      take: (_s, _m, start, size, page) =>
        start % size === 0 && page * 4096 >= start && page * 4096 < start + size,
      says: (_s, start, size, page) => `page ${page}, chunk of ${size} bytes at ${start}`,
    }]),
  },
  {
    id: "no-clear-after-the-stop",
    claim: "No dirty log is cleared after the guest was stopped",
    why: "Nobody writes any more: clearing costs downtime for nothing",
    source: `${RAM_C} of 10.2 and later; facts/precopy.md 2.3`,
    facts: ["precopy R46"],
    category: "ordering",
    side: "source",
    versions: { from: "10.2" },
    when: { without: ["colo", "snapshot", "postcopy", "cpr"] },
    pattern: { kind: "never-after", after: on("ram_save_complete", { done: 0 }), event: CLEAR },
  },
  {
    id: "traced-bytes-never-decrease",
    claim: "The bytes transferred never decrease on one thread",
    why: "Bytes that were sent cannot be unsent",
    source: "QEMU migration/migration-stats.c, migration_transferred_bytes(); facts/precopy.md 11.2 R43",
    facts: ["precopy R43"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ last: 0 }), [{
      on: BYTES,
      args: ["qemu_file", "multifd"],
      take: (s, _m, file, multifd) => {
        // Several threads read three counters one after the other: a step back of one packet is a race.
        const held = file + multifd + 1_000_000 >= s.last;
        if (file + multifd > s.last) s.last = file + multifd;
        return held;
      },
      says: (s, file, multifd) => `${file + multifd} after ${s.last}`,
    }]),
  },
  {
    id: "cycles-add-up",
    claim: "The cycles' bytes add up to the bytes transferred",
    why: "Bytes between two cycles belong to none, and the bandwidth is measured too low",
    source: "QEMU migration/migration.c, migration_update_counters(); facts/precopy.md 11.2 R42",
    facts: ["precopy R42"],
    category: "invariant",
    side: "source",
    when: { without: ["multifd", "postcopy", "snapshot"] },
    pattern: ledger(() => ({ sum: 0, bytes: NaN }), [
      {
        on: BYTES,
        args: ["qemu_file", "multifd"],
        take: (s, _m, file, multifd) => void (s.bytes = file + multifd),
      },
      {
        on: TRANSFERRED,
        args: ["transferred|tranferred"],
        take: (s, _m, sent) => {
          s.sum += sent;
          return Number.isNaN(s.bytes) ? undefined : s.sum === s.bytes;
        },
        says: (s) => `the cycles add up to ${s.sum}, ${s.bytes} were transferred`,
      },
    ]),
  },
  {
    id: "no-limit-no-wait",
    claim: "Without a limit nothing waits for it",
    why: "A wait that nobody asked for is lost bandwidth",
    source: "QEMU migration/migration.c, migration_rate_limit(); facts/precopy.md 11.2 R44",
    facts: ["precopy R44"],
    category: "invariant",
    side: "source",
    when: { without: ["postcopy", "colo"] },
    pattern: ledger(() => ({ cycles: 0 }), [
      {
        on: TRANSFERRED,
        take: (s, m) => m.settings.now("max-bandwidth") < 10 && s.cycles++ >= 0 ? true : undefined,
      },
      {
        on: anyOf(on("migration_rate_limit_pre")),
        take: (_s, m) =>
          m.settings.now("max-bandwidth") < 10 && !m.settings.changedWithin("max-bandwidth", m.at, 500_000)
            ? false
            : undefined,
        says: () => "max-bandwidth is 0",
      },
    ]),
  },
];
