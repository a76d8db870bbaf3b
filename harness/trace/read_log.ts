/**
 * Reads the text log of QEMU's log backend, in its three line shapes, as a stream.
 *
 * Feed bytes with `push`, say `end` once; the visitor gets every event and every other line, in order. Nothing is
 * dropped: a line that is no event of the catalog arrives as `other`, with its kind and place.
 *
 * @see facts/tracing.md b.1 to b.3
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { Declaration } from "./declaration.ts";
import { type ArgValue, type OtherKind, RecordView, type TraceVisitor } from "./event.ts";
import { parsePayload } from "./parse_payload.ts";

/** Longest line that is kept; the bytes of a longer one are skipped and the line reported as `too-long`. */
export const LINE_BYTES_MAX = 1 << 20;

const PREFIX =
  /^(?:(\d{1,10})@(\d{1,13})\.(\d{6}):|(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{6}))?Z )?(\w+)(?: |$)/;

/** A streaming reader of one side's log. */
export class LogReader {
  readonly #catalog: Catalog;
  readonly #visitor: TraceVisitor;
  readonly #view = new RecordView();
  #rest = "";
  #line = 0;
  #skipped = false;

  /** @param catalog What the events are looked up in. */
  constructor(catalog: Catalog, visitor: TraceVisitor) {
    this.#catalog = catalog;
    this.#visitor = visitor;
  }

  /** Takes the next bytes of the log; chunk borders may fall anywhere. */
  push(chunk: Uint8Array): void {
    let text = this.#rest + latin1(chunk);
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#take(text.slice(start, end), true);
      start = end + 1;
    }
    text = text.slice(start);
    if (text.length > LINE_BYTES_MAX) {
      this.#skipped = true;
      text = "";
    }
    this.#rest = text;
  }

  /** Says that the log ends here. */
  end(): void {
    if (this.#rest !== "" || this.#skipped) this.#take(this.#rest, false);
    this.#rest = "";
  }

  #take(raw: string, ended: boolean): void {
    this.#line++;
    if (this.#skipped) {
      this.#skipped = false;
      return this.#other("too-long", 1, "", "");
    }
    const text = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const match = PREFIX.exec(text);
    const name = match?.[6];
    if (match === null || name === undefined) {
      return this.#other(ended ? "foreign" : "incomplete", 1, "", text);
    }
    const [whole, tid, seconds, fraction, date, dateFraction] = match;
    const declaration = this.#catalog.get(name);
    const timed = tid !== undefined || date !== undefined;
    const column = whole.length - name.length;
    if (declaration === undefined) {
      if (tid === undefined) return this.#other(ended ? "foreign" : "incomplete", 1, "", text);
      return this.#other("unknown-event", column, name, text);
    }
    const values = parsePayload(declaration, text.slice(whole.length));
    if (values === undefined) {
      return this.#other(ended ? "mismatch" : "incomplete", whole.length + 1, name, text);
    }
    let at = -1;
    if (tid !== undefined) at = Number(seconds) * 1e6 + Number(fraction);
    else if (timed) at = Date.parse(`${date}Z`) * 1000 + Number(dateFraction ?? "0");
    this.#event(declaration, at, Number(tid ?? "0"), values);
  }

  #event(declaration: Declaration, at: number, thread: number, values: readonly ArgValue[]): void {
    this.#visitor.event(this.#view.show({ declaration, at, thread, values }, this.#line));
  }

  #other(kind: OtherKind, column: number, name: string, text: string): void {
    this.#visitor.other?.({ kind, line: this.#line, column, name, text: () => text.slice(0, 4096) });
  }
}

/** One character per byte, whatever the bytes. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

/** Reads a whole log that is in memory. */
export function readLog(catalog: Catalog, log: Uint8Array | string, visitor: TraceVisitor): void {
  const reader = new LogReader(catalog, visitor);
  reader.push(typeof log === "string" ? Uint8Array.from(log, (char) => char.charCodeAt(0)) : log);
  reader.end();
}
