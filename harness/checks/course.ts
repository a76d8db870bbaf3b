/**
 * The course of a migration in figures: its rounds and its switchover, read off the source's trace and the samples.
 *
 * @module
 */
import { type EventView, type Run, visitRecords } from "../trace/mod.ts";

const PAGE_BYTES = 4096;
/** A sync later than this after a period's start ends it, in microseconds, give or take QEMU's own clock. */
const PERIOD = 1_000_000;
const CLOCK = 5_000;

/** One sync, and what the guest had dirtied until then. */
export interface Round {
  /** Microseconds on the clock of the trace. */
  readonly at: number;
  /** Pages that the sync found newly dirty: the trace tells a sum over a period, hence two bounds. */
  readonly foundLeast: number;
  readonly foundMost: number;
  /** Pages that were still to be sent before the sync, as the last estimate says. */
  readonly pendingPages: number;
  /** Whether the switchover was decided before it: the guest stood still for a part of the round. */
  readonly isLast: boolean;
  /** Whether no threshold was known yet at its sync: the next one may follow in a row. */
  readonly isEarly: boolean;
  /** The throttle in force from here on; 0 for none. */
  readonly percent: number;
  /** How many cycles had ended before it. */
  readonly cycles: number;
}

/** The course of one migration, the first of its trace. */
export interface Course {
  /** One for each sync, the first one included. */
  readonly rounds: readonly Round[];
  /** Whether the guest's writes are logged one by one, as under TCG; undefined when that is not known. */
  readonly logsEveryWrite: boolean | undefined;
  /** When the switchover was decided, in microseconds after the state setup; null when it was not. */
  readonly switchover: number | null;
  /** When the trace breaks off in the migration's loop, in microseconds after the state setup; null when it does not. */
  readonly brokenOff: number | null;
  /** Whether the rate limit has held the migration up after its first pass. */
  readonly isLimited: boolean;
  /** The longest cycle, in microseconds: a write call that a slow wire holds up makes one longer than 100 ms. */
  readonly longestCycle: number;
  /** Pages that the guest has and pages that were sent, when the last reply says completed. */
  readonly pages: { readonly guest: number; readonly sent: number } | null;
}

/** Reads the course off a run. */
export function courseOf({ facts, source, samples }: Run): Course {
  const rounds: (Omit<Round, "percent"> & { percent: number })[] = [];
  let pendingPages = 0;
  let setup = 0;
  let switchover: number | null = null;
  let isEarly = true;
  let percent = 0;
  let cycles = 0;
  let cycleAt = NaN;
  let longestCycle = 0;
  let last = 0;
  let hasLeft = false;
  let isLimited = false;
  let sum = 0;
  let start = NaN;
  let lastAt = NaN;
  /** Whether the next sync counts from 0, and whether that can be told at all. */
  let isNew: "yes" | "no" | "perhaps" = "no";
  let isSure = true;
  const event = (event: EventView): void => {
    last = event.at;
    switch (event.declaration.name) {
      case "migrate_set_state":
        if (event.text(0) === "setup") setup = event.at;
        break;
      case "migration_bitmap_sync_end": {
        const value = event.number(0);
        if (value < sum) {
          // The sum began anew, so the sync before did end a period.
          isNew = "yes";
          if (!isSure) start = lastAt;
          isSure = true;
        }
        const grown = Math.max(0, value - sum);
        rounds.push({
          at: event.at,
          foundLeast: isNew === "yes" ? value : grown,
          foundMost: isNew === "no" ? grown : value,
          pendingPages,
          isLast: switchover !== null,
          isEarly,
          percent,
          cycles,
        });
        sum = value;
        lastAt = event.at;
        if (Number.isNaN(start)) start = event.at;
        const beyond = event.at - start - PERIOD;
        if (Math.abs(beyond) < CLOCK) isSure = false;
        isNew = isSure ? (beyond > 0 ? "yes" : "no") : "perhaps";
        if (isNew === "yes") start = event.at;
        break;
      }
      case "migrate_transferred":
        isEarly = false;
        cycles++;
        if (cycles > 1) longestCycle = Math.max(longestCycle, event.at - cycleAt);
        cycleAt = event.at;
        break;
      case "migration_rate_limit_pre":
        if (rounds.length > 1) isLimited = true;
        break;
      case "cpu_throttle_set": {
        percent = Math.min(99, Math.max(1, event.number(0)));
        const round = rounds.at(-1);
        if (round !== undefined) round.percent = percent;
        break;
      }
      case "migrate_pending_estimate":
      case "migrate_pending_exact":
        pendingPages = event.number(0) / PAGE_BYTES;
        break;
      case "qemu_savevm_query_pending":
        pendingPages = event.number(event.declaration.args.findIndex(({ name }) => name === "total")) /
          PAGE_BYTES;
        break;
      case "migration_thread_after_loop":
        hasLeft = true;
        break;
      case "migration_thread_low_pending":
        switchover ??= event.at - setup;
        break;
    }
  };
  visitRecords(source, { event, other: () => {} });
  return {
    rounds,
    logsEveryWrite: facts.accelerator === undefined ? undefined : facts.accelerator === "tcg",
    switchover,
    brokenOff: hasLeft ? null : last - setup,
    isLimited,
    longestCycle,
    pages: pagesOf(samples),
  };
}

function pagesOf(samples: Run["samples"]): Course["pages"] {
  const last = samples.findLast(({ side }) => side === "source")?.["query-migrate"];
  const { total, normal, duplicate, "page-size": size } = last?.ram ?? {};
  if (last?.status !== "completed") return null;
  if (total === undefined || normal === undefined || duplicate === undefined || size === undefined) {
    return null;
  }
  return { guest: total / size, sent: normal + duplicate };
}
