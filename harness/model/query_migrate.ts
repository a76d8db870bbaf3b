/**
 * The reply to `query-migrate` on the source.
 *
 * @see QEMU migration/migration.c (fill_source_migration_info) and facts/precopy.md 3.2
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import type { MigrationStatus, QueryMigrate, RamStats } from "../trace/mod.ts";
import type { Migration } from "./migration.ts";
import type { Xbzrle } from "./xbzrle.ts";

/** Answered before the first bandwidth is known (facts/qemu-11.1.md section 5). */
const INT64_MAX = 2 ** 63;

const SHOWS_ALL: ReadonlySet<MigrationStatus> = new Set([
  "active",
  "cancelling",
  "pre-switchover",
  "device",
  "failing",
  "completed",
]);

/** What `query-migrate` answers at a moment, in milliseconds of QEMU's clock. */
export function queryMigrate(migration: Migration | null, nowMs: number): QueryMigrate {
  if (migration === null || migration.status === "none") return {};
  const { status, profile } = migration;
  const error = migration.error === null ? {} : { "error-desc": migration.error };
  if (!SHOWS_ALL.has(status)) {
    return status === "failed" || status === "cancelled" ? { status, ...error } : { status };
  }
  const completed = status === "completed";
  const time = completed
    ? {
      ...(profile.bugs.has("total-time-not-told") ? {} : { "total-time": migration.totalMs }),
      downtime: migration.downtimeMs,
    }
    : { "total-time": nowMs - migration.startMs, "expected-downtime": expectedDowntime(migration) };
  const throttle = migration.guest.throttlePercent;
  return {
    status,
    "setup-time": migration.setupMs,
    ...time,
    ...(profile.queryPending && !completed ? { remaining: migration.lastPendingBytes } : {}),
    ram: ramStats(migration, completed),
    ...(migration.xbzrle === null ? {} : { "xbzrle-cache": xbzrleStats(migration, migration.xbzrle) }),
    ...(throttle > 0 ? { "cpu-throttle-percentage": throttle } : {}),
    ...dirtyLimitStats(migration),
    ...(status === "failing" ? error : {}),
  };
}

function dirtyLimitStats({ throttle: { limit } }: Migration): Record<string, number> {
  if (limit === null || !limit.inService) return {};
  return {
    "dirty-limit-throttle-time-per-round": limit.sleepMicros,
    "dirty-limit-ring-full-time": limit.ringFullMicros,
  };
}

function expectedDowntime(migration: Migration): number {
  const { profile, stats, parameters } = migration;
  if (!profile.expectedDowntimeOnDemand) return migration.expectedDowntimeMs;
  if (stats.dirty_sync_count <= 1) return parameters.number("downtime-limit");
  if (migration.expectedBandwidth === 0) return INT64_MAX;
  return Math.trunc(migration.lastExactBytes / migration.expectedBandwidth);
}

/** The cache's size is the parameter, which a later change of it changes, but not the cache. */
function xbzrleStats({ parameters }: Migration, { counters }: Xbzrle): Record<string, number> {
  return {
    "encoding-rate": counters.encodingRate,
    bytes: counters.bytes,
    "cache-size": parameters.number("xbzrle-cache-size"),
    "cache-miss-rate": counters.cacheMissRate,
    pages: counters.pages,
    overflow: counters.overflow,
    "cache-miss": counters.cacheMiss,
  };
}

function ramStats(migration: Migration, completed: boolean): RamStats {
  const { stats, ram } = migration;
  return {
    total: ram.totalPages * PAGE_SIZE,
    "postcopy-requests": stats.postcopy_requests,
    "dirty-sync-count": stats.dirty_sync_count,
    "multifd-bytes": stats.multifd_bytes,
    "pages-per-second": migration.pagesPerSecond,
    "downtime-bytes": stats.downtime_bytes,
    "page-size": PAGE_SIZE,
    remaining: completed ? 0 : migration.pendingBytes,
    "postcopy-bytes": stats.postcopy_bytes,
    mbps: migration.mbps,
    transferred: stats.transferred,
    "dirty-sync-missed-zero-copy": stats.dirty_sync_missed_zero_copy,
    "precopy-bytes": stats.precopy_bytes,
    duplicate: stats.zero_pages,
    "dirty-pages-rate": completed ? 0 : stats.dirty_pages_rate,
    "normal-bytes": stats.normal_pages * PAGE_SIZE,
    normal: stats.normal_pages,
  };
}
