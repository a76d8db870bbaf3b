/**
 * The thorough reading of a line: glued events, formats with newlines, and the reason why a line is no event.
 *
 * @see docs/trace-format.md
 * @module
 */
import { FLAG, type OtherKind, type TraceVisitor } from "./event.ts";
import { latin1, type LineCursor } from "./_line_cursor.ts";
import { findGlued, type Head, readHead } from "./_line_head.ts";
import type { Plan } from "./_program.ts";
import { readPayload } from "./parse_payload.ts";

const NEWLINE = 10;
const RETURN = 13;

/** Reads single lines of a reader's buffer and keeps the count of lines. */
export class ThoroughLines {
  /** Number of the line that is read next. */
  line = 1;
  /** Bytes of that line that were reported already: NUL runs and a byte order mark. */
  before = 0;
  /** Offset in the input of the first byte of the buffer. */
  base = 0;
  readonly #plans: ReadonlyMap<string, Plan>;
  readonly #isKnown: (name: string) => boolean;
  readonly #cursor: LineCursor;
  readonly #visitor: TraceVisitor;
  readonly #splitGlued: boolean;

  constructor(
    plans: ReadonlyMap<string, Plan>,
    cursor: LineCursor,
    visitor: TraceVisitor,
    splitGlued: boolean,
  ) {
    this.#plans = plans;
    this.#isKnown = (name) => plans.has(name);
    this.#cursor = cursor;
    this.#visitor = visitor;
    this.#splitGlued = splitGlued;
  }

  /**
   * Reads a line that the ordinary path left. `newline` is the place of its newline, -1 when the input ends before it.
   *
   * @returns Where the next line begins; -1 if the line needs lines that are not in the buffer yet.
   */
  read(from: number, newline: number, end: number, final: boolean): number {
    const { bytes } = this.#cursor;
    const ended = newline !== -1;
    let to = ended ? newline : end;
    let after = ended ? newline + 1 : end;
    let flags = ended ? 0 : FLAG.unended;
    if (ended && to > from && bytes[to - 1] === RETURN) {
      to--;
      flags |= FLAG.carriageReturn;
    }
    if (from === to) {
      this.other("blank", this.before + 1, "", -1, from, after, flags, "");
      this.#nextLine(1);
      return after;
    }
    let text = latin1(bytes, from, to);
    const head = readHead(text, 0);
    const plan = head.name === "" ? undefined : this.#plans.get(head.name);
    let lines = 1;
    if (plan !== undefined && plan.newlines > 0 && ended && head.payload !== -1) {
      let last = newline;
      for (let count = 0; count < plan.newlines && last !== -1; count++) {
        last = last + 1 < end ? bytes.subarray(0, end).indexOf(NEWLINE, last + 1) : -1;
      }
      if (last === -1 && !final) return -1;
      if (last !== -1) {
        const whole = latin1(bytes, from, last);
        if (readPayload(plan.declaration, whole.slice(head.payload), 1) !== undefined) {
          text = whole;
          to = last;
          after = last + 1;
          lines += plan.newlines;
          flags = 0;
        }
      }
    }
    let next = lines > 1 ? undefined : findGlued(text, head.body, this.#isKnown);
    if (next !== undefined && plan !== undefined && head.payload !== -1) {
      // The whole line may be what it looks like, a string that holds the image of an event.
      const readings = readPayload(plan.declaration, text.slice(head.payload), 1);
      if (readings !== undefined) {
        flags |= FLAG.ambiguous;
        if (!this.#splitGlued) next = undefined;
      }
    }
    let here = head;
    while (next !== undefined) {
      const cut = next.start;
      const given = (flags & FLAG.ambiguous) | FLAG.cut | glued(here.start);
      this.#segment(here, text, here.start, cut, from, from + cut, given, ended);
      here = next;
      next = findGlued(text, here.body, this.#isKnown);
    }
    this.#segment(here, text, here.start, text.length, from, after, flags | glued(here.start), ended);
    this.#nextLine(lines);
    return after;
  }

  /** One event, or one piece of other text, from `first` to `last` in the text of the line. */
  #segment(
    whole: Head,
    text: string,
    first: number,
    last: number,
    lineAt: number,
    after: number,
    given: number,
    ended: boolean,
  ): void {
    // What follows may have been taken for a part of it.
    const head = last < text.length && (whole.payload === -1 || whole.payload >= last)
      ? readHead(text.slice(0, last), first)
      : whole;
    const plan = head.name === "" ? undefined : this.#plans.get(head.name);
    const from = lineAt + first;
    const column = this.before + first + 1;
    const open = !ended && (given & FLAG.cut) === 0;
    if (plan === undefined || head.payload === -1) {
      const unknown = head.name !== "" && head.thread !== -1 && head.payload !== -1;
      const kind = open ? "incomplete" : unknown ? "unknown-event" : "foreign";
      const name = unknown ? head.name : "";
      const place = unknown ? this.before + head.body + 1 : column;
      return this.other(kind, place, name, head.at, from, after, given, text.slice(first, last));
    }
    const { declaration } = plan;
    const payload = text.slice(head.payload, last);
    const readings = readPayload(declaration, payload, 2);
    // Editors strip the blank behind a name that has no payload; with a payload to come, the line is torn.
    if (readings === undefined || (head.blankMissing && declaration.pieces.length > 0)) {
      const kind = open ? "incomplete" : "mismatch";
      const place = this.before + head.payload + 1;
      return this.other(kind, place, head.name, head.at, from, after, given, text.slice(first, last));
    }
    const cursor = this.#cursor;
    let flags = given;
    if (readings.list.length > 1) flags |= FLAG.ambiguous;
    if (head.blankMissing) flags |= FLAG.blankMissing;
    if (readings.guessed) flags |= FLAG.guessed;
    cursor.show(plan);
    cursor.at = head.at;
    cursor.thread = Math.max(0, head.thread);
    cursor.line = this.line;
    cursor.column = column;
    cursor.offset = this.base + from;
    cursor.length = after - from;
    cursor.from = lineAt + head.payload;
    cursor.to = lineAt + last;
    const [reading] = readings.list;
    for (const [index, value] of (reading?.values ?? []).entries()) {
      cursor.starts[index] = cursor.from + (reading?.spans[2 * index] ?? 0);
      cursor.ends[index] = cursor.from + (reading?.spans[2 * index + 1] ?? 0);
      if (typeof value === "string") {
        if (value.includes("\0")) flags |= FLAG.nul;
        cursor.numbers[index] = NaN;
      } else cursor.numbers[index] = Number(value);
    }
    cursor.flags = flags;
    this.#visitor.event(cursor);
  }

  /** A line with nothing before its newline, or nothing more; returns where the next line begins. */
  blank(at: number): number {
    this.other("blank", this.before + 1, "", -1, at, at + 1, 0, "");
    this.#nextLine(1);
    return at + 1;
  }

  #nextLine(lines: number): void {
    this.line += lines;
    this.before = 0;
  }

  /** Delivers a piece of input that is no event. */
  other(
    kind: OtherKind,
    column: number,
    name: string,
    at: number,
    from: number,
    after: number,
    flags: number,
    text: string,
  ): void {
    this.#visitor.other?.({
      kind,
      line: this.line,
      column,
      name,
      at,
      offset: this.base + from,
      length: after - from,
      flags,
      text: () => text.slice(0, 4096),
    });
  }
}

function glued(piece: number): number {
  return piece > 0 ? FLAG.glued : 0;
}
