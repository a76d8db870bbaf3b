/**
 * The bindings of one stream: who is told of the beginnings, the samples and the ends of its migrations.
 *
 * Of some hundred rules a short log touches a few dozen. The others stay as they began, and are told nothing.
 *
 * @module
 */
import type { Sample } from "../trace/mod.ts";
import type { Binding } from "./binding.ts";
import type { MigrationEnd } from "./check.ts";
import { LedgerCheck } from "./patterns/mod.ts";

/** Bindings that may have something to say of a log. */
export class Crew {
  /** Those that may whatever the log has. */
  readonly #standing: Binding[] = [];
  /** Of all others those of which this log has an event. */
  readonly #met: Binding[] = [];
  /** Those that take samples. */
  readonly #sampled: LedgerCheck[] = [];

  /** Takes a binding for good, though none of its events may come. */
  enlist(binding: Binding): void {
    binding.isMet = true;
    this.#standing.push(binding);
    if (binding.check instanceof LedgerCheck && binding.check.takesSamples) this.#sampled.push(binding.check);
  }

  /** Takes a binding of which this log has an event, which is to be judged now. */
  meet(binding: Binding): void {
    if (binding.isMet) return;
    binding.isMet = true;
    this.#met.push(binding);
  }

  /** A migration begins. */
  begin(): void {
    for (const binding of this.#standing) binding.begin();
    for (const binding of this.#met) binding.begin();
  }

  /** Another log begins. */
  renew(): void {
    this.begin();
    for (const binding of this.#met) binding.isMet = false;
    this.#met.length = 0;
  }

  /** Gives a reply to those who take them. */
  sample(sample: Sample): void {
    for (const check of this.#sampled) check.sample(sample);
  }

  /** Gives replies from after the end of a log that breaks off to those whom they are for. */
  samplePast(samples: readonly Sample[]): void {
    if (samples.length === 0) return;
    for (const check of this.#sampled) if (check.readsPastEnd) samples.forEach((one) => check.sample(one));
  }

  /** A migration is over. */
  end(end: MigrationEnd): void {
    for (const binding of this.#standing) if (binding.hasEnd) binding.check?.end(end);
    for (const binding of this.#met) if (binding.hasEnd) binding.check?.end(end);
  }
}
