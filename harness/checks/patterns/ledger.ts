/**
 * Evaluator of ledgers: sums and comparisons over the arguments of events and the members of samples.
 *
 * @module
 */
import type { EventView, Sample } from "../../trace/mod.ts";
import { Check, type Host, type MigrationEnd, type Slot } from "../check.ts";
import type { Ledger, Moment, Step } from "../pattern.ts";
import { word } from "../select.ts";

/** A step whose state is known to its own ledger only. */
type AnyStep = Step<never>;

/** Runs the steps of a ledger. */
export class LedgerCheck extends Check {
  readonly #pattern: Ledger;
  readonly #steps: readonly AnyStep[];
  readonly #sampled: readonly AnyStep[];
  readonly #moment: {
    at: number;
    readonly settings: Moment["settings"];
    readonly guestRan: boolean | undefined;
  };
  #state: never;

  constructor(host: Host, pattern: Ledger) {
    super(host);
    this.#pattern = pattern;
    this.#steps = pattern.steps.filter((step) => step.on !== undefined);
    this.#sampled = pattern.steps.filter((step) => step.sample !== undefined);
    this.#moment = { at: -1, settings: host.settings, guestRan: host.settings.guestRan };
    this.#state = pattern.start() as never;
  }

  slots(): readonly Slot[] {
    return this.#steps.map(({ on = [], args = [], side }) => ({
      selector: on,
      args,
      ...(side === undefined ? {} : { side }),
    }));
  }

  override begin(): void {
    super.begin();
    this.#state = this.#pattern.start() as never;
  }

  on(event: EventView, slot: number, args: readonly number[]): void {
    const step = this.#steps[slot] as AnyStep;
    const count = args.length;
    const a = count > 0 ? read(event, args[0] as number) : 0;
    const b = count > 1 ? read(event, args[1] as number) : 0;
    const c = count > 2 ? read(event, args[2] as number) : 0;
    const d = count > 3 ? read(event, args[3] as number) : 0;
    const e = count > 4 ? read(event, args[4] as number) : 0;
    const f = count > 5 ? read(event, args[5] as number) : 0;
    this.#moment.at = event.at;
    const held = step.take(this.#state, this.#moment, a, b, c, d, e, f);
    if (held === undefined) return;
    this.seen++;
    if (held) return;
    this.host.violate(step.says?.(this.#state, a, b, c, d, e, f) ?? "the promise is broken here", event);
  }

  /** Takes a `query-migrate` reply. */
  sample(sample: Sample): void {
    for (const step of this.#sampled) {
      if (step.side !== undefined && step.side !== sample.side) continue;
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = (step.sample ?? []).map((path) =>
        member(sample, path)
      );
      this.#moment.at = sample.t_us;
      const held = step.take(this.#state, this.#moment, a, b, c, d, e, f);
      if (held === undefined) continue;
      this.seen++;
      if (held) continue;
      const note = step.says?.(this.#state, a, b, c, d, e, f) ?? "the promise is broken here";
      this.host.violate(`${note} (sample at ${sample.t_us} us)`, null);
    }
  }

  override end(_end: MigrationEnd): void {
    const held = this.#pattern.end?.(this.#state, this.host.settings);
    if (held === undefined) return;
    this.seen++;
    if (held) return;
    this.host.violate(this.#pattern.endSays?.(this.#state) ?? "the sums do not agree at the end", null);
  }
}

function read(event: EventView, position: number): number {
  const isText = event.declaration.args[position]?.kind === "string";
  return isText ? word(event.text(position)) : event.number(position);
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
