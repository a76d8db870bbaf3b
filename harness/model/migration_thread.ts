/**
 * The source's migration thread: setup, the loop of iterations and cycles, and how it ends.
 * @see QEMU migration/migration.c (migration_thread, migration_iteration_run) and facts/precopy.md 1.3 to 1.7
 * @module
 */
import { afterExact, tracePending } from "./pending_query.ts";
import { PAGE_SIZE } from "../base/mod.ts";
import { COSTS } from "./calibration.ts";
import { limitWithinPage } from "./huge_page.ts";
import { EIO } from "./channel.ts";
import { completePrecopy } from "./completion.ts";
import {
  COMMAND_BYTES,
  CONFIGURATION_BYTES,
  EOS_BYTES,
  FOOTER_BYTES,
  FULL_HEADER_BYTES,
  HEADER_BYTES,
  MULTIFD_FLUSH_BYTES,
  PART_HEADER_BYTES,
} from "./framing.ts";
import type { Routine, Thread } from "./kernel.ts";
import { type CommandName, COMMANDS } from "./message.ts";
import { makePageLoop } from "./page_loop.ts";
import type { PageLoop, SendMode } from "./ram_save.ts";
import { type Outgoing, setRunState, type Source, traceVmState } from "./source.ts";
import { mappedSetupBytes } from "./ram_save_mapped.ts";
import { traceTransferred } from "./statistics.ts";
import { syncsEachSection } from "./machine_type.ts";

/** The migration thread of one migration. */
export class MigrationThread {
  readonly ram: PageLoop;
  /** Whether channels are synced after each section rather than each round. */
  readonly syncsSections: boolean;

  constructor(readonly thread: Thread, readonly source: Source, readonly outgoing: Outgoing) {
    this.ram = makePageLoop(thread, source, outgoing);
    this.syncsSections = syncsEachSection(source.scenario);
  }

  /** The thread's life. */
  *run(): Routine {
    const { thread, outgoing: { migration } } = this;
    migration.startCycle(thread);
    yield* this.outgoing.connectChannels(thread);
    yield* this.#setUp();
    yield* this.#loop();
    thread.trace("migration_thread_after_loop", {});
    thread.spend(COSTS.step);
    if (migration.status === "completed" && !this.source.profile.downtimeEndsBeforeCompleted) {
      migration.endDowntime(thread);
    }
    yield* this.#finish();
  }

  *#setUp(): Routine {
    const { thread, source, outgoing: { migration, stream, channel, returnPath } } = this;
    const setupStart = thread.ms;
    yield* source.bql.acquire(thread);
    thread.trace("savevm_state_header", {});
    stream.put(HEADER_BYTES + CONFIGURATION_BYTES + source.scenario.guest.machine.length);
    stream.mark({ kind: "header" });
    thread.spend(15);
    if (returnPath !== null) {
      thread.trace("savevm_send_open_return_path", {});
      yield* this.command("OPEN_RETURN_PATH", 0, 0);
      thread.trace("savevm_send_ping", { val: 1 });
      yield* this.command("PING", 4, 1);
    }
    if (source.profile.periodicThrottleSync && source.has("auto-converge")) {
      this.outgoing.armThrottleSync(thread.now);
    }
    thread.trace("savevm_state_setup", {});
    thread.spend(COSTS.step * 6);
    if (migration.xbzrle !== null) {
      thread.trace("migration_pagecache_init", { max_num_items: migration.xbzrle.slots });
      thread.spend(COSTS.step * 4);
    }
    thread.trace("global_dirty_changed", { bitmask: 1 });
    const isTcg = migration.ram.kind === "tcg";
    const kvm = source.guest.isBusy ? COSTS.ramSetupKvm : COSTS.ramSetupKvmIdle;
    thread.spend(isTcg ? COSTS.ramSetupTcg : kvm);
    source.guest.advance(thread.now);
    migration.ram.start(source.profile.bugs);
    migration.syncBitmap(thread, !source.profile.countsExactQueriesOnly);
    yield* this.#putRamSetup();
    yield* channel.settle();
    stream.put(FOOTER_BYTES);
    migration.setStatus(thread, "setup", "active");
    migration.setupMs = thread.ms - setupStart;
    thread.trace("migration_thread_setup_complete", {});
    source.bql.release(thread);
    thread.spend(COSTS.step);
  }

  /** The section that lists the RAMBlocks. */
  *#putRamSetup(): Routine {
    const { thread, source, outgoing: { migration, stream } } = this;
    const names = migration.ram.blocks.reduce((sum, { name }) => sum + 1 + name.length + 8, 0);
    stream.put(FULL_HEADER_BYTES + "ram".length + 8 + names);
    if (source.has("mapped-ram")) stream.put(mappedSetupBytes(migration.ram));
    stream.mark({ kind: "ram-start" });
    if (this.outgoing.multifd !== null) {
      yield* source.bql.handOver(thread);
      yield* this.syncChannels(!this.syncsSections);
      yield* source.bql.acquire(thread);
    }
    stream.put(EOS_BYTES);
    stream.mark({ kind: "ram-section-end", type: 1 });
    stream.flush();
  }

  /** Sends a command, which is flushed at once. */
  *command(command: CommandName, length: number, value: number): Routine {
    const { thread, outgoing: { stream, channel } } = this;
    thread.spend(COSTS.step);
    thread.trace("savevm_command_send", { command: COMMANDS[command], len: length });
    stream.put(COMMAND_BYTES + length);
    stream.mark({ kind: "command", command, length, value });
    thread.spend(COSTS.step * 8);
    stream.flush();
    yield* channel.settle();
  }

  *#loop(): Routine {
    const { thread, source: { profile }, outgoing: { migration, stream } } = this;
    while (migration.isActive) {
      if (!this.#exceeded()) {
        // One pass: ask what is left, then switch over or send.
        const estimate = this.#query(false, false);
        const asksExact = this.#asksExact(estimate);
        if (asksExact && this.#syncs(estimate)) yield* this.#syncUnderLock();
        const pending = asksExact ? this.#query(true, false) : estimate;
        if (asksExact && profile.queryPending) {
          thread.spend(afterExact(migration, this.outgoing.multifd !== null));
        }
        if (this.#isEnough(pending, asksExact) && this.#canSwitchOver()) {
          thread.trace("migration_thread_low_pending", { pending });
          thread.spend(COSTS.step);
          return yield* completePrecopy(this);
        }
        yield* this.#iterateHandlers();
      }
      if (thread.isAhead) yield thread.now;
      if (this.#channelsFailed) return yield* this.#streamFailed();
      const overwrites = migration.status === "cancelling" && profile.bugs.has("failed-while-cancelling");
      if (!migration.isActive && !overwrites) return;
      if (stream.error !== 0) return yield* this.#streamFailed();
      const ms = this.limitRate();
      if (ms > 0) yield thread.now;
      this.wakeUp(ms);
    }
  }

  /** Whether a channel of multifd has failed the migration. */
  get #channelsFailed(): boolean {
    const { migration: { status }, multifd } = this.outgoing;
    return multifd !== null && multifd.failed && status !== "cancelling";
  }

  /** migration_rate_exceeded(): a broken stream counts as exceeded; the bytes are looked at where there is a limit. */
  #exceeded(): boolean {
    const { migration: { stats }, stream } = this.outgoing;
    if (stream.error !== 0) return true;
    if (stats.rate_limit_max > 0) traceTransferred(this.thread, stats);
    return stats.rateExceeded;
  }

  /** Whether an estimate is followed by the exact question. */
  #asksExact(estimate: number): boolean {
    const { source: { profile: { exactRule, bugs } }, outgoing: { migration: { thresholdBytes } } } = this;
    if (bugs.has("exact-at-every-pass")) return true;
    return exactRule === "below" ? estimate < thresholdBytes : estimate <= thresholdBytes;
  }

  /** Whether the exact question syncs: 8.2 asks it at equality too, but RAM then answers without a sync. */
  #syncs(estimate: number): boolean {
    const { source: { profile: { exactRule, bugs } }, outgoing: { migration: { thresholdBytes } } } = this;
    return (exactRule !== "must-precopy-within" || estimate < thresholdBytes) &&
      !bugs.has("exact-without-sync");
  }

  /** Whether little enough is left to switch over. */
  #isEnough(pending: number, asksExact: boolean): boolean {
    const { source: { profile }, outgoing: { migration: { thresholdBytes } } } = this;
    const within = pending < thresholdBytes || (profile.switchoverAtThreshold && pending === thresholdBytes);
    return profile.switchoverNeedsExact ? asksExact && within : within || pending === 0;
  }

  #canSwitchOver(): boolean {
    const { source, outgoing } = this;
    return !source.has("switchover-ack") || outgoing.switchoverAcked || source.runState !== "running";
  }

  /** Traces a pending query and remembers its answer. */
  #query(exact: boolean, final: boolean): number {
    const { outgoing: { migration } } = this;
    return tracePending(this.thread, this.source, migration.pendingBytes, { exact, final, migration });
  }

  *#syncUnderLock(): Routine {
    const { thread, source: { bql, guest, host }, outgoing: { migration } } = this;
    yield* bql.acquire(thread);
    // Before the first threshold one sync follows the other, and how the guest fares in between is the host's choice.
    const isRow = migration.thresholdBytes === 0;
    migration.syncBitmap(thread, true, isRow ? host.answersLate(migration.ram.kind) : undefined);
    if (isRow && host.locksGuestOut()) guest.stall(thread.now, COSTS.lockedOut);
    bql.release(thread);
    yield* thread.reach(); // Channels have gone on sending while it waited for vCPUs that slept.
  }

  /** savevm_state_iterate: RAM is the only live handler. */
  *#iterateHandlers(): Routine {
    const { thread, outgoing: { migration, stream } } = this;
    thread.trace("savevm_state_iterate", {});
    thread.spend(COSTS.step);
    if (this.#exceeded()) return;
    thread.trace("savevm_section_start", { id: "ram", section_id: 1 });
    thread.spend(COSTS.step);
    stream.put(PART_HEADER_BYTES);
    stream.mark({ kind: "ram-section", type: 2 });
    const mode: SendMode = {
      limited: true,
      clearsLog: true,
      counter: this.source.guest.running ? "precopy_bytes" : "downtime_bytes",
    };
    if (!migration.bitmapLock.take(thread)) yield* migration.bitmapLock.acquire(thread);
    this.ram.begin();
    const done = yield* this.sendRam(mode);
    migration.bitmapLock.release(thread);
    if (this.syncsSections) yield* this.syncChannels(false);
    if (migration.isActive && stream.error === 0) {
      stream.put(EOS_BYTES);
      migration.stats[mode.counter] += EOS_BYTES;
      stream.mark({ kind: "ram-section-end", type: 2 });
      stream.flush();
      if (!this.outgoing.channel.isSettled) yield* this.outgoing.channel.settle();
    }
    const result = this.#channelsFailed
      ? this.source.profile.failedChannelResult
      : stream.error !== 0
      ? EIO
      : done
      ? 1
      : 0;
    thread.trace("savevm_section_end", { id: "ram", section_id: 1, ret: result });
    thread.spend(COSTS.step * 4);
    stream.put(FOOTER_BYTES);
  }

  /** Runs the page loop to its rest. Returns whether nothing is left. */
  *sendRam(mode: SendMode): Routine<boolean> {
    const { thread, source: { profile: { bugs } }, outgoing: { channel, migration, multifd } } = this;
    for (;;) {
      const zeroBefore = migration.stats.zero_pages;
      const stop = this.ram.send(mode);
      if (bugs.size > 0) this.#miscount(mode, migration.stats.zero_pages - zeroBefore);
      switch (stop) {
        case "yield":
          while (channel.mustWait) {
            yield channel.enter();
            channel.leave();
          }
          channel.account();
          if (thread.isAhead) yield thread.now;
          if (this.ram.withinHostPage !== null) migration.updateCounters(thread, thread.ms);
          continue;
        case "big-wait": {
          const { milliseconds, iterations } = this.ram.bigWait;
          thread.trace("ram_save_iterate_big_wait", { milliconds: milliseconds, milliseconds, iterations });
          return false;
        }
        case "hand-over":
          if (multifd !== null && !(yield* multifd.handOver(thread))) return false;
          continue;
        case "round":
          if (!(yield* this.syncChannels(!this.syncsSections))) return false;
          continue;
        case "empty":
          return true;
        case "rate":
          if (!(yield* limitWithinPage(this, this.ram.withinHostPage))) return false;
          continue;
        case "error":
          return false;
      }
    }
  }

  /**
   * Syncs the channels, and tells the destination to wait for theirs.
   *
   * @param marked Whether a marker in the stream tells it; else the end of the section does.
   * @returns Whether all channels held.
   */
  *syncChannels(marked: boolean): Routine<boolean> {
    const { thread, outgoing: { multifd, stream, channel } } = this;
    if (multifd === null) return true;
    if (!(yield* multifd.sync(thread))) return false;
    if (multifd.shared.isFile) return true;
    if (marked) stream.put(MULTIFD_FLUSH_BYTES);
    stream.mark({ kind: "multifd-flush" });
    if (marked) {
      stream.flush();
      yield* channel.settle();
    }
    return true;
  }

  /** What bugs of the museum make of the zero pages that were just sent. */
  #miscount({ counter }: SendMode, zeroPages: number): void {
    const { source: { profile: { bugs } }, outgoing: { migration: { stats } } } = this;
    if (bugs.has("zero-page-counted-whole")) stats[counter] += zeroPages * (PAGE_SIZE - 1);
    if (bugs.has("pages-counted-twice")) stats.zero_pages += zeroPages;
  }

  /**
   * The rate limit step: ends a cycle that is due. If the limit is exceeded the thread is then to sleep to the end of the
   * cycle, which is its new moment, and to {@linkcode wakeUp}.
   *
   * @returns How long the sleep is meant to be, in milliseconds; 0 for none.
   */
  limitRate(): number {
    const { thread, outgoing: { migration, stream } } = this;
    const now = thread.ms;
    migration.updateCounters(thread, now);
    const isRow = this.source.profile.queryPending && migration.thresholdBytes === 0;
    thread.spend(isRow ? COSTS.step : COSTS.updateToEstimate);
    if (stream.error !== 0 || !this.#exceeded()) return 0;
    const ms = migration.cycleLeft(now);
    if (ms <= 0) return 0;
    thread.trace("migration_rate_limit_pre", { ms });
    thread.spend(ms * 1000 + this.source.host.wakeLate());
    return ms;
  }

  /** Goes on after the sleep of the rate limit step, if there was one. */
  wakeUp(ms: number): void {
    if (ms === 0) return;
    const { thread, outgoing: { migration } } = this;
    migration.sleptMs += ms;
    thread.trace("migration_rate_limit_post", { urgent: 0 });
    thread.spend(COSTS.wakeToUpdate);
  }

  /** The stream broke: the migration fails. */
  *#streamFailed(): Routine {
    const { thread, source: { profile }, outgoing: { migration } } = this;
    thread.spend(COSTS.step * 60);
    const error = this.#channelsFailed
      ? "Channel error: Operation not permitted"
      : "Unable to write to socket: Broken pipe";
    migration.error ??= error;
    thread.trace("migrate_error", { error_desc: error });
    thread.spend(COSTS.step * 2);
    migration.setStatus(thread, migration.status, profile.failingState ? "failing" : "failed");
    thread.trace("migration_thread_file_err", {});
    thread.spend(COSTS.step);
    yield* thread.reach();
  }

  /** What the thread does last, under the lock: the throttle ends, the guest goes on or stays stopped. */
  *#finish(): Routine {
    const { thread, source, outgoing: { migration } } = this;
    const { bugs } = source.profile;
    yield* source.bql.acquire(thread);
    migration.throttle.stop(thread.now);
    if (migration.status === "completed") {
      setRunState(thread, source, "postmigrate");
    } else {
      if (!bugs.has("disks-not-reactivated")) {
        thread.trace("migration_block_activation", { name: "active" });
        thread.spend(COSTS.step);
      }
      thread.trace("migration_call_notifiers", { type: 3 });
      thread.spend(COSTS.step);
      // A guest that the operator stopped before the switchover was not stopped by the migration.
      const stopped = source.runState === "finish-migrate";
      if (((migration.guestRan && stopped) || bugs.has("started-though-paused")) && !source.guest.running) {
        setRunState(thread, source, "running");
        thread.spend(COSTS.step);
        traceVmState(thread, true, "running");
        source.guest.setRunning(true, thread.now);
      } else if (source.runState === "finish-migrate") {
        setRunState(thread, source, "paused");
      }
    }
    source.bql.release(thread);
    yield* thread.reach();
    this.outgoing.threadEnded(thread);
  }
}
