/**
 * Writes a trace that is being read in another format, item by item, so that memory stays flat.
 *
 * @module
 */
import type { Catalog } from "./catalog.ts";
import { ChromeTraceWriter } from "./chrome_trace.ts";
import { type EventView, keep, type OtherView, type TraceVisitor } from "./event.ts";
import { eventToJson, otherToJson } from "./json_lines.ts";
import type { Side } from "./run.ts";
import { type LineShape, printLine } from "./write_log.ts";
import { RecordCursor } from "./_record_cursor.ts";
import { SimpletraceWriter } from "./write_simpletrace.ts";

/** The formats that can be written. */
export const TARGET_FORMATS = ["log", "simpletrace", "jsonl", "chrome"] as const;
/** A format that can be written. */
export type TargetFormat = typeof TARGET_FORMATS[number];

/** How a trace is written. */
export interface ConvertOptions {
  readonly catalog: Catalog;
  /** The shape of the lines of a log; `tid` unless given. */
  readonly shape?: LineShape;
  /** Whether text that is no event is kept, where the target has a place for it (log and jsonl); so by default. */
  readonly keepOthers?: boolean;
}

/** Takes the items of a trace, and at last its end. */
export interface Converter {
  /** A visitor for the trace of one side; only the Chrome format tells sides apart. */
  readonly visitor: (side: Side) => TraceVisitor;
  readonly end: () => void;
}

const OUT_CHARS = 1 << 16;

/** Gathers text, so that `out` gets pieces of some size. */
class TextOut {
  #parts: string[] = [];
  #length = 0;
  readonly #out: (bytes: Uint8Array) => void;
  readonly #encode: (text: string) => Uint8Array;

  constructor(out: (bytes: Uint8Array) => void, encode: (text: string) => Uint8Array) {
    this.#out = out;
    this.#encode = encode;
  }

  put(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#length > OUT_CHARS) this.flush();
  }

  flush(): void {
    if (this.#length > 0) this.#out(this.#encode(this.#parts.join("")));
    this.#parts = [];
    this.#length = 0;
  }
}

function toLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function toUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/**
 * Makes a converter.
 *
 * @param out Takes the bytes of the target, in order.
 */
export function convertTo(
  format: TargetFormat,
  out: (bytes: Uint8Array) => void,
  options: ConvertOptions,
): Converter {
  const { shape = "tid", keepOthers = true, catalog } = options;
  if (format === "simpletrace") {
    const writer = new SimpletraceWriter(catalog, out);
    const visitor: TraceVisitor = {
      event: (event: EventView) =>
        event instanceof RecordCursor ? writer.event(event, event.nanos) : writer.event(event),
      other: (item: OtherView) => {
        if (item.kind === "lost-events") writer.lost(BigInt(item.text()), 0n, 0);
      },
    };
    return { visitor: () => visitor, end: () => writer.flush() };
  }
  if (format === "chrome") {
    const text = new TextOut(out, toUtf8);
    const writer = new ChromeTraceWriter((part) => text.put(part));
    return {
      visitor: (side) => ({ event: (event) => writer.event(side, event) }),
      end: () => {
        writer.end();
        text.flush();
      },
    };
  }
  const text = new TextOut(out, format === "log" ? toLatin1 : toUtf8);
  const visitor: TraceVisitor = format === "log"
    ? {
      event: (event) => text.put(printLine(keep(event), shape)),
      other: (item) => {
        if (keepOthers && isText(item)) text.put(`${item.text()}\n`);
      },
    }
    : {
      event: (event) => text.put(eventToJson(event)),
      other: (item) => {
        if (keepOthers && isText(item)) text.put(otherToJson(item));
      },
    };
  return { visitor: () => visitor, end: () => text.flush() };
}

/** Whether an item stands for text of a log, and not for the inside of a binary file. */
function isText({ kind }: OtherView): boolean {
  return !["header", "mapping", "lost-events", "truncated", "damaged", "nul-run", "byte-order-mark"].includes(
    kind,
  );
}
