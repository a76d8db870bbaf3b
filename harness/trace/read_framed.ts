/**
 * Reads logs in which another program has framed QEMU's lines: ftrace, syslog, SystemTap (`log-stap`), and LTTng as
 * babeltrace prints it. Items cover the input, as those of the text log do.
 *
 * @see facts/tracing.md d
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { Declaration, Piece } from "./declaration.ts";
import { type ArgValue, FLAG, type OtherKind, RecordView, type TraceVisitor } from "./event.ts";
import { type Frame, readFtraceFrame, readStapFrame, readSyslogFrame } from "./frames.ts";
import { type FedLine, LineFeed } from "./_line_feed.ts";
import { lttngValues, readLttngLine } from "./lttng.ts";
import { readPayload } from "./parse_payload.ts";

/** The formats of framed logs. */
export type FramedFormat = "ftrace" | "syslog" | "stap" | "lttng";

const FRAMES: Readonly<Record<Exclude<FramedFormat, "lttng">, (text: string) => Frame | undefined>> = {
  ftrace: readFtraceFrame,
  syslog: readSyslogFrame,
  stap: readStapFrame,
};

/** QEMU builds name, payload and newline for ftrace in a buffer of 512 bytes and cuts what is longer. */
const FTRACE_BYTES_MAX = 511;

/** A streaming reader of a framed log. */
export class FramedLogReader {
  readonly #format: FramedFormat;
  readonly #catalog: Catalog;
  readonly #visitor: TraceVisitor;
  readonly #view = new RecordView();
  readonly #feed: LineFeed;
  readonly #wide = new Map<Declaration, Declaration>();

  constructor(format: FramedFormat, catalog: Catalog, visitor: TraceVisitor) {
    this.#format = format;
    this.#catalog = catalog;
    this.#visitor = visitor;
    this.#feed = new LineFeed((line) => this.#take(line));
  }

  /** Takes the next bytes; chunk borders may fall anywhere. */
  push(chunk: Uint8Array): void {
    this.#feed.push(chunk);
  }

  /** Says that the log ends here. */
  end(): void {
    this.#feed.end();
  }

  #take(line: FedLine): void {
    const { text, ended } = line;
    if (line.tooLong) return this.#other("too-long", line, 1, "", -1);
    if (text === "") return this.#other("blank", line, 1, "", -1);
    if (this.#format === "lttng") return this.#takeLttng(line);
    if (this.#format === "ftrace") {
      const lost = /^CPU:\d+ \[LOST (\d+) EVENTS\]$/.exec(text);
      if (lost !== null) return this.#other("lost-events", line, 1, "", -1, lost[1] ?? "");
    }
    const frame = FRAMES[this.#format](text);
    if (frame === undefined) return this.#other(ended ? "foreign" : "incomplete", line, 1, "", -1);
    const { at, thread, body } = frame;
    let end = body;
    while (end < text.length && /\w/.test(text.charAt(end))) end++;
    const name = text.slice(body, end);
    const blankMissing = end === text.length;
    if (name === "" || !(blankMissing || text.charAt(end) === " ")) {
      return this.#other(ended ? "foreign" : "incomplete", line, 1, "", at);
    }
    const declaration = this.#catalog.get(name);
    if (declaration === undefined) {
      return this.#other(ended ? "unknown-event" : "incomplete", line, body + 1, name, at);
    }
    const payload = text.slice(end + 1);
    const shown = this.#format === "stap" ? this.#widened(declaration) : declaration;
    const readings = blankMissing && declaration.pieces.length > 0
      ? undefined
      : readPayload(shown, payload, 2);
    const [reading] = readings?.list ?? [];
    if (reading === undefined) {
      const isCut = this.#format === "ftrace" && text.length - body >= FTRACE_BYTES_MAX - 1;
      const kind = isCut ? "truncated" : ended ? "mismatch" : "incomplete";
      return this.#other(kind, line, end + 2, name, at);
    }
    const odd = (readings !== undefined && readings.list.length > 1 ? FLAG.ambiguous : 0) |
      (blankMissing ? FLAG.blankMissing : 0);
    this.#event(line, declaration, at, thread, reading.values, odd);
  }

  #takeLttng(line: FedLine): void {
    const { ended } = line;
    const read = readLttngLine(line.text);
    if (read === undefined) return this.#other(ended ? "foreign" : "incomplete", line, 1, "", -1);
    const declaration = this.#catalog.get(read.name);
    if (declaration === undefined) return this.#other("unknown-event", line, 1, read.name, read.at);
    const values = lttngValues(declaration, read.fields);
    if (values === undefined) return this.#other("mismatch", line, 1, read.name, read.at);
    const hasAll = declaration.args.every(({ name }) => read.fields.has(name));
    this.#event(line, declaration, read.at, read.thread, values, hasAll ? 0 : FLAG.guessed);
  }

  /** SystemTap prints all integers with 64 bits, and a null pointer as `0x0`. */
  #widened(declaration: Declaration): Declaration {
    const known = this.#wide.get(declaration);
    if (known !== undefined) return known;
    const pieces = declaration.pieces.flatMap((piece): Piece[] => {
      if (typeof piece === "string" || "scg".includes(piece.letter)) return [piece];
      return piece.letter === "p" ? ["0x", { ...piece, letter: "x", bits: 64 }] : [{ ...piece, bits: 64 }];
    });
    const wide = { ...declaration, pieces };
    this.#wide.set(declaration, wide);
    return wide;
  }

  #event(
    { line, offset, length, ended }: FedLine,
    declaration: Declaration,
    at: number,
    thread: number,
    values: readonly ArgValue[],
    flags: number,
  ): void {
    const view = this.#view.show({ declaration, at, thread, values }, line);
    view.offset = offset;
    view.length = length;
    view.flags = flags | (ended ? 0 : FLAG.unended);
    this.#visitor.event(view);
  }

  #other(
    kind: OtherKind,
    { line, offset, length, ended, text }: FedLine,
    column: number,
    name: string,
    at: number,
    shown = text,
  ): void {
    const flags = ended ? 0 : FLAG.unended;
    this.#visitor.other?.({
      kind,
      line,
      column,
      name,
      at,
      offset,
      length,
      flags,
      text: () => shown.slice(0, 4096),
    });
  }
}
