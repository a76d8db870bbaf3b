/**
 * Invariants of `query-migrate` (facts/precopy.md 3.4).
 *
 * @module
 */
import { ledger, type Step } from "../pattern.ts";
import type { Conditions, Rule } from "../rule.ts";
import { word } from "../select.ts";

const QUERY = "QEMU migration/migration.c, fill_source_migration_info(); facts/precopy.md 3.4";

const COMPLETED = word("completed");
const SETUP = word("setup");
const CANCELLING = word("cancelling");

/** A counter that never decreases within one migration. */
function neverDecreases(name: string, member: string, why: string, when?: Conditions): Rule {
  return {
    id: `${name}-never-decreases`,
    claim: `${member} never decreases during a migration`,
    why,
    source: QUERY,
    facts: ["precopy I1"],
    category: "invariant",
    side: "source",
    ...(when === undefined ? {} : { when }),
    pattern: ledger(() => ({ last: NaN, now: NaN }), [{
      side: "source",
      sample: [member],
      take: (s, _m, value) => {
        if (Number.isNaN(value)) return undefined;
        s.now = value;
        const held = Number.isNaN(s.last) ? undefined : value >= s.last;
        if (held !== false) s.last = value;
        return held;
      },
      says: (s, value) => `${member} fell from ${s.last} to ${value}`,
    }]),
  };
}

interface Sampled<S> {
  readonly id: string;
  readonly claim: string;
  readonly why: string;
  readonly fact: string;
  readonly when?: Conditions;
  readonly versions?: Rule["versions"];
  readonly sample: readonly string[];
  readonly take: Step<S>["take"];
  readonly says: Step<S>["says"];
}

/** An invariant of single replies. */
function ofReply({ id, claim, why, fact, when, versions, sample, take, says }: Sampled<object>): Rule {
  return {
    id,
    claim,
    why,
    source: QUERY,
    facts: [fact],
    category: "invariant",
    side: "source",
    ...(when === undefined ? {} : { when }),
    ...(versions === undefined ? {} : { versions }),
    pattern: ledger(() => ({}), [{ side: "source", sample, take, ...(says === undefined ? {} : { says }) }]),
  };
}

export const STATISTICS_RULES: readonly Rule[] = [
  neverDecreases("transferred", "ram.transferred", "Bytes that were sent cannot be unsent"),
  neverDecreases("normal", "ram.normal", "Pages that were sent cannot be unsent"),
  neverDecreases("duplicate", "ram.duplicate", "Zero pages that were sent cannot be unsent"),
  neverDecreases("precopy-bytes", "ram.precopy-bytes", "Bytes that were sent cannot be unsent"),
  neverDecreases("downtime-bytes", "ram.downtime-bytes", "Bytes that were sent cannot be unsent"),
  neverDecreases("postcopy-bytes", "ram.postcopy-bytes", "Bytes that were sent cannot be unsent"),
  neverDecreases("multifd-bytes", "ram.multifd-bytes", "Bytes that were sent cannot be unsent"),
  neverDecreases("dirty-sync-count", "ram.dirty-sync-count", "A sync that was made cannot be unmade"),
  neverDecreases("postcopy-requests", "ram.postcopy-requests", "A request that came cannot be undone"),
  {
    ...neverDecreases("total-time", "total-time", "Time does not run backwards", { without: ["colo"] }),
    pattern: ledger(() => ({ last: NaN }), [{
      side: "source",
      sample: ["total-time", "status"],
      take: (s, _m, total, status) => {
        // Up to 9.1 the state is completed for a moment before the total is taken, and the reply says 0.
        if (Number.isNaN(total) || (status === COMPLETED && total === 0)) return undefined;
        const held = Number.isNaN(s.last) ? undefined : total >= s.last;
        if (held !== false) s.last = total;
        return held;
      },
      says: (s, total) => `total-time fell from ${s.last} to ${total}`,
    }]),
  },
  ofReply({
    id: "normal-bytes-is-pages",
    claim: "normal-bytes is normal times the page size",
    why: "Two counters of one thing that disagree: one of them is wrong",
    fact: "precopy I2",
    sample: ["ram.normal-bytes", "ram.normal", "ram.page-size"],
    take: (_s, _m, bytes, pages, size) => Number.isNaN(bytes) ? undefined : bytes === pages * size,
    says: (_s, bytes, pages, size) => `${bytes} is not ${pages} x ${size}`,
  }),
  {
    id: "total-is-constant",
    claim: "ram.total and the page size stay as they are while the migration runs",
    why: "A guest whose memory changes size in the middle cannot be migrated",
    source: QUERY,
    facts: ["precopy I2"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ total: NaN, size: NaN }), [{
      side: "source",
      sample: ["ram.total", "ram.page-size", "status"],
      take: (s, _m, total, size) => {
        if (Number.isNaN(total)) return undefined;
        const held = Number.isNaN(s.total) || (s.total === total && s.size === size);
        s.total = total;
        s.size = size;
        return held;
      },
      says: (s, total) => `ram.total changed to ${total}, page-size ${s.size}`,
    }]),
  },
  ofReply({
    id: "remaining-within-total",
    claim: "ram.remaining is at most ram.total",
    why: "No more can be left than there is",
    fact: "precopy I3",
    sample: ["ram.remaining", "ram.total"],
    take: (_s, _m, remaining, total) => Number.isNaN(remaining) ? undefined : remaining <= total,
    says: (_s, remaining, total) => `${remaining} of ${total} remain`,
  }),
  ofReply({
    id: "remaining-whole-pages",
    claim: "ram.remaining is a whole number of pages",
    why: "It counts dirty pages; a remainder was not computed from them",
    fact: "precopy I3",
    sample: ["ram.remaining", "ram.page-size"],
    take: (_s, _m, remaining, size) => Number.isNaN(remaining) ? undefined : remaining % size === 0,
    says: (_s, remaining, size) => `${remaining} is no multiple of ${size}`,
  }),
  ofReply({
    id: "downtime-or-expected",
    claim: "A reply tells the downtime or the expected downtime, not both",
    why: "Whoever reads both does not know which holds",
    fact: "precopy I10",
    sample: ["downtime", "expected-downtime", "total-time"],
    take: (_s, _m, downtime, expected, total) =>
      Number.isNaN(total) ? undefined : Number.isNaN(downtime) !== Number.isNaN(expected),
    says: (_s, downtime, expected) => `downtime ${downtime}, expected-downtime ${expected}`,
  }),
  ofReply({
    id: "sync-count-at-least-one",
    claim: "Once RAM is shown at least one sync has been made",
    why: "Without a first sync the dirty log is not on",
    fact: "precopy I11",
    when: { without: ["snapshot"] },
    sample: ["ram.dirty-sync-count", "status", "setup-time"],
    // A cancel shows RAM even while the setup has not come to its first sync.
    take: (_s, _m, syncs, status) =>
      Number.isNaN(syncs) || status === SETUP || (status === CANCELLING && syncs === 0)
        ? undefined
        : syncs >= 1,
    says: (_s, syncs) => `dirty-sync-count is ${syncs}`,
  }),
  ofReply({
    id: "throttle-range",
    claim: "The throttle percentage is 1 to 99",
    why: "At 100 the guest stands still, at 0 it is not throttled",
    fact: "precopy I14",
    sample: ["cpu-throttle-percentage"],
    take: (_s, _m, percent) => Number.isNaN(percent) ? undefined : percent >= 1 && percent <= 99,
    says: (_s, percent) => `${percent} %`,
  }),
  neverDecreases(
    "throttle",
    "cpu-throttle-percentage",
    "A throttle that is eased lets the guest outrun the link again",
  ),
  ofReply({
    id: "remaining-zero-when-completed",
    claim: "A completed migration has nothing remaining",
    why: "What remains is lost",
    fact: "precopy I16",
    sample: ["ram.remaining", "status"],
    take: (_s, _m, remaining, status) =>
      status !== COMPLETED || Number.isNaN(remaining) ? undefined : remaining === 0,
    says: (_s, remaining) => `${remaining} bytes remain`,
  }),
  ofReply({
    id: "mbps-is-the-average",
    claim: "On completion mbps is all that was transferred over the time without setup",
    why: "The last cycle's rate would say nothing about the migration",
    fact: "precopy I17",
    versions: { from: "8.1" },
    sample: ["mbps", "status", "ram.mbps", "ram.transferred", "total-time", "setup-time"],
    take: (_s, _m, _mbps, status, mbps, sent, total, setup) => {
      if (status !== COMPLETED || Number.isNaN(mbps) || !(total > setup)) return undefined;
      const average = sent * 8 / (total - setup) / 1000;
      return Math.abs(mbps - average) <= average * 1e-9;
    },
    says: (_s, _mbps, _status, mbps, sent, total, setup) =>
      `mbps is ${mbps}; ${sent} x 8 / (${total} - ${setup}) / 1000 is ${sent * 8 / (total - setup) / 1000}`,
  }),
  ofReply({
    id: "total-time-holds-its-parts",
    claim: "The total time is at least setup and downtime together",
    why: "A part that is longer than the whole was measured with another clock",
    fact: "precopy I20",
    when: { without: ["cpr", "postcopy"] },
    sample: ["status", "total-time", "setup-time", "downtime"],
    take: (_s, _m, status, total, setup, downtime) =>
      status !== COMPLETED || Number.isNaN(downtime) ? undefined : total + 2 >= setup + downtime,
    says: (_s, _status, total, setup, downtime) =>
      `${total} ms in all, ${setup} of setup, ${downtime} of downtime`,
  }),
  ofReply({
    id: "numbers-are-numbers",
    claim: "Rates are finite and not negative",
    why: "A division by zero shows as no number at all, and every reader of the reply stumbles over it",
    fact: "precopy 3.2",
    sample: ["ram.mbps", "ram.pages-per-second", "ram.dirty-pages-rate"],
    take: (_s, _m, mbps, pages, rate) => {
      if (Number.isNaN(mbps) && Number.isNaN(pages)) return undefined;
      return [mbps, pages, rate].every((value) =>
        Number.isNaN(value) || (Number.isFinite(value) && value >= 0)
      );
    },
    says: (_s, mbps, pages, rate) => `mbps ${mbps}, pages-per-second ${pages}, dirty-pages-rate ${rate}`,
  }),
  {
    id: "cache-miss-rate-range",
    claim: "The xbzrle cache's miss rate is 0 to 1",
    why: "No more pages can miss the cache than were looked for",
    source: QUERY,
    facts: ["precopy 5"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ inherited: 0 }), [{
      side: "source",
      sample: ["xbzrle-cache.cache-miss-rate", "xbzrle-cache.cache-miss", "ram.normal"],
      take: (s, _m, rate, misses, normal) => {
        if (Number.isNaN(rate)) return undefined;
        // A page that misses is sent whole. More misses than that are an earlier migration's, whose counters QEMU
        // keeps: the first period of the next one takes them for its own (facts/precopy.md 5), and may exceed 1.
        if (misses > normal) s.inherited = 1;
        return s.inherited === 1 && rate > 1 ? undefined : rate >= 0 && rate <= 1;
      },
      says: (_s, rate) => `${rate}`,
    }]),
  },
  ofReply({
    id: "xbzrle-overflow-within-pages",
    claim: "No more pages overflow the xbzrle encoding than were encoded",
    why: "An overflow is one outcome of an encoding",
    fact: "precopy I6",
    sample: ["xbzrle-cache.overflow", "xbzrle-cache.pages"],
    take: (_s, _m, overflow, pages) => Number.isNaN(overflow) ? undefined : overflow <= pages,
    says: (_s, overflow, pages) => `${overflow} of ${pages}`,
  }),
  ofReply({
    id: "no-postcopy-bytes-in-precopy",
    claim: "A completed precopy has sent nothing in postcopy",
    why: "The phase of each byte decides how the downtime is explained",
    fact: "precopy I19",
    when: { without: ["postcopy"] },
    sample: ["status", "ram.postcopy-bytes"],
    take: (_s, _m, status, bytes) => status !== COMPLETED || Number.isNaN(bytes) ? undefined : bytes === 0,
    says: (_s, _status, bytes) => `${bytes} bytes of postcopy`,
  }),
  ofReply({
    id: "everything-sent-once",
    claim: "A completed migration has sent every page of the guest at least once",
    why: "A page that was never sent is zero on the destination, whatever it was",
    fact: "precopy I15",
    when: { without: ["x-ignore-shared", "cpr", "xbzrle", "release-ram", "multifd", "compress"] },
    sample: ["status", "ram.normal", "ram.duplicate", "ram.total", "ram.page-size"],
    take: (_s, _m, status, normal, zero, total, size) =>
      status !== COMPLETED || Number.isNaN(normal) ? undefined : (normal + zero) * size >= total,
    says: (_s, _status, normal, zero, total, size) => `${normal} + ${zero} pages sent of ${total / size}`,
  }),
];
