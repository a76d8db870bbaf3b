/**
 * One migration on the source: its state, its counters, and the arithmetic of its decisions.
 *
 * @see QEMU migration/migration.c (migration_update_counters) and facts/precopy.md 1.6, 2.2
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import type { MigrationStatus } from "../trace/mod.ts";
import { COSTS } from "./calibration.ts";
import { newStats } from "./faulty_stats.ts";
import type { Guest } from "./guest.ts";
import { Lock, type Thread } from "./kernel.ts";
import type { ParameterSet } from "./parameters.ts";
import type { Profile } from "./profile.ts";
import type { Ram } from "./ram.ts";
import { type MigrationStats, traceTransferred } from "./statistics.ts";
import type { Throttle } from "./throttle.ts";
import { Xbzrle, type XbzrleCounters } from "./xbzrle.ts";

/** BUFFER_DELAY: the length of a cycle, in milliseconds. */
const CYCLE_MS = 100;
/** A sync that finds fewer pages than this has found what the guest has written in a moment. */
const FEW_PAGES = 64;
/** A sync so soon after another finds the log in the processor's caches, in microseconds. */
const WARM_MICROS = 2000;
/** Rates are computed and the throttle judged when a sync ends a period longer than this, in milliseconds. */
const PERIOD_MS = 1000;
/** Pages of the hole of holes-counted-dirty. */
const HOLE_PAGES = 256;
/**
 * What x86 makes of a quotient that no integer can hold: avail-switchover-bandwidth below 1000 is a bandwidth of 0 (10.0.2
 * told -9223372036854775808 ms).
 */
const NO_QUOTIENT = -(2 ** 63);
/** Below this many bytes in a cycle expected-downtime is left alone. */
const EXPECTED_DOWNTIME_BYTES_MIN = 10_000;

/** MigrationState, one for each `migrate`. Times in milliseconds of QEMU's clock, unless named otherwise. */
export class Migration {
  status: MigrationStatus = "none";
  /** Held while RAM is sent, and by a sync: bitmap_mutex of QEMU. */
  readonly bitmapLock = new Lock();
  readonly stats: MigrationStats;
  startMs = 0;
  setupMs = 0;
  totalMs = 0;
  downtimeMs = 0;
  downtimeStartMs = 0;
  expectedDowntimeMs: number;
  mbps = 0;
  pagesPerSecond = 0;
  /** Bytes that may be left for the switchover; 0 until the first cycle ends. */
  thresholdBytes = 0;
  /** Bytes per millisecond of the last cycle, or what avail-switchover-bandwidth says. */
  expectedBandwidth = 0;
  /** What the last pending query found, any kind (11.1's `remaining`). */
  lastPendingBytes = 0;
  /** What the last exact pending query found, in bytes. */
  lastExactBytes = 0;
  /** The first error, which query-migrate shows as error-desc. */
  error: string | null = null;
  /** Whether that error has been traced. */
  errorTraced = false;
  /** Whether the guest ran until the switchover stopped it; not before that (vm_old_state is -1 at first). */
  guestRan = false;
  /** The cache of capability xbzrle. */
  readonly xbzrle: Xbzrle | null;
  #cycleMs = 0;
  #cycleBytes = 0;
  #cyclePages = 0;
  #periodMs = -1;
  #periodDirtyPages = 0;
  #periodBytes = 0;
  /** When the last sync had read the log, in microseconds. */
  #syncedAt = -Infinity;
  /** How long the rate limit has slept in this cycle. */
  sleptMs = 0;

  constructor(
    readonly profile: Profile,
    readonly ram: Ram,
    readonly guest: Guest,
    readonly throttle: Throttle,
    readonly parameters: ParameterSet,
    /** Called with each new status and its moment. */
    readonly onStatus: (status: MigrationStatus, at: number) => void,
    /** The process's XBZRLE counters, when capability xbzrle is set. */
    xbzrleCounters: XbzrleCounters | null,
  ) {
    this.xbzrle = xbzrleCounters === null
      ? null
      : new Xbzrle(ram, xbzrleCounters, parameters.number("xbzrle-cache-size"));
    this.expectedDowntimeMs = parameters.number("downtime-limit");
    this.stats = newStats(profile.bugs);
    if (profile.countsExactQueriesOnly) this.stats.dirty_sync_count = 1;
  }

  /** Moves from one status to another; does nothing if another thread was faster. */
  setStatus(thread: Thread, from: MigrationStatus, to: MigrationStatus): void {
    if (this.status !== from) return;
    this.status = to;
    thread.trace("migrate_set_state", { new_state: to });
    this.onStatus(to, thread.now);
    thread.spend(COSTS.stateEvent);
  }

  get isActive(): boolean {
    return this.status === "active";
  }

  /** Bytes of RAM still to be sent. */
  get pendingBytes(): number {
    const holes = this.profile.bugs.has("holes-counted-dirty") ? HOLE_PAGES : 0;
    return (this.ram.dirtyPages + holes) * PAGE_SIZE;
  }

  /** What bugs of the museum keep of an earlier migration of the same process. */
  inherit(earlier: Migration): void {
    const { bugs } = this.profile;
    if (bugs.has("counters-of-cancelled-run")) {
      this.stats.qemu_file_transferred = earlier.stats.qemu_file_transferred;
      this.stats.rate_limit_start = earlier.stats.qemu_file_transferred;
    }
    if (bugs.has("period-of-earlier-run")) {
      this.#periodMs = earlier.#periodMs;
      this.#periodDirtyPages = earlier.#periodDirtyPages;
      this.#periodBytes = earlier.#periodBytes;
    }
  }

  /** Starts the first cycle. */
  startCycle(thread: Thread): void {
    traceTransferred(thread, this.stats);
    this.#cycleMs = thread.ms;
    this.#cycleBytes = this.stats.transferred;
    this.sleptMs = 0;
    if (this.status === "setup" && this.profile.bugs.has("counters-of-cancelled-run")) this.#cycleBytes = 0;
    this.#cyclePages = this.#handledPages;
  }

  /** How many milliseconds are left of the cycle at a moment. */
  cycleLeft(nowMs: number): number {
    return this.#cycleMs + CYCLE_MS - nowMs;
  }

  get #handledPages(): number {
    return this.stats.normal_pages + this.stats.zero_pages + (this.xbzrle?.counters.pages ?? 0);
  }

  /** Ends the cycle if it has lasted long enough: bandwidth, threshold and rates. */
  updateCounters(thread: Thread, nowMs: number): void {
    if (nowMs < this.#cycleMs + CYCLE_MS) return;
    const { stats, parameters, profile } = this;
    // Asked for the cycle, for the limit's new start and for the next cycle (full-precopy).
    traceTransferred(thread, stats);
    traceTransferred(thread, stats);
    const transferred = stats.transferred - this.#cycleBytes;
    const { bugs } = profile;
    let spent = nowMs - this.#cycleMs;
    if (bugs.has("sleep-not-in-bandwidth")) spent = Math.max(1, spent - this.sleptMs);
    this.mbps = transferred * 8 / (spent / 1000) / 1000 / 1000;
    // 11.1 takes the bandwidth from the rate that it reports, and its rounding with it.
    let bandwidth = profile.bandwidthInMbit ? this.mbps * 125 : transferred / spent;
    if (bugs.has("bandwidth-without-remainder")) bandwidth = Math.trunc(bandwidth);
    const given = parameters.number("avail-switchover-bandwidth");
    const givenPerMs = profile.switchoverBandwidthAsDouble ? given / 1000 : Math.floor(given / 1000);
    this.expectedBandwidth = given > 0 ? givenPerMs : bandwidth;
    this.thresholdBytes = Math.trunc(this.expectedBandwidth * parameters.number("downtime-limit"));
    this.pagesPerSecond = Math.trunc((this.#handledPages - this.#cyclePages) / (spent / 1000));
    if (stats.dirty_pages_rate > 0 && transferred > EXPECTED_DOWNTIME_BYTES_MIN) {
      const bytes = bugs.has("expected-downtime-from-dirty-rate")
        ? stats.dirty_pages_rate * PAGE_SIZE
        : stats.dirty_bytes_last_sync;
      this.expectedDowntimeMs = this.expectedBandwidth === 0
        ? NO_QUOTIENT
        : Math.trunc(bytes / this.expectedBandwidth);
    }
    stats.rate_limit_start = stats.transferred;
    this.startCycle(thread);
    this.#cycleMs = nowMs;
    thread.trace("migrate_transferred", {
      transferred,
      time_spent: spent,
      bandwidth: Math.trunc(profile.bandwidthInMbit ? this.mbps : bandwidth),
      avail_bw: profile.bandwidthInMbit ? Math.trunc(this.expectedBandwidth) : Math.floor(given / 1000),
      size: this.thresholdBytes,
    });
  }

  /**
   * Synchronises the dirty bitmap, with what hangs on it: counters, rates, throttle.
   *
   * @param counted Whether dirty-sync-count grows.
   * @param answer In a row of syncs: how long TCG's vCPUs take to leave their code this time, in microseconds.
   */
  syncBitmap(thread: Thread, counted: boolean, answer?: number): void {
    const { stats, ram, guest } = this;
    if (counted) stats.dirty_sync_count++;
    const isFirst = this.#periodMs < 0;
    if (isFirst) this.#periodMs = thread.ms;
    thread.trace("migration_bitmap_sync_start", {});
    // The next one in a row reads what is still in the processor's caches, however much RAM there is.
    const isWarm = answer !== undefined && thread.now < this.#syncedAt + WARM_MICROS;
    const warm = ram.kind === "ring" ? COSTS.syncRingWarm : COSTS.syncWarm;
    thread.spend(isWarm ? warm : this.#syncCost(isFirst));
    guest.advance(thread.now);
    const fresh = ram.sync();
    this.#periodDirtyPages += fresh;
    if (ram.kind === "tcg" && !isFirst) thread.spend(this.#forgetCost(fresh, answer ?? COSTS.syncTcgFew));
    // TCG waits until every vCPU has left its block of code, and a dirty ring is emptied when its vCPU has been kicked out
    // of the guest; one that sleeps does neither before it wakes (dirty-limit: a sync of 451 ms).
    if (ram.kind !== "kvm") thread.now = guest.awakeAt(thread.now);
    if (isFirst && this.profile.bugs.has("first-sync-counts-all")) {
      this.#periodDirtyPages += ram.totalPages;
    }
    guest.synced(thread.now);
    this.#syncedAt = thread.now;
    stats.dirty_bytes_last_sync = this.pendingBytes;
    thread.trace("migration_bitmap_sync_end", { dirty_pages: this.#periodDirtyPages });
    const nowMs = thread.ms;
    if (nowMs > this.#periodMs + PERIOD_MS) this.#endPeriod(thread, nowMs);
    thread.spend(this.profile.queryPending ? COSTS.exactAnswerNew : COSTS.exactAnswer);
  }

  /** What reading the log costs, in microseconds. */
  #syncCost(isFirst: boolean): number {
    const { ram: { kind, totalPages }, profile } = this;
    const thousands = totalPages / 1000;
    if (!isFirst) {
      const more = { "tcg": 0, "kvm": COSTS.syncKvm, "ring": COSTS.syncRing }[kind];
      return more + COSTS.syncPer1000Pages * thousands;
    }
    if (kind === "kvm") return COSTS.firstSyncKvm + COSTS.firstSyncKvmPer1000Pages * thousands;
    if (kind === "ring") return COSTS.firstSyncRing;
    return profile.queryPending ? COSTS.firstSyncTcgNew : COSTS.firstSyncTcg;
  }

  /** How long TCG takes to have its vCPUs forget where they may write. */
  #forgetCost(fresh: number, answer: number): number {
    if (!this.guest.running) return COSTS.syncTcgStopped;
    return fresh < FEW_PAGES ? answer : answer + COSTS.syncTcg - COSTS.syncTcgFew;
  }

  #endPeriod(thread: Thread, nowMs: number): void {
    const { stats } = this;
    const isFirst = this.#periodBytes === 0 && this.profile.bugs.has("throttle-without-transfer");
    const sent = isFirst ? 0 : stats.transferred - this.#periodBytes;
    this.throttle.periodEnds(thread, this.#periodDirtyPages * PAGE_SIZE, sent);
    stats.dirty_pages_rate = Math.floor(this.#periodDirtyPages * 1000 / (nowMs - this.#periodMs));
    this.#periodMs = nowMs;
    this.#periodDirtyPages = 0;
    this.#periodBytes = stats.transferred;
    this.xbzrle?.periodEnds(this.ram.targetPages, this.profile.bugs);
  }

  /** Ends the downtime's clock, once. */
  endDowntime(thread: Thread): void {
    if (this.downtimeMs !== 0) return;
    this.downtimeMs = thread.ms - this.downtimeStartMs;
    thread.trace("vmstate_downtime_checkpoint", { checkpoint: "src-downtime-end" });
    thread.spend(COSTS.step);
  }

  /** Figures at the end of a completed migration: the total time, and the mean bandwidth in the place of the last. */
  computeTotals(thread: Thread): void {
    this.totalMs = thread.ms - this.startMs;
    const { bugs } = this.profile;
    const transferMs = this.totalMs - (bugs.has("setup-time-in-mbps") ? 0 : this.setupMs);
    if (transferMs > 0 && !bugs.has("mbps-of-last-cycle")) {
      this.mbps = this.stats.transferred * 8 / transferMs / 1000;
    }
  }
}
