/**
 * Throttling the guest: auto-converge, its timer, dirty-limit.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { SYNC_END, SYNC_START } from "./words.ts";

const RAM_C = "QEMU migration/ram.c, migration_trigger_throttle()";
const THROTTLE = on("migration_throttle");
const SET = on("cpu_throttle_set");
const TIMER = on("cpu_throttle_dirty_sync");

export const THROTTLING_RULES: readonly Rule[] = [
  {
    id: "throttle-after-sync",
    claim: "The guest is throttled right after a bitmap sync",
    why: "Only a sync tells how much it dirtied",
    source: `${RAM_C}; facts/precopy.md 11.3 R52`,
    facts: ["precopy R52"],
    category: "ordering",
    side: "source",
    when: { without: ["throttled-sync"] },
    pattern: { kind: "previous", event: THROTTLE, previous: SYNC_END },
  },
  {
    id: "throttle-sets",
    claim: "A decision to throttle sets the percentage",
    why: "A decision that is not carried out lets the guest run on",
    source: `${RAM_C}; facts/precopy.md 11.3 R53`,
    facts: ["precopy R53"],
    category: "ordering",
    side: "source",
    versions: { from: "9.2" },
    pattern: { kind: "answered", first: THROTTLE, then: SET, onlyAsked: true },
  },
  {
    id: "throttle-starts-at-initial",
    claim: "The first throttle is cpu-throttle-initial",
    why: "A first step that is too hard stops the guest, one too soft wastes a round",
    source: "QEMU migration/ram.c, mig_throttle_guest_down(); facts/precopy.md 11.3 R54",
    facts: ["precopy R54"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    pattern: ledger(() => ({ steps: 0 }), [{
      on: SET,
      args: ["new_throttle_pct"],
      take: (s, m, percent) => {
        if (s.steps++ > 0 || !m.settings.known) return undefined;
        return percent === m.settings.now("cpu-throttle-initial");
      },
      says: (_s, percent) => `the first throttle is ${percent} %`,
    }]),
  },
  {
    id: "throttle-only-rises",
    claim: "The throttle never falls during a migration",
    why: "A guest that is let go outruns the link again",
    source: "QEMU migration/ram.c, mig_throttle_guest_down(); facts/precopy.md 11.3 R54",
    facts: ["precopy R54"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    pattern: ledger(() => ({ last: 0 }), [{
      on: SET,
      args: ["new_throttle_pct"],
      take: (s, _m, percent) => {
        const held = s.last === 0 ? undefined : percent >= s.last;
        s.last = percent;
        return held;
      },
      says: (s) => `it fell to ${s.last} %`,
    }]),
  },
  {
    id: "throttle-within-maximum",
    claim: "The throttle is at most max-cpu-throttle",
    why: "The operator's bound protects the guest's work",
    source: "QEMU migration/ram.c, mig_throttle_guest_down(); facts/precopy.md 11.3 R54",
    facts: ["precopy R54"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    pattern: ledger(() => ({}), [{
      on: SET,
      args: ["new_throttle_pct"],
      take: (_s, m, percent) => {
        const most = m.settings.now("max-cpu-throttle");
        return percent >= 1 &&
          percent <= (Number.isNaN(most) ? 99 : Math.max(most, m.settings.before("max-cpu-throttle")));
      },
      says: (_s, percent) => `it is ${percent} %`,
    }]),
  },
  {
    id: "throttle-step",
    claim: "Each step raises the throttle by at most cpu-throttle-increment",
    why: "A step that is too hard stops the guest",
    source: "QEMU migration/ram.c, mig_throttle_guest_down(); facts/precopy.md 4.1",
    facts: ["precopy 4.1"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    pattern: ledger(() => ({ last: 0, step: 0 }), [{
      on: SET,
      args: ["new_throttle_pct"],
      take: (s, m, percent) => {
        s.step = percent - s.last;
        const held = s.last === 0 || !m.settings.known ? undefined : s.step <=
          Math.max(m.settings.now("cpu-throttle-increment"), m.settings.before("cpu-throttle-increment"));
        s.last = percent;
        return held;
      },
      says: (s) => `a step of ${s.step} %`,
    }]),
  },
  {
    id: "throttle-every-second-period",
    claim: "Between two steps lie at least two syncs",
    why: "One busy period may be chance; two are a trend",
    source: `${RAM_C}; facts/precopy.md 11.3 R55`,
    facts: ["precopy R55"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ syncs: 0, steps: 0, last: 0 }), [
      { on: SYNC_END, take: (s) => void s.syncs++ },
      {
        on: anyOf(THROTTLE),
        take: (s) => {
          s.last = s.syncs;
          s.syncs = 0;
          return s.last >= 2;
        },
        says: (s) => `only ${s.last} syncs since the step before`,
      },
    ]),
  },
  {
    id: "throttle-takes-two-seconds",
    claim: "Between two steps lie two periods of at least a second",
    why: "The rate of a shorter period is noise",
    source: `${RAM_C}; facts/precopy.md 11.3 R55`,
    facts: ["precopy R55"],
    category: "ordering",
    side: "source",
    pattern: { kind: "spacing", event: THROTTLE, atLeast: 1_990_000 },
  },
  {
    id: "timer-syncs",
    claim: "The throttle's timer makes a sync",
    why: "It is there for nothing else",
    source: "QEMU system/cpu-throttle.c, cpu_throttle_dirty_sync_timer_tick(); facts/precopy.md 11.3 R56",
    facts: ["precopy R56"],
    category: "ordering",
    side: "source",
    versions: { from: "9.2" },
    pattern: { kind: "answered", first: TIMER, then: SYNC_START, within: 60_000_000 },
  },
  {
    id: "timer-every-five-seconds",
    claim: "The throttle's timer syncs at most every five seconds",
    why: "Each sync stops the guest's writers for a moment",
    source: "QEMU system/cpu-throttle.c; facts/precopy.md 11.3 R56",
    facts: ["precopy R56"],
    category: "ordering",
    side: "source",
    versions: { from: "9.2" },
    pattern: { kind: "spacing", event: TIMER, atLeast: 4_990_000 },
  },
  {
    id: "timer-not-in-the-first-pass",
    claim: "The throttle's timer does not sync in the first pass",
    why: "Nothing has been sent twice yet",
    source: "QEMU system/cpu-throttle.c; facts/precopy.md 11.3 R56",
    facts: ["precopy R56"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    pattern: ledger(() => ({ syncs: 0 }), [
      { on: SYNC_END, take: (s) => void s.syncs++ },
      { on: TIMER, take: (s) => s.syncs >= 2, says: (s) => `only ${s.syncs} syncs so far` },
    ]),
  },
  {
    id: "one-way-to-throttle",
    claim: "The guest is throttled by auto-converge or by dirty-limit, not by both",
    why: "Two controllers of one guest fight each other",
    source: "facts/precopy.md 11.3 R57",
    facts: ["precopy R57"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ throttled: 0, limited: 0 }), [
      { on: anyOf(THROTTLE, SET), take: (s) => ((s.throttled = 1), s.limited === 0) },
      { on: on("migration_dirty_limit_guest"), take: (s) => ((s.limited = 1), s.throttled === 0) },
    ]),
  },
];
