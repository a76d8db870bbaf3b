/**
 * Who takes which event: each event goes to the checks that mention it, and to no others.
 *
 * @module
 */
import type { Catalog, Side } from "../trace/mod.ts";
import type { Check } from "./check.ts";
import { fuse, type Fused } from "./fuse.ts";
import type { Held, Moment } from "./pattern.ts";
import { type AnyStep, LedgerCheck } from "./patterns/mod.ts";
import type { Recent, Seen } from "./recent.ts";
import { resolve, type Where } from "./select.ts";
import type { Settings } from "./settings.ts";

/** A check and the slot for which it takes an event. */
class Taker {
  readonly check: Check;
  readonly slot: number;
  readonly args: readonly number[];
  /** The check's own method: to look it up in each event costs more than to call it. */
  readonly on: Check["on"];

  constructor(check: Check, { slot, args }: Wire) {
    this.check = check;
    this.slot = slot;
    this.args = args;
    this.on = check.on;
  }
}

/** A ledger's step that takes an event. Kept apart from the other checks: it is one kind of call, which runs faster. */
class Posting {
  readonly ledger: LedgerCheck;
  readonly step: AnyStep;
  readonly take: (state: never, moment: Moment, ...operands: number[]) => Held;
  readonly shows: boolean;
  readonly places: readonly number[];
  readonly count: number;
  /** Positions of the arguments that the step reads; 0 beyond them. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;

  constructor(ledger: LedgerCheck, step: AnyStep, args: readonly number[]) {
    this.ledger = ledger;
    this.step = step;
    this.take = step.take;
    this.shows = step.shows === true;
    this.count = args.length;
    this.places = args.map((place) => Math.max(place, ~place));
    const position = (i: number) => this.places[i] ?? 0;
    this.a = position(0);
    this.b = position(1);
    this.c = position(2);
    this.d = position(3);
    this.e = position(4);
    this.f = position(5);
  }

  /** Gives the event to the step. */
  post(event: Seen, moment: Moment): void {
    const { ledger, count } = this;
    if (this.shows) ledger.show(event, this.step);
    if (count > 3) return this.#postMany(event, moment);
    const { operands } = event;
    const a = count > 0 ? operands[this.a] as number : 0;
    const b = count > 1 ? operands[this.b] as number : 0;
    const c = count > 2 ? operands[this.c] as number : 0;
    // What a call hands over costs, most steps read little, and there are ten calls for each event.
    const { take } = this;
    const held = count === 0
      ? take(ledger.state, moment)
      : count === 1
      ? take(ledger.state, moment, a)
      : take(ledger.state, moment, a, b, c);
    if (held === undefined) return;
    ledger.seen++;
    if (!held) ledger.broken(event, this.step, a, b, c, 0, 0, 0);
  }

  #postMany(event: Seen, moment: Moment): void {
    const { ledger, count } = this;
    const { operands } = event;
    const a = operands[this.a] as number;
    const b = operands[this.b] as number;
    const c = operands[this.c] as number;
    const d = operands[this.d] as number;
    const e = count > 4 ? operands[this.e] as number : 0;
    const f = count > 5 ? operands[this.f] as number : 0;
    const held = this.take(ledger.state, moment, a, b, c, d, e, f);
    if (held === undefined) return;
    ledger.seen++;
    if (!held) ledger.broken(event, this.step, a, b, c, d, e, f);
  }
}

/** What takes the same events of one declaration; the test is made once for all of them. */
interface Group {
  readonly where: Where | null;
  readonly postings: Posting[];
  takers: Taker[];
  /** The takers when a migration begins. */
  readonly initial: Taker[];
  readonly declared: Declared;
}

/** Events of one declaration that pay for making a function of their takers: short traces have fewer. */
export const HOT = 2048;

/** What takes the events of one declaration. */
interface Declared {
  readonly groups: Group[];
  /** Events since the takers last changed, up to {@linkcode HOT}. */
  count: number;
  fused: Fused | undefined;
}

/** Where a slot of a check is wired to. */
interface Wire {
  readonly group: Group;
  readonly slot: number;
  readonly args: readonly number[];
}

/** A slot that begins, or ceases, to take events once the event under judgement has been dealt with. */
interface Change {
  readonly check: Check;
  readonly slot: number;
  readonly isArmed: boolean;
}

/** The wiring of one stream. */
export class Wiring {
  readonly #side: Side;
  readonly #catalog: Catalog;
  /** By declaration index. */
  readonly #table: (Declared | undefined)[];
  readonly #wires = new Map<Check, Wire[]>();
  readonly #changes: Change[] = [];
  /** Groups that lack takers of the start. */
  readonly #changed = new Set<Group>();
  readonly #recent: Recent;
  /** One for all steps: they look at it only while they have the event. */
  readonly #moment: {
    at: number;
    line: number;
    thread: number;
    readonly settings: Settings;
    guestRan: boolean | undefined;
  };

  constructor(side: Side, catalog: Catalog, recent: Recent, settings: Settings) {
    this.#side = side;
    this.#recent = recent;
    this.#moment = { at: -1, line: 0, thread: 0, settings, guestRan: settings.guestRan };
    this.#catalog = catalog;
    this.#table = catalog.declarations.map(() => undefined);
  }

  /** Sends the events of a check's slots to it. @returns Whether this version has any of them. */
  wire(check: Check): boolean {
    const wires: Wire[] = [];
    for (const [slot, { selector, args = [], side = this.#side, isDormant }] of check.slots().entries()) {
      if (side !== this.#side) continue;
      for (const { declaration, where, args: places } of resolve(selector, args, this.#catalog)) {
        const group = this.#groupOf(declaration.index, where);
        const wire = { group, slot, args: places };
        wires.push(wire);
        loosen(group);
        if (check instanceof LedgerCheck) {
          group.postings.push(new Posting(check, check.stepOf(slot), places));
          for (const place of places) if (place < 0) this.#recent.hash(declaration, ~place);
        } else if (isDormant !== true) {
          const taker = new Taker(check, wire);
          group.takers.push(taker);
          group.initial.push(taker);
        }
      }
    }
    this.#wires.set(check, wires);
    return wires.length > 0;
  }

  /** From the next event on a slot takes its events, or does not. */
  change(check: Check, slot: number, isArmed: boolean): void {
    this.#changes.push({ check, slot, isArmed });
  }

  /** Gives an event to those who take it. */
  deliver(event: Seen): void {
    const declared = this.#table[event.declaration.index];
    if (declared === undefined) return;
    const moment = this.#moment;
    moment.at = event.at;
    moment.line = event.line;
    moment.thread = event.thread;
    const { fused } = declared;
    if (fused !== undefined) fused(event, moment);
    else this.#deliverOneByOne(declared, event);
    if (this.#changes.length > 0) this.#applyChanges();
  }

  #deliverOneByOne(declared: Declared, event: Seen): void {
    const { groups } = declared;
    const moment = this.#moment;
    for (let g = 0; g < groups.length; g++) {
      const { where, takers, postings } = groups[g] as Group;
      if (where !== null && !where.matches(event)) continue;
      for (let i = 0; i < postings.length; i++) (postings[i] as Posting).post(event, moment);
      for (let i = 0; i < takers.length; i++) {
        const { on, check, slot, args } = takers[i] as Taker;
        on.call(check, event, slot, args);
      }
    }
    if (declared.count < HOT && ++declared.count === HOT) declared.fused = fuse(groups);
  }

  /** A migration begins: every slot that took events at the start does so again. What was armed since stays so. */
  reset(): void {
    this.#moment.guestRan = this.#moment.settings.guestRan;
    this.#changes.length = 0;
    for (const group of this.#changed) {
      group.takers = [...group.initial, ...group.takers.filter((taker) => !group.initial.includes(taker))];
      loosen(group);
    }
    this.#changed.clear();
  }

  #groupOf(index: number, where: Where | null): Group {
    const declared = this.#table[index] ??= { groups: [], count: 0, fused: undefined };
    const known = declared.groups.find((group) => group.where?.name === where?.name);
    if (known !== undefined) return known;
    const made: Group = { where, postings: [], takers: [], initial: [], declared };
    declared.groups.push(made);
    return made;
  }

  #applyChanges(): void {
    for (const { check, slot, isArmed } of this.#changes) {
      for (const wire of this.#wires.get(check) ?? []) {
        if (wire.slot !== slot) continue;
        const { group } = wire;
        loosen(group);
        const at = group.takers.findIndex((taker) => taker.check === check && taker.slot === slot);
        if (at !== -1) {
          const [gone] = group.takers.splice(at, 1);
          if (gone !== undefined && group.initial.includes(gone)) this.#changed.add(group);
        }
        if (isArmed) group.takers.push(new Taker(check, wire));
      }
    }
    this.#changes.length = 0;
  }
}

/** Its takers change: they are called one by one until they have proved to last. */
function loosen({ declared }: Group): void {
  declared.count = 0;
  declared.fused = undefined;
}
