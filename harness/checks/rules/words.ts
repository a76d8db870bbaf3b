/**
 * Events that many rules speak about, under one name in all versions.
 *
 * @module
 */
import { anyOf, on, onOld, type Selector } from "../select.ts";

/** The migration's state becomes one of these. */
export function state(...states: readonly string[]): Selector {
  return on("migrate_set_state", { new_state: states });
}

/** A downtime checkpoint. */
export function checkpoint(name: string): Selector {
  return on("vmstate_downtime_checkpoint", { checkpoint: name });
}

/** How much is pending, as the migration thread estimates it before every pass. */
export const ESTIMATE = anyOf(
  on("migrate_pending_estimate"),
  on("qemu_savevm_query_pending", { exact: 0 }),
  onOld("migrate_pending"),
);
/** How much is pending, counted exactly, while the guest still runs. */
export const EXACT = anyOf(
  on("migrate_pending_exact"),
  on("qemu_savevm_query_pending", { exact: 1, final: 0 }),
);
/** The exact count after the guest was stopped (from 11.1). */
export const FINAL = on("qemu_savevm_query_pending", { final: 1 });
export const SYNC_START = on("migration_bitmap_sync_start");
export const SYNC_END = on("migration_bitmap_sync_end");
export const RAM_START = on("savevm_section_start", { id: "ram" });
export const RAM_END = on("savevm_section_end", { id: "ram" });
export const CLEANUP = anyOf(on("migration_cleanup"), on("migrate_fd_cleanup"));
export const CANCEL = anyOf(on("migration_cancel"), on("migrate_fd_cancel"));
export const AFTER_LOOP = on("migration_thread_after_loop");
export const TRANSFERRED = on("migrate_transferred");
