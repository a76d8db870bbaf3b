/**
 * The rate limit within a huge page of the host: QEMU tests it after each small page, and waits right there.
 *
 * What the section has sent by then is not taken back, so cycles end in the middle of sections, and a section that has
 * waited goes on.
 *
 * @see QEMU migration/ram.c (ram_save_host_page) and migration/migration.c (migration_rate_limit)
 * @module
 */
import type { Routine } from "./kernel.ts";
import type { MigrationThread } from "./migration_thread.ts";

/**
 * Waits if the limit is exceeded.
 *
 * @returns Whether the section goes on: there is more of the huge page, or the host's pages are small.
 */
export function* limitWithinPage(mig: MigrationThread, within: boolean | null): Routine<boolean> {
  if (within === null) return false;
  const ms = mig.limitRate();
  if (ms > 0) yield mig.thread.now;
  mig.wakeUp(ms);
  // The next small page's test begins a new cycle; at the end of the huge page the loop's own does.
  if (within) mig.outgoing.migration.updateCounters(mig.thread, mig.thread.ms);
  return within;
}
