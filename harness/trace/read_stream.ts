/**
 * Reads a trace from a stream, plain or compressed, of any format: the way in for programs that use switchover as a library.
 *
 * @module
 */
import { err, joinBytes, ok, type Result } from "../base/mod.ts";
import type { Catalog } from "./catalog.ts";
import type { TraceVisitor } from "./event.ts";
import { guessCatalog } from "./guess_catalog.ts";
import { readerFor, sniffFormat, type TraceFormat } from "./trace_format.ts";
import { isPacked, unpack } from "./unpack.ts";

/** What is known of the trace; what is not is told from its first bytes. */
export interface StreamOptions {
  readonly format?: TraceFormat;
  /** The best of the project's catalogs unless given. */
  readonly catalog?: Catalog;
}

/** What was read. */
export interface StreamRead {
  readonly format: TraceFormat;
  readonly catalog: Catalog;
  /** Bytes of the trace, after decompression. */
  readonly bytes: number;
}

/** Why a stream could not be read to its end. Events before that point were delivered. */
export interface StreamError {
  readonly reason: string;
  /** Bytes of the trace that were read, after decompression. */
  readonly bytes: number;
}

/** First bytes that are looked at. */
const HEAD_BYTES = 1 << 18;

/**
 * Reads a trace to its end and delivers its items to a visitor.
 *
 * Memory stays flat: chunks are read one after the other. Compression is told from the first bytes.
 *
 * @param source A `ReadableStream`, or any sequence of chunks.
 * @returns What it was read as; or why it could not be read to its end.
 */
export async function readStream(
  source: AsyncIterable<Uint8Array>,
  visitor: TraceVisitor,
  options: StreamOptions = {},
): Promise<Result<StreamRead, StreamError>> {
  let bytes = 0;
  try {
    const plain = await unpacked(source);
    const iterator = plain[Symbol.asyncIterator]();
    const parts: Uint8Array[] = [];
    let held = 0;
    let failure: unknown;
    while (held < HEAD_BYTES) {
      // What came before damage is still read.
      const next = await iterator.next().catch((error: unknown) => {
        failure = error ?? new Error("the stream failed");
        return { done: true, value: undefined } as const;
      });
      if (next.done === true) break;
      parts.push(next.value.slice());
      held += next.value.length;
    }
    const head = joinBytes(parts);
    const sniffed = options.format === undefined ? sniffFormat(head) : { format: options.format };
    if ("not" in sniffed) return err({ reason: `this is no trace: ${sniffed.not}`, bytes });
    const { format } = sniffed;
    // Formats other than the text log do not tell versions apart well, and their own readers say what does not fit.
    const catalog = options.catalog ?? guessCatalog(format === "log" ? head : new Uint8Array())[0]?.catalog;
    if (catalog === undefined) return err({ reason: "there is no catalog", bytes });
    const reader = readerFor(format, catalog, visitor);
    reader.push(head);
    bytes = head.length;
    while (failure === undefined && held >= HEAD_BYTES) {
      const next = await iterator.next().catch((error: unknown) => {
        failure = error ?? new Error("the stream failed");
        return { done: true, value: undefined } as const;
      });
      if (next.done === true) break;
      reader.push(next.value);
      bytes += next.value.length;
    }
    reader.end();
    if (failure !== undefined) return err({ reason: reasonOf(failure), bytes });
    return ok({ format, catalog, bytes });
  } catch (error) {
    return err({ reason: reasonOf(error), bytes });
  }
}

function reasonOf(error: unknown): string {
  return `the stream cannot be read on: ${error instanceof Error ? error.message : String(error)}`;
}

/** The stream itself, or what is in it if it is compressed. */
async function unpacked(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < 4) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value.slice());
    length += next.value.length;
  }
  const start = joinBytes(first);
  async function* whole(): AsyncGenerator<Uint8Array> {
    if (start.length > 0) yield start;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
  return isPacked(start) ? unpack(start, whole()) : whole();
}
