/**
 * Why a migration did or did not converge, from its trace alone: what each iteration sent and what the guest dirtied
 * meanwhile, and what would have let it switch over at the last decision.
 *
 * An iteration is what lies between two bitmap syncs. A decision is made when the pending size has been counted
 * exactly: switch over when it is below the threshold, bandwidth times downtime-limit (facts/precopy.md 1.5, 1.6).
 *
 * @module
 */
import type { EventView } from "../trace/mod.ts";
import { Check, type Slot } from "./check.ts";
import type { Ending } from "./rule.ts";
import { anyOf, on, onOld } from "./select.ts";

/** What one iteration did. Sizes in bytes, rates in bytes per second; NaN where the trace does not tell. */
export interface Iteration {
  /** From 1. */
  readonly index: number;
  /** Line of the sync that ended it. */
  readonly line: number;
  readonly milliseconds: number;
  /** RAM that was sent, as the pending size shows it. */
  readonly sent: number;
  /** RAM that the guest dirtied and that was not waiting to be sent anyway. */
  readonly dirtied: number;
  /** Measured by the last counter update. */
  readonly bandwidth: number;
  readonly dirtyRate: number;
  /** Dirty rate against bandwidth: above 1 the guest wins. */
  readonly ratio: number;
  /** Counted exactly at the end of the iteration. */
  readonly pending: number;
  readonly threshold: number;
}

/** Whether the migration gets there. */
export type ConvergenceVerdict =
  | "converged"
  | "converging"
  | "not converging"
  | "stalled"
  | "decided by the operator"
  | "unknown";

/** One change that would have let the migration switch over at its last decision. */
export interface Remedy {
  /** A parameter of `migrate-set-parameters`, or `cpu-throttle`. */
  readonly name: "downtime-limit" | "max-bandwidth" | "avail-switchover-bandwidth" | "cpu-throttle";
  /** The value needed: milliseconds, bytes per second, or percent. */
  readonly value: number;
  /** The sum, with its numbers. */
  readonly arithmetic: string;
}

/** What is said about one migration. */
export interface Convergence {
  /** Which migration of the process, from 1. */
  readonly migration: number;
  readonly verdict: ConvergenceVerdict;
  /** One sentence with the numbers. */
  readonly why: string;
  /** The last iterations, at most {@linkcode ITERATIONS_MAX}; none but of the last {@linkcode ITERATED_MAX} migrations. */
  readonly iterations: readonly Iteration[];
  /** How many iterations there were in all. */
  readonly count: number;
  /** The smallest change first; empty when the migration switched over, or when no decision was traced. */
  readonly remedies: readonly Remedy[];
}

/** Iterations that are kept for the report. */
const ITERATIONS_MAX = 128;

/** Migrations of one run whose iterations are kept. */
export const ITERATED_MAX = 100;

const SLOTS: readonly Slot[] = [
  {
    selector: anyOf(on("migrate_pending_estimate"), on("qemu_savevm_query_pending", { exact: 0 })),
    args: ["size|total"],
  },
  {
    selector: anyOf(on("migrate_pending_exact"), on("qemu_savevm_query_pending", { exact: 1, final: 0 })),
    args: ["size|total"],
  },
  { selector: on("migrate_transferred"), args: ["transferred|tranferred", "time_spent", "size"] },
  { selector: on("migration_bitmap_sync_end"), args: [] },
  { selector: on("migration_thread_low_pending"), args: [] },
  { selector: on("migrate_set_state", { new_state: "cancelling" }), args: [] },
  { selector: on("postcopy_start"), args: [] },
  { selector: on("migration_rate_limit_pre"), args: [] },
  { selector: on("migrate_set_state", { new_state: "active" }), args: [] },
  // 7.2: exact when a sync came just before. It does not tell what was there before the sync.
  { selector: onOld("migrate_pending"), args: ["size"] },
];

/** Watches one side's events and keeps the account of the iterations. */
export class ConvergenceCheck extends Check {
  #iterations: Iteration[] = [];
  #count = 0;
  #estimate = NaN;
  #afterSync = NaN;
  #syncAt = -1;
  #endAt = -1;
  #syncLine = 0;
  #threshold = 0;
  #bandwidth = NaN;
  #cycles = 0;
  #idle = 0;
  #isSynced = false;
  #isLimited = false;
  #isLow = false;
  #isCancelled = false;
  #isPostcopy = false;

  slots(): readonly Slot[] {
    return SLOTS;
  }

  override begin(): void {
    super.begin();
    this.#iterations = [];
    this.#count = 0;
    this.#estimate = this.#afterSync = this.#bandwidth = NaN;
    this.#syncAt = this.#endAt = -1;
    this.#threshold =
      this.#cycles =
      this.#idle =
      this.#syncLine =
        0;
    this.#isSynced =
      this.#isLimited =
      this.#isLow =
      this.#isCancelled =
      this.#isPostcopy =
        false;
  }

  on(event: EventView, slot: number, args: readonly number[]): void {
    switch (slot) {
      case 0:
        // What postcopy has to go says nothing of how precopy went.
        if (this.#isPostcopy) break;
        this.#estimate = event.number(args[0] as number);
        if (Number.isNaN(this.#afterSync)) {
          this.#afterSync = this.#estimate;
          this.#syncAt = event.at;
        }
        break;
      case 1:
        if (!this.#isPostcopy) this.#decide(event, event.number(args[0] as number));
        break;
      case 2: {
        const sent = event.number(args[0] as number);
        if (!this.#isPostcopy) this.#cycles++;
        this.#idle = sent < 1000 ? this.#idle + 1 : 0;
        this.#bandwidth = sent / event.number(args[1] as number) * 1000;
        this.#threshold = event.number(args[2] as number);
        break;
      }
      case 3:
        this.#isSynced = true;
        this.#syncLine = event.line;
        this.#endAt = event.at;
        break;
      case 4:
        this.#isLow = true;
        break;
      case 5:
        this.#isCancelled = true;
        break;
      case 6:
        this.#isPostcopy = true;
        break;
      case 7:
        this.#isLimited = true;
        break;
      case 8:
        if (this.#syncAt < 0) this.#syncAt = event.at;
        break;
      case 9:
        this.#pending(event, event.number(args[0] as number));
        break;
    }
  }

  #pending(event: EventView, pending: number): void {
    if (this.#isPostcopy) return;
    if (this.#isSynced && !Number.isNaN(this.#afterSync)) {
      this.#estimate = NaN;
      this.#decide(event, pending);
    }
    this.#isSynced = false;
    this.#estimate = pending;
    if (Number.isNaN(this.#afterSync)) this.#afterSync = pending;
  }

  #decide(event: EventView, pending: number): void {
    const dirtied = Math.max(0, pending - this.#estimate);
    const sent = Math.max(0, this.#afterSync - this.#estimate);
    const at = event.at < 0 ? -1 : Math.max(event.at, this.#endAt);
    const milliseconds = at < 0 || this.#syncAt < 0 ? NaN : (at - this.#syncAt) / 1000;
    const dirtyRate = dirtied / milliseconds * 1000;
    this.#count++;
    this.#iterations.push({
      index: this.#count,
      line: this.#syncLine === 0 ? event.line : this.#syncLine,
      milliseconds,
      sent,
      dirtied,
      bandwidth: this.#bandwidth,
      dirtyRate,
      ratio: dirtyRate / this.#bandwidth,
      pending,
      threshold: this.#threshold,
    });
    if (this.#iterations.length > ITERATIONS_MAX) this.#iterations.shift();
    this.#afterSync = pending;
    this.#estimate = pending;
    this.#syncAt = at;
  }

  /** Says how the migration that was watched went. */
  judge(migration: number, ending: Ending): Convergence {
    const { verdict, why } = this.#verdict(ending);
    const isDone = this.#isLow && !this.#isPostcopy;
    return {
      migration,
      verdict,
      why,
      iterations: this.#iterations,
      count: this.#count,
      remedies: isDone || this.#isPostcopy ? [] : this.#remedies(),
    };
  }

  #verdict(ending: Ending): { verdict: ConvergenceVerdict; why: string } {
    const last = this.#iterations.at(-1);
    if (this.#isPostcopy) {
      return { verdict: "decided by the operator", why: `postcopy was started after ${this.#state(last)}` };
    }
    if (this.#isLow) {
      const why = this.#switchover(last);
      if (this.#isCancelled) {
        return {
          verdict: "decided by the operator",
          why: `cancelled after it had converged and its switchover had begun; ${why}`,
        };
      }
      return { verdict: "converged", why: ending === "failed" ? `${why}; it failed in the switchover` : why };
    }
    const trend = this.#trend();
    if (this.#isCancelled) {
      const was = trend.verdict === "unknown" ? "" : `; it was ${trend.verdict}`;
      return { verdict: "decided by the operator", why: `cancelled ${this.#when(last)}${was}` };
    }
    if (ending === "failed") return { verdict: "unknown", why: `it failed ${this.#when(last)}` };
    return trend;
  }

  /** What was left when the switchover was decided. */
  #switchover(last: Iteration | undefined): string {
    const pending = last === undefined ? this.#estimate : last.pending;
    const left = Number.isNaN(pending) ? "the pending size was not traced" : `${mib(pending)} were left`;
    const threshold = last?.threshold ?? this.#threshold;
    const isBelow = threshold > 0 && pending <= threshold;
    const limit = isBelow ? `, at or below the threshold of ${mib(threshold)}` : "";
    return `${count(this.#count, "iteration")}: ${left}${limit}`;
  }

  #when(last: Iteration | undefined): string {
    const isBefore = last === undefined && this.#cycles === 0;
    return isBefore ? "before anything was sent" : `after ${this.#state(last)}`;
  }

  #state(last: Iteration | undefined): string {
    if (last === undefined) {
      if (this.#cycles === 0) return "nothing was sent";
      return Number.isNaN(this.#estimate)
        ? `${count(this.#cycles, "cycle")}; the pending size was not traced`
        : `${count(this.#cycles, "cycle")} of the first pass, with ${mib(this.#estimate)} to go`;
    }
    return `${count(this.#count, "iteration")}, with ${mib(last.pending)} pending against a threshold of ${
      mib(last.threshold)
    }`;
  }

  #trend(): { verdict: ConvergenceVerdict; why: string } {
    const last = this.#iterations.at(-1);
    if (this.#idle >= 10) {
      return {
        verdict: "stalled",
        why: `nothing was sent in the last ${this.#idle} cycles; ${this.#state(last)}`,
      };
    }
    if (Number.isNaN(this.#estimate)) return { verdict: "unknown", why: "no pending size was traced" };
    if (last === undefined) {
      return { verdict: "converging", why: `${this.#state(last)}: the first pass is not over` };
    }
    const before = this.#iterations.at(-2);
    const guest = Number.isNaN(last.dirtyRate) ? "" : `the guest dirties ${mib(last.dirtyRate)}/s, `;
    const rates = `${guest}the link carries ${mib(last.bandwidth)}/s`;
    if (before === undefined) return { verdict: "converging", why: `${this.#state(last)}; ${rates}` };
    const past = this.#iterations.slice(-5);
    const least = Math.min(...past.slice(0, -1).map(({ pending }) => pending));
    const verdict = last.pending < least * 0.95 ? "converging" : "not converging";
    return { verdict, why: `${this.#state(last)}; ${rates}` };
  }

  /** What would have been enough at the last decision, each change alone. */
  #remedies(): Remedy[] {
    const last = this.#iterations.at(-1);
    const { settings } = this.host;
    const limit = settings.now("downtime-limit");
    if (last === undefined || last.threshold <= 0 || last.pending <= last.threshold) return [];
    const milliseconds = Number.isNaN(limit) ? NaN : limit;
    const perMs = Number.isNaN(milliseconds) ? last.bandwidth / 1000 : last.threshold / milliseconds;
    const remedies: Remedy[] = [];
    if (perMs > 0 && Number.isFinite(perMs)) {
      const value = Math.floor(last.pending / perMs) + 1;
      remedies.push({
        name: "downtime-limit",
        value,
        arithmetic: `${last.pending} bytes pending / ${Math.floor(perMs)} bytes per ms = ${
          (last.pending / perMs).toFixed(1)
        } ms; ${value} ms are enough`,
      });
    }
    // Before 8.2 the operator could not say what the switchover would have.
    const canClaim = this.host.resolve(SLOTS[2]?.selector ?? [], ["avail_bw"]).length > 0;
    if (milliseconds > 0) {
      const value = (Math.floor(last.pending / milliseconds) + 1) * 1000;
      const sum = `${last.pending} bytes pending / ${milliseconds} ms = ${value / 1000} bytes per ms`;
      if (canClaim) {
        remedies.push({
          name: "avail-switchover-bandwidth",
          value,
          arithmetic: `${sum}; the link must carry it, or the downtime is longer than its limit`,
        });
      }
      if (this.#isLimited) {
        remedies.push({ name: "max-bandwidth", value, arithmetic: `${sum}; the link must carry it` });
      }
    }
    if (last.dirtied > last.threshold) {
      const share = 1 - last.threshold / last.dirtied;
      const value = Math.min(99, Math.ceil(share * 100));
      remedies.push({
        name: "cpu-throttle",
        value,
        arithmetic: `1 - ${last.threshold} bytes of threshold / ${last.dirtied} bytes dirtied = ${
          (share * 100).toFixed(1)
        } %; pages dirtied are taken to follow the share of time the guest runs`,
      });
    }
    return remedies;
  }
}

function mib(size: number): string {
  if (!Number.isFinite(size)) return "an unknown amount";
  const value = size / 1048576;
  return value < 1 && size > 0 ? `${(size / 1024).toFixed(1)} KiB` : `${value.toFixed(1)} MiB`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
