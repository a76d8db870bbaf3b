/**
 * What a campaign and the process of one of its workers say to each other: a line of JSON for each message.
 *
 * @module
 */
import type { Replay, Report } from "../../fuzz/mod.ts";
import type { Task } from "./campaign_worker.ts";

/** To the process. When nothing more can come it ends, whatever it is doing: so it never outlives its campaign. */
export type ToProcess =
  | { readonly begin: Begin }
  | { readonly task: Task }
  | Replay
  /** After the case under way. */
  | { readonly stop: true };

/** What the process is told first. */
export interface Begin {
  /** The module that the worker runs. */
  readonly module: string;
  /** How long a case may take, in milliseconds. */
  readonly caseMs: number;
  /** The file that the worker appends its journal to; none for replays. */
  readonly journal?: string;
}

/** From the process. */
export type FromProcess =
  | { readonly report: Report }
  /** The task is done, or was stopped. */
  | { readonly done: true }
  /** What the property says of a replayed case; null when it holds. */
  | { readonly replayed: string | null }
  /** Nothing that a case is to blame for. */
  | { readonly error: string };

/** The name under which bytes go into JSON. */
const BYTES = "base64";
const ENCODER = new TextEncoder();

/** A message as a line. */
export function toLine(message: ToProcess | FromProcess): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(
    message,
    (_, value) => value instanceof Uint8Array ? { [BYTES]: value.toBase64() } : value,
  );
  return ENCODER.encode(`${text}\n`);
}

/** The messages of a stream of lines; what is behind the last end of a line was cut off, and is no message. */
export async function* messagesOf<Message>(
  chunks: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Message, void> {
  let rest = "";
  for await (const chunk of chunks.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line, withBytes) as Message;
  }
}

function withBytes(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(BYTES in value)) return value;
  return typeof value.base64 === "string" ? Uint8Array.fromBase64(value.base64) : value;
}

/** The journals of one process: a thread that takes the place of another has a file of its own. */
export function journalOf(journal: string, thread: number): string {
  return thread === 0 ? journal : `${journal}.${thread}`;
}

/** The folder that a journal is in. */
export function folderOf(journal: string): string {
  return journal.replace(/\/[^/]*$/, "");
}
