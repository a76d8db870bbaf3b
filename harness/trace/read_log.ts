/**
 * Reads the text log of QEMU's log backend, in its three line shapes, as a stream.
 *
 * Feed bytes with `push`, say `end` once; the visitor gets every event and every other piece of input, in order.
 * Nothing is dropped: items are adjacent and cover the input. Chunk borders may fall anywhere and change nothing.
 *
 * Ordinary lines go through a compiled program without allocation. Every other line takes the thorough path, which
 * looks for glued events, joins formats with newlines and says why a line is no event.
 *
 * @see docs/trace-format.md for the rules, facts/tracing.md b.1 to b.3 for where they come from
 * @module
 */
import type { Catalog } from "./catalog.ts";
import { FLAG, type TraceVisitor } from "./event.ts";
import { latin1, LineCursor } from "./_line_cursor.ts";
import { mix, type Plan, type Program, programOf } from "./_program.ts";
import { runProgram } from "./_run_program.ts";
import { QuickPrefix } from "./_quick_prefix.ts";
import { ThoroughLines } from "./_thorough_lines.ts";

/**
 * Bytes of the longest line that is kept, without its newline; a longer one is skipped and reported as `too-long`.
 * The longest line seen of QEMU has 20174 bytes.
 */
export const LINE_BYTES_MAX = 1 << 20;
/** Programs read words, so the buffer goes on behind the last newline. */
const SLACK = 64;
const BUFFER_BYTES = 1 << 18;
/** The buffer of a log that comes in one small piece, as thousands do in a test. */
const SMALL_BYTES = 1 << 12;

/** Hashes of histories. At three bits an event, the last four tell. */
const HISTORIES = 1 << 12;
const NEWLINE = 10;
const RETURN = 13;
const WORD = new Uint8Array(256);
for (const char of "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_") {
  WORD[char.charCodeAt(0)] = 1;
}

/** How a log is read. */
export interface LogOptions {
  /**
   * Whether a second event inside a line is taken out of it, as lines of several writers run together (the default).
   * If not, a payload that its format can have printed is taken as it stands.
   */
  readonly splitGlued?: boolean;
}

/** A streaming reader of one side's log. */
export class LogReader {
  readonly #program: Program;
  readonly #visitor: TraceVisitor;
  readonly #cursor: LineCursor;
  readonly #lines: ThoroughLines;
  readonly #prefix = new QuickPrefix();
  /** For the last few events, by a hash, the plan that followed them last. */
  readonly #next = new Int32Array(HISTORIES);
  #history = 0;
  #bytes = new Uint8Array(SMALL_BYTES + SLACK);
  #words = new DataView(this.#bytes.buffer);
  /** The unread part of the buffer. */
  #start = 0;
  #end = 0;
  /** Behind the last newline of the buffer. */
  #limit = 0;
  #nuls = 0;
  /** Bytes of a line that is too long, so far; 0 when there is none. */
  #skipped = 0;
  #head = "";

  /** @param catalog What the events are looked up in. */
  constructor(catalog: Catalog, visitor: TraceVisitor, options: LogOptions = {}) {
    this.#program = programOf(catalog);
    this.#visitor = visitor;
    this.#cursor = new LineCursor(this.#bytes);
    this.#lines = new ThoroughLines(this.#program.byName, this.#cursor, visitor, options.splitGlued ?? true);
  }

  /** Takes the next bytes of the log; chunk borders may fall anywhere. */
  push(chunk: Uint8Array): void {
    let taken = 0;
    if (chunk.length > SMALL_BYTES && this.#bytes.length < BUFFER_BYTES) this.#grow(BUFFER_BYTES);
    while (taken < chunk.length) {
      if (this.#skipped > 0) {
        taken += this.#skip(chunk, taken);
        continue;
      }
      if (!this.#makeRoom()) continue;
      const room = this.#bytes.length - SLACK - this.#end;
      const count = Math.min(room, chunk.length - taken);
      const part = chunk.subarray(taken, taken + count);
      this.#bytes.set(part, this.#end);
      const newline = part.lastIndexOf(NEWLINE);
      if (newline !== -1) this.#limit = this.#end + newline + 1;
      taken += count;
      this.#end += count;
      // Without a new newline there is nothing new to read, but NULs must not pile up.
      if (newline !== -1 || this.#bytes[this.#start] === 0 || this.#lines.base + this.#start < 3) {
        this.#drain(false);
      }
    }
  }

  /** Says that the log ends here. */
  end(): void {
    if (this.#skipped > 0) return this.#tooLong(false);
    this.#drain(true);
    if (this.#nuls > 0) this.#nulRun(this.#end);
  }

  /** Makes room behind the unread part, which grows up to the limit; false if that is a line that is too long. */
  #makeRoom(): boolean {
    const size = this.#bytes.length - SLACK;
    if (this.#end < size) return true;
    if (this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
      this.#lines.base += this.#start;
      this.#end -= this.#start;
      this.#limit -= this.#start;
      this.#start = 0;
      return true;
    }
    if (size <= LINE_BYTES_MAX) {
      this.#grow(Math.min(size * 2, LINE_BYTES_MAX + 1));
      return true;
    }
    const newline = this.#bytes.subarray(0, this.#end).indexOf(NEWLINE);
    if (newline !== -1) {
      // The line waits for further lines of its format, and has waited enough.
      this.#start = this.#lines.read(0, newline, this.#end, true);
      this.#drain(false);
      return this.#makeRoom();
    }
    this.#startSkipping(0);
    return false;
  }

  #grow(size: number): void {
    const grown = new Uint8Array(size + SLACK);
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
    this.#words = new DataView(grown.buffer);
    this.#cursor.bytes = grown;
  }

  #startSkipping(from: number): void {
    this.#head = latin1(this.#bytes, from, Math.min(from + 4096, this.#end));
    this.#skipped = this.#end - from;
    this.#lines.base += this.#end;
    this.#start = 0;
    this.#end = 0;
    this.#limit = 0;
  }

  /** Skips bytes of a line that is too long, up to its newline. */
  #skip(chunk: Uint8Array, from: number): number {
    const newline = chunk.indexOf(NEWLINE, from);
    const end = newline === -1 ? chunk.length : newline + 1;
    this.#skipped += end - from;
    this.#lines.base += end - from;
    if (newline !== -1) this.#tooLong(true);
    return end - from;
  }

  #tooLong(ended: boolean): void {
    const length = this.#skipped;
    this.#skipped = 0;
    const text = this.#head;
    this.#visitor.other?.({
      kind: "too-long",
      line: this.#lines.line,
      column: this.#lines.before + 1,
      name: "",
      at: -1,
      offset: this.#lines.base - length,
      length,
      flags: ended ? 0 : FLAG.unended,
      text: () => text,
    });
    this.#head = "";
    this.#lines.before = 0;
    this.#lines.line++;
  }

  /** Reads all whole lines of the buffer; at the end of the log also the last one without a newline. */
  #drain(final: boolean): void {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#start;
    if (this.#lines.base + at === 0 && this.#byteOrderMark()) at = 3;
    const limit = this.#limit;
    while (at < limit) {
      if (bytes[at] === 0) {
        at = this.#takeNuls(at, end);
        continue;
      }
      if (this.#nuls > 0) this.#nulRun(at);
      if (bytes[at] === NEWLINE) {
        at = this.#lines.blank(at);
        continue;
      }
      if (this.#lines.base + at > 0 && this.#program.plans.length > 0) {
        const next = this.#quick(at, limit);
        if (next > at) {
          at = next;
          continue;
        }
      }
      const newline = bytes.indexOf(NEWLINE, at);
      const after = this.#lines.read(at, newline, end, final);
      if (after === -1) break;
      at = after;
    }
    // A line that waits for further lines stays; so does, until the end, one without its newline.
    while (at >= limit && at < end && (final || bytes[at] === 0)) {
      if (bytes[at] === 0) at = this.#takeNuls(at, end);
      else {
        if (this.#nuls > 0) this.#nulRun(at);
        if (end - at > LINE_BYTES_MAX) {
          this.#startSkipping(at);
          return this.#tooLong(false);
        }
        at = this.#lines.read(at, -1, end, true);
      }
    }
    this.#start = at;
  }

  #takeNuls(from: number, end: number): number {
    const bytes = this.#bytes;
    let at = from;
    while (at < end && bytes[at] === 0) at++;
    this.#nuls += at - from;
    return at;
  }

  #nulRun(at: number): void {
    const count = this.#nuls;
    this.#nuls = 0;
    this.#lines.other("nul-run", this.#lines.before + 1, "", -1, at - count, at, 0, "");
    this.#lines.before += count;
  }

  #byteOrderMark(): boolean {
    const bytes = this.#bytes;
    if (this.#end < 3 || bytes[0] !== 0xef || bytes[1] !== 0xbb || bytes[2] !== 0xbf) return false;
    if (this.#lines.before > 0) return false;
    this.#lines.other("byte-order-mark", 1, "", -1, 0, 3, 0, "\u00ef\u00bb\u00bf");
    this.#lines.before = 3;
    return true;
  }

  /** Reads ordinary lines, as many as there are; returns where a line begins that is for the thorough path. */
  #quick(first: number, limit: number): number {
    const bytes = this.#bytes;
    const words = this.#words;
    const prefix = this.#prefix;
    const program = this.#program;
    const followers = this.#next;
    const cursor = this.#cursor;
    const lines = this.#lines;
    const visitor = this.#visitor;
    let history = this.#history;
    let from = first | 0;
    while (from < limit) {
      const nameAt = prefix.read(bytes, words, from) | 0;
      if (nameAt === -1) break;
      // Logs go in circles: what followed these events last time is the likeliest to follow them now.
      const likely = followers[history] as number;
      let plan = program.plans[likely] as Plan;
      cursor.flags = 0;
      let to = plan.start === -1 ? -1 : runProgram(program, plan.start, bytes, words, nameAt, 0, cursor);
      if (to < 0) {
        const index = this.#find(nameAt);
        if (index === -1 || index === likely) break;
        plan = program.plans[index] as Plan;
        if (plan.start === -1) break;
        cursor.flags = 0;
        to = runProgram(program, plan.start, bytes, words, nameAt, 0, cursor);
        if (to < 0) break;
        followers[history] = index;
      }
      history = (history * 8 + plan.index * 7) & (HISTORIES - 1);
      let next = to + 1;
      if (bytes[to] === RETURN) {
        next++;
        cursor.flags |= FLAG.carriageReturn;
      }
      cursor.show(plan);
      cursor.at = prefix.at;
      cursor.thread = prefix.thread;
      cursor.line = lines.line++;
      cursor.column = lines.before + 1;
      lines.before = 0;
      cursor.offset = lines.base + from;
      cursor.length = next - from;
      cursor.from = nameAt + plan.declaration.name.length + 1;
      cursor.to = to;
      visitor.event(cursor);
      from = next;
    }
    this.#history = history;
    return from;
  }

  /** The plan of the name that stands here before a blank, by its hash; -1 if the catalog lacks it. */
  #find(from: number): number {
    const { table, mask, names, nameStarts } = this.#program;
    const bytes = this.#bytes;
    let to = from;
    let hash = 0;
    let byte = bytes[to] as number;
    for (; WORD[byte] === 1; byte = bytes[++to] as number) hash = (Math.imul(hash, 31) + byte) | 0;
    if (byte !== 32) return -1;
    for (let slot = mix(hash) & mask;; slot = (slot + 1) & mask) {
      const index = (table[slot] as number) - 1;
      if (index === -1) return -1;
      const start = nameStarts[index] as number;
      if ((nameStarts[index + 1] as number) - start !== to - from) continue;
      let count = to - from - 1;
      while (count >= 0 && names[start + count] === bytes[from + count]) count--;
      if (count === -1) return index;
    }
  }
}

/** Reads a whole log that is in memory. A string is taken as one character per byte. */
export function readLog(
  catalog: Catalog,
  log: Uint8Array | string,
  visitor: TraceVisitor,
  options: LogOptions = {},
): void {
  const reader = new LogReader(catalog, visitor, options);
  reader.push(typeof log === "string" ? Uint8Array.from(log, (char) => char.charCodeAt(0)) : log);
  reader.end();
}
