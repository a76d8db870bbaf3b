/**
 * Reasons: the guest is throttled when, and only when, it outran the link; a section ends when there is cause to.
 *
 * @module
 */
import { ledger, type Moment } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { EXACT, RAM_END, RAM_START, SYNC_END, SYNC_START, TRANSFERRED } from "./words.ts";

const THROTTLE = on("migration_throttle");
const PAGE_BYTES = 4096;
/** A period ends with the first sync later than this, in microseconds. */
const PERIOD_MICROS = 1_000_000;
/** QEMU compares whole milliseconds of its own clock, which is not the trace's. */
const CLOCK_MICROS = 5_000;
/** Bytes of one flush, and a buffer. */
const FLUSH_MAX = 2 * 159_743;

/**
 * Periods as the syncs divide them, and whether each had more dirty bytes than the link carried. The bytes of the
 * cycle under way are not traced, so what was transferred is known between two bounds, and so is the answer.
 */
const PERIODS = () => ({
  /** Bytes of the cycles that have ended. */
  ended: 0,
  /** Where the period began, in time and in bytes: at least, at most. */
  start: NaN,
  from: 0,
  fromMost: 0,
  /** Periods since the last step that were too dirty: for certain, and perhaps. */
  certain: 0,
  perhaps: 0,
  /** Whether the last sync's place is too close to the end of a period to tell. */
  unsure: 0,
  /** The last sync. */
  lastAt: NaN,
  lastPages: 0,
  lastEnded: 0,
  lastMost: 0,
  /** Whether a step is due now. */
  due: 0,
  dirty: 0,
  sent: 0,
});
type Periods = ReturnType<typeof PERIODS>;

/** At most so many bytes went since the last cycle ended; Infinity without a limit. */
function cycleMost({ settings }: Moment): number {
  const limit = settings.now("max-bandwidth");
  if (!(limit >= 10)) return Infinity;
  return Math.max(limit, settings.before("max-bandwidth")) / 10 + FLUSH_MAX;
}

function endPeriod(s: Periods, m: Moment, pages: number): void {
  s.due = 0;
  const most = s.ended + cycleMost(m);
  const percent = m.settings.now("throttle-trigger-threshold");
  if (s.unsure === 1 && pages < s.lastPages) {
    // The count began anew, so the sync before did end a period; how many were too dirty until then is lost.
    s.unsure = 0;
    s.start = s.lastAt;
    s.from = s.lastEnded;
    s.fromMost = s.lastMost;
    s.certain = 0;
    s.perhaps = 1;
  }
  if (m.at < 0 || Number.isNaN(percent)) s.unsure = 1;
  if (Number.isNaN(s.start)) s.start = m.at;
  const elapsed = m.at - s.start;
  if (Math.abs(elapsed - PERIOD_MICROS) < CLOCK_MICROS) s.unsure = 1;
  s.lastAt = m.at;
  s.lastPages = pages;
  s.lastEnded = s.ended;
  s.lastMost = most;
  if (elapsed <= PERIOD_MICROS || s.unsure === 1) return;
  s.dirty = pages * PAGE_BYTES;
  s.sent = Math.max(0, s.ended - s.fromMost);
  if (s.dirty > (most - s.from) * percent / 100) s.certain++;
  if (s.dirty > s.sent * percent / 100) s.perhaps++;
  s.from = s.ended;
  s.fromMost = most;
  s.start = m.at;
  if (s.certain >= 2) s.due = 1;
}

export const REASON_RULES: readonly Rule[] = [
  {
    id: "throttle-only-when-outrun",
    claim: "The guest is throttled only after two periods in which it dirtied more than the link carried",
    why: "A guest that the link keeps up with is slowed down for nothing",
    source: "QEMU migration/ram.c, migration_trigger_throttle(); facts/precopy.md 4.1",
    facts: ["precopy 4.1"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2" },
    when: { with: ["auto-converge"], without: ["multifd", "postcopy", "colo"] },
    pattern: ledger(PERIODS, [
      { on: TRANSFERRED, args: ["transferred|tranferred"], take: (s, _m, sent) => void (s.ended += sent) },
      { on: SYNC_END, args: ["dirty_pages"], take: endPeriod },
      {
        on: THROTTLE,
        take: (s) => {
          const held = s.unsure === 1 ? undefined : s.perhaps >= 2;
          s.perhaps = 0;
          s.certain = 0;
          return held;
        },
        says: (s) =>
          `the last period dirtied ${s.dirty} bytes and sent at least ${s.sent}; two such periods are due`,
      },
      // No step came, so fewer than two of the periods so far were too dirty.
      { on: SYNC_START, take: (s) => void (s.perhaps = Math.min(s.perhaps, 1)) },
    ]),
  },
  {
    id: "throttle-when-outrun",
    claim: "After two periods in which it dirtied more than the link carried the guest is throttled",
    why: "A guest that outruns the link longer keeps the migration from converging",
    source: "QEMU migration/ram.c, migration_trigger_throttle(); facts/precopy.md 4.1",
    facts: ["precopy 4.1"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2" },
    when: { with: ["auto-converge"], without: ["multifd", "postcopy", "colo"] },
    pattern: ledger(PERIODS, [
      { on: TRANSFERRED, args: ["transferred|tranferred"], take: (s, _m, sent) => void (s.ended += sent) },
      { on: SYNC_END, args: ["dirty_pages"], take: endPeriod },
      {
        on: THROTTLE,
        take: (s) => {
          s.due = 0;
          s.certain = 0;
          s.perhaps = 0;
          return s.unsure === 1 ? undefined : true;
        },
      },
      {
        on: anyOf(SYNC_START, EXACT, RAM_START),
        take: (s) => {
          if (s.due === 0 || s.unsure === 1) return undefined;
          s.due = 0;
          s.certain = 1;
          return false;
        },
        says: (s) => `the last period dirtied ${s.dirty} bytes, the second such period, and no step came`,
      },
    ]),
  },
  {
    id: "section-ends-above-the-limit",
    claim: "A RAM section that is not done and did not take too long ended because the limit was exceeded",
    why: "A section that ends at the limit, or below it, leaves bandwidth unused",
    source:
      "QEMU migration/migration-stats.c, migration_rate_exceeded(): more than the limit; facts/precopy.md 1.7",
    facts: ["precopy 1.7"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2" },
    when: { without: ["multifd", "postcopy", "snapshot", "colo", "mapped-ram", "dirty-bitmaps"] },
    pattern: ledger(() => ({ start: NaN, bytes: NaN, excused: 0, ending: 0, above: 0, limit: 0 }), [
      {
        on: on("migration_transferred_bytes"),
        args: ["qemu_file", "multifd", "rdma"],
        take: (s, _m, file, multifd, rdma) => void (s.bytes = file + multifd + rdma),
      },
      { on: TRANSFERRED, take: (s) => void (s.start = s.bytes) },
      {
        on: RAM_START,
        take: (s) => {
          s.excused = 0;
          s.bytes = NaN;
        },
      },
      {
        on: anyOf(
          on("ram_save_iterate_big_wait"),
          on("migrate_set_state"),
          on("ram_save_complete"),
        ),
        take: (s) => void (s.excused = 1),
      },
      // The section after the switchover sends what is left, however little that is.
      { on: on("migration_thread_low_pending"), take: (s) => void (s.ending = 1) },
      {
        on: RAM_END,
        args: ["ret"],
        take: (s, m, ret) => {
          if (ret !== 0 || s.excused + s.ending > 0 || Number.isNaN(s.bytes) || Number.isNaN(s.start)) {
            return undefined;
          }
          if (m.settings.changedWithin("max-bandwidth", m.at, 500_000)) return undefined;
          s.limit = Math.floor(m.settings.now("max-bandwidth") / 10);
          if (!(s.limit > 0)) return undefined;
          s.above = s.bytes - s.start;
          return s.above > s.limit;
        },
        says: (s) => `${s.above} bytes of the cycle, the limit is ${s.limit}`,
      },
    ]),
  },
];
