/**
 * Auto-converge: when the guest is slowed down, and by how much.
 *
 * @see QEMU migration/ram.c (migration_trigger_throttle, mig_throttle_guest_down), migration/cpu-throttle.c and
 * facts/precopy.md 4.1
 * @module
 */
import type { DirtyLimit } from "./dirty_limit.ts";
import type { Guest } from "./guest.ts";
import type { Thread } from "./kernel.ts";
import type { BugId } from "./museum.ts";
import type { ParameterSet } from "./parameters.ts";

/** Periods with too many dirty bytes that it takes; they need not follow each other. */
const HIGH_PERIODS = 2;
/** CPU_THROTTLE_PCT_MIN and _MAX of QEMU. */
const PERCENT_MIN = 1;
const PERCENT_MAX = 99;

/** The trigger and the percentage of one migration. */
export class Throttle {
  #highPeriods = 0;

  constructor(
    readonly guest: Guest,
    readonly parameters: ParameterSet,
    /** Capability auto-converge. The counting goes on without it. */
    readonly enabled: boolean,
    readonly bugs: ReadonlySet<BugId>,
    /** The limits of capability dirty-limit, which has the same trigger. */
    readonly limit: DirtyLimit | null = null,
  ) {}

  /**
   * Judges a period of more than a second that ends with a sync.
   *
   * @param dirtyBytes Bytes that became dirty in the period.
   * @param sentBytes Bytes transferred in the period.
   */
  periodEnds(thread: Thread, dirtyBytes: number, sentBytes: number): void {
    const threshold = Math.floor(sentBytes * this.parameters.number("throttle-trigger-threshold") / 100);
    const highPeriods = HIGH_PERIODS + (this.bugs.has("throttle-after-three") ? 1 : 0);
    if (dirtyBytes <= threshold || ++this.#highPeriods < highPeriods) return;
    this.#highPeriods = 0;
    if (!this.enabled) {
      this.limit?.act(thread);
      return;
    }
    thread.trace("migration_throttle", {});
    this.#slowDown(thread, dirtyBytes, threshold);
  }

  #slowDown(thread: Thread, dirtyBytes: number, threshold: number): void {
    const { guest, parameters } = this;
    const now = guest.throttlePercent;
    let percent = parameters.number("cpu-throttle-initial");
    if (now > 0) {
      let increment = parameters.number("cpu-throttle-increment");
      if (parameters.tailslow) {
        const cpu = 100 - now;
        const ideal = Math.trunc(cpu * (threshold / dirtyBytes));
        increment = Math.min(cpu - ideal, increment);
      }
      percent = Math.min(now + increment, parameters.number("max-cpu-throttle"));
    }
    thread.trace("cpu_throttle_set", { new_throttle_pct: percent });
    const rearms = this.bugs.has("throttle-timer-rearmed");
    guest.setThrottle(Math.min(PERCENT_MAX, Math.max(PERCENT_MIN, percent)), thread.now, rearms);
  }

  /** Ends the throttling, as the end of every migration does. */
  stop(now: number): void {
    if (this.guest.throttlePercent > 0) this.guest.setThrottle(0, now);
  }
}
