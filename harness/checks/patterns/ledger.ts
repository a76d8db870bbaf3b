/**
 * Evaluator of ledgers: sums and comparisons over the arguments of events and the members of samples.
 *
 * @module
 */
import type { EventView, Sample } from "../../trace/mod.ts";
import { Check, type Host, type MigrationEnd, remember, type Remembered, type Slot } from "../check.ts";
import type { Ledger, Moment, Step } from "../pattern.ts";
import { numberAt, word } from "../select.ts";

/** A step whose state is known to its own ledger only. */
export type AnyStep = Step<never>;

/** Runs the steps of a ledger. */
export class LedgerCheck extends Check {
  readonly #pattern: Ledger;
  readonly #steps: readonly AnyStep[];
  readonly #sampled: readonly AnyStep[];
  readonly #moment: {
    at: number;
    thread: number;
    readonly settings: Moment["settings"];
    readonly guestRan: boolean | undefined;
  };
  #state: never;
  /** The last events of steps that show, for the evidence of a wrong end. */
  #shown: Remembered | undefined = undefined;
  #earlier: Remembered | undefined = undefined;

  constructor(host: Host, pattern: Ledger) {
    super(host);
    this.#pattern = pattern;
    this.#steps = pattern.steps.filter((step) => step.on !== undefined);
    this.#sampled = pattern.steps.filter((step) => step.sample !== undefined);
    this.#moment = { at: -1, thread: 0, settings: host.settings, guestRan: host.settings.guestRan };
    this.#state = pattern.start() as never;
  }

  slots(): readonly Slot[] {
    return this.#steps.map(({ on = [], args = [], side }) => ({
      selector: on,
      args,
      ...(side === undefined ? {} : { side }),
    }));
  }

  /** Whether samples from after the end of a log that breaks off are for this one. */
  get readsPastEnd(): boolean {
    return this.#pattern.pastEnd === true;
  }

  override begin(): void {
    super.begin();
    this.#state = this.#pattern.start() as never;
    this.#shown = undefined;
    this.#earlier = undefined;
  }

  on(event: EventView, slot: number, args: readonly number[]): void {
    this.takeStep(event, this.#steps[slot] as AnyStep, args);
  }

  /** The step of a slot, for whoever calls {@linkcode takeStep} without looking it up each time. */
  stepOf(slot: number): AnyStep {
    return this.#steps[slot] as AnyStep;
  }

  /** Takes an event for a step. */
  takeStep(event: EventView, step: AnyStep, args: readonly number[]): void {
    const count = args.length;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let e = 0;
    let f = 0;
    if (count > 0) {
      a = numberAt(event, args[0] as number);
      if (count > 1) b = numberAt(event, args[1] as number);
      if (count > 2) c = numberAt(event, args[2] as number);
      if (count > 3) d = numberAt(event, args[3] as number);
      if (count > 4) e = numberAt(event, args[4] as number);
      if (count > 5) f = numberAt(event, args[5] as number);
    }
    this.#moment.at = event.at;
    this.#moment.thread = event.thread;
    if (step.shows === true) {
      this.#earlier = this.#shown;
      this.#shown = remember(step.side ?? this.host.side, event);
    }
    const held = step.take(this.#state, this.#moment, a, b, c, d, e, f);
    if (held === undefined) return;
    this.seen++;
    if (held) return;
    const note = this.host.isSated ? "" : step.says?.(this.#state, a, b, c, d, e, f);
    this.host.violate(note ?? "the promise is broken here", event);
  }

  /** Takes a `query-migrate` reply. */
  sample(sample: Sample): void {
    for (const step of this.#sampled) {
      if (step.side !== undefined && step.side !== sample.side) continue;
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = (step.sample ?? []).map((path) =>
        member(sample, path)
      );
      this.#moment.at = sample.t_us;
      this.#moment.thread = 0;
      const held = step.take(this.#state, this.#moment, a, b, c, d, e, f);
      if (held === undefined) continue;
      this.seen++;
      if (held) continue;
      const note = step.says?.(this.#state, a, b, c, d, e, f) ?? "the promise is broken here";
      this.host.violate(`${note} (sample at ${sample.t_us} us)`, null, undefined, sample.t_us);
    }
  }

  override end(_end: MigrationEnd): void {
    const held = this.#pattern.end?.(this.#state, this.host.settings);
    if (held === undefined) return;
    this.seen++;
    if (held) return;
    const note = this.#pattern.endSays?.(this.#state) ?? "the sums do not agree at the end";
    this.host.violate(note, this.#shown ?? null, this.#earlier);
  }
}

/** A member of a reply by its dotted path; NaN when it is absent, Infinity when it is no number, the hash of a text. */
function member(sample: Sample, path: string): number {
  let value: unknown = sample["query-migrate"];
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return NaN;
    value = (value as Record<string, unknown>)[name];
  }
  // A division by zero is no number, and null in JSON; a member that is missing is something else.
  if (value === null || Number.isNaN(value)) return Infinity;
  if (typeof value === "number") return value;
  return typeof value === "string" ? word(value) : NaN;
}
