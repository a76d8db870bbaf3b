/**
 * The dirty-limit capability: a quota for each vCPU, kept by a sleep each time that its dirty ring is full.
 *
 * A statistics thread measures how much a vCPU dirties in each period and adjusts the sleep; the vCPU runs until its
 * ring is full, sleeps, and runs again.
 *
 * @see QEMU system/dirtylimit.c, migration/ram.c (migration_dirty_limit_guest) and facts/precopy.md 4.3
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import type { Guest } from "./guest.ts";
import type { Routine, Thread } from "./kernel.ts";
import type { ParameterSet } from "./parameters.ts";
import type { Source } from "./source.ts";

/** Rates are in MiB per second. */
const MIB = 2 ** 20;
/** DIRTYLIMIT_TOLERANCE_RANGE: a rate this near to the quota is left alone. */
const TOLERANCE = 25;
/** DIRTYLIMIT_LINEAR_ADJUSTMENT_PCT: from a difference of this many percent on the sleep is changed in proportion. */
const LINEAR_PERCENT = 50;
/** The log is on for the migration (0x1) and for the rates (0x4). */
const LOG_FOR_BOTH = 5;
/** From the limit to the first line of the thread that measures (dirty-limit). */
const START_MICROS = 130;
/** DIRTYLIMIT_THROTTLE_PCT_MAX. */
const PERCENT_MAX = 99;

/** What a dirty limit works with. */
export interface DirtyLimitOptions {
  readonly guest: Guest;
  readonly parameters: ParameterSet;
  readonly ringEntries: number;
  readonly vcpus: number;
  /** Makes a thread of the source, and starts it at a moment. */
  readonly start: (name: string, at: number, life: (thread: Thread) => Routine) => void;
}

/** The limits of one migration. */
export class DirtyLimit {
  /** How long a vCPU sleeps when its ring is full, in microseconds. */
  sleepMicros = 0;
  /** How long it takes to fill a ring at the highest rate seen, in microseconds; 0 until a rate is known. */
  ringFullMicros = 0;
  #quota = 0;
  #rateMax = 0;
  #ended = false;
  #nextMeasure = 0;

  constructor(readonly options: DirtyLimitOptions) {}

  /** Whether the guest is limited. */
  get inService(): boolean {
    return this.#quota > 0 && !this.#ended;
  }

  /** Too much became dirty: limits the guest, unless it is limited to just that. */
  act(thread: Thread): void {
    const { parameters, vcpus, start } = this.options;
    const quota = parameters.number("vcpu-dirty-limit");
    if (quota === this.#quota) return;
    const isFirst = this.#quota === 0;
    this.#quota = quota;
    if (isFirst) thread.trace("dirtylimit_state_initialize", { max_cpus: vcpus });
    for (let cpu = 0; cpu < vcpus; cpu++) {
      thread.trace("dirtylimit_set_vcpu", { cpu_index: cpu, quota });
    }
    thread.trace("migration_dirty_limit_guest", { dirtyrate: quota });
    if (isFirst) start("dirtyrate-stat", thread.now, (own) => this.#measure(own));
  }

  *#measure(thread: Thread): Routine {
    const { guest, parameters, vcpus, ringEntries } = this.options;
    thread.spend(START_MICROS);
    thread.trace("global_dirty_changed", { bitmask: LOG_FOR_BOTH });
    while (!this.#ended && guest.running) {
      guest.advance(thread.now);
      const before = guest.writes;
      const ranBefore = guest.runningMicros;
      const period = parameters.number("x-vcpu-dirty-limit-period");
      this.#nextMeasure = thread.now + period * 1000;
      yield* thread.sleepUntil(this.#nextMeasure);
      // A ring is emptied for the count when its vCPU has been kicked out of the guest, which waits for one that sleeps.
      yield* thread.sleepUntil(guest.awakeAt(thread.now));
      if (this.#ended || !guest.running) return;
      const written = (guest.writes - before) / vcpus;
      const ran = guest.runningMicros - ranBefore;
      const rate = Math.floor(written * PAGE_SIZE / MIB * 1000 / period);
      for (let cpu = 0; cpu < vcpus; cpu++) thread.trace("dirtyrate_do_calculate_vcpu", { idx: cpu, rate });
      if (written > 0) this.#adjust(thread, rate, ringEntries * ran / written);
    }
  }

  /** Compares a vCPU's rate with its quota; `fill` is how long its ring took to fill, in microseconds. */
  #adjust(thread: Thread, rate: number, fill: number): void {
    const { ringEntries, vcpus, guest, start } = this.options;
    this.#rateMax = Math.max(this.#rateMax, rate);
    if (this.#rateMax === 0) return;
    this.ringFullMicros = Math.floor(ringEntries * PAGE_SIZE / MIB * 1e6 / this.#rateMax);
    const quota = this.#quota;
    if (Math.abs(rate - quota) <= TOLERANCE) return;
    const percent = Math.floor(Math.abs(rate - quota) * 100 / Math.max(rate, quota));
    const change = percent > LINEAR_PERCENT
      ? Math.floor(this.ringFullMicros * percent / (100 - percent))
      : Math.floor(this.ringFullMicros / 10);
    const isFirst = this.sleepMicros === 0;
    const wanted = this.sleepMicros + (quota < rate ? change : -change);
    this.sleepMicros = Math.min(Math.max(0, wanted), this.ringFullMicros * PERCENT_MAX);
    for (let cpu = 0; cpu < vcpus; cpu++) {
      thread.trace("dirtylimit_throttle_pct", { cpu_index: cpu, pct: percent, time_us: this.sleepMicros });
    }
    guest.setRingSleep(fill, this.sleepMicros, thread.now);
    if (!isFirst) return;
    for (let cpu = 0; cpu < vcpus; cpu++) {
      start(`CPU ${cpu}/KVM`, thread.now, (own) => this.#sleep(own, cpu));
    }
  }

  /** A vCPU's thread, as far as its sleeps go. */
  *#sleep(thread: Thread, cpu: number): Routine {
    const { guest } = this.options;
    for (;;) {
      const at = guest.ringFullAt(thread.now);
      if (at === Infinity) return;
      yield* thread.sleepUntil(at);
      if (this.#ended || !guest.running) return;
      const sleep = this.sleepMicros;
      thread.trace("dirtylimit_vcpu_execute", { cpu_index: cpu, sleep_time_us: sleep });
      yield* thread.sleepUntil(at + sleep);
    }
  }

  /**
   * Ends the limits, which a cancel does, and the end of the process: a completed migration leaves them. Waits for the
   * statistics thread to look up (dirty-limit: 0.9 s).
   */
  *cancel(thread: Thread): Routine {
    if (!this.inService) return;
    this.#ended = true;
    for (let cpu = 0; cpu < this.options.vcpus; cpu++) {
      thread.trace("dirtylimit_set_vcpu", { cpu_index: cpu, quota: 0 });
    }
    this.options.guest.setRingSleep(0, 0, thread.now);
    yield* thread.sleepUntil(Math.max(thread.now, this.#nextMeasure));
    thread.trace("dirtylimit_state_finalize", {});
  }
}

/** The limits of a migration that is about to start; null without capability dirty-limit. */
export function makeDirtyLimit(source: Source, newThread: (name: string) => Thread): DirtyLimit | null {
  const { scenario: { guest: { dirty_ring_entries: ringEntries, vcpus } }, guest, parameters, kernel } =
    source;
  if (!source.has("dirty-limit") || ringEntries === null) return null;
  const start: DirtyLimitOptions["start"] = (name, at, life) => {
    const thread = newThread(name);
    kernel.spawn(thread, life(thread), at);
  };
  return new DirtyLimit({ guest, parameters, ringEntries, vcpus, start });
}
