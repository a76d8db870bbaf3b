/**
 * Evaluators of the patterns about how often, along which edges, and at which distance events come.
 *
 * @module
 */
import type { EventView } from "../../trace/mod.ts";
import { Check, type Host, keyOf, type MigrationEnd, type Slot } from "../check.ts";
import type { Count, Spacing, States } from "../pattern.ts";
import { showSelector } from "../select.ts";

import { bound } from "./keys.ts";

/** So many times. */
export class CountCheck extends Check {
  readonly #pattern: Count;
  readonly #counts = new Map<number | string, number>();
  readonly #lines = new Map<number | string, number>();

  constructor(host: Host, pattern: Count) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    const { event, key, per } = this.#pattern;
    const slot = key === undefined ? { selector: event } : { selector: event, args: key };
    return per === undefined ? [slot] : [slot, { selector: per }];
  }

  override begin(): void {
    super.begin();
    this.#counts.clear();
    this.#lines.clear();
  }

  on(event: EventView, slot: number, args: readonly number[]): void {
    if (slot === 1) {
      if (this.#counts.size > 0) this.#counts.clear();
      return;
    }
    const key = keyOf(event, args);
    const count = (this.#counts.get(key) ?? 0) + 1;
    const { atMost = Infinity } = this.#pattern;
    this.seen++;
    if (count > atMost) {
      const line = this.#lines.get(key) ?? 0;
      const { name } = event.declaration;
      const note = `${name} number ${count}, at most ${atMost} are due; the last was on line ${line}`;
      this.host.violate(note, event, { side: this.host.side, line, name });
    }
    this.#counts.set(key, count);
    this.#lines.set(key, event.line);
    bound(this.#counts);
    bound(this.#lines);
  }

  override end({ fromStart }: MigrationEnd): void {
    const { event, atLeast = 0, key } = this.#pattern;
    if (key !== undefined || !fromStart) return;
    const count = this.#counts.get(0) ?? 0;
    if (count >= atLeast || this.host.resolve(event).length === 0 || !this.isMissed(event)) return;
    this.host.violate(`${showSelector(event)} came ${count} times, at least ${atLeast} are due`, null);
  }
}

/** Along the edges of a graph. */
export class StatesCheck extends Check {
  readonly #pattern: States;
  #state = "";
  #line = 0;

  constructor(host: Host, pattern: States) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    return [{ selector: this.#pattern.event, args: [this.#pattern.arg] }];
  }

  override begin(): void {
    super.begin();
    this.#state = "";
    this.#line = 0;
  }

  on(event: EventView, _slot: number, args: readonly number[]): void {
    const place = args[0] ?? 0;
    const next = place < 0 ? event.text(~place) : String(event.number(place));
    const { initial, edges } = this.#pattern;
    const name = event.declaration.name;
    this.seen++;
    if (this.#state === "") {
      if (!initial.includes(next) && this.host.fromStart) {
        this.host.violate(`${next} cannot be the first; that is ${initial.join(" or ")}`, event);
      }
    } else if (!(edges[this.#state]?.includes(next) ?? false)) {
      const allowed = edges[this.#state]?.join(", ") || "nothing";
      const earlier = { side: this.host.side, line: this.#line, name };
      this.host.violate(
        `${next} cannot follow ${this.#state} (line ${this.#line}): only ${allowed} can`,
        event,
        earlier,
      );
    }
    this.#state = next;
    this.#line = event.line;
  }
}

/** A least distance in time. */
export class SpacingCheck extends Check {
  readonly #pattern: Spacing;
  #at = -1;
  #line = 0;

  constructor(host: Host, pattern: Spacing) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    return [{ selector: this.#pattern.event }];
  }

  override begin(): void {
    super.begin();
    this.#at = -1;
  }

  on(event: EventView): void {
    if (event.at >= 0 && this.#at >= 0) {
      this.seen++;
      const passed = event.at - this.#at;
      if (passed < this.#pattern.atLeast) {
        const earlier = { side: this.host.side, line: this.#line, name: event.declaration.name };
        const note =
          `${event.declaration.name} only ${passed} us after that of line ${this.#line}; at least ${this.#pattern.atLeast} us must pass`;
        this.host.violate(note, event, earlier);
      }
    }
    this.#at = event.at;
    this.#line = event.line;
  }
}
