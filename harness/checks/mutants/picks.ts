/**
 * Events and replies that operators pick.
 *
 * @module
 */
import type { Run } from "../../trace/mod.ts";
import { either, named } from "./edit.ts";
import { hasCompleted } from "./operator.ts";

export const state = (name: string) => named("migrate_set_state", { new_state: name });
export const checkpoint = (name: string) => named("vmstate_downtime_checkpoint", { checkpoint: name });
export const TRANSFERRED = named("migrate_transferred");
export const ESTIMATE = either(
  named("migrate_pending_estimate"),
  named("qemu_savevm_query_pending", { exact: 0 }),
);
export const EXACT = either(named("migrate_pending_exact"), named("qemu_savevm_query_pending", { exact: 1 }));
export const START = named("savevm_section_start");
export const END = named("savevm_section_end");
export const SYNC_START = named("migration_bitmap_sync_start");
export const SYNC_END = named("migration_bitmap_sync_end");
export const PRE = named("migration_rate_limit_pre");
export const POST = named("migration_rate_limit_post");
export const RUNS = named("vm_state_notify", { running: 1 });

export function has(run: Run, name: string): boolean {
  return run.source.some(({ declaration }) => declaration.name === name);
}
export const isOrdinary = (run: Run) => hasCompleted(run) && !has(run, "colo_send_message");
export const ram = (reply: Readonly<Record<string, unknown>>) =>
  (reply["ram"] ?? {}) as Record<string, number>;
export const hasRam = (reply: Readonly<Record<string, unknown>>) =>
  typeof ram(reply)["transferred"] === "number";
export const isDone = (reply: Readonly<Record<string, unknown>>) =>
  reply["status"] === "completed" && hasRam(reply);
