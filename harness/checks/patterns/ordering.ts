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
import type { Alternates, Between, Nested, NeverAfter, Order } from "../pattern.ts";
import { showSelector } from "../select.ts";
import { bound } from "./keys.ts";

/** Events that a step passes over until it asks for no more of them: in a short log that costs more than they do. */
const IDLE_MAX = 64;

/** Each step needs the one before it. */
export class OrderCheck extends Check {
  readonly #pattern: Order;
  readonly #lines: Float64Array;
  /** The first event of each step. */
  readonly #firsts: (Remembered | undefined)[];
  /** Events that came without the step before them: wrong if that step comes later, or would have shown. */
  readonly #early: (Remembered | undefined)[];
  /** By step: 0 as long as its events matter, then how many came since, from 1. */
  readonly #idle: Uint8Array;
  /** By step: whether this version has it. */
  readonly #exists: readonly boolean[];
  /** The nearest earlier step that this version has; -1 when there is none. */
  readonly #befores: readonly number[];

  constructor(host: Host, pattern: Order) {
    super(host);
    this.#pattern = pattern;
    this.#lines = new Float64Array(pattern.steps.length);
    this.#idle = new Uint8Array(pattern.steps.length);
    this.#early = pattern.steps.map(() => undefined);
    this.#firsts = pattern.steps.map(() => undefined);
    const exists = pattern.steps.map((selector) => host.resolve(selector).length > 0);
    this.#exists = exists;
    this.#befores = pattern.steps.map((_, slot) => slot === 0 ? -1 : exists.lastIndexOf(true, slot - 1));
  }

  slots(): readonly Slot[] {
    return this.#pattern.steps.map((selector) => ({ selector }));
  }

  override begin(): void {
    super.begin();
    this.#lines.fill(0);
    this.#idle.fill(0);
    this.#early.fill(undefined);
    this.#firsts.fill(undefined);
  }

  on(event: EventView, slot: number): void {
    const idle = this.#idle[slot] as number;
    if (idle > 0) {
      if (idle < IDLE_MAX) this.#idle[slot] = idle + 1;
      else this.host.disarm(slot);
      return;
    }
    const { steps } = this.#pattern;
    const before = this.#befores[slot] as number;
    if (before >= 0) {
      if ((this.#lines[before] as number) > 0) {
        this.seen++;
        // The step before has come for good: nothing that comes later can break this.
        if ((this.#lines[slot] as number) > 0) this.#idle[slot] = 1;
      } else this.#early[slot] ??= remember(this.host.side, event);
    }
    if ((this.#lines[slot] as number) === 0) {
      this.#lines[slot] = event.line;
      if (this.#pattern.complete === true) this.#firsts[slot] = remember(this.host.side, event);
      if (before < 0) this.#idle[slot] = 1;
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
    for (let slot = 0; slot < steps.length; slot++) {
      const early = this.#early[slot];
      const before = this.#befores[slot] as number;
      if (early !== undefined && fromStart && this.isMissed(steps[before] ?? [])) {
        const name = showSelector(steps[before] ?? []);
        this.host.violate(`${early.name} came without ${name} before it`, early);
      }
      if (complete !== true || !fromStart || (this.#lines[slot] as number) > 0) continue;
      if (this.#exists[slot] === true && this.isMissed(steps[slot] ?? [])) this.#missing(slot);
    }
  }

  /** Says that a step is missing: before the step that came after it, or else behind the one before it. */
  #missing(slot: number): void {
    const { steps } = this.#pattern;
    const what = showSelector(steps[slot] ?? []);
    const after = this.#firsts.find((one, index) => index > slot && one !== undefined);
    const before = this.#firsts.findLast((one, index) => index < slot && one !== undefined);
    const near = after ?? before ?? null;
    const place = near === null
      ? ""
      : ` ${after === undefined ? "after" : "before"} ${near.name} of line ${near.line}`;
    this.host.violate(`${what} is missing${place}`, near);
  }
}

/** First and second take turns, per key. */
export class AlternatesCheck extends Check {
  readonly #pattern: Alternates;
  /** Lines of the firsts that are open, by key. */
  readonly #open = new Map<number | string, number>();
  /** The same where there is no key: most pairs are told by their kind alone. */
  #single = 0;
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
    this.#single = 0;
    this.#tooEarly = undefined;
  }

  on(event: EventView, slot: number, args: readonly number[]): void {
    const isKeyed = args.length > 0;
    const key = isKeyed ? keyOf(event, args) : 0;
    const openLine = isKeyed ? this.#open.get(key) ?? 0 : this.#single;
    this.seen++;
    if (slot === 0) {
      if (this.#tooEarly !== undefined) this.#tell(this.#tooEarly);
      if (openLine > 0) {
        const earlier = { side: this.host.side, line: openLine, name: event.declaration.name };
        const { name } = event.declaration;
        const due = showSelector(this.#pattern.second);
        this.host.violate(`${name} again, while that of line ${openLine} waits for ${due}`, event, earlier);
      }
      if (isKeyed) {
        this.#open.set(key, event.line);
        bound(this.#open);
      } else this.#single = event.line;
    } else if (openLine > 0) {
      if (isKeyed) this.#open.set(key, 0);
      else this.#single = 0;
    } else if (this.host.fromStart) {
      if (this.host.wouldShow(this.#pattern.first)) {
        this.host.violate(this.#early(), event);
      } else this.#tooEarly ??= remember(this.host.side, event);
    }
  }

  override end({ ending }: MigrationEnd): void {
    const { first, second, mayStayOpen } = this.#pattern;
    if (this.#tooEarly !== undefined && this.isMissed(first)) {
      this.#tell(this.#tooEarly);
    }
    if (ending !== "completed" || mayStayOpen === true) return;
    for (const line of [this.#single, ...this.#open.values()]) {
      if (line === 0) continue;
      if (!this.isMissed(second)) return;
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
    const { first, second } = this.#pattern;
    return `${showSelector(second)} comes, but no ${showSelector(first)} is open before it`;
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
    if (open === undefined) {
      if (this.host.fromStart) this.host.violate(`closes ${key}, but nothing is open`, event);
      return;
    }
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

/** Not after something. */
export class NeverAfterCheck extends Check {
  readonly #pattern: NeverAfter;
  #after: Remembered | undefined = undefined;
  /** Whether the event comes here. It goes on to when another migration begins, and is passed over: see `on`. */
  #isArmed = false;

  constructor(host: Host, pattern: NeverAfter) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    const { event, after, until } = this.#pattern;
    const slots: Slot[] = [{ selector: event, isDormant: true }, { selector: after }];
    return until === undefined ? slots : [...slots, { selector: until }];
  }

  override begin(): void {
    super.begin();
    this.#after = undefined;
  }

  on(event: EventView, slot: number): void {
    if (slot === 2) {
      if (this.#after !== undefined) this.host.disarm(0);
      this.#after = undefined;
      this.#isArmed = false;
    } else if (slot === 1) {
      this.seen++;
      if (this.#after !== undefined) return;
      this.#after = { side: this.host.side, line: event.line, name: event.declaration.name };
      if (!this.#isArmed) this.host.arm(0);
      this.#isArmed = true;
    } else if (this.#after !== undefined && this.#after.line !== event.line) {
      this.host.violate(
        `${event.declaration.name} must not come after ${this.#after.name} of line ${this.#after.line}`,
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
  /** The first event before any opening one, where the log had shown none of those yet. */
  #early: Remembered | undefined = undefined;

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
    this.#early = undefined;
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
      const { name } = event.declaration;
      if (this.#closedAt === 0) {
        if (!this.host.fromStart) return;
        if (this.host.wouldShow(open)) this.#comesEarly(event, name);
        else this.#early ??= remember(this.host.side, event);
        return;
      }
      const earlier = { side: this.host.side, line: this.#closedAt, name: showSelector(close) };
      const between = `${showSelector(open)} and ${showSelector(close)}`;
      this.host.violate(
        `${name} comes after line ${this.#closedAt}; its place is between ${between}`,
        event,
        earlier,
      );
    }
  }

  override end(): void {
    const { open } = this.#pattern;
    if (this.#early !== undefined && this.isMissed(open)) this.#comesEarly(this.#early, this.#early.name);
  }

  #comesEarly(where: EventView | Remembered, name: string): void {
    this.host.violate(`${name} comes before any ${showSelector(this.#pattern.open)}`, where);
  }
}
