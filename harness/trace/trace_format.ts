/**
 * The formats of traces: told from the first bytes, and read by one name.
 *
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { TraceVisitor } from "./event.ts";
import { readFtraceFrame, readStapFrame, readSyslogFrame } from "./frames.ts";
import { JsonLinesReader } from "./json_lines.ts";
import { latin1 } from "./_line_cursor.ts";
import { readLttngLine } from "./lttng.ts";
import { FramedLogReader } from "./read_framed.ts";
import { LogReader } from "./read_log.ts";
import { SimpletraceReader } from "./read_simpletrace.ts";

/** All formats that can be read. */
export const TRACE_FORMATS = ["log", "simpletrace", "ftrace", "syslog", "stap", "lttng", "jsonl"] as const;
/** A format that can be read. */
export type TraceFormat = typeof TRACE_FORMATS[number];

/** What reads a trace: bytes in, items to the visitor. */
export interface TraceReader {
  push(chunk: Uint8Array): void;
  end(): void;
}

/** A reader for a format. */
export function readerFor(format: TraceFormat, catalog: Catalog, visitor: TraceVisitor): TraceReader {
  if (format === "log") return new LogReader(catalog, visitor);
  if (format === "simpletrace") return new SimpletraceReader(catalog, visitor);
  if (format === "jsonl") return new JsonLinesReader(catalog, visitor);
  return new FramedLogReader(format, catalog, visitor);
}

/** What an input is that is none of the formats, as an end of a sentence: `it is UTF-16 text`. */
export type NotATrace = "it is UTF-16 text" | "it is an image" | "it is binary" | "it is compressed";

/**
 * Tells the format from the start of an input; `log` for any text that is not clearly another's.
 *
 * @param head The first bytes, after decompression; a few thousand are enough.
 */
export function sniffFormat(head: Uint8Array): { format: TraceFormat } | { not: NotATrace } {
  const starts = (...bytes: number[]) => bytes.every((byte, at) => head[at] === byte);
  if (head.length >= 8 && starts(255, 255, 255, 255, 255, 255, 255, 255)) return { format: "simpletrace" };
  if (
    starts(0x1f, 0x8b) || starts(0x28, 0xb5, 0x2f, 0xfd) || starts(0x42, 0x5a, 0x68) ||
    starts(0xfd, 0x37, 0x7a)
  ) {
    return { not: "it is compressed" };
  }
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff)) return { not: "it is UTF-16 text" };
  if (starts(0xff, 0xd8, 0xff) || starts(0x89, 0x50, 0x4e, 0x47)) return { not: "it is an image" };
  // NULs at the start alone are the mark of a log that was truncated while QEMU wrote it.
  const from = head.findIndex((byte) => byte !== 0);
  const body = from === -1 ? new Uint8Array() : head.subarray(from, from + 16384);
  const odd = body.filter((byte) => byte < 9 || (byte > 13 && byte < 27) || (byte > 27 && byte < 32)).length;
  if (odd > body.length / 10) return { not: "it is binary" };
  const lines = latin1(body, 0, body.length).split(/\r?\n/).slice(0, 200);
  const count = (isOne: (line: string) => boolean) => lines.filter(isOne).length;
  const found: readonly (readonly [TraceFormat, number])[] = [
    ["ftrace", count((line) => readFtraceFrame(line) !== undefined)],
    ["stap", count((line) => readStapFrame(line) !== undefined)],
    ["lttng", count((line) => readLttngLine(line) !== undefined)],
    ["syslog", count((line) => readSyslogFrame(line) !== undefined)],
    ["jsonl", count((line) => /^\{"(?:event|other)":/.test(line))],
  ];
  const [best] = [...found].sort(([, a], [, b]) => b - a);
  const plain = count((line) => /^\d+@\d+\.\d{6}:|^\d{4}-\d{2}-\d{2}T[\d:.]+Z \w+ /.test(line));
  return { format: best !== undefined && best[1] > plain ? best[0] : "log" };
}
