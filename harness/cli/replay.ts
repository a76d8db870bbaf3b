/**
 * Traces that were judged, and can be read once more: files are opened again, what cannot be read twice is kept while it
 * is short.
 *
 * @module
 */
import { catalogFor } from "../checks/mod.ts";
import {
  type Catalog,
  readerFor,
  type Run,
  type RunFacts,
  type Sample,
  type Side,
  type TraceFormat,
  type TraceRecord,
  type TraceVisitor,
  versionOf,
  visitRecords,
} from "../trace/mod.ts";
import { CommandError, type Io } from "./command.ts";
import { type Input, isRegularFile } from "./input.ts";

/** Bytes that are kept of an input that cannot be read twice. */
export const KEPT_BYTES_MAX = 16 << 20;

/** Gives the events of a trace once more. */
type Replay = (visitor: TraceVisitor) => void | Promise<void>;

/** A trace that was judged, as it is read once more. */
export interface JudgedTrace {
  readonly side: Side;
  /** Undefined when there was too much to be kept. */
  readonly again: () => Replay | undefined;
  readonly name: string;
  readonly catalog: Catalog;
}

/** What was judged besides the traces. */
export interface JudgedRun {
  readonly traces: readonly JudgedTrace[];
  readonly facts: RunFacts;
  readonly samples: readonly Sample[];
}

/**
 * Makes an input that can be read again, as far as that is possible.
 *
 * @param open Opens it anew.
 */
export function rereadable(
  input: Input,
  path: string,
  open: () => Promise<Input>,
): { chunks: AsyncIterable<Uint8Array>; kept: () => AsyncIterable<Uint8Array> | undefined } {
  if (path !== "-" && isRegularFile(path)) {
    return {
      chunks: input.chunks,
      kept: async function* () {
        yield* (await open()).chunks;
      },
    };
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of input.chunks) {
      size += chunk.length;
      if (size <= KEPT_BYTES_MAX) parts.push(chunk.slice());
      else parts.length = 0;
      yield chunk;
    }
  }
  async function* again(): AsyncGenerator<Uint8Array> {
    for (const chunk of parts) yield await Promise.resolve(chunk);
  }
  return { chunks: chunks(), kept: () => size > KEPT_BYTES_MAX ? undefined : again() };
}

/** Reads what was kept of an input once more. */
export function replayOf(
  kept: () => AsyncIterable<Uint8Array> | undefined,
  format: TraceFormat,
  catalog: Catalog,
  { stop }: Io,
): JudgedTrace["again"] {
  return () => {
    const chunks = kept();
    if (chunks === undefined) return undefined;
    return async (visitor) => {
      const reader = readerFor(format, catalog, visitor);
      for await (const chunk of chunks) {
        reader.push(chunk);
        if (stop.aborted) throw new CommandError("Stopped before the end of the trace");
      }
      reader.end();
    };
  };
}

/** A run that is in memory, for a second look at it. */
export function inMemory(name: string, run: Run): JudgedRun {
  const { facts, samples, source, destination, earlierDestinations = [], laterDestinations = [] } = run;
  const judged = (side: Side) => (records: readonly TraceRecord[]): JudgedTrace => ({
    side,
    name,
    catalog: catalogFor(versionOf(facts, side) ?? ""),
    again: () => (visitor: TraceVisitor) => visitRecords(records, visitor),
  });
  const isAny = ({ length }: readonly TraceRecord[]) => length > 0;
  // In the order in which they are judged.
  const destinations = [...earlierDestinations, destination, ...laterDestinations];
  const traces = [
    ...[source].filter(isAny).map(judged("source")),
    ...destinations.filter(isAny).map(judged("destination")),
  ];
  return { traces, facts, samples };
}
