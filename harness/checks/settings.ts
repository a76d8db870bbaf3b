/**
 * Parameters of the migration as they change while it runs.
 *
 * @module
 */
import type { OperatorAction, Parameters, RunFacts } from "../trace/mod.ts";

/** QEMU's defaults of the parameters that rules compute with (facts/precopy.md 10). */
const DEFAULTS = {
  "max-bandwidth": 134217728,
  "downtime-limit": 300,
  "avail-switchover-bandwidth": 0,
  "max-postcopy-bandwidth": 0,
  "cpu-throttle-initial": 20,
  "throttle-trigger-threshold": 50,
  "cpu-throttle-increment": 10,
  "max-cpu-throttle": 99,
  "multifd-channels": 2,
} as const;

/** A parameter that rules compute with. */
export type Setting = keyof typeof DEFAULTS;

const NAMES = Object.keys(DEFAULTS) as readonly Setting[];

/** Where a parameter's values are. Rules ask at every counter update: a branch on a constant costs them nothing. */
function placeOf(name: Setting): number {
  switch (name) {
    case "max-bandwidth":
      return 0;
    case "downtime-limit":
      return 1;
    case "avail-switchover-bandwidth":
      return 2;
    case "max-postcopy-bandwidth":
      return 3;
    case "cpu-throttle-initial":
      return 4;
    case "throttle-trigger-threshold":
      return 5;
    case "cpu-throttle-increment":
      return 6;
    case "max-cpu-throttle":
      return 7;
    case "multifd-channels":
      return 8;
  }
}

/**
 * The parameters at the moment that is being judged, and before their last change: a change is taken up at the next
 * counter update, so for a while either value is right.
 */
export class Settings {
  /** False when nothing is known of the parameters; every value is then NaN. */
  known = false;
  /** Whether the guest ran when the migration that is being judged started; undefined when that is not known. */
  guestRan: boolean | undefined;
  /** The events that were switched off; undefined when that is not known. */
  unlogged: readonly string[] | undefined;
  readonly #now = new Float64Array(NAMES.length);
  readonly #before = new Float64Array(NAMES.length);
  readonly #changedAt = new Float64Array(NAMES.length);
  #changes: readonly OperatorAction[] = [];
  #next = 0;
  #nextAt = Infinity;

  constructor(facts: RunFacts) {
    this.renew(facts);
  }

  /** Starts over with what is known of another run. */
  renew(facts: RunFacts): void {
    const { parameters, actions = [] } = facts;
    this.known = parameters !== undefined;
    this.guestRan = facts.guestRan;
    this.unlogged = facts.unlogged;
    for (const name of NAMES) {
      const start = parameters === undefined ? NaN : amount(parameters, name) ?? DEFAULTS[name];
      this.#now[placeOf(name)] = this.#before[placeOf(name)] = start;
    }
    this.#changes = actions.filter(({ command }) => command === "migrate-set-parameters")
      .toSorted((a, b) => a.at - b.at);
    this.#changedAt.fill(-Infinity);
    this.#next = 0;
    this.#nextAt = this.#changes[0]?.at ?? Infinity;
  }

  /** The moment of the next change, in microseconds. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** Takes up the changes up to a moment. */
  moveTo(at: number): void {
    while (at >= this.#nextAt) {
      const change = this.#changes[this.#next];
      if (change?.parameters !== undefined) this.#set(change.parameters, change.at);
      this.#next++;
      this.#nextAt = this.#changes[this.#next]?.at ?? Infinity;
    }
  }

  /** Says that the trace has no times: when the changes were made is then not known. */
  loseTime(): void {
    if (this.#changes.length === 0) return;
    this.#now.fill(NaN);
    this.#before.fill(NaN);
  }

  /** The value now. */
  now(name: Setting): number {
    return this.#now[placeOf(name)] as number;
  }

  /** The value before its last change; the value now if it never changed. */
  before(name: Setting): number {
    return this.#before[placeOf(name)] as number;
  }

  /** Whether the parameter was changed in the last `micros` microseconds before a moment. */
  changedWithin(name: Setting, at: number, micros: number): boolean {
    return at - (this.#changedAt[placeOf(name)] as number) <= micros;
  }

  #set(parameters: Parameters, at: number): void {
    for (const name of NAMES) {
      const value = amount(parameters, name);
      if (value === undefined) continue;
      const place = placeOf(name);
      this.#before[place] = this.#now[place] as number;
      this.#now[place] = value;
      this.#changedAt[place] = at;
    }
  }
}

function amount(parameters: Parameters, name: Setting): number | undefined {
  const value = parameters[name];
  return typeof value === "number" ? value : undefined;
}
