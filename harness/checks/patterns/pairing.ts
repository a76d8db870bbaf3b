/**
 * Evaluators of the patterns that pair events: with an answer, by count, with the neighbour on the same thread.
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
import { type Follower, selects, type Table } from "../lanes.ts";
import type { Answered, Balance, Next, Previous } from "../pattern.ts";
import { type Resolved, type Selector, showSelector } from "../select.ts";
import { bound } from "./keys.ts";

interface Asked {
  readonly line: number;
  readonly at: number;
}

/** Every question has its answer. */
export class AnsweredCheck extends Check {
  readonly #pattern: Answered;
  readonly #asked = new Map<number | string, Asked[]>();
  /** Whether an excuse came: what is asked after it may stay unanswered too. */
  #isExcused = false;
  /** Questions that an excuse let go: their answers may be on their way all the same. */
  #letGo = 0;
  /** The first answer to nothing, where the log had shown no question yet. */
  #early: Remembered | undefined = undefined;

  constructor(host: Host, pattern: Answered) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    const { first, then, key, excused } = this.#pattern;
    const slots: Slot[] = key === undefined
      ? [{ selector: first }, { selector: then }]
      : [{ selector: first, args: [key[0]] }, { selector: then, args: [key[1]] }];
    return excused === undefined ? slots : [...slots, { selector: excused }];
  }

  override begin(): void {
    super.begin();
    this.#asked.clear();
    this.#isExcused = false;
    this.#letGo = 0;
    this.#early = undefined;
  }

  on(event: EventView, slot: number, args: readonly number[]): void {
    if (slot === 2) {
      for (const open of this.#asked.values()) this.#letGo += open.length;
      this.#asked.clear();
      this.#isExcused = true;
      return;
    }
    const key = keyOf(event, args);
    const open = this.#asked.get(key);
    if (slot === 0) {
      const asked = { line: event.line, at: event.at };
      if (open === undefined) this.#asked.set(key, [asked]);
      else if (open.length < 4096) open.push(asked);
      bound(this.#asked);
      return;
    }
    const asked = open?.shift();
    const { first, within = Infinity, onlyAsked } = this.#pattern;
    if (asked === undefined) {
      if (this.#letGo > 0) {
        this.#letGo--;
        return;
      }
      if (onlyAsked !== true || !this.host.fromStart) return;
      if (this.host.wouldShow(first)) this.#answersNothing(event, event.declaration.name);
      else this.#early ??= remember(this.host.side, event);
      return;
    }
    if (open?.length === 0) this.#asked.delete(key);
    this.seen++;
    const passed = event.at - asked.at;
    if (event.at < 0 || asked.at < 0 || passed <= within) return;
    const earlier = { side: this.host.side, line: asked.line, name: showSelector(first) };
    this.host.violate(`${passed} us after line ${asked.line}; ${within} us are allowed`, event, earlier);
  }

  #answersNothing(where: EventView | Remembered, name: string): void {
    this.seen++;
    this.host.violate(`${name} answers nothing: no ${showSelector(this.#pattern.first)} waits for it`, where);
  }

  override end({ ending }: MigrationEnd): void {
    const { first, then, within } = this.#pattern;
    if (this.#early !== undefined && this.isMissed(first)) {
      this.#answersNothing(this.#early, this.#early.name);
    }
    if (this.#isExcused || ending === "other" || (within !== undefined && ending !== "completed")) return;
    for (const [asked] of this.#asked.values()) {
      if (asked === undefined) continue;
      if (!this.isMissed(then)) return;
      this.seen++;
      const where = { side: this.host.side, line: asked.line, name: showSelector(first) };
      const moment = asked.at < 0 ? undefined : asked.at;
      this.host.violate(`never followed by ${showSelector(then)}`, where, undefined, moment);
      return;
    }
  }
}

/** So many more of one than of the other. */
export class BalanceCheck extends Check {
  readonly #pattern: Balance;
  #difference = 0;
  #plus = 0;
  #line = 0;
  #name = "";

  constructor(host: Host, pattern: Balance) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    return [{ selector: this.#pattern.plus }, { selector: this.#pattern.minus }];
  }

  override begin(): void {
    super.begin();
    this.#difference = 0;
    this.#plus = 0;
    this.#line = 0;
  }

  on(event: EventView, slot: number): void {
    this.seen++;
    this.#line = event.line;
    this.#name = event.declaration.name;
    this.#difference += slot === 0 ? 1 : -1;
    if (slot === 0) this.#plus++;
  }

  override end({ fromStart }: MigrationEnd): void {
    const { plus, minus, equals: [least, most] } = this.#pattern;
    if (this.seen === 0 || !fromStart) return;
    if (least <= this.#difference && this.#difference <= most) return;
    if (!this.isMissed(plus) || !this.isMissed(minus)) return;
    const [a, b] = [this.#plus, this.#plus - this.#difference];
    const due = least === most ? `${least}` : `${least} to ${most}`;
    const note = `${a} of ${showSelector(plus)}, ${b} of ${
      showSelector(minus)
    }: ${due} more of the first are due`;
    this.host.violate(note, { side: this.host.side, line: this.#line, name: this.#name });
  }
}

/** Kinds of events that a sentence names before it says how many there are besides. */
const NAMED_MAX = 3;

function showFew(selector: Selector): string {
  const shown = showSelector(selector.slice(0, NAMED_MAX));
  return selector.length <= NAMED_MAX ? shown : `${shown} or one of ${selector.length - NAMED_MAX} others`;
}

function tableOf(resolved: readonly Resolved[]): Table {
  const table: (Resolved["where"][] | undefined)[] = [];
  for (const { declaration, where } of resolved) (table[declaration.index] ??= []).push(where);
  return table;
}

/** The next event of the same thread. */
export class NextCheck extends Check implements Follower {
  readonly #pattern: Next;
  readonly #next: Table;
  /** What is due, one kind of event each. */
  readonly #alternatives: readonly Selector[];
  #line = 0;
  #name = "";
  /** What came instead, where the log had not yet shown that what is due would have been there. */
  #doubtful: { readonly event: Remembered; readonly after: Remembered } | undefined = undefined;

  constructor(host: Host, pattern: Next) {
    super(host);
    this.#pattern = pattern;
    const resolved = host.resolve(pattern.next);
    this.#next = tableOf(resolved);
    this.#alternatives = pattern.next.map((one) => [one]).filter((one) => host.resolve(one).length > 0);
  }

  slots(): readonly Slot[] {
    return [{ selector: this.#pattern.after }];
  }

  on(event: EventView): void {
    this.#line = event.line;
    this.#name = event.declaration.name;
    this.host.lanes.await(this);
  }

  override begin(): void {
    super.begin();
    this.#doubtful = undefined;
  }

  follow(event: EventView): void {
    if (selects(this.#next, event)) {
      this.seen++;
      return;
    }
    const after = { side: this.host.side, line: this.#line, name: this.#name };
    // A log that leaves out one of the alternatives cannot be judged.
    if (!this.#wouldShow()) {
      this.#doubtful ??= { event: remember(this.host.side, event), after };
      return;
    }
    this.seen++;
    const note = this.host.isSated ? "" : this.#note(event.declaration.name, after);
    this.host.violate(note, event, after);
  }

  override end(): void {
    if (this.#doubtful === undefined || !this.#alternatives.every((one) => this.isMissed(one))) return;
    const { event, after } = this.#doubtful;
    this.seen++;
    this.host.violate(this.#note(event.name, after), event, after);
  }

  #wouldShow(): boolean {
    return this.#alternatives.every((one) => this.host.wouldShow(one));
  }

  #note(what: string, { name, line }: Remembered): string {
    return `${what} follows ${name} of line ${line}, where ${showFew(this.#pattern.next)} is due`;
  }
}

/** The event before on the same thread. */
export class PreviousCheck extends Check {
  readonly #pattern: Previous;
  #lane = -1;
  #count = -1;
  #line = 0;
  /** What came alone, where the log had not yet shown that what is due would have been there. */
  #doubtful: { readonly event: Remembered; readonly last: number } | undefined = undefined;

  constructor(host: Host, pattern: Previous) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    return [{ selector: this.#pattern.previous }, { selector: this.#pattern.event }];
  }

  override begin(): void {
    super.begin();
    this.#count = -1;
    this.#doubtful = undefined;
  }

  on(event: EventView, slot: number): void {
    const { lanes } = this.host;
    if (lanes.current === 0) return;
    const count = lanes.counts[lanes.current] as number;
    if (slot === 1) {
      const isNext = this.#lane === lanes.current && this.#count === count - 1;
      const last = this.#count < 0 ? 0 : this.#line;
      if (isNext) this.seen++;
      // A log that begins in the middle does not show what came before its first event.
      else if (count === 1 && !this.host.fromStart) return;
      else if (this.host.wouldShow(this.#pattern.previous)) this.#tell(event, last);
      else this.#doubtful ??= { event: remember(this.host.side, event), last };
      return;
    }
    this.#lane = lanes.current;
    this.#count = count;
    this.#line = event.line;
  }

  override end(): void {
    if (this.#doubtful === undefined || !this.isMissed(this.#pattern.previous)) return;
    this.#tell(this.#doubtful.event, this.#doubtful.last);
  }

  #tell(where: EventView | Remembered, last: number): void {
    this.seen++;
    // No more evidence is kept, so nothing need be put into words.
    if (this.host.isSated) return this.host.violate("", where);
    const due = showFew(this.#pattern.previous);
    if (last === 0) return this.host.violate(`${due} is due directly before it`, where);
    const earlier = { side: this.host.side, line: last, name: due };
    this.host.violate(`${due} is due directly before it; the last was line ${last}`, where, earlier);
  }
}
