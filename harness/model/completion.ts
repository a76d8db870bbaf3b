/**
 * The switchover: the guest stops, what is left of RAM and all devices are sent, and the downtime's clock runs.
 *
 * @see QEMU migration/migration.c (migration_completion), migration/savevm.c and facts/precopy.md 1.8
 * @module
 */
import { COSTS } from "./calibration.ts";
import {
  EOF_BYTES,
  EOS_BYTES,
  FOOTER_BYTES,
  FULL_HEADER_BYTES,
  PART_HEADER_BYTES,
  VMDESC_HEADER_BYTES,
} from "./framing.ts";
import type { Routine } from "./kernel.ts";
import type { Device } from "./machine.ts";
import { tellsSwitchover } from "./machine_type.ts";
import type { MigrationThread } from "./migration_thread.ts";
import { tracePending } from "./pending_query.ts";
import type { SendMode } from "./ram_save.ts";
import { mappedBitmapBytes } from "./ram_save_mapped.ts";
import { setRunState, traceVmState } from "./source.ts";

/** Completes a precopy migration; its status tells how that ended. */
export function* completePrecopy(mig: MigrationThread): Routine {
  const { thread, source, outgoing } = mig;
  const { migration, stream } = outgoing;
  const { profile } = source;
  yield* source.bql.acquire(thread);
  yield* stopGuest(mig);
  let interrupted = false;
  let ramFailed = false;
  if (profile.deviceState || source.has("pause-before-switchover")) {
    interrupted = !(yield* passSwitchover(mig));
  }
  if (!interrupted) {
    if (profile.finalQuery) yield* syncLast(mig);
    thread.trace("migration_block_activation", { name: "inactive" });
    thread.spend(COSTS.inactivate);
    if (!profile.bugs.has("completion-rate-limited")) migration.stats.rate_limit_max = 0;
    thread.trace("migration_precopy_complete", {});
    thread.trace("savevm_state_complete_precopy", {});
    thread.spend(COSTS.step);
    if (tellsSwitchover(source.scenario, profile)) {
      thread.trace("savevm_send_switchover_start", {});
      yield* mig.command("SWITCHOVER_START", 0, 0);
    }
    yield* saveRam(mig);
    ramFailed = stream.error !== 0;
    yield* saveDevices(mig);
  }
  source.bql.release(thread);
  // A command that waited for the lock is carried out before this thread looks at the stream again.
  yield thread.now + COSTS.unlock;
  if (interrupted) return yield* completionFailed(mig, "interrupted");
  if (ramFailed) return yield* completionFailed(mig, "ram");
  // With a return path its end is waited for first, even if the stream is broken (cancel-device-return-path).
  if (stream.error !== 0 && outgoing.returnPath === null) return yield* completionFailed(mig, "stream");
  if (profile.bugs.has("completed-before-the-end")) {
    migration.setStatus(thread, migration.status, "completed");
  }
  if (outgoing.returnPath !== null && !(yield* closeReturnPath(mig))) {
    return yield* completionFailed(mig, "return-path");
  }
  if (profile.downtimeEndsBeforeCompleted) migration.endDowntime(thread);
  migration.computeTotals(thread);
  if (profile.bugs.has("completed-before-the-end")) return;
  migration.setStatus(thread, migration.status, "completed");
  if (profile.bugs.has("downtime-ended-twice")) {
    thread.trace("vmstate_downtime_checkpoint", { checkpoint: "src-downtime-end" });
  }
}

function* stopGuest({ thread, source, outgoing: { migration } }: MigrationThread): Routine {
  thread.trace("vmstate_downtime_checkpoint", { checkpoint: "src-downtime-start" });
  migration.downtimeStartMs = thread.ms;
  thread.spend(COSTS.step);
  migration.guestRan = source.guest.running;
  const cost = source.scenario.guest.accelerator === "tcg" ? COSTS.stopTcg : COSTS.stopKvm;
  if (source.guest.running) {
    setRunState(thread, source, "finish-migrate");
    thread.spend(cost * 0.5);
    source.guest.setRunning(false, thread.now);
    traceVmState(thread, false, "finish-migrate");
    thread.spend(cost * 0.5);
  } else {
    setRunState(thread, source, "finish-migrate");
    thread.spend(COSTS.step);
  }
  thread.trace("vmstate_downtime_checkpoint", { checkpoint: "src-vm-stopped" });
  thread.spend(COSTS.step);
  thread.trace("migration_completion_vm_stop", { ret: 0 });
  thread.spend(COSTS.step);
  yield* thread.reach();
}

/** Enters `device`, by way of `pre-switchover` if asked to. Returns whether it got there. */
function* passSwitchover({ thread, source, outgoing }: MigrationThread): Routine<boolean> {
  const { migration } = outgoing;
  if (!source.has("pause-before-switchover")) {
    migration.setStatus(thread, "active", "device");
    return migration.status === "device";
  }
  thread.spend(COSTS.pauseDelay);
  // A cancel may have come meanwhile.
  yield* thread.reach();
  migration.setStatus(thread, "active", "pre-switchover");
  source.bql.release(thread);
  while (migration.status === "pre-switchover" && !outgoing.mayContinue) yield* outgoing.resumed.wait(thread);
  yield* source.bql.acquire(thread);
  if (migration.status !== "pre-switchover") return false;
  migration.setStatus(thread, "pre-switchover", "device");
  return true;
}

/** The sync of the stopped guest. */
function* syncLast(mig: MigrationThread): Routine {
  const { thread, source, outgoing: { migration } } = mig;
  migration.syncBitmap(thread, !source.profile.countsExactQueriesOnly);
  if (source.profile.finalQuery) {
    tracePending(thread, source, migration.pendingBytes, { exact: true, final: true, migration });
  }
  yield* thread.reach();
}

function* saveRam(mig: MigrationThread): Routine {
  const { thread, source, outgoing: { migration, stream, channel } } = mig;
  const start = thread.now;
  thread.trace("savevm_section_start", { id: "ram", section_id: 1 });
  thread.spend(COSTS.step);
  stream.put(PART_HEADER_BYTES);
  stream.mark({ kind: "ram-section", type: 3 });
  if (!source.profile.finalQuery) yield* syncLast(mig);
  thread.trace("ram_save_complete", { dirty_pages: migration.ram.dirtyPages, done: 0 });
  mig.ram.begin();
  const mode: SendMode = {
    limited: source.profile.bugs.has("completion-rate-limited"),
    clearsLog: source.profile.clearLogWhenStopped,
    counter: "downtime_bytes",
  };
  while (!(yield* mig.sendRam(mode)) && mode.limited && stream.error === 0) {
    const ms = mig.limitRate();
    if (ms > 0) yield thread.now;
    mig.wakeUp(ms);
  }
  if (source.has("mapped-ram")) {
    const bytes = mappedBitmapBytes(migration.ram);
    stream.flush();
    channel.flushed(bytes, 0);
    migration.stats.downtime_bytes += bytes;
  }
  if (mig.syncsSections || source.profile.syncsChannelsAtEnd) {
    yield* mig.syncChannels(!mig.syncsSections);
  }
  stream.put(EOS_BYTES);
  stream.mark({ kind: "ram-section-end", type: 3 });
  stream.flush();
  yield* channel.settle();
  thread.trace("ram_save_complete", { dirty_pages: migration.ram.dirtyPages, done: 1 });
  thread.trace("savevm_section_end", {
    id: "ram",
    section_id: 1,
    ret: stream.error !== 0 ? stream.error : 0,
  });
  stream.put(FOOTER_BYTES);
  if (stream.error !== 0) return;
  thread.spend(COSTS.step * 4);
  traceSaved(mig, "iterable", "ram", 0, thread.now - start);
  if (source.profile.bitmapsCountAsIterable) {
    thread.spend(COSTS.step);
    traceSaved(mig, "iterable", "dirty-bitmap", 0, 0);
  }
  thread.spend(COSTS.step * 4);
  thread.trace("vmstate_downtime_checkpoint", { checkpoint: "src-iterable-saved" });
  thread.spend(COSTS.step);
}

function traceSaved(
  { thread }: MigrationThread,
  type: "iterable" | "non-iterable",
  idstr: string,
  instance: number,
  took: number,
): void {
  thread.trace("vmstate_downtime_save", { type, idstr, instance_id: instance, downtime: Math.floor(took) });
}

function* saveDevices(mig: MigrationThread): Routine {
  const { thread, source, outgoing: { stream, channel } } = mig;
  if (stream.error !== 0) return;
  for (const device of source.devices.devices) {
    yield* saveDevice(mig, device);
    if (!channel.isSettled) yield* channel.settle();
    if (device.name === "timer") {
      // The live handlers stand in the list too, behind the timer; they have no device state.
      traceSaved(mig, "non-iterable", "ram", 0, 0);
      thread.spend(COSTS.step);
      traceSaved(mig, "non-iterable", "dirty-bitmap", 0, 0);
      thread.spend(COSTS.step);
    }
  }
  stream.put(EOF_BYTES);
  stream.mark({ kind: "eof" });
  thread.spend(COSTS.vmdesc);
  stream.put(VMDESC_HEADER_BYTES + source.devices.vmdescBytes);
  yield* channel.settle();
  thread.trace("vmstate_downtime_checkpoint", { checkpoint: "src-non-iterable-saved" });
  thread.spend(COSTS.step * 3);
  stream.mark({ kind: "vmdesc-end" });
  stream.flush();
  yield* channel.settle();
}

function* saveDevice(mig: MigrationThread, device: Device): Routine {
  const { thread, outgoing: { stream, channel } } = mig;
  const { name, instance, sectionId, vmsd, version, bytes, saveMicros, loadMicros } = device;
  const start = thread.now;
  if (!device.needed) {
    thread.trace("savevm_section_skip", { id: name, section_id: sectionId });
    thread.spend(saveMicros);
    traceSaved(mig, "non-iterable", name, instance, saveMicros);
    thread.spend(COSTS.step);
    return;
  }
  thread.trace("savevm_section_start", { id: name, section_id: sectionId });
  thread.spend(COSTS.step);
  thread.trace("vmstate_save", { idstr: name, vmsd_name: vmsd });
  thread.spend(saveMicros / 2);
  if (name === "globalstate") thread.trace("migrate_global_state_pre_save", { state: savedState(mig) });
  thread.spend(Math.max(0, saveMicros / 2 - 2 * COSTS.step));
  stream.put(FULL_HEADER_BYTES + name.length + bytes);
  // A state that fills the buffer is written out, and the section ends when the call has returned.
  if (!channel.isSettled) yield* channel.settle();
  thread.trace("savevm_section_end", { id: name, section_id: sectionId, ret: 0 });
  stream.put(FOOTER_BYTES);
  stream.mark({ kind: "device", sectionId, name, instance, version, vmsd, loadMicros });
  thread.spend(COSTS.step);
  traceSaved(mig, "non-iterable", name, instance, thread.now - start);
  thread.spend(COSTS.step);
}

/** What the globalstate section says of the guest: the run state it had when the migration stopped it. */
function savedState({ outgoing: { migration } }: MigrationThread): string {
  return migration.guestRan ? "running" : "paused";
}

/** Waits for the destination's last word. Returns whether it said that all went well. */
function* closeReturnPath({ thread, source, outgoing }: MigrationThread): Routine<boolean> {
  thread.trace("migration_return_path_end_before", {});
  thread.spend(COSTS.step);
  if (source.profile.bugs.has("return-path-not-joined")) {
    outgoing.returnPathResult ??= 0;
  } else {
    while (outgoing.returnPathResult === null) yield* outgoing.returnPathEnded.wait(thread);
    thread.spend(COSTS.joinThread);
  }
  outgoing.returnPathJoined = true;
  thread.trace("migration_return_path_end_after", { rp_error: outgoing.returnPathResult });
  thread.spend(COSTS.step);
  return outgoing.returnPathResult === 0;
}

/**
 * Something broke, or the operator cancelled, between the stop of the guest and the end.
 *
 * @param where What found out. An error that the saving of RAM returns is reported by it; a later one is found in the
 *   stream; the return path reports its own.
 */
function* completionFailed(
  { thread, source, outgoing: { migration, stream } }: MigrationThread,
  where: "interrupted" | "ram" | "stream" | "return-path",
): Routine {
  const { profile } = source;
  if (where === "stream") {
    thread.trace("migration_completion_file_err", {});
    thread.spend(COSTS.step);
  }
  const cancelled = migration.status === "cancelling";
  if (where === "ram" && profile.loadErrorTellsCause) {
    migration.error ??= "Failed to save iterable device state: Unable to write to socket: Broken pipe";
  }
  if (cancelled) {
    const isNew = where === "interrupted" && profile.failingState;
    migration.error ??= isNew ? "Switchover is interrupted" : "Channel error: Input/output error";
  }
  migration.error ??= "Unable to write to socket: Broken pipe";
  // What the return path thread has reported is reported again only if the stream is broken too.
  if (where !== "return-path" || stream.error !== 0) {
    thread.trace("migrate_error", { error_desc: migration.error });
    thread.spend(COSTS.step);
  }
  if (!cancelled) {
    migration.setStatus(thread, migration.status, profile.failingState ? "failing" : "failed");
  }
  yield* thread.reach();
}
