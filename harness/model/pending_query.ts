/**
 * The question how much is left, as each version traces its answer.
 *
 * @see QEMU migration/savevm.c (qemu_savevm_state_pending_estimate, _exact; qemu_savevm_query_pending in 11.1)
 * @module
 */
import { COSTS } from "./calibration.ts";
import type { Thread } from "./kernel.ts";
import type { Outgoing, Source } from "./source.ts";

/** Traces the answer to a pending query, in the words of the version, and gives it back. */
export function tracePending(
  thread: Thread,
  source: Source,
  pending: number,
  { exact, final, migration }: { exact: boolean; final: boolean; migration: Outgoing["migration"] },
): number {
  const post = source.profile.bugs.has("pending-called-postcopy") ? pending : 0;
  const pre = pending - post;
  migration.lastPendingBytes = pending;
  if (exact) migration.lastExactBytes = pending;
  if (source.profile.queryPending) {
    thread.trace("qemu_savevm_query_pending", {
      exact,
      final,
      precopy: pre,
      stopcopy: 0,
      postcopy: post,
      total: pending,
      switchover_ack_pending: 0,
      total_switchover_ack_pending: 0,
    });
  } else if (exact) {
    thread.trace("migrate_pending_exact", { size: pending, pre, post });
  } else {
    thread.trace("migrate_pending_estimate", { size: pending, pre, post });
  }
  thread.spend(COSTS.step);
  return pending;
}

/** From the exact answer of 11.1 to what comes of it, in microseconds: shorter in a row of syncs, and with channels. */
export function afterExact({ thresholdBytes }: Outgoing["migration"], hasChannels: boolean): number {
  if (thresholdBytes > 0) return COSTS.exactToIterateNew;
  return hasChannels ? COSTS.exactToIterateRowMultifd : COSTS.exactToIterateRow;
}
