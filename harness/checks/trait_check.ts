/**
 * Notes what the trace itself proves of the kind of a migration.
 *
 * @module
 */
import type { EventView } from "../trace/mod.ts";
import { Check } from "./check.ts";
import type { Trait } from "./rule.ts";
import { TRAITS } from "./traits.ts";

/** Notes which traits the trace proves, and which it rules out. */
export class TraitCheck extends Check {
  readonly proven = new Set<Trait>();
  readonly #disproven = new Set<Trait>();
  readonly #traits = Object.keys(TRAITS) as Trait[];

  slots() {
    return [
      ...this.#traits.map((trait) => ({ selector: TRAITS[trait].proof })),
      ...this.#traits.map((trait) => ({ selector: TRAITS[trait].disproof ?? [] })),
    ];
  }

  /** Whether a migration with the trait may look like this one where the proof is off. */
  mayHide(trait: Trait): boolean {
    const { proof, disproof } = TRAITS[trait];
    if (disproof === undefined || this.host.resolve(proof).length === 0) return false;
    if (disproof.length > 0 && this.host.resolve(disproof).length === 0) return false;
    return !this.#disproven.has(trait);
  }

  override begin(): void {
    super.begin();
    this.proven.clear();
    this.#disproven.clear();
  }

  on(_event: EventView, slot: number): void {
    const count = this.#traits.length;
    const trait = this.#traits[slot % count];
    if (trait !== undefined) (slot < count ? this.proven : this.#disproven).add(trait);
  }
}
