/**
 * The migration thread's loop: estimates, exact counts, sections, the rate limit's cycles.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import {
  AFTER_LOOP,
  ESTIMATE,
  EXACT,
  RAM_END,
  RAM_START,
  state,
  SYNC_END,
  SYNC_START,
  TRANSFERRED,
} from "./words.ts";

const RAM_C = "QEMU migration/ram.c";
const MIGRATION_C = "QEMU migration/migration.c";
const PRE = on("migration_rate_limit_pre");
const POST = on("migration_rate_limit_post");
const LOW = on("migration_thread_low_pending");
const ITERATE = on("savevm_state_iterate");
/** What the thread does after an update of the counters. */
const DECIDED = anyOf(ESTIMATE, PRE, AFTER_LOOP, state("postcopy-active"));

export const ITERATION_RULES: readonly Rule[] = [
  {
    id: "bitmap-sync-alternates",
    claim: "A bitmap sync that starts also ends before the next one starts",
    why: "Two open syncs would count a dirty page twice and spoil every estimate",
    source: `${RAM_C}, migration_bitmap_sync(); facts/precopy.md 2.2`,
    facts: ["precopy R16"],
    category: "ordering",
    side: "source",
    pattern: { kind: "alternates", first: SYNC_START, second: SYNC_END },
  },
  {
    id: "sync-is-one-step",
    claim: "The thread that syncs the bitmap traces nothing else before the sync has ended",
    why: "Pages sent in the middle of a sync may be counted dirty after they were sent, or not at all",
    source: `${RAM_C}, migration_bitmap_sync(); facts/precopy.md 11.2 R17`,
    facts: ["precopy R17"],
    category: "ordering",
    side: "source",
    pattern: { kind: "next", after: SYNC_START, next: SYNC_END },
  },
  {
    id: "first-sync-finds-nothing",
    claim: "The first bitmap sync finds no newly dirty page",
    why:
      "All pages are marked before it: a page found anew was not marked, and would not be sent in the first pass",
    source: `${RAM_C}, ram_init_bitmaps(); facts/precopy.md 2.2`,
    facts: ["precopy R18"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ syncs: 0 }), [{
      on: SYNC_END,
      args: ["dirty_pages"],
      take: (s, _m, dirty) => s.syncs++ === 0 ? dirty === 0 : undefined,
      says: (_s, dirty) => `the first sync found ${dirty} pages`,
    }]),
  },
  {
    id: "section-alternates",
    claim: "A section that starts also ends, under the same id, before the next of that id starts",
    why: "Sections that overlap cannot be told apart by whoever loads them",
    source: "QEMU migration/savevm.c, qemu_savevm_state_iterate(); facts/precopy.md 2.9",
    facts: ["precopy R19", "postcopy R7"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "alternates",
      first: on("savevm_section_start"),
      second: on("savevm_section_end"),
      key: ["section_id", "section_id"],
    },
  },
  {
    id: "sections-never-nest",
    claim: "No section starts inside another",
    why: "The stream has no brackets: whoever loads it would take the inner header for data",
    source: "QEMU migration/savevm.c; facts/postcopy-colo-cpr.md 11 R7",
    facts: ["precopy R19", "postcopy R7"],
    category: "ordering",
    side: "source",
    pattern: { kind: "alternates", first: on("savevm_section_start"), second: on("savevm_section_end") },
  },
  {
    id: "iterate-opens-a-section",
    claim: "An iteration begins a section",
    why: "An iteration that sends nothing although there is something to send makes no progress",
    source: "QEMU migration/savevm.c, qemu_savevm_state_iterate(); facts/precopy.md 1.5",
    facts: ["precopy R21"],
    category: "ordering",
    side: "source",
    when: { without: ["dirty-bitmaps", "x-ignore-shared", "cpr"] },
    pattern: {
      kind: "next",
      after: ITERATE,
      // A channel that broke meanwhile ends the pass before anything is written.
      next: anyOf(
        on("savevm_section_start"),
        PRE,
        TRANSFERRED,
        ESTIMATE,
        AFTER_LOOP,
        state("postcopy-paused", "failed", "failing"),
      ),
    },
  },
  {
    id: "estimate-before-iterate",
    claim: "Before each iteration the pending size is estimated once",
    why: "An iteration without an estimate cannot have decided whether to switch over",
    source: `${MIGRATION_C}, migration_iteration_run(); facts/precopy.md 1.5`,
    facts: ["precopy R22"],
    category: "ordering",
    side: "source",
    when: { without: ["snapshot"] },
    pattern: ledger(() => ({ estimates: 0, line: 0 }), [
      {
        on: ESTIMATE,
        take: (s) => {
          s.estimates++;
        },
      },
      // Starting postcopy jumps back to the loop's head, to a second estimate.
      { on: on("postcopy_start"), take: (s) => void (s.estimates = 0) },
      {
        on: ITERATE,
        take: (s) => {
          const held = s.estimates === 1;
          s.line = s.estimates;
          s.estimates = 0;
          return held;
        },
        says: (s) => `${s.line} estimates since the iteration before`,
      },
    ]),
  },
  {
    id: "estimate-decides",
    claim: "After an estimate the thread counts exactly, iterates, starts postcopy, or switches over",
    why: "Anything else means that a decision was skipped",
    source: `${MIGRATION_C}, migration_iteration_run(); facts/precopy.md 1.5`,
    facts: ["precopy R23"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "next",
      after: ESTIMATE,
      next: anyOf(
        SYNC_START,
        EXACT,
        ITERATE,
        LOW,
        on("postcopy_start"),
        state("postcopy-active", "failing", "failed"),
        AFTER_LOOP,
        on("savevm_section_start"),
      ),
    },
  },
  {
    id: "exact-after-sync",
    claim: "An exact count comes right after a bitmap sync",
    why: "Without the sync it would not know what the guest has written",
    source: `${RAM_C}, ram_state_pending_exact(); facts/precopy.md 1.5`,
    facts: ["precopy R24"],
    category: "ordering",
    side: "source",
    versions: { from: "9.0" },
    when: { without: ["postcopy", "x-ignore-shared", "cpr"] },
    pattern: {
      kind: "previous",
      event: EXACT,
      previous: anyOf(
        SYNC_END,
        on("migration_throttle"),
        on("cpu_throttle_set"),
        on("migration_dirty_limit_guest"),
      ),
    },
  },
  {
    id: "low-pending-once",
    claim: "The switchover is decided at most once",
    why: "A second decision means that the first was not carried out",
    source: `${MIGRATION_C}, migration_iteration_run(); facts/precopy.md 11.2 R33`,
    facts: ["precopy R33"],
    category: "ordering",
    side: "source",
    pattern: { kind: "count", event: LOW, atMost: 1 },
  },
  {
    id: "low-pending-ends-the-loop",
    claim: "After the decision to switch over nothing is iterated, limited or measured any more",
    why: "The rate limit is off: whatever comes now is downtime",
    source: `${MIGRATION_C}, migration_completion(); facts/precopy.md 11.2 R33`,
    facts: ["precopy R33"],
    category: "ordering",
    side: "source",
    pattern: { kind: "never-after", after: LOW, event: anyOf(ITERATE, TRANSFERRED, PRE, POST, ESTIMATE) },
  },
  {
    id: "ram-done-then-decide",
    claim: "A RAM section that found nothing more is followed by the next decision or the end of the cycle",
    why: "Nothing is left to send: any other section would be empty",
    source: `${RAM_C}, ram_save_iterate(); facts/precopy.md 11.2 R34`,
    facts: ["precopy R34"],
    category: "ordering",
    side: "source",
    versions: { from: "8.1" },
    when: { without: ["dirty-bitmaps", "postcopy-ram", "snapshot", "colo"] },
    pattern: {
      kind: "next",
      after: on("savevm_section_end", { id: "ram", ret: 1 }),
      next: anyOf(ESTIMATE, PRE, TRANSFERRED, AFTER_LOOP, on("postcopy_start"), state("failed", "failing")),
    },
  },
  {
    id: "big-wait-ends-the-section",
    claim: "A RAM section that took too long is ended at once, with more to do",
    why: "The thread must look at its state again at least every 50 ms",
    source: `${RAM_C}, ram_save_iterate(), MAX_WAIT; facts/precopy.md 2.6`,
    facts: ["precopy R36"],
    category: "ordering",
    side: "source",
    when: { without: ["multifd"] },
    pattern: { kind: "next", after: on("ram_save_iterate_big_wait"), next: on("savevm_section_end") },
  },
  {
    id: "big-wait-arithmetic",
    claim: "A big wait is longer than 50 ms, and the clock was looked at every 64 pages",
    why: "A section that is cut short earlier wastes its header; one that looks less often blocks a cancel",
    source: `${RAM_C}, ram_save_iterate(), MAX_WAIT; facts/precopy.md 2.6`,
    facts: ["precopy R36"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({}), [{
      on: on("ram_save_iterate_big_wait"),
      args: ["milliconds|milliseconds", "iterations"],
      take: (_s, _m, ms, iterations) => ms > 50 && iterations % 64 === 0,
      says: (_s, ms, iterations) => `${ms} ms after ${iterations} iterations`,
    }]),
  },
  {
    id: "rate-limit-alternates",
    claim: "A wait for the rate limit that begins also ends, before the next begins",
    why: "A thread that waits twice at once sends nothing for two cycles",
    source: `${MIGRATION_C}, migration_rate_limit(); facts/precopy.md 1.4`,
    facts: ["precopy R37"],
    category: "ordering",
    side: "source",
    pattern: { kind: "alternates", first: PRE, second: POST },
  },
  {
    id: "rate-limit-is-one-step",
    claim: "While it waits for the rate limit the migration thread does nothing else",
    why: "What is sent during the wait is above the limit",
    source: `${MIGRATION_C}, migration_rate_limit(); facts/precopy.md 11.2 R37`,
    facts: ["precopy R37"],
    category: "ordering",
    side: "source",
    pattern: { kind: "next", after: PRE, next: POST },
  },
  {
    id: "rate-limit-wait-range",
    claim: "A wait for the rate limit is 1 to 100 ms",
    why: "A longer one would outlast the cycle, a shorter one spins",
    source: `${MIGRATION_C}, migration_rate_limit(), BUFFER_DELAY; facts/precopy.md 11.2 R38`,
    facts: ["precopy R38"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({}), [{
      on: PRE,
      args: ["ms"],
      take: (_s, _m, ms) => ms >= 1 && ms <= 100,
      says: (_s, ms) => `a wait of ${ms} ms`,
    }]),
  },
  {
    id: "rate-limit-then-counters",
    claim: "After an undisturbed wait the counters are updated before anything is sent",
    why: "The limit is still exceeded: sending now breaks it",
    source: `${MIGRATION_C}, migration_rate_limit(); facts/precopy.md 1.4`,
    facts: ["precopy R39"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "next",
      after: on("migration_rate_limit_post", { urgent: 0 }),
      next: anyOf(
        TRANSFERRED,
        PRE,
        AFTER_LOOP,
        ESTIMATE,
        // Up to 7.2 the estimate is traced after the sync that an exact count makes.
        SYNC_START,
        state("postcopy-paused", "failed", "failing"),
        on("migration_return_path_end_before"),
        on("migration_thread_file_err"),
      ),
    },
  },
  {
    id: "counters-then-decide",
    claim: "After a counter update the thread decides again, waits, or leaves its loop",
    why: "What is sent without a decision ignores the new threshold",
    source: `${MIGRATION_C}, migration_thread(); facts/precopy.md 11.2 R40`,
    facts: ["precopy R40"],
    category: "ordering",
    side: "source",
    versions: { from: "8.1" },
    when: { without: ["snapshot"] },
    // Within a huge page the thread waits and counts between two small ones, and decides when the section is over.
    pattern: ledger(() => ({ inside: 0, due: 0 }), [
      { on: RAM_START, take: (s) => void (s.inside = 1) },
      { on: RAM_END, take: (s) => void (s.inside = 0) },
      {
        on: anyOf(TRANSFERRED, RAM_START, ITERATE, LOW),
        take: (s) => {
          if (s.due === 0) return undefined;
          s.due = 0;
          return false;
        },
        says: () => "the thread goes on without a decision",
      },
      { on: TRANSFERRED, take: (s) => void (s.due = 1 - s.inside) },
      { on: DECIDED, take: (s) => s.due === 0 ? undefined : (s.due = 0) === 0 },
    ]),
  },
  {
    id: "cycle-at-least-100-ms",
    claim: "Counters are updated at most every 100 ms",
    why: "A shorter cycle measures the burst, not the link, and the threshold jumps",
    source: `${MIGRATION_C}, migration_update_counters(), BUFFER_DELAY; facts/precopy.md 1.6`,
    facts: ["precopy R41"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({}), [{
      on: TRANSFERRED,
      args: ["time_spent"],
      take: (_s, _m, ms) => ms >= 100,
      says: (_s, ms) => `a cycle of ${ms} ms`,
    }]),
  },
  {
    id: "bandwidth-arithmetic",
    claim: "The bandwidth is the bytes of the cycle over its milliseconds, rounded down",
    why: "Every threshold is computed from it",
    source: `${MIGRATION_C}, migration_update_counters(); facts/precopy.md 1.6`,
    facts: ["precopy R41"],
    category: "invariant",
    side: "source",
    versions: { to: "11.0-dev" },
    pattern: ledger(() => ({}), [{
      on: TRANSFERRED,
      args: ["transferred|tranferred", "time_spent", "bandwidth"],
      take: (_s, _m, sent, ms, bandwidth) => Math.floor(sent / ms) === bandwidth,
      says: (_s, sent, ms, bandwidth) => `${sent} / ${ms} is ${Math.floor(sent / ms)}, not ${bandwidth}`,
    }]),
  },
  {
    id: "bandwidth-arithmetic-mbit",
    claim: "The bandwidth is the megabits of the cycle over its seconds, rounded down",
    why: "11.1 prints Mbit/s where versions before printed bytes per millisecond",
    source: "facts/qemu-11.1.md 4.3",
    facts: ["precopy R41", "qemu-11.1 4"],
    category: "invariant",
    side: "source",
    versions: { from: "11.1" },
    pattern: ledger(() => ({}), [{
      on: TRANSFERRED,
      args: ["transferred|tranferred", "time_spent", "bandwidth"],
      take: (_s, _m, sent, ms, bandwidth) => Math.floor(sent * 8 / (ms / 1000) / 1000 / 1000) === bandwidth,
      says: (_s, sent, ms, bandwidth) =>
        `${sent} x 8 / ${ms} / 1000 is ${Math.floor(sent * 8 / ms / 1000)}, not ${bandwidth}`,
    }]),
  },
];
