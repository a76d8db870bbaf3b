/**
 * Replies to `query-migrate` beside what the trace shows at their moment.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { on, word } from "../select.ts";
import { ESTIMATE, EXACT, SYNC_START, TRANSFERRED } from "./words.ts";

const QUERY = "QEMU migration/migration.c, fill_source_migration_info()";
const ACTIVE = word("active");
const RAM = word("ram");

/** Below this many bytes in a cycle QEMU leaves the expected downtime alone. */
const CYCLE_BYTES_MIN = 10_000;
/** Buffers, framing, and what is sent while the counters of one reply are read one after the other. */
const UNACCOUNTED_MAX = 1 << 20;

export const REPLY_RULES: readonly Rule[] = [
  {
    id: "expected-downtime-not-negative",
    claim: "The expected downtime is no less than nothing",
    why: "The operator chooses the downtime limit by it",
    source:
      "QEMU migration/migration.c, migration_update_counters(); observed: 10.0.2 told -9223372036854775808 ms once avail-switchover-bandwidth was 1",
    facts: ["precopy 1.6"],
    category: "invariant",
    side: "source",
    knownDefect: {
      text:
        "An avail-switchover-bandwidth below 1000 is 0 bytes in a millisecond, by which what is dirty is divided: the " +
        "quotient becomes the least number of 64 bits",
      versions: { from: "8.2-dev", to: "11.0-dev" },
    },
    pattern: ledger(() => ({}), [{
      side: "source",
      sample: ["expected-downtime"],
      take: (_s, _m, expected) => Number.isNaN(expected) ? undefined : expected >= 0,
      says: (_s, expected) => `expected-downtime is ${expected} ms`,
    }]),
  },
  {
    id: "expected-downtime-is-remaining",
    claim: "The expected downtime is what was dirty at the last sync over the bandwidth of the last cycle",
    why: "The operator chooses the downtime limit by it",
    source: "QEMU migration/migration.c, migration_update_counters(); facts/precopy.md 1.6, I13",
    facts: ["precopy I13", "precopy 1.6"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2-dev", to: "11.0-dev" },
    when: { without: ["postcopy", "snapshot", "colo", "dirty-bitmaps"] },
    pattern: ledger(
      () => ({ dirty: NaN, first: 1, now: NaN, before: NaN, unrated: NaN, owed: NaN, told: NaN }),
      [
        {
          on: SYNC_START,
          take: (s) => {
            s.dirty = NaN;
          },
        },
        {
          on: ESTIMATE,
          args: ["size"],
          take: (s, _m, size) => {
            if (s.first === 1) s.dirty = size;
            s.first = 0;
          },
        },
        { on: EXACT, args: ["size"], take: (s, _m, size) => void (s.dirty = size) },
        {
          on: TRANSFERRED,
          args: ["transferred|tranferred", "time_spent", "avail_bw"],
          take: (s, _m, sent, ms, claimed) => {
            if (sent <= CYCLE_BYTES_MIN) return undefined;
            s.before = s.now;
            s.now = Math.trunc(s.dirty / (claimed > 0 ? claimed : sent / ms));
            s.told = s.owed;
            s.owed = NaN;
            return Number.isNaN(s.told) || Number.isNaN(s.now) ? undefined : s.told === s.now;
          },
          says: (s) => `expected-downtime was ${s.told} ms; the cycles give ${s.before} and ${s.now}`,
        },
        {
          side: "source",
          sample: ["status", "expected-downtime", "ram.dirty-pages-rate"],
          take: (s, m, status, expected, rate) => {
            if (status !== ACTIVE || Number.isNaN(expected) || Number.isNaN(rate)) return undefined;
            // Divided by a bandwidth of 0: no number, and another rule's.
            if (expected < 0) return undefined;
            if (rate === 0) {
              s.unrated = expected;
              return undefined;
            }
            if (Number.isNaN(s.now) || Number.isNaN(s.before)) return undefined;
            // Until the first cycle that ends with a rate, the value from before there was one stands.
            if (expected === s.unrated || expected === m.settings.now("downtime-limit")) return undefined;
            if (expected === s.now || expected === s.before) return true;
            // A reply is dated when it was asked for: the next cycle may have ended before it was given.
            s.owed = expected;
            return undefined;
          },
        },
      ],
      { needsMoments: true },
    ),
  },
  {
    id: "transferred-follows-phases",
    claim: "What was transferred is what the phases account for, give or take the buffers and the framing",
    why: "Bytes of another migration, or bytes counted twice, make the bandwidth and the threshold wrong",
    source: "QEMU migration/migration-stats.c, migration_transferred_bytes(); facts/precopy.md I7",
    facts: ["precopy I7"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2" },
    when: {
      without: ["multifd", "mapped-ram", "postcopy", "snapshot", "colo", "compress", "dirty-bitmaps", "cpr"],
    },
    pattern: ledger(() => ({ sections: 0, others: 0, difference: 0 }), [
      {
        on: on("savevm_section_start"),
        args: ["id"],
        take: (s, _m, id) => {
          // Other handlers that send while the guest runs account for nothing.
          if (id === RAM) s.sections++;
          else s.others = 1;
        },
      },
      {
        side: "source",
        sample: [
          "status",
          "ram.transferred",
          "ram.precopy-bytes",
          "ram.downtime-bytes",
          "ram.postcopy-bytes",
        ],
        take: (s, _m, status, sent, precopy, downtime, postcopy) => {
          if (status !== ACTIVE || s.others === 1 || Number.isNaN(sent) || Number.isNaN(precopy)) {
            return undefined;
          }
          s.difference = sent - precopy - downtime - postcopy;
          return Math.abs(s.difference) <= UNACCOUNTED_MAX + 18 * s.sections;
        },
        says: (s, _status, sent) =>
          `${sent} bytes were transferred, ${s.difference} more than the phases have`,
      },
    ], { needsMoments: true }),
  },
  {
    id: "first-estimate-is-total",
    claim: "The first estimate is ram.total: every page of the guest is to be sent",
    why: "A page that is not marked at the start goes over only if the guest happens to write it",
    source: "QEMU migration/ram.c, ram_init_bitmaps(); facts/precopy.md 11.2 R28",
    facts: ["precopy R28"],
    category: "invariant",
    side: "source",
    versions: { from: "8.1" },
    when: { without: ["x-ignore-shared", "cpr", "dirty-bitmaps", "snapshot", "release-ram"] },
    pattern: ledger(() => ({ estimate: NaN, judged: 0 }), [
      {
        on: ESTIMATE,
        args: ["size|total"],
        take: (s, _m, size) => {
          if (Number.isNaN(s.estimate)) s.estimate = size;
        },
      },
      {
        side: "source",
        sample: ["ram.total"],
        take: (s, _m, total) => {
          if (s.judged === 1 || Number.isNaN(total) || Number.isNaN(s.estimate)) return undefined;
          s.judged = 1;
          return s.estimate === total;
        },
        says: (s, total) => `${s.estimate} bytes were estimated first, ram.total is ${total}`,
      },
    ]),
  },
  {
    id: "completed-tells-its-times",
    claim: "The reply of a completed migration tells its total time, its setup time and its downtime",
    why: "They are told here or nowhere: the next migration overwrites them",
    source: `${QUERY}; facts/precopy.md 3.2`,
    facts: ["precopy 3.2"],
    category: "invariant",
    side: "source",
    when: { without: ["snapshot", "colo"] },
    pattern: ledger(() => ({}), [{
      side: "source",
      sample: ["status", "total-time", "setup-time", "downtime"],
      take: (_s, _m, status, total, setup, downtime) =>
        status === word("completed") ? total >= 0 && setup >= 0 && downtime >= 0 : undefined,
      says: (_s, _status, total, setup, downtime) =>
        `total-time ${shown(total)}, setup-time ${shown(setup)}, downtime ${shown(downtime)}`,
    }]),
  },
];

function shown(value: number): string {
  return Number.isNaN(value) ? "missing" : `${value}`;
}
