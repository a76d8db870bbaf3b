/**
 * A connection that is never made: nobody listens, or nobody takes the call.
 *
 * @see QEMU migration/channel.c (migration_channel_connect), migration/migration.c (migration_connect_set_error) and
 * facts/precopy.md 1.2 row F, facts/qemu-11.1.md section 7
 * @module
 */
import { COSTS } from "./calibration.ts";
import type { Routine, Thread } from "./kernel.ts";
import type { Outgoing, Source } from "./source.ts";

/** Ends a migration whose connection attempt has failed. It may have been cancelled meanwhile. */
export function* connectFailed(
  thread: Thread,
  { profile }: Source,
  { migration }: Outgoing,
  why: "No such file or directory" | "Connection refused",
): Routine {
  const error = `Failed to connect to 'mig.sock': ${why}`;
  thread.trace("migration_socket_outgoing_error", { err: error });
  thread.spend(COSTS.step * 3);
  if (profile.tracesFailedChannel) {
    thread.trace("migration_set_outgoing_channel", {
      ioc: 0x1000,
      ioctype: "qio-channel-socket",
      hostname: "(null)",
      err: 0x2000,
    });
    thread.spend(COSTS.step * 2);
  }
  if (profile.savevmCleanupFirst) {
    thread.trace("migrate_fd_error", { error_desc: error });
    thread.spend(COSTS.step);
  }
  migration.setStatus(thread, "setup", profile.failingState ? "failing" : "failed");
  if (migration.status !== "cancelled") {
    migration.error = error;
    thread.trace("migrate_error", { error_desc: error });
    thread.spend(COSTS.step);
  }
  // Where the handlers are cleaned up first, the other event is traced only if there was a stream.
  if (!profile.savevmCleanupFirst) {
    thread.trace(profile.events.cleanup, {});
    thread.spend(COSTS.step);
  }
  thread.trace("savevm_state_cleanup", {});
  thread.spend(COSTS.step * 4);
  migration.setStatus(thread, "failing", "failed");
  migration.setStatus(thread, "cancelling", "cancelled");
  yield* thread.reach();
}
