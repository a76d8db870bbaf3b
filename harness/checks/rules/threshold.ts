/**
 * The threshold and the rate limit: arithmetic over counter updates and the parameters of the moment.
 *
 * @module
 */
import { ledger, type Moment } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import type { Setting } from "../settings.ts";
import { TRANSFERRED } from "./words.ts";

const MIGRATION_C = "QEMU migration/migration.c";

/** How long after a change a parameter's old value may still be seen: two cycles. */
const CHANGE_MICROS = 250_000;

/** Whether a computation agrees for the value of a parameter, or for the one it had until just now. */
function forEither(m: Moment, name: Setting, agrees: (value: number) => boolean): boolean | undefined {
  const now = m.settings.now(name);
  if (Number.isNaN(now)) return undefined;
  if (agrees(now)) return true;
  return m.settings.changedWithin(name, m.at, CHANGE_MICROS) && agrees(m.settings.before(name));
}

/**
 * Whether a cycle may have begun under another limit: one that a slow wire stretches lasts for seconds.
 *
 * @param ms How long the cycle took, in milliseconds.
 */
function limitChanged(m: Moment, ms: number): boolean {
  return m.settings.changedWithin("max-bandwidth", m.at, Math.max(CHANGE_MICROS, ms * 1000) + CHANGE_MICROS);
}

/**
 * Bytes per millisecond by way of Mbit/s (11.1), whose rounding shows in one threshold of 200: 6452442 bytes in 100 ms
 * give 19357325 at 300 ms, not 19357326.
 */
function measuredInMbit(sent: number, ms: number): number {
  return sent * 8 / (ms / 1000) / 1000 / 1000 * 125;
}

/**
 * Whether a threshold is the measured bandwidth times a limit, as the version reckons it.
 *
 * @param shown The traced switchover bandwidth: from 11.1 the measured one, before that 0 where none was claimed, and
 *   before 8.2 there is none and the threshold stands here.
 */
function thresholdIs(size: number, sent: number, ms: number, shown: number, limit: number): boolean {
  const isMbit = shown !== 0 && Math.floor(measuredInMbit(sent, ms) * limit) === size;
  return isMbit || ((shown === 0 || shown === size) && Math.floor(sent / ms * limit) === size);
}

const UPDATE = ["transferred|tranferred", "time_spent", "size", "avail_bw|size"] as const;

function isMeasured(m: Moment): boolean {
  return forEither(m, "avail-switchover-bandwidth", (claimed) => claimed !== 0) === false;
}

export const THRESHOLD_RULES: readonly Rule[] = [
  {
    id: "threshold-arithmetic",
    claim: "The threshold is the measured bandwidth times the downtime limit",
    why: "A threshold that is too high breaks the promised downtime, one that is too low never switches over",
    source:
      `${MIGRATION_C}, migration_update_counters(); facts/precopy.md 1.6, facts/qemu-11.1.md 4.3; 977 updates of 11.1.3`,
    facts: ["precopy R41"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({}), [{
      on: TRANSFERRED,
      args: UPDATE,
      take: (_s, m, sent, ms, size, shown) =>
        isMeasured(m)
          ? forEither(m, "downtime-limit", (limit) => thresholdIs(size, sent, ms, shown, limit))
          : undefined,
      says: (_s, sent, ms, size) => `max_size ${size} is not ${sent} / ${ms} x downtime-limit`,
    }]),
  },
  {
    id: "threshold-is-a-multiple-of-bandwidth",
    claim: "The threshold is the measured bandwidth times a whole number of milliseconds",
    why: "The limit is in whole milliseconds: a threshold that fits none was computed from other numbers",
    source: `${MIGRATION_C}, migration_update_counters(); facts/precopy.md 1.6, facts/qemu-11.1.md 4.3`,
    facts: ["precopy R41"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({}), [{
      on: TRANSFERRED,
      args: UPDATE,
      take: (_s, m, sent, ms, size, shown) => {
        if (!isMeasured(m)) return undefined;
        if (sent === 0) return size === 0;
        const limit = size * ms / sent;
        // The threshold is cut to whole bytes, so the limit lies a little above what it gives.
        return thresholdIs(size, sent, ms, shown, Math.floor(limit)) ||
          thresholdIs(size, sent, ms, shown, Math.ceil(limit));
      },
      says: (_s, sent, ms, size) => `max_size ${size} is no multiple of ${sent} / ${ms}`,
    }]),
  },
  {
    id: "threshold-arithmetic-claimed",
    claim: "With avail-switchover-bandwidth the threshold is that bandwidth times the downtime limit",
    why: "The operator's word replaces the measurement; a mix of both serves neither",
    source: `${MIGRATION_C}, migration_update_counters(); facts/precopy.md 1.6`,
    facts: ["precopy R41"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2-dev", to: "11.0-dev" },
    pattern: ledger(() => ({}), [{
      on: TRANSFERRED,
      args: ["avail_bw", "size"],
      take: (_s, m, claimed, size) =>
        claimed === 0 ? undefined : forEither(m, "downtime-limit", (limit) => claimed * limit === size),
      says: (_s, claimed, size) => `max_size ${size} is not ${claimed} x downtime-limit`,
    }]),
  },
  {
    id: "threshold-arithmetic-claimed-double",
    claim:
      "With avail-switchover-bandwidth the threshold is that bandwidth, with its fraction, times the downtime limit",
    why: "The operator's word replaces the measurement; a mix of both serves neither",
    source: "facts/qemu-11.1.md 4.3",
    facts: ["precopy R41", "qemu-11.1 4"],
    category: "invariant",
    side: "source",
    versions: { from: "11.1" },
    pattern: ledger(() => ({}), [{
      on: TRANSFERRED,
      args: ["size"],
      take: (_s, m, size) =>
        forEither(m, "avail-switchover-bandwidth", (claimed) => claimed !== 0) !== true ||
          m.settings.changedWithin("avail-switchover-bandwidth", m.at, CHANGE_MICROS)
          ? undefined
          : forEither(
            m,
            "downtime-limit",
            (limit) => Math.floor(m.settings.now("avail-switchover-bandwidth") / 1000 * limit) === size,
          ),
      says: (_s, size) => `max_size ${size} is not avail-switchover-bandwidth / 1000 x downtime-limit`,
    }]),
  },
  {
    id: "switchover-bandwidth-as-claimed",
    claim:
      "The switchover bandwidth that is traced is avail-switchover-bandwidth in bytes per millisecond, 0 if unset",
    why: "It shows what the threshold was computed from",
    source: `${MIGRATION_C}, migration_update_counters(); facts/precopy.md 1.6`,
    facts: ["precopy R41"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2-dev", to: "11.0-dev" },
    pattern: ledger(() => ({}), [{
      on: TRANSFERRED,
      args: ["avail_bw"],
      take: (_s, m, claimed) =>
        forEither(m, "avail-switchover-bandwidth", (value) => Math.floor(value / 1000) === claimed),
      says: (_s, claimed) => `switchover_bw is ${claimed}`,
    }]),
  },
  {
    id: "switchover-bandwidth-measured",
    claim:
      "The switchover bandwidth that is traced is the measured one in bytes per millisecond, unless one was claimed",
    why: "It shows what the threshold was computed from",
    source: "facts/qemu-11.1.md 4.3",
    facts: ["qemu-11.1 4"],
    category: "invariant",
    side: "source",
    versions: { from: "11.1" },
    pattern: ledger(() => ({}), [{
      on: TRANSFERRED,
      args: ["transferred|tranferred", "time_spent", "avail_bw"],
      take: (_s, m, sent, ms, bandwidth) =>
        forEither(
          m,
          "avail-switchover-bandwidth",
          (value) =>
            value === 0
              ? Math.floor(measuredInMbit(sent, ms)) === bandwidth
              : Math.floor(value / 1000) === bandwidth,
        ),
      says: (_s, sent, ms, bandwidth) => `switchover_bw ${bandwidth} is not ${sent} / ${ms}`,
    }]),
  },
  {
    id: "cycle-within-limit",
    claim: "A cycle sends no more than its share of max-bandwidth and one flush of 32 pages",
    why: "A limit that is not kept starves whoever else uses the link",
    source:
      `${MIGRATION_C}, migration_rate_exceeded(); QEMU migration/qemu-file.c; facts/precopy.md 1.7 and 2.11, facts/measured.md`,
    facts: ["precopy 2.11"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2" },
    when: { without: ["multifd", "postcopy", "mapped-ram", "dirty-bitmaps", "snapshot"] },
    pattern: ledger(() => ({ cycles: 0 }), [{
      on: TRANSFERRED,
      args: ["transferred|tranferred", "time_spent"],
      take: (s, m, sent, ms) => {
        const first = s.cycles++ === 0;
        if (first || limitChanged(m, ms)) return undefined;
        const limit = Math.floor(m.settings.now("max-bandwidth") / 10);
        if (!(limit > 0)) return undefined;
        return sent <= limit + FLUSH_MAX;
      },
      says: (_s, sent) => `${sent} bytes in one cycle`,
    }]),
  },
  {
    id: "cycle-within-limit-multifd",
    claim:
      "With multifd a cycle sends no more than its share of max-bandwidth, two packets a channel, and a flush",
    why: "A limit that is not kept starves whoever else uses the link",
    source: `${MIGRATION_C}, migration_rate_exceeded(); QEMU migration/multifd.c; facts/precopy.md 1.7`,
    facts: ["precopy 1.7"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2" },
    when: { with: ["multifd"], without: ["postcopy", "mapped-ram", "dirty-bitmaps", "snapshot"] },
    pattern: ledger(() => ({ cycles: 0, most: 0, channels: 0 }), [{
      on: TRANSFERRED,
      args: ["transferred|tranferred", "time_spent"],
      take: (s, m, sent, ms) => {
        const first = s.cycles++ === 0;
        // A change comes too late for channels that are there.
        const { settings } = m;
        s.channels = Math.max(
          s.channels,
          settings.before("multifd-channels"),
          settings.now("multifd-channels"),
        );
        if (first || limitChanged(m, ms)) return undefined;
        const limit = Math.floor(m.settings.now("max-bandwidth") / 10);
        if (!(limit > 0)) return undefined;
        s.most = limit + 2 * s.channels * PACKET_MAX + FLUSH_MAX;
        return sent <= s.most;
      },
      says: (s, sent) => `${sent} bytes in one cycle, at most ${s.most} are due`,
    }]),
  },
];

/** A full packet: its header and 128 pages. */
const PACKET_MAX = 1344 + 128 * 4096;

/** Bytes that may be written after the limit was tested: 31 pages by reference and a full buffer, twice. */
const FLUSH_MAX = 2 * 159743;
