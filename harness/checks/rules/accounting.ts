/**
 * Accounts that must balance: `query-migrate` against the trace, bytes against pages, times against checkpoints.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { on, word } from "../select.ts";
import { AFTER_LOOP, EXACT, state, SYNC_END } from "./words.ts";

const QUERY = "QEMU migration/migration.c, fill_source_migration_info(); facts/precopy.md 3.4";

const COMPLETED = word("completed");
/** Milliseconds between a clock that is read and its tracepoint: a busy host may run another thread in between. */
const DOWNTIME_SLACK_MS = 5;
const TOTAL_SLACK_MS = 20;

export const ACCOUNTING_RULES: readonly Rule[] = [
  {
    id: "phases-cover-pages",
    claim:
      "The bytes of the three phases are those of the pages sent: 4104 for a page, 9 for a zero page, and little more",
    why: "A byte without a phase, or in two, makes the downtime inexplicable",
    source: "QEMU migration/ram.c, ram_transferred_add(); facts/precopy.md I5",
    facts: ["precopy I5"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2" },
    when: {
      ends: ["completed"],
      without: ["multifd", "xbzrle", "mapped-ram", "postcopy", "snapshot", "colo", "cpr", "compress"],
    },
    pattern: ledger(() => ({ sections: 0, bytes: NaN, pages: 0, zero: 0, size: 4096 }), [
      { on: on("savevm_section_end", { id: "ram" }), take: (s) => void s.sections++ },
      {
        side: "source",
        sample: [
          "status",
          "ram.precopy-bytes",
          "ram.downtime-bytes",
          "ram.normal",
          "ram.duplicate",
          "ram.page-size",
        ],
        take: (s, _m, status, precopy, downtime, normal, zero, size) => {
          if (status !== COMPLETED || Number.isNaN(precopy)) return;
          s.bytes = precopy + downtime;
          s.pages = normal;
          s.zero = zero;
          s.size = size;
        },
      },
    ], {
      end: (s) => {
        if (Number.isNaN(s.bytes) || s.sections === 0) return undefined;
        const least = s.pages * (s.size + 8) + s.zero * 9;
        return s.bytes >= least && s.bytes <= least + 8 * s.sections + 64 * (s.sections + 16);
      },
      endSays: (s) =>
        `${s.bytes} bytes for ${s.pages} pages and ${s.zero} zero pages in ${s.sections} sections`,
    }),
  },
  {
    id: "sync-count-is-syncs",
    claim: "dirty-sync-count is the number of syncs that were traced",
    why: "Iterations are counted by it, and auto-converge watches it",
    source: `${QUERY} I11, I18`,
    facts: ["precopy I11", "precopy I18"],
    category: "invariant",
    side: "source",
    versions: { to: "11.0-dev" },
    when: { ends: ["completed"], without: ["snapshot", "colo"] },
    pattern: ledger(() => ({ syncs: 0, counted: NaN, line: 0 }), [
      {
        on: SYNC_END,
        take: (s, m) => {
          s.syncs++;
          s.line = m.line;
        },
      },
      {
        side: "source",
        sample: ["status", "ram.dirty-sync-count"],
        take: (s, _m, status, counted) => {
          if (status === COMPLETED) s.counted = counted;
        },
      },
    ], {
      end: (s) => Number.isNaN(s.counted) || s.syncs === 0 ? undefined : s.counted === s.syncs,
      endSays: (s) => `dirty-sync-count is ${s.counted}, ${s.syncs} syncs were traced`,
      endAt: (s) => ({ side: "source", line: s.line, name: "migration_bitmap_sync_end" }),
    }),
  },
  {
    id: "sync-count-is-exact-counts",
    claim: "dirty-sync-count is one more than the exact counts that were asked before the stop",
    why: "From 11.1 the final sync and those of the throttle's timer are not counted",
    source: "facts/qemu-11.1.md 5",
    facts: ["precopy I11", "precopy I18", "qemu-11.1 5"],
    category: "invariant",
    side: "source",
    versions: { from: "11.1" },
    when: { ends: ["completed"], without: ["snapshot", "colo"] },
    pattern: ledger(() => ({ exact: 0, counted: NaN }), [
      { on: EXACT, take: (s) => void s.exact++ },
      {
        side: "source",
        sample: ["status", "ram.dirty-sync-count"],
        take: (s, _m, status, counted) => {
          if (status === COMPLETED) s.counted = counted;
        },
      },
    ], {
      end: (s) => Number.isNaN(s.counted) ? undefined : s.counted === s.exact + 1,
      endSays: (s) => `dirty-sync-count is ${s.counted}, ${s.exact} exact counts were traced`,
    }),
  },
  {
    id: "downtime-is-between-checkpoints",
    claim: "The downtime is the time from src-downtime-start to src-downtime-end",
    why: "It is what the operator was promised, and what the guest stood still",
    source: "QEMU migration/migration.c, migration_downtime_end(); facts/precopy.md I20, R72",
    facts: ["precopy I20", "precopy R72"],
    category: "invariant",
    side: "source",
    versions: { from: "9.0" },
    when: { ends: ["completed"], without: ["colo", "snapshot"] },
    pattern: ledger(() => ({ from: NaN, to: NaN, downtime: NaN }), [
      {
        on: on("vmstate_downtime_checkpoint", { checkpoint: "src-downtime-start" }),
        take: (s, m) => void (s.from = m.at),
      },
      {
        on: on("vmstate_downtime_checkpoint", { checkpoint: "src-downtime-end" }),
        take: (s, m) => void (s.to = m.at),
      },
      {
        side: "source",
        sample: ["status", "downtime"],
        take: (s, _m, status, downtime) => {
          if (status === COMPLETED) s.downtime = downtime;
        },
      },
    ], {
      end: (s) => {
        if (Number.isNaN(s.downtime) || !(s.from >= 0) || !(s.to >= 0)) return undefined;
        return Math.abs((s.to - s.from) / 1000 - s.downtime) <= DOWNTIME_SLACK_MS;
      },
      endSays: (s) => `downtime ${s.downtime} ms, ${(s.to - s.from) / 1000} ms between the checkpoints`,
    }),
  },
  {
    id: "total-time-is-between-states",
    claim: "The total time is the time from setup to completed, with the connecting or without",
    why: "It is what the operator waited",
    source: "QEMU migration/migration.c, migration_calculate_complete(); facts/precopy.md I20, R72",
    facts: ["precopy I20", "precopy R72"],
    category: "invariant",
    side: "source",
    when: { ends: ["completed"], without: ["colo", "snapshot"] },
    pattern: ledger(() => ({ from: NaN, active: NaN, to: NaN, last: NaN, total: NaN }), [
      { on: state("setup"), take: (s, m) => void (s.from = m.at) },
      { on: state("active"), take: (s, m) => void (s.active = m.at) },
      { on: state("completed"), take: (s, m) => void (s.to = m.at) },
      // Up to 9.1 the time is taken after the loop, and the loop's end may have waited.
      { on: AFTER_LOOP, take: (s, m) => void (s.last = m.at) },
      {
        side: "source",
        sample: ["status", "total-time"],
        take: (s, _m, status, total) => {
          if (status === COMPLETED) s.total = total;
        },
      },
    ], {
      end: (s) => {
        if (Number.isNaN(s.total) || !(s.from >= 0) || !(s.to >= 0)) return undefined;
        const most = s.last >= 0 ? (Math.max(s.to, s.last) - s.from) / 1000 : Infinity;
        const least = (s.to - (s.active >= 0 ? s.active : s.from)) / 1000;
        return least - TOTAL_SLACK_MS <= s.total && s.total <= most + TOTAL_SLACK_MS;
      },
      endSays: (s) => `total-time ${s.total} ms, ${(s.to - s.from) / 1000} ms between the states`,
    }),
  },
  {
    id: "pages-add-up",
    claim:
      "All pages found dirty were sent: the pages of the guest and those dirtied since are what was sent",
    why: "A page that was found dirty and not sent is stale on the destination",
    source: "QEMU migration/ram.c; facts/precopy.md I4, I16, R73",
    facts: ["precopy I4", "precopy I16", "precopy R73"],
    category: "invariant",
    side: "source",
    when: {
      ends: ["completed"],
      without: [
        "multifd",
        "xbzrle",
        "postcopy",
        "snapshot",
        "colo",
        "cpr",
        "x-ignore-shared",
        "dirty-bitmaps",
        "compress",
      ],
    },
    pattern: ledger(() => ({ last: 0, start: NaN, found: 0, unsure: 0, sent: NaN, total: 0 }), [
      {
        on: SYNC_END,
        args: ["dirty_pages"],
        take: (s, m, dirty) => {
          s.found += dirty - s.last;
          s.last = dirty;
          if (Number.isNaN(s.start)) s.start = m.at;
          const elapsed = m.at - s.start;
          // The count starts anew after a sync more than 1000 ms (of QEMU's own clock) after the last such one.
          if (m.at < 0 || Math.abs(elapsed - 1e6) < 5000) s.unsure = 1;
          if (elapsed > 1e6) {
            s.start = m.at;
            s.last = 0;
          }
        },
      },
      {
        side: "source",
        sample: ["status", "ram.normal", "ram.duplicate", "ram.total", "ram.page-size"],
        take: (s, _m, status, normal, zero, total, size) => {
          if (status !== COMPLETED || Number.isNaN(normal)) return;
          s.sent = normal + zero;
          s.total = total / size;
        },
      },
    ], {
      end: (s) => Number.isNaN(s.sent) || s.unsure === 1 ? undefined : s.sent === s.total + s.found,
      endSays: (s) => `${s.sent} pages were sent; the guest has ${s.total} and ${s.found} were found dirty`,
    }),
  },
];
