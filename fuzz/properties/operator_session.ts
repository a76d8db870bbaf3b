/**
 * An operator at the monitor of a running migration, for model-based tests: what each command may do in each state.
 *
 * The real thing is the model of the migration: since nothing in it knows the future, a run with the commands said so far,
 * cut at the present moment, is the running migration. The abstract model is QEMU's table of what a command does in which
 * status; a command that is refused changes nothing, not even a microsecond.
 *
 * @see QEMU migration/migration.c (qmp_migrate, migrate_cancel, qmp_migrate_continue) and facts/precopy.md 1.2, 1.8
 * @module
 */
import fc from "fast-check";
import {
  makeScenario,
  type MigrationStatus,
  printLog,
  type ScenarioInput,
  simulate as simulateByModel,
  type SimulatedRun,
} from "../../mod.ts";
import type { Simulate } from "./law.ts";

/** What the abstract model knows: the status, and whether the guest runs. */
export interface SessionModel {
  status: MigrationStatus;
  running: boolean;
}

type Action = NonNullable<ScenarioInput["operator"]>[number];

/** Statuses from which a migration goes nowhere. */
const OVER: ReadonlySet<MigrationStatus> = new Set(["completed", "failed", "cancelled"]);

/** What `migrate_cancel` may lead to, by the status that it finds; it is refused in the others. */
const AFTER_CANCEL: Readonly<Partial<Record<MigrationStatus, readonly MigrationStatus[]>>> = {
  "setup": ["cancelling", "cancelled"],
  "active": ["cancelling", "cancelled"],
  "pre-switchover": ["cancelling", "cancelled"],
  "device": ["cancelling", "cancelled"],
};

/** How long after a command its effect is looked for, in milliseconds. */
const SOON_MS = 1;

/** A migration that runs, with commands at moments that only grow. */
export class RunningMigration {
  /** The first moment at which the migrate command, which is carried out at 0, has shown. */
  nowMs = 1;
  readonly #actions: Action[] = [];

  constructor(readonly scenario: ScenarioInput, readonly simulate: Simulate = simulateByModel) {}

  /** The run with the commands so far, up to a moment. */
  run(untilMs: number, actions: readonly Action[] = this.#actions): SimulatedRun {
    const time_limit_ms = Math.max(1, untilMs);
    return this.simulate(makeScenario({ ...this.scenario, operator: actions, time_limit_ms }));
  }

  /** What the monitor tells now. */
  look(atMs: number = this.nowMs): SessionModel {
    const { source } = this.run(atMs + SOON_MS);
    const seen: SessionModel = { status: "none", running: true };
    for (const { at, declaration, values } of source) {
      if (at > atMs * 1000) break;
      if (declaration.name === "migrate_set_state") seen.status = String(values[0]) as MigrationStatus;
      if (declaration.name === "vm_state_notify") seen.running = Number(values[0]) === 1;
    }
    return seen;
  }

  /** Says a command now. Gives the traces of the next while without it and with it. */
  say(action: Omit<Action, "at_ms">): { without: string; with: string } {
    const said: Action = { ...action, at_ms: this.nowMs };
    const until = this.nowMs + 300;
    const trace = ({ source, destination }: SimulatedRun) =>
      printLog(source, "tid") + printLog(destination, "tid");
    const without = trace(this.run(until));
    this.#actions.push(said);
    return { without, with: trace(this.run(until)) };
  }
}

type Command = fc.Command<SessionModel, RunningMigration>;

function insist(holds: boolean, claim: string): void {
  if (!holds) throw new Error(claim);
}

/** Time passes; the migration goes on by itself. */
class Wait implements Command {
  constructor(readonly ms: number) {}
  check(): boolean {
    return true;
  }
  run(model: SessionModel, real: RunningMigration): void {
    const wasOver = OVER.has(model.status);
    const before = model.status;
    real.nowMs += this.ms;
    Object.assign(model, real.look());
    insist(
      !wasOver || model.status === before,
      `a migration that is ${before} becomes ${model.status} by itself`,
    );
  }
  toString(): string {
    return `wait ${this.ms} ms`;
  }
}

/** One command of the operator. */
class Say implements Command {
  constructor(
    readonly action: Omit<Action, "at_ms">,
    /** Whether QEMU carries it out in this state. */
    readonly isTaken: (model: SessionModel) => boolean,
    /** What must be true of the state soon after it was carried out. */
    readonly effect: (before: SessionModel, after: SessionModel) => boolean,
  ) {}
  check(): boolean {
    return true;
  }
  run(model: SessionModel, real: RunningMigration): void {
    Object.assign(model, real.look());
    const before = { ...model };
    const said = real.say(this.action);
    const after = real.look(real.nowMs + SOON_MS);
    // Two things at one moment: what the migration does by itself may come first.
    const settled = real.look(Math.max(0, real.nowMs - SOON_MS)).status === before.status;
    if (this.isTaken(before)) {
      insist(!settled || this.effect(before, after), `${this} in ${show(before)} leads to ${show(after)}`);
    } else if (settled) {
      // A cancel is traced before it is refused.
      const plain = (text: string) =>
        text.split("\n").filter((line) => !/:migrat(?:ion|e_fd)_cancel/.test(line));
      const [one, other] = [plain(said.without), plain(said.with)];
      const at = one.findIndex((line, index) => line !== other[index]);
      insist(at === -1, `${this} is refused in ${show(before)}, yet ${one[at]} becomes ${other[at]}`);
    }
    real.nowMs += SOON_MS;
    Object.assign(model, real.look());
  }
  toString(): string {
    return `${this.action.execute} ${JSON.stringify(this.action.arguments ?? {})}`;
  }
}

function show({ status, running }: SessionModel): string {
  return `${status} with the guest ${running ? "running" : "stopped"}`;
}

/** Sessions: up to a dozen commands and pauses. */
export function anyOperatorSession(): fc.Arbitrary<Iterable<Command>> {
  const set = fc.record({
    name: fc.constantFrom("downtime-limit", "max-bandwidth"),
    value: fc.integer({ min: 1, max: 2000 }),
  });
  return fc.commands([
    fc.integer({ min: 1, max: 120 }).map((ms) => new Wait(ms)),
    fc.constant(
      new Say(
        { execute: "migrate_cancel" },
        ({ status }) => AFTER_CANCEL[status] !== undefined,
        (before, after) => AFTER_CANCEL[before.status]?.includes(after.status) === true,
      ),
    ),
    fc.constant(
      new Say(
        { execute: "migrate-continue" },
        ({ status }) => status === "pre-switchover",
        (_before, after) => after.status !== "pre-switchover",
      ),
    ),
    fc.constant(
      new Say(
        { execute: "migrate" },
        ({ status }) => OVER.has(status),
        (before, after) => after.status !== before.status,
      ),
    ),
    // The guest of a migration at its switchover is QEMU's to stop and start.
    fc.constant(
      new Say(
        { execute: "stop" },
        ({ running }) => running,
        (before, after) => !after.running || before.status !== after.status,
      ),
    ),
    set.map(({ name, value }) =>
      new Say(
        {
          execute: "migrate-set-parameters",
          arguments: { [name]: name === "max-bandwidth" ? value * 4096 : value },
        },
        () => true,
        (before, after) => !OVER.has(before.status) || before.status === after.status,
      )
    ),
  ], { maxCommands: 12 });
}
