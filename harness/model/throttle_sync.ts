/**
 * The extra sync of auto-converge: every five seconds, if no other came, so that a long pass is throttled too.
 *
 * @see QEMU migration/cpu-throttle.c (cpu_throttle_dirty_sync_timer_tick) and facts/precopy.md 4.2
 * @module
 */
import type { Routine } from "./kernel.ts";
import type { MainLoop } from "./main_loop.ts";
import type { Outgoing } from "./source.ts";

/** CPU_THROTTLE_SYNC_MS of QEMU, in microseconds. */
const INTERVAL = 5_000_000;

/** Arms the timer of one migration. It runs in the main loop until the migration ends. */
export function armThrottleSync(main: MainLoop, outgoing: Outgoing, now: number): void {
  new ThrottleSync(main, outgoing).arm(now);
}

/**
 * The timer.
 *
 * A method rather than a generator made in a function: the engine gives each of those a prototype that outlives quick
 * collections, and all of the run with it. Campaigns then ran full of runs that were over.
 */
class ThrottleSync {
  readonly #main: MainLoop;
  readonly #outgoing: Outgoing;
  /** Syncs that the last tick saw. */
  #seen = 0;

  constructor(main: MainLoop, outgoing: Outgoing) {
    this.#main = main;
    this.#outgoing = outgoing;
  }

  arm(at: number): void {
    this.#main.schedule(at + INTERVAL, at, () => this.#tick());
  }

  *#tick(): Routine {
    const { thread } = this.#main;
    const { migration } = this.#outgoing;
    if (!migration.isActive) return;
    const { stats, profile } = migration;
    // Before the second sync nothing is known of the guest, and one that came anyway is as good.
    if (stats.dirty_sync_count > 1 && stats.dirty_sync_count === this.#seen) {
      thread.trace("cpu_throttle_dirty_sync", {});
      yield* migration.bitmapLock.acquire(thread);
      migration.syncBitmap(thread, !profile.countsExactQueriesOnly);
      migration.bitmapLock.release(thread);
    }
    this.#seen = stats.dirty_sync_count;
    this.arm(thread.now);
  }
}
