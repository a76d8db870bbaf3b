/**
 * Counters of a migration, under QEMU's names.
 *
 * @see QEMU migration/migration-stats.h and facts/precopy.md 3.1
 * @module
 */
import type { Thread } from "./kernel.ts";

/** MigrationAtomicStats: set to zero at the start of every migration. Bytes and pages. */
export class MigrationStats {
  dirty_bytes_last_sync = 0;
  dirty_pages_rate = 0;
  dirty_sync_count = 0;
  dirty_sync_missed_zero_copy = 0;
  downtime_bytes = 0;
  multifd_bytes = 0;
  normal_pages = 0;
  postcopy_bytes = 0;
  postcopy_requests = 0;
  precopy_bytes = 0;
  qemu_file_transferred = 0;
  rate_limit_max = 0;
  rate_limit_start = 0;
  rdma_bytes = 0;
  zero_pages = 0;

  /** migration_transferred_bytes(): what left through all channels. */
  get transferred(): number {
    return this.qemu_file_transferred + this.multifd_bytes + this.rdma_bytes;
  }

  /** migration_rate_exceeded(), the stream's error aside. A limit of 0 is none. */
  get rateExceeded(): boolean {
    return this.rate_limit_max > 0 && this.transferred - this.rate_limit_start > this.rate_limit_max;
  }
}

/** migration_transferred_bytes, which QEMU traces whenever somebody asks how much was sent. */
export function traceTransferred(thread: Thread, stats: MigrationStats): void {
  thread.trace("migration_transferred_bytes", {
    qemu_file: stats.qemu_file_transferred,
    multifd: stats.multifd_bytes,
    rdma: stats.rdma_bytes,
  });
}
