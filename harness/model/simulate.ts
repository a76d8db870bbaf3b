/**
 * One run of a scenario: both processes, the wire between them, the operator and the faults.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import { type EventName, type MigrationStatus, PER_PAGE, type Sample, TraceRecorder } from "../trace/mod.ts";
import { Announcement } from "./announce.ts";
import { COSTS } from "./calibration.ts";
import { connectOutgoing } from "./connect_outgoing.ts";
import { connectFailed } from "./connect_failure.ts";
import type { Destination } from "./destination.ts";
import { makeDirtyLimit } from "./dirty_limit.ts";
import { Destinations } from "./destinations.ts";
import { Guest, tasksOf } from "./guest.ts";
import type { Inbox } from "./channel.ts";
import { clockPhase, Host } from "./host.ts";
import { Kernel, Lock, type Routine, Thread } from "./kernel.ts";
import { buildRam, mainBlockOf } from "./firmware.ts";
import { deviceState } from "./machine.ts";
import { MainLoop } from "./main_loop.ts";
import { Migration } from "./migration.ts";
import { MigrationThread } from "./migration_thread.ts";
import {
  cancelMigration,
  cleanUp,
  continueGuest,
  continueMigration,
  quit,
  setParameters,
  startGuest,
  stopGuest,
  yankMigration,
} from "./operator.ts";
import { actionOf, factsOf, inOrder, outcomeOf, type SimulatedRun, type SimulateOptions } from "./outcome.ts";
import { ParameterSet } from "./parameters.ts";
import { profileOf } from "./profile.ts";
import { samplesAt } from "./sampling.ts";
import { traceTransferred } from "./statistics.ts";
import { returnPathThread } from "./return_path.ts";
import type { Outgoing, ReturnMessage, Source } from "./source.ts";
import { Throttle } from "./throttle.ts";
import { Transport } from "./transport.ts";
import { XbzrleCounters } from "./xbzrle.ts";

/** Thread ids of the simulated processes. */
const SOURCE_TID = 1000;

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
  readonly #kernel: Kernel;
  readonly #recorder: TraceRecorder | null;
  readonly #main: MainLoop;
  /** What happens from outside, whoever holds the big lock: faults, and commands out of band. */
  readonly #outside: MainLoop;
  readonly #source: Source;
  readonly #destinations: Destinations;
  readonly #actions: ReturnType<typeof actionOf>[] = [];
  readonly #samples: Sample[] = [];
  readonly #statusSeen = new Set<MigrationStatus>();
  readonly #transport: Transport;
  /** Of the process, not of one migration. */
  readonly #xbzrleCounters = new XbzrleCounters();
  #outgoing: Outgoing | null = null;
  #ram: ReturnType<typeof buildRam>;
  #threads = 1;
  #over = false;
  /** Whether a sample is scheduled. */
  #sampling = false;

  constructor(readonly scenario: Scenario, readonly options: SimulateOptions) {
    const profile = profileOf(scenario.profile, options.bugs);
    this.#kernel = new Kernel(clockPhase(scenario.seed));
    this.#recorder = this.#newRecorder();
    this.#ram = buildRam(scenario, profile);
    this.#transport = new Transport(scenario);
    // Not always the first: another block may be able to grow larger.
    const mainName = mainBlockOf(scenario.guest);
    const main = this.#ram.blocks.find(({ name }) => name === mainName);
    if (main === undefined) throw new RangeError(`A guest needs a RAMBlock named ${mainName}`);
    const bql = new Lock();
    this.#source = {
      kernel: this.#kernel,
      scenario,
      profile,
      host: new Host(scenario.seed),
      guest: new Guest(tasksOf(scenario), main),
      runState: "prelaunch",
      logStopPostponed: false,
      parameters: new ParameterSet(scenario.parameters),
      devices: deviceState(scenario, profile),
      bql,
      has: (capability) => scenario.capabilities[capability] === true,
      perPage: options.perPageEvents === true,
    };
    this.#main = new MainLoop(new Thread(this.#kernel, "main", SOURCE_TID, this.#recorder), bql);
    this.#outside = new MainLoop(new Thread(this.#kernel, "outside", 0, null), new Lock());
    const newRecorder = (): TraceRecorder | null => this.#newRecorder();
    this.#destinations = new Destinations({ source: this.#source, transport: this.#transport, newRecorder });
    this.#destinations.add();
  }

  get #destination(): Destination {
    return this.#destinations.current;
  }

  #newRecorder(): TraceRecorder | null {
    const { perPageEvents, trace } = this.options;
    if (trace === false) return null;
    const isOn = (name: EventName): boolean => perPageEvents === true || !PER_PAGE.includes(name);
    return new TraceRecorder(profileOf(this.scenario.profile).catalog, isOn);
  }

  #hasFault(kind: Scenario["faults"][number]["kind"]): boolean {
    return this.scenario.faults.some((fault) => fault.kind === kind);
  }

  run(): SimulatedRun {
    const { scenario } = this;
    this.#kernel.spawn(this.#main.thread, this.#main.run(), 0);
    this.#kernel.spawn(this.#outside.thread, this.#outside.run(), 0);
    if (!this.#transport.stored && !this.#hasFault("no-listener") && !this.#hasFault("not-accepted")) {
      this.#destination.listen();
    }
    new Announcement(scenario).prepare(this.#main.thread);
    startGuest(this.#main.thread, this.#source);
    if (!scenario.guest.running) Array.from(stopGuest(this.#main.thread, this.#source));
    this.#schedule(0, () => this.#migrate());
    for (const action of scenario.operator) {
      if (action.from === null) this.#scheduleAction(action, 0);
    }
    for (const fault of scenario.faults) {
      if (fault.from === null) this.#scheduleFault(fault, 0);
    }
    if (this.options.samples !== false) this.#scheduleSample(scenario.sampling_interval_ms * 1000);
    this.#kernel.run(scenario.time_limit_ms * 1000);
    return this.#result(this.#isCut());
  }

  /** Whether something was still to come when the run ended; a sample is nothing that comes. */
  #isCut(): boolean {
    const loops = [this.#main, this.#outside];
    return !this.#over || loops.some((loop) => loop.busy) ||
      this.#kernel.hasMoreThan(loops.map(({ thread }) => thread));
  }

  #schedule(at: number, work: () => Routine, looks = false): void {
    this.#main.schedule(at, this.#kernel.now, work, looks);
  }

  *#migrate(): Routine {
    const [{ thread }, source] = [this.#main, this.#source];
    const { profile, parameters, guest } = source;
    thread.spend(COSTS.command);
    if (this.#outgoing !== null) {
      this.#destinations.add();
      this.#destination.thread.now = thread.now;
      if (!this.#transport.stored) this.#destination.listen();
    }
    if (this.#over && !this.#sampling && this.options.samples !== false) this.#scheduleSample(thread.now);
    this.#over = false;
    const throttle = new Throttle(
      guest,
      parameters,
      source.has("auto-converge"),
      profile.bugs,
      makeDirtyLimit(source, (name) => this.#newThread(name)),
    );
    const migration = new Migration(profile, this.#ram, guest, throttle, parameters, (status, at) => {
      this.#enters(status, at);
    }, source.has("xbzrle") ? this.#xbzrleCounters : null);
    migration.startMs = thread.ms;
    if (this.#outgoing !== null) migration.inherit(this.#outgoing.migration);
    migration.stats.rate_limit_max = parameters.rateLimitPerCycle;
    const outgoing = connectOutgoing({
      thread: this.#newThread("mig/src/main"),
      source,
      migration,
      transport: this.#transport,
      main: this.#main,
      newThread: (name) => this.#newThread(name),
      threadEnded: (from) => {
        this.#main.schedule(from.now + COSTS.bottomHalf, from.now, () => this.#cleanUp());
      },
    });
    this.#outgoing = outgoing;
    this.#destinations.connect(outgoing);
    migration.setStatus(thread, "none", "setup");
    thread.spend(COSTS.cprState);
    thread.trace("cpr_state_save", { mode: "normal" });
    if (this.#hasFault("not-accepted")) return;
    if (this.#hasFault("no-listener")) {
      thread.spend(this.#transport.connectMicros);
      return yield* this.#connectFailed(outgoing, "No such file or directory");
    }
    this.#transport.connect(thread);
    outgoing.connected = true;
    thread.trace("migration_call_notifiers", { type: 0 });
    if (!this.#transport.stored) {
      this.#kernel.spawn(
        this.#destination.thread,
        this.#destination.incoming(outgoing),
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
    return new Thread(this.#kernel, name, SOURCE_TID + this.#threads++, this.#recorder);
  }

  #openReturnPath(outgoing: Outgoing, inbox: Inbox<ReturnMessage>): void {
    const { thread } = this.#main;
    thread.trace("open_return_path_on_source", {});
    thread.spend(COSTS.step * 15);
    thread.trace("open_return_path_on_source_continue", {});
    const reader = this.#newThread("mig/src/return");
    this.#kernel.spawn(reader, returnPathThread(reader, inbox, outgoing), thread.now + COSTS.step * 20);
  }

  *#connectFailed(outgoing: Outgoing, why: "No such file or directory" | "Connection refused"): Routine {
    yield* connectFailed(this.#main.thread, this.#source, outgoing, why);
    this.#end();
  }

  /** All threads of the source are gone; what it has sent still arrives. */
  #sourceDies(): void {
    this.#outgoing?.channel.shutDown(this.#kernel.now);
    this.#source.guest.end(this.#kernel.now);
    this.#over = true;
    this.#kernel.killAllBut(this.#destination.thread);
  }

  *#cleanUp(): Routine {
    const outgoing = this.#outgoing;
    if (outgoing === null) return;
    yield* cleanUp(this.#main.thread, this.#source, outgoing);
    if (this.#transport.stored) this.#scheduleLoad(outgoing);
    this.#end();
  }

  /** A stored stream is loaded by a destination that starts when the source is done. */
  #scheduleLoad(outgoing: Outgoing): void {
    const [after, destination] = [this.scenario.incoming_after_ms, this.#destination];
    if (outgoing.migration.status !== "completed" || after === null) return;
    this.#schedule(this.#main.thread.now + after * 1000, () => this.#load(destination, outgoing));
  }

  *#load(destination: Destination, outgoing: Outgoing): Routine {
    this.#destinations.load(destination, outgoing, this.#main.thread.now);
    if (this.#over && this.#main.idle) this.#main.end();
    yield* this.#main.thread.reach();
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
      if (action.from === status) this.#scheduleAction(action, at);
    }
    for (const fault of this.scenario.faults) {
      if (fault.from === status) this.#scheduleFault(fault, at);
    }
  }

  #scheduleAction(action: Scenario["operator"][number], from: number): void {
    const loop = action.execute === "yank" ? this.#outside : this.#main;
    loop.schedule(from + action.at_ms * 1000, from, () => this.#act(action));
  }

  #scheduleFault({ kind, at_ms }: Scenario["faults"][number], from: number): void {
    // The end of a connection attempt is the main loop's affair.
    const loop = kind === "not-accepted" ? this.#main : this.#outside;
    loop.schedule(from + at_ms * 1000, from, () => this.#break(kind));
  }

  *#act(action: Scenario["operator"][number]): Routine {
    const [thread, source] = [this.#main.thread, this.#source];
    this.#actions.push(actionOf(action, thread.now));
    switch (action.execute) {
      case "migrate":
        if (this.#over && source.runState !== "shutdown") yield* this.#migrate();
        break;
      case "migrate_cancel":
        yield* cancelMigration(thread, source, this.#outgoing);
        break;
      case "migrate-set-parameters":
        setParameters(source, this.#outgoing, action.arguments);
        break;
      case "migrate-continue":
        continueMigration(thread, this.#outgoing);
        break;
      case "stop":
        yield* stopGuest(thread, source);
        break;
      case "cont":
        continueGuest(thread, source);
        break;
      case "yank":
        yankMigration(this.#outside.thread, this.#outgoing);
        break;
      case "quit":
        yield* quit(thread, source, this.#outgoing);
        this.#destinations.quit(thread.now);
        if (!this.#over) this.#sourceDies();
        break;
    }
    if (this.#over && this.#main.idle) this.#main.end();
  }

  *#break(kind: Scenario["faults"][number]["kind"]): Routine {
    const [{ thread }, outgoing] = [this.#outside, this.#outgoing];
    if (outgoing === null) return;
    switch (kind) {
      case "no-listener":
      case "destination-refuses":
        return;
      case "not-accepted":
        if (this.#over) return;
        return yield* this.#connectFailed(outgoing, "Connection refused");
      case "source-dies":
        this.#sourceDies();
        return;
      case "destination-dies":
        this.#destination.die();
        break;
      case "network-cut":
        break;
    }
    outgoing.channel.cut(thread.now);
    outgoing.multifd?.cut(thread.now);
    outgoing.returnPath?.cut(thread.now, thread.now);
    if (this.#over && this.#main.idle) this.#main.end();
  }

  #scheduleSample(at: number): void {
    this.#sampling = true;
    this.#schedule(at, () => this.#sample(at), true);
  }

  *#sample(due: number): Routine {
    const { thread } = this.#main;
    this.#takeSample(thread.now);
    this.#sampling = false;
    if (!this.#over) this.#scheduleSample(due + this.scenario.sampling_interval_ms * 1000);
    else if (this.#main.idle) this.#main.end();
    yield* thread.reach();
  }

  #takeSample(at: number): void {
    const migration = this.#outgoing?.migration ?? null;
    if (migration !== null) {
      this.#source.guest.advance(at);
      if (this.options.perPageEvents === true) traceTransferred(this.#main.thread, migration.stats);
    }
    this.#samples.push(...samplesAt(at, this.#kernel.msAt(at), migration, this.#destination));
  }

  #result(timedOut: boolean): SimulatedRun {
    const { guest } = this.#source;
    // Whoever looked last.
    if (timedOut) guest.advance(this.scenario.time_limit_ms * 1000);
    return {
      facts: factsOf(this.scenario, this.#actions),
      source: inOrder(this.#recorder),
      destination: inOrder(this.#destination.thread.recorder),
      earlierDestinations: this.#destinations.earlier.map(({ thread }) => inOrder(thread.recorder)),
      samples: this.#samples,
      guestWrites: guest.writes,
      outcome: outcomeOf(this.#outgoing?.migration ?? null, guest, this.#ram, this.#destination, timedOut),
    };
  }
}
