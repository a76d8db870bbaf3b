/**
 * Who takes which event: each event goes to the checks that mention it, and to no others.
 *
 * @module
 */
import type { Catalog, EventView, Side } from "../trace/mod.ts";
import type { Check } from "./check.ts";
import { type AnyStep, LedgerCheck } from "./patterns/mod.ts";
import { resolve, type Where } from "./select.ts";

/** Checks and the slots for which they take an event, side by side. */
interface Takers {
  checks: Check[];
  slots: number[];
  args: (readonly number[])[];
}

/** A ledger's step that takes an event. Kept apart from the other checks: it is one kind of call, which runs faster. */
interface Posting {
  readonly ledger: LedgerCheck;
  readonly step: AnyStep;
  readonly args: readonly number[];
}

/** What takes the same events of one declaration; the test is made once for all of them. */
interface Group extends Takers {
  readonly where: Where | null;
  readonly postings: Posting[];
  /** What takes the events when a migration begins. */
  readonly initial: Takers;
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
  readonly #table: (Group[] | undefined)[];
  readonly #wires = new Map<Check, Wire[]>();
  readonly #changes: Change[] = [];

  constructor(side: Side, catalog: Catalog) {
    this.#side = side;
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
        if (check instanceof LedgerCheck) {
          group.postings.push({ ledger: check, step: check.stepOf(slot), args: places });
        } else if (isDormant !== true) {
          for (const takers of [group, group.initial]) add(takers, check, wire);
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
  deliver(event: EventView): void {
    const groups = this.#table[event.declaration.index];
    if (groups === undefined) return;
    for (let g = 0; g < groups.length; g++) {
      const { where, checks, slots, args, postings } = groups[g] as Group;
      if (where !== null && !where.matches(event)) continue;
      for (let i = 0; i < postings.length; i++) {
        const posting = postings[i] as Posting;
        posting.ledger.takeStep(event, posting.step, posting.args);
      }
      for (let i = 0; i < checks.length; i++) {
        (checks[i] as Check).on(event, slots[i] as number, args[i] as readonly number[]);
      }
    }
    if (this.#changes.length > 0) this.#applyChanges();
  }

  /** Every slot takes its events again as at the start. */
  reset(): void {
    this.#changes.length = 0;
    for (const groups of this.#table) {
      for (const group of groups ?? []) {
        group.checks = group.initial.checks.slice();
        group.slots = group.initial.slots.slice();
        group.args = group.initial.args.slice();
      }
    }
  }

  #groupOf(index: number, where: Where | null): Group {
    const groups = this.#table[index] ??= [];
    const known = groups.find((group) => group.where?.name === where?.name);
    if (known !== undefined) return known;
    const initial = { checks: [], slots: [], args: [] };
    const made: Group = { where, checks: [], slots: [], args: [], postings: [], initial };
    groups.push(made);
    return made;
  }

  #applyChanges(): void {
    for (const { check, slot, isArmed } of this.#changes) {
      for (const wire of this.#wires.get(check) ?? []) {
        if (wire.slot !== slot) continue;
        remove(wire.group, check, slot);
        if (isArmed) add(wire.group, check, wire);
      }
    }
    this.#changes.length = 0;
  }
}

function add(takers: Takers, check: Check, { slot, args }: Wire): void {
  takers.checks.push(check);
  takers.slots.push(slot);
  takers.args.push(args);
}

function remove(takers: Takers, check: Check, slot: number): void {
  for (let i = takers.checks.length - 1; i >= 0; i--) {
    if (takers.checks[i] !== check || takers.slots[i] !== slot) continue;
    takers.checks.splice(i, 1);
    takers.slots.splice(i, 1);
    takers.args.splice(i, 1);
  }
}
