/**
 * The destination's QEMU process: accepts, loads what arrives, and starts the guest.
 *
 * @see QEMU migration/savevm.c (qemu_loadvm_state_main), migration/migration.c (process_incoming_migration_bh) and
 * facts/precopy.md section 8
 * @module
 */
import type { MigrationStatus } from "../trace/mod.ts";
import type { Announcement } from "./announce.ts";
import { COSTS } from "./calibration.ts";
import type { Inbox } from "./channel.ts";
import { MultifdReceiver } from "./multifd_receive.ts";
import type { Routine, Thread } from "./kernel.ts";
import { type Message, SECTION } from "./message.ts";
import type { Profile } from "./profile.ts";
import type { Transport } from "./transport.ts";
import { type Outgoing, type ReturnMessage, traceRunState, traceVmState } from "./source.ts";

/** Errors of a load, negative errno. */
const EINVAL = -22;
const EIO = -5;
/** Message types of the return path (mig_rp_message_type). */
const RP = { SHUT: 1, PONG: 2, SWITCHOVER_ACK: 7 } as const;

/** What the destination is told when it starts. */
export interface DestinationOptions {
  readonly profile: Profile;
  readonly transport: Transport;
  /** Whether capability switchover-ack is set. */
  readonly switchoverAck: boolean;
  /** Whether the guest is to run after the migration: it did on the source. */
  readonly startsGuest: () => boolean;
  readonly announcement: Announcement;
  /** Whether a failed load ends the process (exit-on-error of migrate-incoming). */
  readonly exitOnError: boolean;
  /** What it does not take: `configuration`, `ram` or the idstr of a device; null: it takes everything. */
  readonly refuses: string | null;
  /** Tells that the process has ended, and its end of the connection with it. */
  readonly gone: (at: number) => void;
  /** Sends a message back to the source. */
  readonly reply: (message: ReturnMessage, at: number) => void;
}

/** The main thread of the destination. */
export class Destination {
  status: MigrationStatus = "none";
  /** Whether the guest runs here. */
  guestRuns = false;
  /** Set when the process is gone. */
  dead = false;
  #sequence = 0;
  #hasReturnPath = false;
  #multifd: MultifdReceiver | null = null;
  /** Number that this process would have given to the device loaded last: timer, ram and dirty-bitmap are 0 to 2. */
  #lastDeviceId = 2;

  constructor(readonly thread: Thread, readonly options: DestinationOptions) {}

  /** Starts listening. */
  listen(): void {
    this.options.announcement.prepare(this.thread, this.options.refuses);
    this.#setStatus("setup");
    this.options.transport.listen(this.thread);
  }

  /** Takes one connection, and those of the channels, and loads the stream that they bring. */
  *incoming({ channel: { inbox }, multifd }: Outgoing): Routine {
    const { thread, options: { profile, transport } } = this;
    transport.accept(thread);
    if (multifd !== null) {
      this.#multifd = new MultifdReceiver(
        thread,
        multifd.channels.map((channel) => channel.inbox),
        transport,
      );
      yield* this.#multifd.accept(multifd.connections);
    }
    if (this.dead) return;
    thread.spend(COSTS.acceptToActive);
    this.#setStatus("active");
    const result = yield* this.#load(inbox);
    const loaded = result === 0;
    if (this.dead) return;
    if (!this.#refusedHeader) thread.trace("qemu_loadvm_state_post_main", { ret: result });
    thread.spend(loaded ? COSTS.loadEnd : COSTS.step * 3);
    if (loaded && !profile.loadCleanupLast) thread.trace("loadvm_state_cleanup", {});
    thread.trace("vmstate_downtime_checkpoint", { checkpoint: "dst-precopy-loadvm-completed" });
    thread.spend(COSTS.step);
    thread.trace("process_incoming_migration_co_end", {
      ret: loaded ? 0 : this.#refusedHeader ? EINVAL : result,
      ps: 0,
    });
    thread.spend(COSTS.step * 3);
    yield* thread.reach();
    if (this.dead) return;
    if (!loaded) return yield* this.#fail(result);
    yield* this.#start();
    yield* this.options.announcement.repeat(thread, () => this.dead);
  }

  #setStatus(status: MigrationStatus): void {
    this.status = status;
    this.thread.trace("migrate_set_state", { new_state: status });
    this.thread.spend(COSTS.stateEvent);
  }

  /** Loads until the end of the stream. Returns 0 or an error. */
  *#load(inbox: Inbox<Message>): Routine<number> {
    const { thread } = this;
    for (;;) {
      let arrival = inbox.take(thread.now);
      while (arrival === null && !inbox.isOver(thread.now)) {
        yield inbox.enter(thread);
        inbox.leave(thread);
        arrival = inbox.take(thread.now);
      }
      if (this.dead) return EINVAL;
      if (arrival === null) return this.#cutOff();
      const waited = arrival.arrives >= thread.now;
      if (waited) thread.spend(COSTS.arrival);
      const { message, loaded } = arrival;
      if (message.kind === "multifd-flush" && this.#multifd !== null) yield* this.#multifd.syncMain();
      if (message.kind === "ram-section-end" && loaded > thread.now) {
        thread.now = loaded;
        yield loaded;
      }
      this.#take(message);
      if (thread.isAhead) yield thread.now;
      if (this.#refuses(arrival.message) || this.#mistakesFooter(arrival.message)) return EINVAL;
      if (arrival.message.kind === "vmdesc-end") return 0;
    }
  }

  /** The connection has ended: in the middle of RAM that is an I/O error, between sections a stream without its end. */
  #cutOff(): number {
    if (!this.#inRam) return EINVAL;
    this.thread.trace("ram_load_complete", { ret: EIO, seq_iter: ++this.#sequence });
    this.thread.spend(COSTS.step * 3);
    return EIO;
  }

  #refuses(message: Message): boolean {
    const { refuses } = this.options;
    if (refuses === null) return false;
    if (message.kind === "header") this.#refusedHeader = refuses === "configuration";
    return this.#refusedHeader || (message.kind === "ram-start" && refuses === "ram") ||
      (message.kind === "device" && message.name === refuses);
  }

  /** The museum's footer-of-own-id: whether a device's footer seems to be another's. */
  #mistakesFooter(message: Message): boolean {
    if (message.kind !== "device" || message.name === "timer") return false;
    const own = ++this.#lastDeviceId;
    return own !== message.sectionId && this.options.profile.bugs.has("footer-of-own-id");
  }

  #take(message: Message): void {
    const { thread } = this;
    switch (message.kind) {
      case "header":
        thread.spend(COSTS.headerToSetup);
        if (this.options.refuses === "configuration") break;
        thread.trace("loadvm_state_setup", {});
        if (this.options.switchoverAck) {
          thread.trace("loadvm_state_switchover_ack_needed", { switchover_ack_pending_num: 0 });
        }
        break;
      case "ram-start":
        this.#section(SECTION.START);
        thread.trace("qemu_loadvm_state_section_startfull", {
          section_id: 1,
          idstr: "ram",
          instance_id: 0,
          version_id: 4,
        });
        thread.spend(COSTS.step * 2);
        this.#beginRam();
        thread.spend(COSTS.step * 5);
        if (this.options.refuses === "ram") this.#endRam(EINVAL);
        break;
      case "ram-section":
        this.#section(message.type);
        thread.trace("qemu_loadvm_state_section_partend", { section_id: 1 });
        thread.spend(COSTS.step);
        this.#ramStarted = thread.now;
        this.#inRam = true;
        this.#beginRam();
        break;
      case "ram-section-end":
        this.#inRam = false;
        if (message.type === SECTION.START && this.#multifd?.isFile === true) this.#multifd.syncFile();
        this.#endRam(0);
        if (message.type === SECTION.END) this.#loaded("iterable", "ram", 0, thread.now - this.#ramStarted);
        break;
      case "command":
        this.#command(message);
        break;
      case "device":
        this.#device(message);
        break;
      case "eof":
        this.#section(SECTION.EOF);
        break;
      case "multifd-flush":
      case "vmdesc-end":
        break;
    }
  }

  #ramStarted = 0;
  #inRam = false;
  #refusedHeader = false;

  #section(type: number): void {
    this.thread.trace("qemu_loadvm_state_section", { section_type: type });
    this.thread.spend(COSTS.step);
  }

  #beginRam(): void {
    const { thread } = this;
    thread.trace("vmstate_load", { idstr: "ram", vmsd_name: "(old)" });
    thread.spend(COSTS.step);
    thread.trace("ram_load_start", {});
  }

  #endRam(result: number): void {
    this.thread.trace("ram_load_complete", { ret: result, seq_iter: ++this.#sequence });
    this.thread.spend(COSTS.step);
  }

  #loaded(type: "iterable" | "non-iterable", idstr: string, instance: number, took: number): void {
    this.thread.trace("vmstate_downtime_load", {
      type,
      idstr,
      instance_id: instance,
      downtime: Math.floor(took),
    });
    this.thread.spend(COSTS.step);
  }

  #command({ command, length, value }: Extract<Message, { kind: "command" }>): void {
    const { thread, options } = this;
    this.#section(SECTION.COMMAND);
    thread.trace("loadvm_process_command", { s: command, len: length });
    thread.spend(COSTS.step);
    if (command === "PING") {
      thread.trace("loadvm_process_command_ping", { val: value });
      thread.spend(COSTS.step);
      this.#reply(RP.PONG, 4, { kind: "pong", value });
    } else if (command === "OPEN_RETURN_PATH") {
      this.#hasReturnPath = true;
      thread.spend(COSTS.step * 6);
      // 11.1 sends no ack where no device has asked for one.
      if (options.switchoverAck && options.profile.switchoverAckAtOnce) {
        this.#reply(RP.SWITCHOVER_ACK, 0, { kind: "switchover-ack" });
      }
    }
    thread.spend(COSTS.step * 4);
    thread.trace("qemu_loadvm_state_section_command", { ret: 0 });
    thread.spend(COSTS.step);
  }

  #reply(type: number, length: number, message: ReturnMessage): void {
    this.thread.trace("migrate_send_rp_message", { msg_type: type, len: length });
    this.options.reply(message, this.thread.now);
    this.thread.spend(COSTS.step);
  }

  #device(
    { sectionId, name, instance, version, vmsd, loadMicros }: Extract<Message, { kind: "device" }>,
  ): void {
    const { thread } = this;
    this.#section(SECTION.FULL);
    thread.trace("qemu_loadvm_state_section_startfull", {
      section_id: sectionId,
      idstr: name,
      instance_id: instance,
      version_id: version,
    });
    thread.spend(COSTS.step);
    if (this.options.refuses === name) return;
    thread.trace("vmstate_load", { idstr: name, vmsd_name: vmsd });
    thread.spend(loadMicros);
    if (name === "globalstate") {
      const state = this.options.startsGuest() ? "running" : "paused";
      thread.trace("migrate_global_state_post_load", { state });
    }
    this.#loaded("non-iterable", name, instance, loadMicros);
  }

  *#start(): Routine {
    const { thread, options } = this;
    const checkpoint = (name: string): void => {
      thread.trace("vmstate_downtime_checkpoint", { checkpoint: name });
      thread.spend(COSTS.step);
    };
    checkpoint("dst-precopy-bh-enter");
    thread.spend(COSTS.step * 3);
    options.announcement.begin(thread);
    thread.spend(COSTS.step * 4);
    checkpoint("dst-precopy-bh-announced");
    this.#multifd?.terminate();
    const starts = options.startsGuest();
    if (starts) {
      thread.trace("migration_block_activation", { name: "active" });
      thread.spend(COSTS.startGuest);
      traceRunState(thread, "inmigrate", "running");
      thread.spend(COSTS.step);
      traceVmState(thread, true, "running");
      this.guestRuns = true;
      thread.spend(COSTS.step * 8);
    } else {
      traceRunState(thread, "inmigrate", "paused");
      thread.spend(COSTS.step);
    }
    checkpoint("dst-precopy-bh-vm-started");
    this.#setStatus("completed");
    yield* this.#endChannels();
    if (options.profile.loadCleanupLast) thread.trace("loadvm_state_cleanup", {});
    thread.spend(COSTS.step * 4);
    if (this.#hasReturnPath) this.#reply(RP.SHUT, 4, { kind: "shut", value: 0 });
  }

  *#fail(result: number): Routine {
    const { thread, options } = this;
    this.#setStatus("failed");
    const cause = options.profile.loadErrorTellsCause
      ? result === EIO
        ? ": Failed to load vmstate version_id: 4, ret: -5"
        : ": Section footer error, section_id: 1"
      : "";
    const error = result === EIO ? "Input/output error" : "Invalid argument";
    thread.trace("migrate_error", { error_desc: `load of migration failed: ${error}${cause}` });
    thread.spend(COSTS.step);
    yield* this.#endChannels();
    if (options.profile.loadCleanupLast) thread.trace("loadvm_state_cleanup", {});
    if (this.#hasReturnPath) this.#reply(RP.SHUT, 4, { kind: "shut", value: 1 });
    this.dead = options.exitOnError;
    options.gone(thread.now + COSTS.exit);
  }

  /** multifd_recv_cleanup: the channels are told once more to end, and waited for. */
  *#endChannels(): Routine {
    if (this.#multifd === null) return;
    this.#multifd.terminate();
    yield* this.#multifd.join();
  }

  /** The process is killed: nothing more is traced. */
  die(): void {
    this.dead = true;
    this.#multifd?.die();
  }

  /** The operator ends the process in good order. */
  quit(): void {
    const { thread, options } = this;
    thread.trace(options.profile.events.cancel, {});
    thread.spend(COSTS.step * 20);
    if (this.guestRuns) {
      traceRunState(thread, "running", "shutdown");
      thread.spend(COSTS.step * 10);
      traceVmState(thread, false, "shutdown");
    }
    this.guestRuns = false;
    this.dead = true;
  }
}
