/**
 * The trace type: what a reader delivers, what the model emits and what the checks judge.
 *
 * Two shapes of one thing. An {@linkcode EventView} is a window on the event under the reader's hands: nothing is
 * allocated, and it is valid only until the next event. A {@linkcode TraceRecord} is an event that stays.
 *
 * @module
 */
import type { Declaration } from "./declaration.ts";

/**
 * The value of an argument: `bigint` for a 64-bit integer or a pointer, `number` for a smaller integer, a boolean (0
 * or 1) and a double, `string` for a string. A string holds one character per byte (latin1), so that what QEMU wrote
 * is kept exactly whatever its encoding.
 */
export type ArgValue = number | bigint | string;

/** An event that stays. */
export interface TraceRecord {
  readonly declaration: Declaration;
  /** Whole microseconds: since 1970 in a recording, since the start of the run in the model; -1 when unknown. */
  readonly at: number;
  /** The thread that traced it, a Linux thread id; 0 when the log does not say. */
  readonly thread: number;
  /** By position, as declared. */
  readonly values: readonly ArgValue[];
}

/** A window on one event, valid until the reader moves on. */
export interface EventView {
  readonly declaration: Declaration;
  /** Whole microseconds; -1 when the line carries no time. */
  readonly at: number;
  /** Thread id; 0 when the line carries none. */
  readonly thread: number;
  /** Line in the file, from 1 (record number in a binary file). */
  readonly line: number;
  /** The argument as a double: exact up to 2^53. Strings give NaN. */
  number(index: number): number;
  /** The argument as an exact integer, signed as declared. Strings give 0n. */
  bigint(index: number): bigint;
  /** A string argument, one character per byte. Numbers are printed in decimal. */
  text(index: number): string;
  /** The argument in its natural type. */
  value(index: number): ArgValue;
}

/** Why a piece of input is no event. */
export type OtherKind =
  | "foreign" // text without an event's shape
  | "unknown-event" // the shape of an event, but a name that the catalog does not hold
  | "mismatch" // a known event whose payload its format cannot have printed
  | "incomplete" // the input ends in the middle of a line
  | "too-long"; // a line over the limit; its bytes were counted, not kept

/** Input that is no event: kept, counted and placed. Valid until the reader moves on. */
export interface OtherView {
  readonly kind: OtherKind;
  readonly line: number;
  /** Column of the first byte, from 1. */
  readonly column: number;
  /** The event's name for `unknown-event` and `mismatch`, otherwise empty. */
  readonly name: string;
  /** The bytes as latin1, without the line's end; cut at 4096 characters. */
  text(): string;
}

/** What takes a trace, item by item, in the order of the input. */
export interface TraceVisitor {
  event(event: EventView): void;
  other?(item: OtherView): void;
}

/** An {@linkcode EventView} on an event that stays, for judging the model's trace without printing it first. */
export class RecordView implements EventView {
  declaration!: Declaration;
  at = -1;
  thread = 0;
  line = 0;
  #values: readonly ArgValue[] = [];

  /** Points the window at a record. */
  show(record: TraceRecord, line: number): this {
    this.declaration = record.declaration;
    this.at = record.at;
    this.thread = record.thread;
    this.line = line;
    this.#values = record.values;
    return this;
  }

  number(index: number): number {
    const value = this.value(index);
    return typeof value === "string" ? NaN : Number(value);
  }

  bigint(index: number): bigint {
    const value = this.value(index);
    return typeof value === "string" ? 0n : BigInt(value);
  }

  text(index: number): string {
    return String(this.value(index));
  }

  value(index: number): ArgValue {
    const value = this.#values[index];
    if (value === undefined) throw new RangeError(`${this.declaration.name} has no argument ${index}`);
    return value;
  }
}

/** Delivers records to a visitor, as a reader of their log would: line `n` is the n-th record. */
export function visitRecords(records: readonly TraceRecord[], visitor: TraceVisitor): void {
  const view = new RecordView();
  for (const [index, record] of records.entries()) visitor.event(view.show(record, index + 1));
}

/** Copies the event under a window into one that stays. */
export function keep(event: EventView): TraceRecord {
  const values = event.declaration.args.map((_, index) => event.value(index));
  return { declaration: event.declaration, at: event.at, thread: event.thread, values };
}
