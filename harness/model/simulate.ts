/**
 * One run of a scenario: both processes, the wire between them, the operator and the faults.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import { type EventName, type MigrationStatus, type Sample, TraceRecorder } from "../trace/mod.ts";
import { COSTS } from "./calibration.ts";
import { Channel, EIO, Inbox } from "./channel.ts";
import { Destination } from "./destination.ts";
import { Guest, tasksOf } from "./guest.ts";
import { Kernel, Lock, type Routine, Signal, Thread } from "./kernel.ts";
import { Link } from "./link.ts";
import { buildRam, deviceState } from "./machine.ts";
import { MainLoop } from "./main_loop.ts";
import type { Message } from "./message.ts";
import { Migration } from "./migration.ts";
import { MigrationThread } from "./migration_thread.ts";
import {
  cancelMigration,
  cleanUp,
  continueMigration,
  quit,
  setGuestRunning,
  setParameters,
} from "./operator.ts";
import { factsOf, inOrder, outcomeOf, type SimulatedRun, type SimulateOptions } from "./outcome.ts";
import { ParameterSet } from "./parameters.ts";
import { profileOf } from "./profile.ts";
import { QemuFile } from "./qemu_file.ts";
import { queryMigrate } from "./query_migrate.ts";
import { returnPathThread } from "./return_path.ts";
import { type Outgoing, type ReturnMessage, type Source, traceRunState, traceVmState } from "./source.ts";
import { Throttle } from "./throttle.ts";
import { Transport } from "./transport.ts";
import { XbzrleCounters } from "./xbzrle.ts";

/** Thread ids of the simulated processes. */
const SOURCE_TID = 1000;
const DESTINATION_TID = 2000;
/** Events that fire for each page; off unless asked for, as in most recordings. */
const PER_PAGE: ReadonlySet<EventName> = new Set(["migration_transferred_bytes", "ram_save_page"]);

/**
 * Simulates a scenario.
 *
 * The same scenario gives the same run, byte for byte, wherever and whenever it is run. Virtual time 0 is the moment
 * of the `migrate` command.
 *
 * @throws {RangeError} If the scenario is not one that its validation accepts.
 */
export function simulate(scenario: Scenario, options: SimulateOptions = {}): SimulatedRun {
  return new Simulation(scenario, options).run();
}

class Simulation {
  readonly #kernel = new Kernel();
  readonly #recorders: { source: TraceRecorder | null; destination: TraceRecorder | null };
  readonly #main: MainLoop;
  readonly #source: Source;
  readonly #destination: Destination;
  readonly #samples: Sample[] = [];
  readonly #statusSeen = new Set<MigrationStatus>();
  readonly #connectionLost = new Signal();
  readonly #transport: Transport;
  /** Of the process, not of one migration. */
  readonly #xbzrleCounters = new XbzrleCounters();
  #outgoing: Outgoing | null = null;
  #ram: ReturnType<typeof buildRam>;
  #threads = 1;
  #over = false;

  constructor(readonly scenario: Scenario, readonly options: SimulateOptions) {
    const profile = profileOf(scenario.profile, options.bugs);
    const isOn = (name: EventName): boolean => options.perPageEvents === true || !PER_PAGE.has(name);
    const recorder = (): TraceRecorder | null =>
      options.trace === false ? null : new TraceRecorder(profile.catalog, isOn);
    this.#recorders = { source: recorder(), destination: recorder() };
    this.#ram = buildRam(scenario);
    this.#transport = new Transport(scenario);
    const [main] = this.#ram.blocks;
    if (main === undefined) throw new RangeError("A guest needs at least one RAMBlock");
    const bql = new Lock();
    this.#source = {
      kernel: this.#kernel,
      scenario,
      profile,
      guest: new Guest(tasksOf(scenario), main),
      parameters: new ParameterSet(scenario.parameters),
      devices: deviceState(scenario, profile),
      bql,
      has: (capability) => scenario.capabilities[capability] === true,
      perPage: options.perPageEvents === true,
    };
    this.#main = new MainLoop(new Thread(this.#kernel, "main", SOURCE_TID, this.#recorders.source), bql);
    const incoming = new Thread(this.#kernel, "main", DESTINATION_TID, this.#recorders.destination);
    this.#destination = new Destination(incoming, {
      profile,
      transport: this.#transport,
      switchoverAck: this.#source.has("switchover-ack"),
      startsGuest: () => this.#outgoing?.migration.guestRan ?? true,
      reply: (message, at) => this.#outgoing?.returnPath?.push(this.#replyArrives(message, at), at),
    });
  }

  run(): SimulatedRun {
    const { scenario } = this;
    this.#kernel.spawn(this.#main.thread, this.#main.run(), 0);
    if (!this.#transport.stored) this.#destination.listen();
    this.#startGuest();
    this.#schedule(0, () => this.#migrate());
    for (const action of scenario.operator) {
      if (action.from === null) this.#schedule(action.at_ms * 1000, () => this.#act(action));
    }
    for (const fault of scenario.faults) {
      if (fault.from === null) this.#schedule(fault.at_ms * 1000, () => this.#break(fault.kind));
    }
    if (this.options.samples !== false) this.#scheduleSample(scenario.sampling_interval_ms * 1000);
    const ended = this.#kernel.run(scenario.time_limit_ms * 1000);
    return this.#result(!ended);
  }

  #schedule(at: number, work: () => Routine): void {
    this.#main.schedule(at, this.#kernel.now, work);
  }

  /** Both processes have started before the migration; the log begins with the guest's start. */
  #startGuest(): void {
    const { thread } = this.#main;
    thread.trace("migration_block_activation", { name: "active" });
    traceRunState(thread, "prelaunch", "running");
    traceVmState(thread, true, "running");
    this.#source.guest.setRunning(true, 0);
    if (!this.scenario.guest.running) setGuestRunning(thread, this.#source, false);
  }

  #replyArrives(message: ReturnMessage, at: number) {
    const arrives = at + this.scenario.link.latency_us;
    return { message, arrives, loaded: arrives };
  }

  *#migrate(): Routine {
    const { thread } = this.#main;
    const source = this.#source;
    const { profile, parameters, guest } = source;
    thread.spend(COSTS.command);
    const throttle = new Throttle(
      guest,
      parameters,
      source.has("auto-converge"),
      profile.bugs.has("throttle-after-three") ? 3 : undefined,
    );
    const migration = new Migration(profile, this.#ram, guest, throttle, parameters, (status, at) => {
      this.#enters(status, at);
    }, source.has("xbzrle") ? this.#xbzrleCounters : null);
    migration.startMs = thread.ms;
    if (this.#outgoing !== null) migration.inherit(this.#outgoing.migration);
    migration.stats.rate_limit_max = parameters.rateLimitPerCycle;
    const outgoing = this.#connect(migration);
    this.#outgoing = outgoing;
    migration.setStatus(thread, "none", "setup");
    thread.spend(COSTS.cprState);
    thread.trace("cpr_state_save", { mode: "normal" });
    if (this.scenario.faults.some(({ kind }) => kind === "no-listener")) {
      thread.spend(this.#transport.connectMicros);
      return yield* this.#connectFailed(outgoing);
    }
    this.#transport.connect(thread);
    thread.trace("migration_call_notifiers", { type: 0 });
    if (!this.#transport.stored) {
      this.#kernel.spawn(
        this.#destination.thread,
        this.#destination.incoming(outgoing.channel.inbox),
        thread.now + this.scenario.link.latency_us,
      );
    }
    if (outgoing.returnPath !== null) this.#openReturnPath(outgoing, outgoing.returnPath);
    this.#kernel.spawn(
      outgoing.channel.thread,
      new MigrationThread(outgoing.channel.thread, source, outgoing).run(),
      thread.now + COSTS.threadStart,
    );
  }

  #newThread(name: string): Thread {
    return new Thread(this.#kernel, name, SOURCE_TID + this.#threads++, this.#recorders.source);
  }

  #connect(migration: Migration): Outgoing {
    const thread = this.#newThread("mig/src/main");
    const inbox = new Inbox<Message>();
    // The stream and its channel know each other: bytes go one way, errors the other.
    const stream = new QemuFile<Message>({ flushed: () => {} });
    const channel = new Channel(
      thread,
      new Link(this.scenario.link),
      inbox,
      migration.stats,
      this.#transport,
      () => stream.takeMarks(),
      () => {
        stream.error = EIO;
      },
    );
    stream.target = channel;
    return {
      migration,
      stream,
      channel,
      returnPath: this.#source.has("return-path") ? new Inbox<ReturnMessage>() : null,
      returnPathEnded: new Signal(),
      returnPathResult: null,
      returnPathJoined: false,
      switchoverAcked: !this.#source.profile.switchoverAckAtOnce,
      resumed: new Signal(),
      mayContinue: false,
      threadEnded: (from) => {
        this.#main.schedule(from.now + COSTS.bottomHalf, from.now, () => this.#cleanUp());
      },
    };
  }

  #openReturnPath(outgoing: Outgoing, inbox: Inbox<ReturnMessage>): void {
    const { thread } = this.#main;
    thread.trace("open_return_path_on_source", {});
    thread.spend(COSTS.step * 15);
    thread.trace("open_return_path_on_source_continue", {});
    const reader = this.#newThread("mig/src/return");
    this.#kernel.spawn(reader, returnPathThread(reader, inbox, outgoing), thread.now + COSTS.step * 20);
  }

  *#connectFailed({ migration }: Outgoing): Routine {
    const { thread } = this.#main;
    const { profile } = this.#source;
    migration.error = "Failed to connect to 'mig.sock': No such file or directory";
    thread.trace("migration_socket_outgoing_error", { err: migration.error });
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
    migration.setStatus(thread, "setup", profile.failingState ? "failing" : "failed");
    thread.trace("migrate_error", { error_desc: migration.error });
    thread.spend(COSTS.step);
    thread.trace(profile.events.cleanup, {});
    thread.spend(COSTS.step);
    thread.trace("savevm_state_cleanup", {});
    thread.spend(COSTS.step * 4);
    migration.setStatus(thread, "failing", "failed");
    this.#end();
    yield* thread.reach();
  }

  *#cleanUp(): Routine {
    const outgoing = this.#outgoing;
    if (outgoing === null) return;
    yield* cleanUp(this.#main.thread, this.#source, outgoing);
    if (this.#transport.stored) this.#scheduleLoad(outgoing);
    this.#end();
  }

  /** A stored stream is loaded by a destination that starts when the source is done. */
  #scheduleLoad({ migration, channel }: Outgoing): void {
    const after = this.scenario.incoming_after_ms;
    if (migration.status !== "completed" || after === null) return;
    const destination = this.#destination;
    this.#schedule(
      this.#main.thread.now + after * 1000,
      function* (this: Simulation): Routine {
        const { now } = this.#main.thread;
        destination.thread.now = now;
        destination.listen();
        channel.load(destination.thread.now);
        this.#kernel.spawn(destination.thread, destination.incoming(channel.inbox), destination.thread.now);
        if (this.#over && this.#main.idle) this.#main.end();
        yield* this.#main.thread.reach();
      }.bind(this),
    );
  }

  /** The migration is over; what the operator still has to do is done before the run ends. */
  #end(): void {
    this.#over = true;
    if (this.#main.idle) this.#main.end();
  }

  /** Starts the clocks of all that waits for a status of the source. */
  #enters(status: MigrationStatus, at: number): void {
    if (this.#statusSeen.has(status)) return;
    this.#statusSeen.add(status);
    for (const action of this.scenario.operator) {
      if (action.from === status) this.#main.schedule(at + action.at_ms * 1000, at, () => this.#act(action));
    }
    for (const fault of this.scenario.faults) {
      if (fault.from === status) {
        this.#main.schedule(at + fault.at_ms * 1000, at, () => this.#break(fault.kind));
      }
    }
  }

  *#act(action: Scenario["operator"][number]): Routine {
    const { thread } = this.#main;
    const source = this.#source;
    switch (action.execute) {
      case "migrate":
        if (this.#over) yield* this.#migrate();
        break;
      case "migrate_cancel":
        cancelMigration(thread, source, this.#outgoing);
        break;
      case "migrate-set-parameters":
        setParameters(source, this.#outgoing, action.arguments);
        break;
      case "migrate-continue":
        continueMigration(thread, this.#outgoing);
        break;
      case "stop":
      case "cont":
        setGuestRunning(thread, source, action.execute === "cont");
        break;
      case "quit":
        quit(thread, source);
        if (!this.#destination.dead) {
          this.#destination.thread.now = Math.max(this.#destination.thread.now, thread.now);
          this.#destination.quit();
        }
        break;
    }
    if (this.#over && this.#main.idle) this.#main.end();
  }

  *#break(kind: Scenario["faults"][number]["kind"]): Routine {
    const { thread } = this.#main;
    const outgoing = this.#outgoing;
    yield* thread.reach();
    if (kind === "no-listener" || outgoing === null) return;
    if (kind === "destination-dies") {
      this.#destination.die();
      outgoing.channel.cut(thread.now);
      this.#connectionLost.raise(thread.now);
    } else {
      outgoing.channel.cut(thread.now);
    }
    outgoing.returnPath?.cut(thread.now, thread.now);
    if (this.#over && this.#main.idle) this.#main.end();
  }

  #scheduleSample(at: number): void {
    this.#schedule(
      at,
      function* (this: Simulation): Routine {
        const { thread } = this.#main;
        this.#sample(thread.now);
        if (!this.#over) this.#scheduleSample(at + this.scenario.sampling_interval_ms * 1000);
        else if (this.#main.idle) this.#main.end();
        yield* thread.reach();
      }.bind(this),
    );
  }

  #sample(at: number): void {
    const t_us = Math.floor(at);
    const migration = this.#outgoing?.migration ?? null;
    if (migration !== null) {
      this.#source.guest.advance(at);
      if (this.options.perPageEvents === true) this.#traceTransferred(migration);
    }
    this.#samples.push({
      t_us,
      side: "source",
      "query-migrate": queryMigrate(migration, Math.floor(at / 1000)),
    });
    if (this.#destination.dead) return;
    this.#samples.push({ t_us, side: "destination", "query-migrate": { status: this.#destination.status } });
  }

  #traceTransferred({ stats }: Migration): void {
    this.#main.thread.trace("migration_transferred_bytes", {
      qemu_file: stats.qemu_file_transferred,
      multifd: stats.multifd_bytes,
      rdma: stats.rdma_bytes,
    });
  }

  #result(timedOut: boolean): SimulatedRun {
    const migration = this.#outgoing?.migration ?? null;
    return {
      facts: factsOf(this.scenario),
      source: inOrder(this.#recorders.source),
      destination: inOrder(this.#recorders.destination),
      samples: this.#samples,
      outcome: outcomeOf(migration, this.#source.guest, this.#ram, this.#destination, timedOut),
    };
  }
}
