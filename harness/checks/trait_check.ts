/**
 * Notes what the trace itself proves of the kind of a migration.
 *
 * @module
 */
import type { EventView } from "../trace/mod.ts";
import { Check } from "./check.ts";
import type { Trait } from "./rule.ts";
import { TRAITS } from "./traits.ts";

/** Notes which traits the trace proves. */
export class TraitCheck extends Check {
  readonly proven = new Set<Trait>();
  readonly #traits = Object.keys(TRAITS) as Trait[];

  slots() {
    return this.#traits.map((trait) => ({ selector: TRAITS[trait].proof }));
  }

  override begin(): void {
    super.begin();
    this.proven.clear();
  }

  on(_event: EventView, slot: number): void {
    const trait = this.#traits[slot];
    if (trait !== undefined) this.proven.add(trait);
  }
}
