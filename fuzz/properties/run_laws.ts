/**
 * Laws that a single run keeps.
 *
 * @module
 */
import {
  type Catalog,
  catalogOf,
  clockPhase,
  keep,
  printLine,
  readLog,
  type Sample,
  type SimulatedRun,
  type TraceRecord,
} from "../../mod.ts";
import type { Broken, Law } from "./law.ts";

const PAGE = 4096;

/** A capability that sends pages by another way than the one that these counters tell of. */
const OTHER_WAYS = [
  "xbzrle",
  "multifd",
  "postcopy-ram",
  "mapped-ram",
  "background-snapshot",
  "x-ignore-shared",
];

const READS_BACK: Law = {
  id: "trace-reads-back",
  why: "The trace is QEMU's own format, so its reader must give back what was written",
  broken: ({ scenario, run }) =>
    readsBack(catalogOf(scenario.profile), run.source) ??
      readsBack(catalogOf(scenario.profile), run.destination),
};

function readsBack(catalog: Catalog, records: readonly TraceRecord[]): Broken | undefined {
  const lines = records.map((record) => printLine(record, "tid"));
  let next = 0;
  let broken: Broken | undefined;
  readLog(catalog, bytesOf(lines.join("")), {
    event(event) {
      const line = lines[next] ?? "";
      const again = printLine(keep(event), "tid");
      if (again !== line) {
        broken ??= { detail: `wrote ${line.trim()}, read ${again.trim()}`, at: records[next]?.at };
      }
      next++;
    },
    other(item) {
      broken ??= { detail: `${item.kind}: ${lines[next]?.trim()}`, at: records[next]?.at };
    },
  });
  if (next !== lines.length) broken ??= { detail: `wrote ${lines.length} events, read ${next}` };
  return broken;
}

/** A byte for each character, as logs have them. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

const IN_TIME_ORDER: Law = {
  id: "in-time-order",
  why: "A log is written as things happen, inside the time that the run lasts",
  broken({ scenario, run }) {
    for (const records of [run.source, run.destination]) {
      let before = 0;
      for (const { at, declaration } of records) {
        if (!Number.isSafeInteger(at) || at < before) {
          return { detail: `${declaration.name} at ${at} us follows ${before} us`, at };
        }
        before = at;
      }
    }
    const late = run.samples.find(({ t_us }) => t_us > scenario.time_limit_ms * 1000);
    return late === undefined
      ? undefined
      : { detail: `a sample at ${late.t_us} us is after the end`, at: late.t_us };
  },
};

const ENDINGS: ReadonlySet<string> = new Set([
  "none",
  "setup",
  "active",
  "pre-switchover",
  "device",
  "cancelling",
]);

const OUTCOME_LEGAL: Law = {
  id: "outcome-legal",
  why: "A migration ends in one of QEMU's ways, with one guest running at most, and its figures agree",
  broken({ scenario, run: { outcome } }) {
    const { source, destination, guestRuns, timedOut } = outcome;
    const say = (detail: string): Broken => ({ detail: `${detail}: ${JSON.stringify(outcome)}` });
    const commands = scenario.operator.map(({ execute }) => execute);
    const stands = scenario.link.rate_bytes_per_second === 0 ||
      scenario.link.steps.some((step) => Object.values(step).includes(0));
    const dies = commands.includes("quit") || scenario.faults.some(({ kind }) => kind === "source-dies");
    if (!timedOut && ENDINGS.has(source) && !dies) return say(`the run ends by itself in ${source}`);
    if (source === "completed") {
      // Without a return path the source does not wait to hear that the destination has got everything.
      const breaks = scenario.faults.length > 0 || commands.includes("quit") || commands.includes("yank");
      const isLost = timedOut || breaks || stands;
      if (destination !== "completed" && !isLost) {
        return say(`the source completed, the destination is ${destination}`);
      }
      if (outcome.remainingPages !== 0) return say("pages are left of a completed migration");
      if (outcome.error !== null) return say("a completed migration has an error");
      // Only at the end: a page is counted when it is put into the stream, a transfer when the stream is written out.
      const ram = outcome.precopyBytes + outcome.downtimeBytes;
      if (ram > outcome.transferredBytes) return say("more bytes of RAM than bytes transferred");
      // 8.2 takes the total before the status and ends the downtime after it, so a millisecond may lie between.
      const later = scenario.profile === "8.2-dev" ? 1 : 0;
      if (outcome.totalTimeMs + later < outcome.downtimeMs) {
        return say("the downtime is longer than the migration");
      }
      if (guestRuns.source && !commands.includes("cont")) return say("the guest runs on after it has moved");
    }
    if (source === "failed" && outcome.error === null) return say("a failed migration has no error");
    // Only the defect that QEMU has ends with two guests: the destination was told all and the source lost its way.
    if (
      guestRuns.source && guestRuns.destination &&
      !["cancelled", "cancelling", "failed", "failing"].includes(source)
    ) {
      if (!commands.includes("cont")) return say("the guest runs on both sides");
    }
    return undefined;
  },
};

const PAGES_CONSERVED: Law = {
  id: "pages-conserved",
  why: "A page is sent as often as it is dirty: one that is neither sent nor dirty is lost guest memory",
  broken({ scenario, run }) {
    if (OTHER_WAYS.some((name) => scenario.capabilities[name] === true)) return undefined;
    if (scenario.operator.some(({ execute }) => execute === "migrate")) return undefined;
    const syncs = freshPages(run, clockPhase(scenario.seed));
    for (const { t_us, ram } of ramSamples(run.samples)) {
      const { total = 0, remaining = 0, normal = 0, duplicate = 0 } = ram;
      if (normal + duplicate === 0) continue;
      const sums = dirtySums(syncs, t_us).map((fresh) => total / PAGE + fresh);
      const seen = remaining / PAGE + normal + duplicate;
      // Once the migration is over nothing is dirty any more, sent or not.
      if (remaining === 0 ? seen > Math.max(...sums) : !sums.includes(seen)) {
        return { detail: `${seen} pages sent or left of ${sums.join(" or ")} that became dirty`, at: t_us };
      }
    }
    const { source, normalPages, duplicatePages } = run.outcome;
    const total = ramSamples(run.samples)[0]?.ram["total"];
    if (source !== "completed" || total === undefined) return undefined;
    const dirty = total / PAGE + syncs.reduce((sum, { fresh }) => sum + fresh, 0);
    if (normalPages + duplicatePages === dirty) return undefined;
    return { detail: `${normalPages + duplicatePages} pages were sent of ${dirty} that became dirty` };
  },
};

/** Threads run ahead of each other by no more than this: the setup of KVM's log and the first sync after it. */
const AHEAD_US = 6000;

/**
 * What may have become dirty by a moment, which a thread that is a little ahead may have found already. A sync has found
 * its pages when it begins to wait for the vCPUs, and is traced when it has: a throttled guest sleeps long in between.
 */
function dirtySums(syncs: readonly Found[], until: number): number[] {
  const sums: number[] = [];
  let sum = 0;
  for (const { from, at, fresh } of syncs) {
    if (at >= until) sums.push(sum);
    if (from > until + AHEAD_US) return sums;
    sum += fresh;
  }
  return [...sums, sum];
}

/** The pages that a sync found, and when it began and ended. */
interface Found {
  readonly from: number;
  readonly at: number;
  readonly fresh: number;
}

/** How many pages each sync found that were clean before: the trace tells the sum since the period began. */
function freshPages({ source }: SimulatedRun, phase: number): Found[] {
  const ms = (at: number): number => Math.floor((at + phase) / 1000);
  const syncs: Found[] = [];
  let from = 0;
  let period: number | undefined;
  let counted = 0;
  for (const { declaration, at, values } of source) {
    if (declaration.name === "migration_bitmap_sync_start") {
      from = at;
      period ??= ms(at);
    }
    if (declaration.name !== "migration_bitmap_sync_end") continue;
    const dirty = Number(values[0]);
    syncs.push({ from, at, fresh: dirty - counted });
    const now = ms(at);
    const ends = period !== undefined && now > period + 1000;
    counted = ends ? 0 : dirty;
    if (ends) period = now;
  }
  return syncs;
}

function ramSamples(samples: readonly Sample[]): { t_us: number; ram: Readonly<Record<string, number>> }[] {
  return samples.flatMap(({ t_us, side, "query-migrate": { ram } }) =>
    side === "source" && ram !== undefined ? [{ t_us, ram }] : []
  );
}

/** Counters that only grow in one migration. */
const GROWING = ["transferred", "normal", "duplicate", "dirty-sync-count", "precopy-bytes", "downtime-bytes"];

const COUNTERS_GROW: Law = {
  id: "counters-grow",
  why: "What query-migrate counts was sent, and what was sent stays sent",
  broken({ scenario, run }) {
    if (scenario.operator.some(({ execute }) => execute === "migrate")) return undefined;
    let before: Readonly<Record<string, number>> = {};
    for (const { t_us, ram } of ramSamples(run.samples)) {
      const fault = counterFault(ram, before);
      if (fault !== undefined) return { detail: fault, at: t_us };
      before = ram;
    }
    return undefined;
  },
};

function counterFault(
  ram: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): string | undefined {
  for (const [name, value] of Object.entries(ram)) {
    const whole = name === "mbps" ? Number.isFinite(value) : Number.isSafeInteger(value);
    if (!whole || value < 0) return `${name} is ${value}`;
  }
  for (const name of GROWING) {
    const [was = 0, is = 0] = [before[name], ram[name]];
    if (is < was) return `${name} falls from ${was} to ${is}`;
  }
  const { total = 0, remaining = 0, normal = 0 } = ram;
  if (remaining > total) return `${remaining} bytes remain of ${total}`;
  if (ram["normal-bytes"] !== normal * PAGE) {
    return `normal-bytes is ${ram["normal-bytes"]} for ${normal} pages`;
  }
  return undefined;
}

/** To add a law is to add one constant and one line. */
export const RUN_LAWS: readonly Law[] = [
  READS_BACK,
  IN_TIME_ORDER,
  OUTCOME_LEGAL,
  PAGES_CONSERVED,
  COUNTERS_GROW,
];
