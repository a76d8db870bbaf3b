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

/**
 * What is odd about an item; the bits of `flags`.
 *
 * @see facts/tracing.md b.2, b.3 and g for where each comes from
 */
export const FLAG = {
  /** The payload has more than one reading; `readings()` lists them. */
  ambiguous: 1,
  /** Not at the start of its line: the text before it lacks its newline. A thread id that touches digits is doubtful. */
  glued: 2,
  /** Another event follows on the same line, so the end of this item may be missing. */
  cut: 4,
  /** The input ends before the line does: a number or a string at its end may be cut. */
  unended: 8,
  /** The line ends with CR LF. */
  carriageReturn: 16,
  /** The blank after the name is missing, as editors leave it that strip trailing blanks. */
  blankMissing: 32,
  /** An argument was guessed: a width that the text does not show, or blanks that may be padding. */
  guessed: 64,
  /** A string holds a NUL byte, which `%s` cannot print. */
  nul: 128,
  /** A binary record holds more than its event declares, or a string longer than QEMU writes: version skew. */
  extra: 256,
} as const;

/** A window on one event, valid until the reader moves on. */
export interface EventView {
  readonly declaration: Declaration;
  /** Whole microseconds; -1 when the line carries no time. */
  readonly at: number;
  /** Thread id; 0 when the line carries none. */
  readonly thread: number;
  /** Line in the file, from 1 (record number in a binary file). */
  readonly line: number;
  /** Column of the first byte, from 1; more than 1 only where lines are glued. */
  readonly column: number;
  /** Offset of the first byte in the input. */
  readonly offset: number;
  /** Bytes of the item with its line end. The items of an input are adjacent and cover it. */
  readonly length: number;
  /** Bits of {@linkcode FLAG}; 0 for an ordinary line. */
  readonly flags: number;
  /** The argument as a double: exact up to 2^53. Strings give NaN. */
  number(index: number): number;
  /** The argument as an exact integer, signed as declared. Strings give 0n. */
  bigint(index: number): bigint;
  /** A string argument, one character per byte. Numbers are printed in decimal. */
  text(index: number): string;
  /** The argument in its natural type. */
  value(index: number): ArgValue;
  /** All readings of an ambiguous line, the chosen one first, at most `limit`; one reading for any other. */
  readings(limit?: number): readonly (readonly ArgValue[])[];
}

/** Why a piece of input is no event. */
export type OtherKind =
  | "foreign" // text without an event's shape
  | "blank" // an empty line
  | "unknown-event" // the shape of an event, but a name that the catalog does not hold
  | "mismatch" // a known event whose payload its format cannot have printed
  | "incomplete" // the input ends in the middle of a line
  | "too-long" // a line over the limit; its bytes were counted, not kept
  | "nul-run" // NUL bytes before a line: the log was truncated from outside while QEMU had it open
  | "byte-order-mark" // an editor's mark at the start of the file
  // In binary files only:
  | "header" // the file's header
  | "mapping" // the name of an event's number
  | "lost-events" // QEMU dropped events; the text is how many
  | "truncated" // the file ends in the middle of a record
  | "damaged"; // not what QEMU writes; the text says why; nothing behind it can be read

/** Input that is no event: kept, counted and placed. Valid until the reader moves on. */
export interface OtherView {
  readonly kind: OtherKind;
  readonly line: number;
  /** Column from 1: of the payload for a mismatch, of the name for an unknown event, else of the first byte. */
  readonly column: number;
  /** The event's name for `unknown-event` and `mismatch`, otherwise empty. */
  readonly name: string;
  /** Whole microseconds where the line begins with a time, else -1. */
  readonly at: number;
  /** Offset of the first byte in the input. */
  readonly offset: number;
  /** Bytes of the item with its line end. */
  readonly length: number;
  /** Bits of {@linkcode FLAG}. */
  readonly flags: number;
  /** The bytes as latin1, without the line's end; cut at 4096 characters. Empty for a NUL run. */
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
  readonly column = 1;
  /** 0 for an event that was never in an input. */
  offset = 0;
  length = 0;
  flags = 0;
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

  readings(): readonly (readonly ArgValue[])[] {
    return [this.#values];
  }
}

/** Delivers records to a visitor, as a reader of their log would: line `n` is the n-th record. */
export function visitRecords(records: readonly TraceRecord[], visitor: TraceVisitor): void {
  const view = new RecordView();
  for (const [index, record] of records.entries()) visitor.event(view.show(record, index + 1));
}

/** A visitor that hands everything to two. */
export function visitBoth(first: TraceVisitor, second: TraceVisitor): TraceVisitor {
  return {
    event(event) {
      first.event(event);
      second.event(event);
    },
    other(item) {
      first.other?.(item);
      second.other?.(item);
    },
  };
}

/** Copies the event under a window into one that stays. */
export function keep(event: EventView): TraceRecord {
  const values = event.declaration.args.map((_, index) => event.value(index));
  return { declaration: event.declaration, at: event.at, thread: event.thread, values };
}
