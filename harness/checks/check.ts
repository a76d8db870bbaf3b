/**
 * What the evaluators of the patterns have in common: they take events, count how often the promise was put to the
 * test, and report violations to a host that knows rule, migration and conditions.
 *
 * @module
 */
import { type EventView, keep, type Side, type TraceRecord } from "../trace/mod.ts";
import type { Lanes } from "./lanes.ts";
import type { Ending } from "./rule.ts";
import type { Resolved, Selector } from "./select.ts";
import type { Settings } from "./settings.ts";
import type { Doubt } from "./unlogged.ts";

/** An event that a check remembers: its place, and the event itself where it was worth keeping. */
export interface Remembered {
  readonly side: Side;
  readonly line: number;
  readonly name: string;
  readonly record?: TraceRecord;
}

/** How a migration is over, as far as the log shows. */
export interface MigrationEnd {
  readonly ending: Ending;
  /** Whether the log shows the beginning of the migration. */
  readonly fromStart: boolean;
  readonly lastLine: number;
  /** False for a stream that was written for something else, such as savevm. */
  readonly isMigration: boolean;
}

/** What a check is bound to: one rule on one stream of events. */
export interface Host {
  readonly side: Side;
  readonly lanes: Lanes;
  readonly settings: Settings;
  /** The moment of the event or sample that is being judged, in microseconds; -1 when unknown. */
  at: number;
  /** Whether the log shows the beginning of this migration. */
  readonly fromStart: boolean;
  /**
   * Reports a violation at an event, or at one remembered, or at none (something is missing altogether).
   *
   * @param moment When it was found, where the event does not tell.
   */
  violate(
    note: string,
    where: EventView | Remembered | null,
    earlier?: Remembered,
    moment?: number,
  ): void;
  /** Whether a violation more would only be counted: its note need not be made. */
  readonly isSated: boolean;
  /** From the next event on, a slot's events come to the check, in later migrations too. */
  arm(slot: number): void;
  /** From the next event on, they do not; what took events from the start does so again in the next migration. */
  disarm(slot: number): void;
  /** Whether an event that is not where it is due would be there, had it happened. */
  wouldShow(selector: Selector): boolean;
  /** What is open where it would not. */
  doubtFor(selector: Selector): Doubt;
  /** Where the selector's events are in the catalog of this stream. */
  resolve(selector: Selector, args?: readonly string[]): readonly Resolved[];
}

/** Evaluates one rule on one stream. */
export abstract class Check {
  /** How often the promise was put to the test in this migration. */
  seen = 0;
  /** Why a migration that broke nothing cannot be said to keep the promise either. */
  doubt: Doubt | undefined = undefined;
  protected readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  /** What the check wants to see: one selector per slot, with the arguments that it reads. */
  abstract slots(): readonly Slot[];
  /** Takes an event that a slot selected; `args` are the positions of the slot's arguments. */
  abstract on(event: EventView, slot: number, args: readonly number[]): void;
  /** A migration begins: forget everything. */
  begin(): void {
    this.seen = 0;
    this.doubt = undefined;
  }
  /** Whether it has anything to do at the end. */
  get hasEnd(): boolean {
    return this.end !== Check.prototype.end;
  }

  /** The migration is over, or the log ends. */
  end(_end: MigrationEnd): void {}

  /** Whether what is due, and did not come, is missing; where the log cannot tell, the rule is left in doubt. */
  protected isMissed(selector: Selector): boolean {
    if (this.host.wouldShow(selector)) return true;
    this.doubt ??= this.host.doubtFor(selector);
    return false;
  }
}

/** What a check wants to see. */
export interface Slot {
  readonly selector: Selector;
  readonly args?: readonly string[];
  /** In a rule about both sides. */
  readonly side?: Side;
  /** Whether its events come only once the slot is armed. */
  readonly isDormant?: boolean;
}

/** Keeps an event with its place. */
export function remember(side: Side, event: EventView): Remembered {
  return { side, line: event.line, name: event.declaration.name, record: keep(event) };
}

/** A key of an event: a number when it is one argument and a number, otherwise a text. */
export function keyOf(event: EventView, args: readonly number[]): number | string {
  const first = args[0];
  if (first === undefined) return 0;
  if (args.length === 1) return part(event, first);
  let key = "";
  for (const place of args) key += `${part(event, place)}\u0000`;
  return key;
}

function part(event: EventView, place: number): number | string {
  return place < 0 ? event.text(~place) : event.number(place);
}
