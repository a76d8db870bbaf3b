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
    const { guest, parameters, vcpus } = this.options;
    while (!this.#ended) {
      guest.advance(thread.now);
      const before = guest.writes;
      const ranBefore = guest.runningMicros;
      const period = parameters.number("x-vcpu-dirty-limit-period");
      yield* thread.sleepUntil(thread.now + period * 1000);
      if (this.#ended) return;
      guest.advance(thread.now);
      const written = guest.writes - before;
      const ran = guest.runningMicros - ranBefore;
      if (written > 0) this.#adjust(thread, written / vcpus, { period, ran });
    }
  }

  /** Compares what a vCPU wrote in a period with its quota. */
  #adjust(thread: Thread, written: number, { period, ran }: { period: number; ran: number }): void {
    const { ringEntries, vcpus, guest, start } = this.options;
    const rate = Math.floor(written * PAGE_SIZE / MIB * 1000 / period);
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
    const fill = ringEntries * ran / written;
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

  /** The migration is over, and its limits with it. */
  end(thread: Thread, isCancelled: boolean): void {
    if (!this.inService) return;
    if (isCancelled) thread.trace("dirtylimit_state_finalize", {});
    this.#ended = true;
    this.options.guest.setRingSleep(0, 0, thread.now);
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
