/**
 * Finds what a `check` is about: the traces of each side, the samples, the facts.
 *
 * @module
 */
import { joinFacts, readMeta, readQmp, type Recording } from "../record/mod.ts";
import { type Place, showPlace } from "../base/mod.ts";
import type { RunFacts, Sample, Side } from "../trace/mod.ts";
import { CommandError, type Io } from "./command.ts";
import { describeError, kindOf, readText } from "./input.ts";

/** A trace that was named, or found in a folder. */
export interface TraceFile {
  readonly path: string;
  /** Absent where it has to be told from the trace itself. */
  readonly side?: Side;
  /** Whose lines of it; absent where it is all of one QEMU. */
  readonly writer?: string;
}

/** What is to be checked. */
export interface CheckInput {
  readonly title: string;
  readonly traces: readonly TraceFile[];
  readonly facts: RunFacts;
  readonly samples: readonly Sample[];
}

/** The traces of a folder, the source's first; later destinations in the order of their migrations. */
const TRACE_NAMES: readonly (readonly [RegExp, Side])[] = [
  [/^(?:src|source)\.trace(?:\.gz|\.zst)?$/, "source"],
  [/^(?:dst\d?|destination)\.trace(?:\.gz|\.zst)?$/, "destination"],
];
const META_NAME = /^meta\.json(?:\.gz|\.zst)?$/;
const SAMPLES_NAME = /^(?:qmp\.json|samples\.jsonl)(?:\.gz|\.zst)?$/;

/**
 * Reads what lies in the folder of a recording, of `run --trace` or of a golden.
 *
 * @throws {CommandError} If there is no trace in it, or a file cannot be read.
 */
export async function readFolder(folder: string, io: Io): Promise<CheckInput> {
  let names: string[];
  try {
    names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    throw new CommandError(`Cannot read ${folder}: ${describeError(error)}`);
  }
  const path = folder.replace(/\/+$/, "");
  const traces: TraceFile[] = [];
  for (const [pattern, side] of TRACE_NAMES) {
    for (const name of names.filter((one) => pattern.test(one))) {
      traces.push({ path: `${path}/${name}`, side });
    }
  }
  if (traces.length === 0) {
    throw new CommandError(
      `${folder} is a folder without src.trace, source.trace, dst.trace or destination.trace`,
    );
  }
  const meta = names.find((name) => META_NAME.test(name));
  const qmp = names.find((name) => SAMPLES_NAME.test(name));
  const known = meta === undefined ? {} : await readMetaFile(`${path}/${meta}`, io);
  const recorded = qmp === undefined
    ? { facts: {}, samples: [] }
    : await readSamplesFile(`${path}/${qmp}`, io);
  return {
    title: path.slice(path.lastIndexOf("/") + 1),
    traces,
    facts: joinFacts(known, recorded.facts),
    samples: recorded.samples,
  };
}

/** Reads a file of samples, a recording's `qmp.json` or lines as `run --stats` writes them. */
export async function readSamplesFile(path: string, io: Io): Promise<Recording> {
  const read = readQmp(await readText(path, io));
  if (read.ok) return read.value;
  throw unreadable(path, read.error);
}

async function readMetaFile(path: string, io: Io): Promise<RunFacts> {
  const read = readMeta(await readText(path, io));
  if (read.ok) return read.value;
  throw unreadable(path, read.error);
}

function unreadable(path: string, { at, reason }: { at: Place; reason: string }): CommandError {
  return new CommandError(`${showPlace(path, at)}: ${reason}`);
}

/** The traces that were named, or the folder. */
export async function readNamed(
  words: readonly string[],
  named: readonly TraceFile[],
  io: Io,
): Promise<CheckInput> {
  const [first] = words;
  const isFolder = (word: string) => word !== "-" && kindOf(word) === "folder";
  if (words.length === 1 && named.length === 0 && first !== undefined && isFolder(first)) {
    return await readFolder(first, io);
  }
  const traces = [...named, ...words.map((path): TraceFile => ({ path }))];
  if (traces.length === 0) throw new CommandError("check needs a trace, or the folder of a recording");
  if (traces.length > 2) {
    throw new CommandError("check takes the traces of one migration: one file, or one of each side");
  }
  const folder = traces.find(({ path }) => isFolder(path));
  if (folder !== undefined) throw new CommandError(`Cannot read ${folder.path}: it is a folder`);
  return {
    title: traces.map(({ path }) => path === "-" ? "standard input" : path).join(" and "),
    traces,
    facts: {},
    samples: [],
  };
}
