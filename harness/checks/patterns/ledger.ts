/**
 * Evaluator of ledgers: sums and comparisons over the arguments of events and the members of samples.
 *
 * @module
 */
import type { EventView, Sample } from "../../trace/mod.ts";
import { Check, type Host, type MigrationEnd, remember, type Remembered, type Slot } from "../check.ts";
import type { Ledger, Step } from "../pattern.ts";
import { word } from "../select.ts";

/** A step whose state is known to its own ledger only. */
export type AnyStep = Step<never>;

/** What a step reads, at most six numbers; 0 beyond those that it asked for. */
export type Operands = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** The steps of a ledger that take events, those that take samples, and the slots of the former. */
interface Sorted {
  readonly posted: readonly AnyStep[];
  readonly sampled: readonly AnyStep[];
  readonly slots: readonly Slot[];
}

/** Sorted once: a ledger belongs to a rule, and each judge runs it anew. */
const SORTED = new WeakMap<Ledger, Sorted>();

function sorted(pattern: Ledger): Sorted {
  const known = SORTED.get(pattern);
  if (known !== undefined) return known;
  const posted = pattern.steps.filter((step) => step.on !== undefined);
  const slots = posted.map(({ on = [], args = [], side }) => ({
    selector: on,
    args,
    ...(side === undefined ? {} : { side }),
  }));
  const found = { posted, sampled: pattern.steps.filter((step) => step.sample !== undefined), slots };
  SORTED.set(pattern, found);
  return found;
}

/** Runs the steps of a ledger. */
export class LedgerCheck extends Check {
  readonly #pattern: Ledger;
  readonly #sorted: Sorted;
  /** What the steps are given. */
  state: never;
  /** The last events of steps that show, for the evidence of a wrong end. */
  #shown: Remembered | undefined = undefined;
  #earlier: Remembered | undefined = undefined;

  constructor(host: Host, pattern: Ledger) {
    super(host);
    this.#pattern = pattern;
    this.#sorted = sorted(pattern);
    this.state = pattern.start() as never;
  }

  slots(): readonly Slot[] {
    return this.#sorted.slots;
  }

  /** Whether any of its steps takes samples. */
  get takesSamples(): boolean {
    return this.#sorted.sampled.length > 0;
  }

  /** Whether samples from after the end of a log that breaks off are for this one. */
  get readsPastEnd(): boolean {
    return this.#pattern.pastEnd === true;
  }

  override begin(): void {
    super.begin();
    this.state = this.#pattern.start() as never;
    this.#shown = undefined;
    this.#earlier = undefined;
  }

  /** The wiring calls the steps itself (`Wiring.deliver`): most of what is judged goes through them. */
  on(): void {}

  /** The step of a slot, for whoever calls its `take` without looking it up each time. */
  stepOf(slot: number): AnyStep {
    return this.#sorted.posted[slot] as AnyStep;
  }

  /** Remembers an event of a step that shows. */
  show(event: EventView, step: AnyStep): void {
    this.#earlier = this.#shown;
    this.#shown = remember(step.side ?? this.host.side, event);
  }

  /** Says that a step found the promise broken at an event. */
  broken(event: EventView, step: AnyStep, ...operands: Operands): void {
    const note = this.host.isSated ? "" : step.says?.(this.state, ...operands);
    // A rule about both sides has one host: the event may be of the other one.
    const { side = this.host.side } = step;
    const where = side === this.host.side ? event : remember(side, event);
    this.host.violate(note ?? "the promise is broken here", where);
  }

  /** Takes a `query-migrate` reply. */
  sample(sample: Sample): void {
    const { sampled } = this.#sorted;
    const { settings } = this.host;
    const moment = { at: sample.t_us, line: 0, thread: 0, settings, guestRan: settings.guestRan };
    for (let i = 0; i < sampled.length; i++) {
      const step = sampled[i] as AnyStep;
      if (step.side !== undefined && step.side !== sample.side) continue;
      // Not a list of them: a run has hundreds of samples, of each of which dozens of ledgers read something.
      const a = operand(sample, step, 0);
      const b = operand(sample, step, 1);
      const c = operand(sample, step, 2);
      const d = operand(sample, step, 3);
      const e = operand(sample, step, 4);
      const f = operand(sample, step, 5);
      const held = step.take(this.state, moment, a, b, c, d, e, f);
      if (held === undefined) continue;
      this.seen++;
      if (held) continue;
      const note = step.says?.(this.state, a, b, c, d, e, f) ?? "the promise is broken here";
      this.host.violate(`${note} (sample at ${sample.t_us} us)`, null, undefined, sample.t_us);
    }
  }

  override get hasEnd(): boolean {
    return this.#pattern.end !== undefined;
  }

  override end(_end: MigrationEnd): void {
    const held = this.#pattern.end?.(this.state, this.host.settings);
    if (held === undefined) return;
    this.seen++;
    if (held) return;
    const note = this.#pattern.endSays?.(this.state) ?? "the sums do not agree at the end";
    this.host.violate(note, this.#pattern.endAt?.(this.state) ?? this.#shown ?? null, this.#earlier);
  }
}

/** The names of a dotted path: each reply is asked for the same few. */
const NAMES = new Map<string, readonly string[]>();

function namesOf(path: string): readonly string[] {
  let names = NAMES.get(path);
  if (names === undefined) NAMES.set(path, names = path.split("."));
  return names;
}

/** What a step reads of a reply in one place; 0 where it reads less. */
function operand(sample: Sample, { sample: paths }: AnyStep, place: number): number {
  const path = paths?.[place];
  return path === undefined ? 0 : member(sample, path);
}

/** A member of a reply by its dotted path; NaN when it is absent, Infinity when it is no number, the hash of a text. */
function member(sample: Sample, path: string): number {
  let value: unknown = sample["query-migrate"];
  for (const name of namesOf(path)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return NaN;
    value = (value as Record<string, unknown>)[name];
  }
  // A division by zero is no number, and null in JSON; a member that is missing is something else.
  if (value === null || Number.isNaN(value)) return Infinity;
  if (typeof value === "number") return value;
  return typeof value === "string" ? word(value) : NaN;
}
