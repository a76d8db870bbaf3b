/**
 * What is pending: estimates, exact counts, and the decision to switch over that is taken on them.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { ESTIMATE, EXACT, FINAL, RAM_START, state, SYNC_END, SYNC_START, TRANSFERRED } from "./words.ts";

const RAM_C = "QEMU migration/ram.c";
const MIGRATION_C = "QEMU migration/migration.c";
const LOW = on("migration_thread_low_pending");
const ITERATE = on("savevm_state_iterate");

export const PENDING_RULES: readonly Rule[] = [
  {
    id: "exact-iff-below-threshold",
    claim: "The pending size is counted exactly when, and only when, its estimate is below the threshold",
    why: "A count too many costs the guest a sync; a count too few delays the switchover",
    source: `${MIGRATION_C}, migration_iteration_run(); facts/precopy.md 1.5`,
    facts: ["precopy R25"],
    category: "invariant",
    side: "source",
    versions: { from: "9.0", to: "10.1" },
    when: { without: ["postcopy", "snapshot"] },
    pattern: ledger(() => ({ threshold: 0, estimate: NaN }), [
      {
        on: TRANSFERRED,
        args: ["size"],
        take: (s, _m, threshold) => {
          s.threshold = threshold;
        },
      },
      {
        on: ESTIMATE,
        args: ["size"],
        take: (s, _m, size) => {
          s.estimate = size;
        },
      },
      {
        on: on("migrate_pending_exact"),
        take: (s) => {
          if (Number.isNaN(s.estimate)) return undefined;
          return s.estimate < s.threshold;
        },
        says: (s) => `counted exactly although the estimate ${s.estimate} is not below ${s.threshold}`,
      },
      {
        on: ITERATE,
        take: (s) => {
          const held = Number.isNaN(s.estimate) ? undefined : s.estimate >= s.threshold ? true : undefined;
          s.estimate = NaN;
          return held;
        },
      },
    ]),
  },
  {
    id: "exact-iff-at-most-threshold",
    claim:
      "The pending size is counted exactly when, and only when, what precopy has left is at most the threshold",
    why: "A count too many costs the guest a sync; a count too few delays the switchover",
    source: "facts/qemu-11.1.md 4.2",
    facts: ["precopy R25", "qemu-11.1 4"],
    category: "invariant",
    side: "source",
    versions: { from: "11.1" },
    when: { without: ["snapshot"] },
    pattern: ledger(() => ({ threshold: 0, pre: NaN, postcopy: 0 }), [
      {
        on: TRANSFERRED,
        args: ["size"],
        take: (s, _m, threshold) => {
          s.threshold = threshold;
        },
      },
      {
        on: on("qemu_savevm_query_pending", { exact: 0 }),
        args: ["precopy", "stopcopy"],
        take: (s, _m, pre, stop) => {
          s.pre = pre + stop;
        },
      },
      {
        on: on("qemu_savevm_query_pending", { exact: 1, final: 0 }),
        take: (s) => {
          if (Number.isNaN(s.pre)) return undefined;
          const held = s.pre <= s.threshold;
          return held;
        },
        says: (s) => `counted exactly although ${s.pre} is above the threshold ${s.threshold}`,
      },
      {
        on: state("postcopy-device", "postcopy-active"),
        take: (s) => {
          s.postcopy = 1;
        },
      },
      { on: LOW, take: (s) => void (s.pre = NaN) },
    ]),
  },
  {
    id: "pending-is-its-parts",
    claim: "The pending size is the sum of its parts",
    why: "The decision is taken on the sum; a part that is missing is sent in the downtime",
    source: `${MIGRATION_C}, migration_iteration_run(); facts/precopy.md 11.2 R27`,
    facts: ["precopy R27"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({}), [
      {
        on: anyOf(on("migrate_pending_estimate"), on("migrate_pending_exact")),
        args: ["size", "pre", "post"],
        take: (_s, _m, size, pre, post) => size === pre + post,
        says: (_s, size, pre, post) => `${size} is not ${pre} + ${post}`,
      },
      {
        on: on("qemu_savevm_query_pending"),
        args: ["total", "precopy", "stopcopy", "postcopy"],
        take: (_s, _m, total, pre, stop, post) => total === pre + stop + post,
        says: (_s, total, pre, stop, post) => `${total} is not ${pre} + ${stop} + ${post}`,
      },
    ]),
  },
  {
    id: "pending-all-precopy",
    claim: "Without postcopy everything that is pending must go in precopy",
    why: "What counts as postcopy's is left out of the decision to switch over",
    source: `${RAM_C}, ram_state_pending_estimate(); facts/precopy.md 11.2 R27`,
    facts: ["precopy R27"],
    category: "invariant",
    side: "source",
    when: { without: ["postcopy-ram", "dirty-bitmaps"] },
    pattern: ledger(() => ({}), [{
      on: anyOf(ESTIMATE, EXACT),
      args: ["post|postcopy"],
      take: (_s, _m, post) => post === 0,
      says: (_s, post) => `${post} bytes are put off to postcopy`,
    }]),
  },
  {
    id: "pending-all-postcopy",
    claim: "With postcopy-ram all RAM that is pending can go in postcopy",
    why: "RAM that must go in precopy would keep postcopy from starting",
    source: `${RAM_C}, ram_state_pending_estimate(); facts/precopy.md 11.2 R27, facts/qemu-11.1.md 4.1`,
    facts: ["precopy R27"],
    category: "invariant",
    side: "source",
    when: { with: ["postcopy-ram"], without: ["dirty-bitmaps"] },
    pattern: ledger(() => ({}), [{
      on: anyOf(ESTIMATE, EXACT),
      args: ["pre|precopy"],
      take: (_s, _m, pre) => pre === 0,
      says: (_s, pre) => `${pre} bytes must go in precopy`,
    }]),
  },
  {
    id: "pending-whole-pages",
    claim: "The pending RAM is a whole number of pages",
    why: "The dirty bitmap counts pages; a remainder means that the size was not computed from it",
    source: `${RAM_C}, ram_bytes_remaining(); facts/precopy.md 1.5`,
    facts: ["precopy R29"],
    category: "invariant",
    side: "source",
    when: { without: ["dirty-bitmaps"] },
    pattern: ledger(() => ({}), [{
      on: anyOf(ESTIMATE, EXACT, FINAL),
      args: ["size|total"],
      take: (_s, _m, size) => size % 1024 === 0,
      says: (_s, size) => `${size} bytes are no whole number of pages`,
    }]),
  },
  {
    id: "first-estimate-is-all",
    claim: "The first estimate is the largest: all of the guest's memory",
    why: "A first pass that begins with less leaves pages unsent",
    source: `${RAM_C}, ram_init_bitmaps(); facts/precopy.md 11.2 R28`,
    facts: ["precopy R28"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ first: NaN }), [{
      on: anyOf(ESTIMATE, EXACT),
      args: ["size|total"],
      take: (s, _m, size) => {
        if (!Number.isNaN(s.first)) return size <= s.first;
        s.first = size;
        return undefined;
      },
      says: (s, size) => `${size} bytes are pending, more than the ${s.first} of the first estimate`,
    }]),
  },
  {
    id: "estimates-only-fall",
    claim: "Between two syncs the estimate never rises",
    why: "Pages become dirty in the bitmap at a sync only; a rise elsewhere is a page sent and marked again",
    source: `${RAM_C}, migration_bitmap_clear_dirty(); facts/precopy.md 4.2, 11.2 R30`,
    facts: ["precopy R30"],
    category: "invariant",
    side: "source",
    when: { without: ["dirty-bitmaps", "postcopy", "snapshot"] },
    // The main loop's sync for the throttle goes on beside the pass: its pages are there before its end is traced.
    pattern: ledger(() => ({ last: Infinity, syncs: 0 }), [
      { on: SYNC_START, take: (s) => void (s.syncs = 1) },
      {
        on: SYNC_END,
        take: (s) => {
          s.last = Infinity;
          s.syncs = 0;
        },
      },
      {
        on: ESTIMATE,
        args: ["size|total"],
        take: (s, _m, size) => {
          if (s.syncs === 1) return undefined;
          const held = s.last === Infinity ? undefined : size <= s.last;
          if (held !== false) s.last = size;
          return held;
        },
        says: (s, size) => `${size} bytes are pending after ${s.last}, without a sync between`,
      },
    ]),
  },
  {
    id: "exact-only-adds",
    claim: "An exact count is its estimate plus whole pages, never less",
    why: "A sync can only add pages; a count that is lower has lost some",
    source: `${RAM_C}, ram_state_pending_exact(); facts/precopy.md 11.2 R29`,
    facts: ["precopy R29"],
    category: "invariant",
    side: "source",
    when: { without: ["dirty-bitmaps", "snapshot"] },
    pattern: ledger(() => ({ estimate: NaN }), [
      { on: ESTIMATE, args: ["size|total"], take: (s, _m, size) => void (s.estimate = size) },
      {
        on: EXACT,
        args: ["size|total"],
        take: (s, _m, size) => {
          if (Number.isNaN(s.estimate)) return undefined;
          return size >= s.estimate && (size - s.estimate) % 1024 === 0;
        },
        says: (s, size) => `${size} after an estimate of ${s.estimate}`,
      },
    ]),
  },
  {
    id: "low-pending-is-the-last-size",
    claim: "The switchover is decided on the size that was asked last",
    why: "A decision on an older number stops the guest with more to send than the downtime allows",
    source: `${MIGRATION_C}, migration_iteration_run(); facts/precopy.md 11.2 R32`,
    facts: ["precopy R32"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ size: NaN }), [
      { on: anyOf(ESTIMATE, EXACT), args: ["size|total"], take: (s, _m, size) => void (s.size = size) },
      {
        on: LOW,
        args: ["pending"],
        take: (s, _m, pending) => Number.isNaN(s.size) ? undefined : pending === s.size,
        says: (s, pending) => `decided on ${pending}, but ${s.size} was asked last`,
      },
    ]),
  },
  {
    id: "low-pending-below-threshold",
    claim: "The switchover is decided only on nothing left, or less than the threshold",
    why: "More than the threshold cannot be sent within the downtime limit",
    source: `${MIGRATION_C}, migration_iteration_run(); facts/precopy.md 1.5, facts/qemu-11.1.md 4.2`,
    facts: ["precopy R31"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ threshold: 0 }), [
      { on: TRANSFERRED, args: ["size"], take: (s, _m, threshold) => void (s.threshold = threshold) },
      {
        on: LOW,
        args: ["pending"],
        take: (s, _m, pending) => pending === 0 || pending <= s.threshold,
        says: (s, pending) => `${pending} bytes are left, the threshold is ${s.threshold}`,
      },
    ]),
  },
  {
    id: "low-pending-is-taken",
    claim: "An exact count below the threshold, or of nothing, ends the iterations",
    why: "A chance to switch over that is missed may not come again",
    source: `${MIGRATION_C}, migration_iteration_run(); facts/precopy.md 11.2 R31`,
    facts: ["precopy R31"],
    category: "invariant",
    side: "source",
    when: { without: ["switchover-ack", "snapshot"] },
    pattern: ledger(() => ({ threshold: 0, exact: NaN, missed: NaN }), [
      { on: TRANSFERRED, args: ["size"], take: (s, _m, threshold) => void (s.threshold = threshold) },
      { on: EXACT, args: ["size|total"], take: (s, _m, size) => void (s.exact = size) },
      { on: anyOf(LOW, on("postcopy_start"), state("device")), take: (s) => void (s.exact = NaN) },
      {
        on: ITERATE,
        take: (s) => {
          if (Number.isNaN(s.exact)) return undefined;
          s.missed = s.exact;
          s.exact = NaN;
          return !(s.missed === 0 || s.missed < s.threshold);
        },
        says: (s) =>
          `${s.missed} bytes were left, below the threshold of ${s.threshold}, and yet it iterates`,
      },
    ]),
  },
  {
    id: "ram-done-leaves-nothing",
    claim: "After a RAM section that found nothing more the estimate is 0, unless a sync came between",
    why: "A page that is still counted was skipped, and nobody looks for it",
    source: `${RAM_C}, ram_save_iterate(); facts/precopy.md 11.2 R35`,
    facts: ["precopy R35"],
    category: "invariant",
    side: "source",
    when: { without: ["dirty-bitmaps", "snapshot"] },
    pattern: ledger(() => ({ done: 0 }), [
      { on: on("savevm_section_end", { id: "ram", ret: 1 }), take: (s) => void (s.done = 1) },
      { on: anyOf(SYNC_START, RAM_START, on("postcopy_start")), take: (s) => void (s.done = 0) },
      {
        on: ESTIMATE,
        args: ["size|total"],
        take: (s, _m, size) => {
          if (s.done === 0) return undefined;
          s.done = 0;
          return size === 0;
        },
        says: (_s, size) => `${size} bytes are still pending`,
      },
    ]),
  },
];
