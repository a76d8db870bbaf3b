/**
 * Samples: what both sides answer to `query-migrate` at one moment.
 *
 * @module
 */
import type { Sample } from "../trace/mod.ts";
import type { Destination } from "./destination.ts";
import type { Migration } from "./migration.ts";
import { queryMigrate } from "./query_migrate.ts";

/**
 * The answers at a moment in microseconds; a destination that is gone gives none.
 *
 * @param ms What QEMU's clock of milliseconds shows then.
 */
export function samplesAt(
  at: number,
  ms: number,
  migration: Migration | null,
  destination: Destination,
): Sample[] {
  const t_us = Math.floor(at);
  const source: Sample = {
    t_us,
    side: "source",
    "query-migrate": queryMigrate(migration, ms),
  };
  if (destination.dead) return [source];
  return [source, { t_us, side: "destination", "query-migrate": { status: destination.status } }];
}
