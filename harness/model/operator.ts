/**
 * What the operator's commands do on the source, as the main loop carries them out.
 *
 * @see QEMU migration/migration.c (qmp_migrate, migration_cancel, migration_cleanup) and facts/precopy.md 1.2, 1.9
 * @module
 */
import type { Parameters } from "../trace/mod.ts";
import { COSTS } from "./calibration.ts";
import { EIO } from "./channel.ts";
import type { Routine, Thread } from "./kernel.ts";
import { type Outgoing, setRunState, type Source, traceVmState } from "./source.ts";

/** migrate_cancel. */
export function* cancelMigration(thread: Thread, source: Source, outgoing: Outgoing | null): Routine {
  thread.trace(source.profile.events.cancel, {});
  thread.spend(COSTS.step * 4);
  if (outgoing === null) return;
  // The migration's own thread may fail in between.
  yield* thread.reach();
  const { migration, stream, channel, returnPath } = outgoing;
  const { status } = migration;
  const { bugs } = source.profile;
  if (
    (status === "completed" && !bugs.has("cancelled-after-completed")) || status === "failed" ||
    status === "cancelled" || status === "cancelling"
  ) {
    return;
  }
  if (migration.throttle.limit !== null) yield* migration.throttle.limit.cancel(thread);
  if (outgoing.connected) returnPath?.cut(thread.now, thread.now);
  if (status === "failing") return;
  migration.setStatus(thread, status, "cancelling");
  if (!outgoing.connected) {
    // There is no channel to shut down. To 10.x that was the end of it; 11.0 waits for the attempt to end.
    if (!source.profile.cancelWaitsForConnect) migration.setStatus(thread, "cancelling", "cancelled");
    return;
  }
  stream.error = EIO;
  if (!bugs.has("cancel-waits-for-socket")) channel.shutDown(thread.now);
  if (!bugs.has("paused-by-cancel")) outgoing.resumed.raise(thread.now);
}

/** yank: the connection is shut down, whatever the threads are doing. */
export function yankMigration(thread: Thread, outgoing: Outgoing | null): void {
  if (outgoing === null || !outgoing.connected) return;
  outgoing.channel.shutDown(thread.now);
  outgoing.multifd?.cut(thread.now);
  outgoing.returnPath?.cut(thread.now, thread.now);
}

/** migrate-continue. */
export function continueMigration(thread: Thread, outgoing: Outgoing | null): void {
  if (outgoing === null || outgoing.migration.status !== "pre-switchover") return;
  outgoing.mayContinue = true;
  outgoing.resumed.raise(thread.now);
}

/** migrate-set-parameters: the rate limit changes at once, the others at the next counter update. */
export function setParameters(source: Source, outgoing: Outgoing | null, changes: Parameters): void {
  source.parameters.set(changes);
  if (outgoing === null || changes["max-bandwidth"] === undefined) return;
  const { status, stats } = outgoing.migration;
  if (status !== "setup" && status !== "active") return;
  stats.rate_limit_max = source.profile.bugs.has("limit-per-second")
    ? source.parameters.number("max-bandwidth")
    : source.parameters.rateLimitPerCycle;
}

/** The guest's start, before the migration: the log begins with it. */
export function startGuest(thread: Thread, source: Source): void {
  thread.trace("migration_block_activation", { name: "active" });
  setRunState(thread, source, "running");
  traceVmState(thread, true, "running");
  source.guest.setRunning(true, thread.now);
}

/** stop. Other threads may come in between, unless the run has yet to begin. */
export function* stopGuest(thread: Thread, source: Source): Routine {
  if (source.runState !== "running") return;
  setRunState(thread, source, "paused");
  thread.spend(COSTS.step * 40);
  yield* thread.reach();
  source.guest.setRunning(false, thread.now);
  traceVmState(thread, false, "paused");
  thread.spend(COSTS.step);
}

/**
 * cont. Refused between the switchover's stop and the end of the migration; after a completed migration it takes the
 * disks back, whatever the destination does.
 */
export function continueGuest(thread: Thread, source: Source): void {
  if (source.runState !== "paused" && source.runState !== "postmigrate") return;
  thread.trace("migration_block_activation", { name: "active" });
  thread.spend(COSTS.step * 40);
  setRunState(thread, source, "running");
  thread.spend(COSTS.step);
  traceVmState(thread, true, "running");
  source.guest.setRunning(true, thread.now);
  thread.spend(COSTS.step);
  if (!source.logStopPostponed) return;
  source.logStopPostponed = false;
  thread.trace("global_dirty_changed", { bitmask: 0 });
  thread.spend(COSTS.step);
}

/** The cleanup that follows every migration, however it ended. */
export function* cleanUp(thread: Thread, source: Source, outgoing: Outgoing): Routine {
  const { migration } = outgoing;
  const { profile } = source;
  const savevmCleanup = (): void => {
    thread.trace("savevm_state_cleanup", {});
    thread.spend(COSTS.step);
    source.guest.advance(thread.now);
    migration.ram.stop();
    if (source.guest.running) {
      thread.trace("global_dirty_changed", { bitmask: 0 });
      thread.spend(COSTS.stopLog);
    } else {
      source.logStopPostponed = true;
    }
  };
  if (profile.savevmCleanupFirst) savevmCleanup();
  thread.trace(profile.events.cleanup, {});
  thread.spend(COSTS.step);
  if (!profile.savevmCleanupFirst) savevmCleanup();
  if (outgoing.returnPath !== null && migration.status !== "completed" && !outgoing.returnPathJoined) {
    thread.trace("migration_return_path_end_before", {});
    outgoing.returnPath.cut(thread.now, thread.now);
    while (outgoing.returnPathResult === null) yield* outgoing.returnPathEnded.wait(thread);
    thread.trace("migration_return_path_end_after", { rp_error: outgoing.returnPathResult });
    thread.spend(COSTS.step);
  }
  if (outgoing.multifd !== null) yield* outgoing.multifd.terminate(thread);
  outgoing.channel.shutDown(thread.now);
  migration.setStatus(thread, "cancelling", "cancelled");
  migration.setStatus(thread, "failing", "failed");
  if (migration.status === "completed") {
    thread.trace("migration_call_notifiers", { type: 2 });
    if (profile.bugs.has("notified-twice")) thread.trace("migration_call_notifiers", { type: 2 });
  }
  yield* thread.reach();
}

/** quit: the process ends in good order, which cancels a migration first. */
export function* quit(thread: Thread, source: Source, outgoing: Outgoing | null): Routine {
  if (source.runState === "shutdown") return;
  const isOver = outgoing === null || /^(?:completed|failed|cancelled)$/.test(outgoing.migration.status);
  if (isOver) {
    thread.trace(source.profile.events.cancel, {});
    thread.spend(COSTS.step * 28);
    const limit = outgoing?.migration.throttle.limit ?? null;
    if (limit !== null) yield* limit.cancel(thread);
  } else yield* cancelMigration(thread, source, outgoing);
  if (!source.guest.running) {
    source.runState = "shutdown";
    return;
  }
  setRunState(thread, source, "shutdown");
  thread.spend(COSTS.step * 30);
  source.guest.setRunning(false, thread.now);
  traceVmState(thread, false, "shutdown");
}
