/**
 * Logs that collectors have wrapped: container runtimes, kubectl, virt-launcher and journald put their own time, name
 * or JSON around each line that QEMU wrote. The wrapping is taken off; lines keep their numbers.
 *
 * @module
 */
import { CATALOG_NAMES, catalogOf } from "../trace/mod.ts";
import type { Io } from "./command.ts";
import { type Input, openInput } from "./input.ts";

/** A way of wrapping lines. */
export interface Envelope {
  /** What to call it in a note. */
  readonly name: string;
  /** The text inside a line; undefined for a line that is not wrapped so. Texts hold one character per byte. */
  readonly open: (line: string) => string | undefined;
  /** Whether the text inside must carry a time of its own: otherwise QEMU itself may have written the line so. */
  readonly needsTime?: boolean;
  /** Whether a line is to be continued by the next one of its stream. */
  readonly isPart?: (line: string) => boolean;
  /** Which of several streams wrote a line: a part of one is not continued by another. */
  readonly streamOf?: (line: string) => string | undefined;
  /** Whose line it is: a host and a process, or a pod. */
  readonly writerOf?: (line: string) => string | undefined;
}

const ISO = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)`;

function behind(pattern: RegExp): (line: string) => string | undefined {
  return (line) => {
    const [prefix] = pattern.exec(line) ?? [];
    return prefix === undefined ? undefined : line.slice(prefix.length);
  };
}

const CRI = new RegExp(`^${ISO} (stdout|stderr) ([FP])(?::\\S+)? `);

const POD = /^\[(pod\/[^\]\s]+)\] /;
const SYSLOG =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)|\[ *\d+\.\d+\]) (\S+ [^\s:]+?(?:\[\d+\])?): /;

const ESCAPE = String.fromCharCode(27);
const COLOUR = new RegExp(`${ESCAPE}\\[[\\d;]*[mK]`, "g");
/** Where QEMU's own line begins in one that has something else before it. */
const STAMPED =
  /(?:^|[^\w@.-])((?:\d{1,10}@\d{1,10}\.\d{6}:|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z )([a-zA-Z_]\w*)(?: |$))/;

const JSON_LINES: Envelope = {
  name: "JSON, as virt-launcher, Docker and journalctl -o json write it",
  open: messageOf,
  // Fluent Bit's mark, of a container runtime's part.
  isPart: (line) => line.includes('"logtag":"P"'),
  streamOf: streamOfJson,
  writerOf: (line) => {
    const named = [...line.matchAll(/"(?:_HOSTNAME|_PID|pod_name)" ?: ?"([^"\\]{1,100})"/g)];
    return named.length === 0 ? undefined : named.map(([, name]) => name).sort().join(" ");
  },
};

/** Docker's own file: a text without a newline is a part of a line. Others write none with any. */
const DOCKER: Envelope = { ...JSON_LINES, isPart: (line) => line.startsWith('{"log":') && !endsLine(line) };

const COLOURS: Envelope = {
  name: "a terminal's colours",
  open: (line) => line.includes(ESCAPE) ? line.replace(COLOUR, "") : undefined,
};

function endsLine(line: string): boolean {
  return line.includes('\\n"');
}

function streamOfJson(line: string): string | undefined {
  return /"stream":"(\w+)"/.exec(line)?.[1];
}

/** The ways that are known, the more particular first. */
const ENVELOPES: readonly Envelope[] = [
  JSON_LINES,
  {
    name: "a container runtime's time and stream (CRI)",
    open: behind(CRI),
    isPart: (line) => CRI.exec(line)?.[2] === "P",
    streamOf: (line) => CRI.exec(line)?.[1],
  },
  {
    name: "a pod's name (kubectl logs --prefix)",
    open: behind(POD),
    writerOf: (line) => POD.exec(line)?.[1],
  },
  { name: "the journal's export format", open: behind(/^MESSAGE=/) },
  {
    name: "a time and a host (journalctl, syslog)",
    open: behind(SYSLOG),
    writerOf: (line) => SYSLOG.exec(line)?.[1],
    needsTime: true,
  },
  {
    name: "a time (kubectl logs --timestamps, docker logs -t)",
    open: behind(new RegExp(`^${ISO} `)),
    needsTime: true,
  },
];

/** Whatever else stands before: for lines that nothing more particular opens. */
const TEXT_BEFORE: Envelope = {
  name: "text before it (a host, a file, a line's number)",
  open: (line) => {
    const [, own, name = ""] = STAMPED.exec(line) ?? [];
    return own === undefined || !isEvent(name) ? undefined : line.slice(line.indexOf(own));
  },
  writerOf: (line) => {
    const [, own = "", name = ""] = STAMPED.exec(line) ?? [];
    return isEvent(name) ? line.slice(0, line.indexOf(own)).trim() || undefined : undefined;
  },
  needsTime: true,
};

const MEMBERS = ["msg", "log", "MESSAGE", "message"];

function messageOf(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytesOf(line)));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const name of MEMBERS) {
    const text: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    // More than one line in a message would move the numbers of those after it.
    if (typeof text === "string") {
      return textOf(new TextEncoder().encode(text.replace(/[\r\n]+$/, "").replaceAll("\n", " ")));
    }
  }
  return undefined;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** One character per byte. (The decoder of the name latin1 is one of windows-1252.) */
function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

function isEvent(name: string): boolean {
  return CATALOG_NAMES.some((one) => catalogOf(one).get(name) !== undefined);
}

const EVENT = /^(?:(\d+@\d+\.\d{6}:|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z ))?([a-zA-Z_][a-zA-Z0-9_]*) /;

/** Whether a line is an event as QEMU's log has it: with a time, without one, or none. */
function eventIn(line: string): "timed" | "bare" | undefined {
  const match = EVENT.exec(`${line} `);
  const name = match?.[2];
  if (name === undefined || !isEvent(name)) return undefined;
  return match?.[1] === undefined ? "bare" : "timed";
}

/** Lines of the beginning that are looked at. */
const LOOKED_AT = 4000;

/** Layers of wrapping that are taken off: a pod's name, a time, and JSON inside. */
const LAYERS_MAX = 4;

/** Finds out how the lines of a log are wrapped, the outermost layer first; empty when QEMU's own lines show. */
export function envelopesOf(head: Uint8Array): readonly Envelope[] {
  let lines: readonly string[] = textOf(head).split("\n").slice(0, LOOKED_AT);
  const layers: Envelope[] = [];
  if (lines.some(isColoured)) {
    layers.push(COLOURS);
    lines = lines.map((line) => COLOURS.open(line) ?? line);
  }
  while (!lines.some((line) => eventIn(line) !== undefined)) {
    const next = ENVELOPES.find((one) => opensToEvents(one, lines)) ??
      ENVELOPES.find((one) => wrapsMost(one, lines)) ??
      [TEXT_BEFORE].find((one) => opensToEvents(one, lines));
    if (next === undefined || layers.length === LAYERS_MAX) return [];
    layers.push(next === JSON_LINES && lines.some(isDockers) ? DOCKER : next);
    lines = lines.map((line) => next.open(line) ?? line);
  }
  // A time that is the only one is QEMU's own way of tracing to syslog, or a log's: a reader of that format knows it.
  const isOwn = layers.at(-1)?.needsTime === true && !lines.some((line) => eventIn(line) === "timed");
  return isOwn ? [] : layers;
}

/** Whether an event's line begins or ends in a colour. */
function isColoured(line: string): boolean {
  if (!line.startsWith(ESCAPE) && !/m\r?$/.test(line)) return false;
  const plain = COLOURS.open(line);
  return plain !== undefined && (eventIn(plain) !== undefined || isEvent(STAMPED.exec(plain)?.[2] ?? ""));
}

function isDockers(line: string): boolean {
  return line.startsWith('{"log":') && endsLine(line);
}

function opensToEvents({ open, needsTime }: Envelope, lines: readonly string[]): boolean {
  return lines.some((line) => {
    const inside = open(line);
    if (inside === undefined) return false;
    const found = eventIn(inside);
    return needsTime === true ? found === "timed" : found !== undefined;
  });
}

function wrapsMost({ open }: Envelope, lines: readonly string[]): boolean {
  const written = lines.filter((line) => line !== "");
  return written.filter((line) => open(line) !== undefined).length > written.length / 2;
}

/** A line longer than this is passed on in pieces, as it came. */
const LINE_MAX = 1 << 20;

/** The layers of a line: whose it is, and what is inside. */
function opened(
  line: string,
  envelopes: readonly Envelope[],
): { writer: string | undefined; inside: string } {
  let writer: string | undefined;
  let inside = line;
  for (const { open, writerOf } of envelopes) {
    writer ??= writerOf?.(inside);
    inside = open(inside) ?? inside;
  }
  return { writer, inside };
}

/** Who wrote the events of the beginning, in the order in which they come. */
function writersIn(head: Uint8Array, envelopes: readonly Envelope[]): readonly string[] {
  const writers = new Set<string>();
  for (const line of textOf(head).split("\n", LOOKED_AT)) {
    const { writer, inside } = opened(line, envelopes);
    if (writer !== undefined && !writers.has(writer) && eventIn(inside) !== undefined) writers.add(writer);
  }
  return [...writers];
}

/** Takes the wrapping off each line. What is not wrapped so is passed on as it is. */
export async function* unwrapped(
  chunks: AsyncIterable<Uint8Array>,
  envelopes: readonly Envelope[],
  only?: string,
): AsyncGenerator<Uint8Array> {
  let rest = "";
  /** A line that is to be continued, and what follows it: that stands behind it, so that numbers stay. */
  let held:
    | { readonly stream: string | undefined; readonly text: string; readonly later: string }
    | undefined;
  const openAll = (line: string): string => {
    let inside = line;
    let isPart = false;
    let stream: string | undefined;
    if (only !== undefined && (opened(line, envelopes).writer ?? only) !== only) {
      if (held === undefined) return "\n";
      held = { ...held, later: `${held.later}\n` };
      return "";
    }
    for (const { open, isPart: hasMore, streamOf } of envelopes) {
      isPart ||= hasMore?.(inside) === true;
      stream ??= streamOf?.(inside);
      inside = open(inside) ?? inside;
    }
    if (held === undefined) {
      if (!isPart) return `${inside}\n`;
      held = { stream, text: inside, later: "" };
      return "";
    }
    const { text, later } = held;
    if (stream !== held.stream) held = { ...held, later: `${later}${inside}\n` };
    else if (isPart) held = { stream, text: text + inside, later: `${later}\n` };
    else {
      held = undefined;
      return `${text}${inside}\n${later}\n`;
    }
    return text.length + later.length > LINE_MAX ? letGo() : "";
  };
  const letGo = (): string => {
    if (held === undefined) return "";
    const { text, later } = held;
    held = undefined;
    return later === "" ? text : `${text}\n${later}`;
  };
  for await (const chunk of chunks) {
    const lines = (rest + textOf(chunk)).split("\n");
    rest = lines.pop() ?? "";
    let text = lines.map(openAll).join("");
    if (rest.length > LINE_MAX) {
      text += rest;
      rest = "";
    }
    if (text !== "") yield bytesOf(text);
  }
  const last = (rest === "" ? "" : openAll(rest).replace(/\n+$/, "")) + letGo();
  if (last !== "") yield bytesOf(last);
}

/** A trace as it was opened. */
export interface TraceInput extends Input {
  /** How its lines were wrapped; empty when they were not. */
  readonly envelopes: readonly Envelope[];
  /** Who wrote events at the beginning, as what stands around them tells. */
  readonly writers: readonly Writer[];
}

/** One of those whose lines are in a log. */
export interface Writer {
  readonly name: string;
  /** The beginning, without the lines of others. */
  readonly head: Uint8Array;
}

/** Text before each line that is another each time names no writers. */
const WRITERS_MAX = 16;

/**
 * Opens a trace, without what collectors have put around its lines.
 *
 * @param format The format that was asked for; another than the log is taken as it is.
 * @param only Whose lines are read; those of other writers are left blank. All are read unless given.
 * @throws {CommandError} If it cannot be read or is empty.
 */
export async function openTrace(
  path: string,
  format: string | undefined,
  io: Io,
  only?: string,
): Promise<TraceInput> {
  const input = await openInput(path, io);
  const envelopes = (format ?? "log") === "log" ? envelopesOf(input.head) : [];
  if (envelopes.length === 0) return { ...input, envelopes, writers: [] };
  const headOf = async (writer?: string) => {
    async function* first() {
      yield await Promise.resolve(input.head);
    }
    const parts: Uint8Array[] = [];
    for await (const chunk of unwrapped(first(), envelopes, writer)) parts.push(chunk);
    return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
  };
  const names = writersIn(input.head, envelopes);
  const writers: Writer[] = [];
  if (names.length > 1 && names.length <= WRITERS_MAX && only === undefined) {
    for (const name of names) writers.push({ name, head: await headOf(name) });
  }
  return {
    name: input.name,
    head: await headOf(only),
    chunks: unwrapped(input.chunks, envelopes, only),
    envelopes,
    writers,
  };
}
