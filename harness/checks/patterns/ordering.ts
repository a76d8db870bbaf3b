/**
 * Evaluators of the patterns about the order of events.
 *
 * @module
 */
import type { EventView } from "../../trace/mod.ts";
import {
  Check,
  type Host,
  keyOf,
  type MigrationEnd,
  remember,
  type Remembered,
  type Slot,
} from "../check.ts";
import type { Alternates, Between, Count, Nested, NeverAfter, Order, Spacing, States } from "../pattern.ts";
import { showSelector } from "../select.ts";

/** Keys that one check remembers; a log that makes more loses the oldest. */
export const KEYS_MAX = 65536;

/** Drops the oldest key when there are too many. */
export function bound<V>(map: Map<number | string, V>): void {
  if (map.size <= KEYS_MAX) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}

/** Each step needs the one before it. */
export class OrderCheck extends Check {
  readonly #pattern: Order;
  readonly #lines: Float64Array;
  /** Events that came without the step before them: wrong if that step comes later, or would have shown. */
  readonly #early: (Remembered | undefined)[];
  /** The nearest earlier step that this version has; -1 when there is none. */
  readonly #befores: readonly number[];

  constructor(host: Host, pattern: Order) {
    super(host);
    this.#pattern = pattern;
    this.#lines = new Float64Array(pattern.steps.length);
    this.#early = pattern.steps.map(() => undefined);
    const exists = pattern.steps.map((selector) => host.resolve(selector).length > 0);
    this.#befores = pattern.steps.map((_, slot) => slot === 0 ? -1 : exists.lastIndexOf(true, slot - 1));
  }

  slots(): readonly Slot[] {
    return this.#pattern.steps.map((selector) => ({ selector }));
  }

  override begin(): void {
    super.begin();
    this.#lines.fill(0);
    this.#early.fill(undefined);
  }

  on(event: EventView, slot: number): void {
    const { steps } = this.#pattern;
    const before = this.#befores[slot] as number;
    if (before >= 0) {
      if ((this.#lines[before] as number) > 0) this.seen++;
      else this.#early[slot] ??= remember(this.host.side, event);
    }
    if ((this.#lines[slot] as number) === 0) {
      this.#lines[slot] = event.line;
      for (let after = slot + 1; after < steps.length; after++) {
        const early = this.#early[after];
        if (early === undefined || this.#befores[after] !== slot) continue;
        const name = showSelector(steps[slot] ?? []);
        this.host.violate(`line ${early.line} (${early.name}) came before ${name}`, event, early);
        this.#early[after] = undefined;
      }
    }
  }

  override end({ fromStart }: MigrationEnd): void {
    const { steps, complete } = this.#pattern;
    for (const [slot, selector] of steps.entries()) {
      const resolved = this.host.resolve(selector);
      const early = this.#early[slot];
      const before = this.#befores[slot] as number;
      if (early !== undefined && fromStart && this.host.wouldShow(this.host.resolve(steps[before] ?? []))) {
        const name = showSelector(steps[before] ?? []);
        this.host.violate(`${early.name} came without ${name} before it`, early);
      }
      if (complete !== true || (this.#lines[slot] as number) > 0 || resolved.length === 0) continue;
      if (fromStart && this.host.wouldShow(resolved)) {
        this.host.violate(`${showSelector(selector)} is missing`, null);
      }
    }
  }
}

/** First and second take turns, per key. */
export class AlternatesCheck extends Check {
  readonly #pattern: Alternates;
  readonly #open = new Map<number | string, number>();
  /** A second that came while nothing was open: wrong if a first comes later, or would have shown. */
  #tooEarly: Remembered | undefined = undefined;

  constructor(host: Host, pattern: Alternates) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    const { first, second, key } = this.#pattern;
    if (key === undefined) return [{ selector: first }, { selector: second }];
    return [{ selector: first, args: [key[0]] }, { selector: second, args: [key[1]] }];
  }

  override begin(): void {
    super.begin();
    this.#open.clear();
    this.#tooEarly = undefined;
  }

  on(event: EventView, slot: number, args: readonly number[]): void {
    const key = keyOf(event, args);
    const openLine = this.#open.get(key) ?? 0;
    this.seen++;
    if (slot === 0) {
      if (this.#tooEarly !== undefined) this.#tell(this.#tooEarly);
      if (openLine > 0) {
        const earlier = { side: this.host.side, line: openLine, name: event.declaration.name };
        this.host.violate(`the one of line ${openLine} is still open`, event, earlier);
      }
      this.#open.set(key, event.line);
      bound(this.#open);
    } else if (openLine > 0) {
      this.#open.set(key, 0);
    } else if (this.seen > 1 || this.host.fromStart) {
      if (this.host.wouldShow(this.host.resolve(this.#pattern.first))) {
        this.host.violate(this.#early(), event);
      } else this.#tooEarly ??= remember(this.host.side, event);
    }
  }

  override end({ ending }: MigrationEnd): void {
    const { first, second, mayStayOpen } = this.#pattern;
    if (this.#tooEarly !== undefined && this.host.wouldShow(this.host.resolve(first))) {
      this.#tell(this.#tooEarly);
    }
    if (ending !== "completed" || mayStayOpen === true) return;
    for (const line of this.#open.values()) {
      if (line === 0) continue;
      if (!this.host.wouldShow(this.host.resolve(second))) return;
      const where = { side: this.host.side, line, name: showSelector(first) };
      this.host.violate(`${showSelector(second)} is missing at the end`, where);
      return;
    }
  }

  #tell(early: Remembered): void {
    this.host.violate(this.#early(), early);
    this.#tooEarly = undefined;
  }

  #early(): string {
    return `nothing is open: ${showSelector(this.#pattern.first)} did not come before`;
  }
}

/** How deep brackets may be nested before a log is taken for nonsense. */
const DEPTH_MAX = 1024;

/** Brackets, matched by key. */
export class NestedCheck extends Check {
  readonly #pattern: Nested;
  readonly #keys: (number | string)[] = [];
  readonly #lines: number[] = [];

  constructor(host: Host, pattern: Nested) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    const { open, close, key } = this.#pattern;
    return [{ selector: open, args: [key[0]] }, { selector: close, args: [key[1]] }];
  }

  override begin(): void {
    super.begin();
    this.#keys.length = 0;
    this.#lines.length = 0;
  }

  on(event: EventView, slot: number, args: readonly number[]): void {
    const key = keyOf(event, args);
    if (slot === 0) {
      if (this.#keys.length >= DEPTH_MAX) return;
      this.#keys.push(key);
      this.#lines.push(event.line);
      return;
    }
    this.seen++;
    const open = this.#keys.pop();
    const line = this.#lines.pop() ?? 0;
    if (open === key) return;
    if (open === undefined) return this.host.violate(`closes ${key}, but nothing is open`, event);
    const earlier = { side: this.host.side, line, name: showSelector(this.#pattern.open) };
    this.host.violate(
      `closes ${key}, but ${open} of line ${line} is the innermost that is open`,
      event,
      earlier,
    );
  }

  override end({ ending }: MigrationEnd): void {
    const line = this.#lines.at(-1);
    if (line === undefined || ending !== "completed") return;
    const where = { side: this.host.side, line, name: showSelector(this.#pattern.open) };
    this.host.violate(`${this.#keys.at(-1)} is never closed`, where);
  }
}

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
      const earlier = { side: this.host.side, line, name: event.declaration.name };
      this.host.violate(`number ${count} of at most ${atMost}; the last was on line ${line}`, event, earlier);
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
    const resolved = this.host.resolve(event);
    if (count >= atLeast || resolved.length === 0 || !this.host.wouldShow(resolved)) return;
    this.host.violate(`${showSelector(event)} came ${count} times, at least ${atLeast} are due`, null);
  }
}

/** Not after something. */
export class NeverAfterCheck extends Check {
  readonly #pattern: NeverAfter;
  #after: Remembered | undefined = undefined;

  constructor(host: Host, pattern: NeverAfter) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    const { event, after, until } = this.#pattern;
    const slots = [{ selector: event }, { selector: after }];
    return until === undefined ? slots : [...slots, { selector: until }];
  }

  override begin(): void {
    super.begin();
    this.#after = undefined;
  }

  on(event: EventView, slot: number): void {
    if (slot === 2) {
      this.#after = undefined;
    } else if (slot === 1) {
      this.seen++;
      this.#after ??= { side: this.host.side, line: event.line, name: event.declaration.name };
    } else if (this.#after !== undefined && this.#after.line !== event.line) {
      this.host.violate(
        `must not come after ${this.#after.name} of line ${this.#after.line}`,
        event,
        this.#after,
      );
    }
  }
}

/** Only between two others. */
export class BetweenCheck extends Check {
  readonly #pattern: Between;
  #isOpen = false;
  #closedAt = 0;

  constructor(host: Host, pattern: Between) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    const { event, open, close } = this.#pattern;
    return [{ selector: event }, { selector: open }, { selector: close }];
  }

  override begin(): void {
    super.begin();
    this.#isOpen = false;
    this.#closedAt = 0;
  }

  on(event: EventView, slot: number): void {
    if (slot === 1) {
      this.#isOpen = true;
    } else if (slot === 2) {
      this.#isOpen = false;
      this.#closedAt = event.line;
    } else {
      this.seen++;
      if (this.#isOpen) return;
      const { open, close } = this.#pattern;
      if (this.#closedAt === 0) {
        if (!this.host.wouldShow(this.host.resolve(open))) return;
        return this.host.violate(`comes before ${showSelector(open)}`, event);
      }
      const earlier = { side: this.host.side, line: this.#closedAt, name: showSelector(close) };
      this.host.violate(`comes after line ${this.#closedAt} closed`, event, earlier);
    }
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
    const next = event.text(args[0] ?? 0);
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
          `only ${passed} us after line ${this.#line}; at least ${this.#pattern.atLeast} us must pass`;
        this.host.violate(note, event, earlier);
      }
    }
    this.#at = event.at;
    this.#line = event.line;
  }
}
