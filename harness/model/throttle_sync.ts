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
  let seen = 0;
  const arm = (at: number): void => main.schedule(at + INTERVAL, at, tick);
  const tick = function* (): Routine {
    const { thread } = main;
    const { migration } = outgoing;
    if (!migration.isActive) return;
    const { stats, profile } = migration;
    // Before the second sync nothing is known of the guest, and one that came anyway is as good.
    if (stats.dirty_sync_count > 1 && stats.dirty_sync_count === seen) {
      thread.trace("cpu_throttle_dirty_sync", {});
      yield* migration.bitmapLock.acquire(thread);
      migration.syncBitmap(thread, !profile.countsExactQueriesOnly);
      migration.bitmapLock.release(thread);
    }
    seen = stats.dirty_sync_count;
    arm(thread.now);
  };
  arm(now);
}
