/**
 * `check`: judges the trace of a migration, of a real QEMU or of the model.
 *
 * @module
 */
import { Judge } from "../checks/mod.ts";
import {
  ANSI,
  DOCUMENT_SHAPE,
  figuresOf,
  makeDocument,
  PLAIN,
  renderScreen,
  type ReportSubject,
  runPage,
  type Timeline,
  TimelineRecorder,
} from "../report/mod.ts";
import {
  Catalog,
  CATALOG_NAMES,
  type CatalogName,
  catalogOf,
  LogReader,
  parseDeclarations,
  type RunFacts,
  visitBoth,
} from "../trace/mod.ts";
import type { Arguments } from "./arguments.ts";
import { type CheckInput, readFolder, readNamed, readSamplesFile, type TraceFile } from "./check_input.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Io } from "./command.ts";
import { catalogOfVersion, guessLogs } from "./guess.ts";
import { commandOf, writePage } from "./page.ts";
import { type Input, kindOf, openInput, readText } from "./input.ts";

/** The command. */
export const check: Command = {
  name: "check",
  summary: "Judge the trace of a migration, of a real QEMU or of the model",
  usage: "TRACE…",
  details:
    `TRACE is the log of one side, or there are two, one of each side; which is whose is told from the events.
A folder with src.trace and dst.trace (a recording) or source.trace and destination.trace (a golden,
run --trace) is one argument, and more than one such folder may be given. Traces may be compressed
(gzip, zstd); - is standard input. Lines that are no events are counted, not judged.`,
  flags: [
    { name: "source", value: "TRACE", summary: "The source's trace" },
    { name: "destination", value: "TRACE", summary: "The destination's trace" },
    {
      name: "qmp",
      value: "FILE",
      summary: "query-migrate samples: a recording's qmp.json, or lines of run --stats",
    },
    {
      name: "profile",
      value: "VERSION",
      summary: "The QEMU version, such as 10.0; told from the trace unless given",
    },
    { name: "catalog", value: "NAME", summary: "A catalog's name, or a trace-events file of your build" },
    { name: "html", value: "FILE", summary: "Write a page with pictures of the migration here" },
    { name: "format", value: "FORMAT", summary: "The traces' format: log, the text of QEMU's log backend" },
  ],
  json: `${DOCUMENT_SHAPE}
With more than one folder: {"runs": [the same, …]}`,
  run: async (args, io) => {
    args.choice("format", ["log"]);
    if (args.words.length > 2 && args.text("html") !== undefined) {
      throw new CommandError("--html is for one migration at a time");
    }
    const subjects: ReportSubject[] = [];
    for await (const input of inputsOf(args, io)) {
      const page = args.text("html");
      const { subject, timeline, facts } = await judgeInput(input, args, io, page !== undefined);
      subjects.push(subject);
      if (page !== undefined && timeline !== undefined) {
        writePage(page, runPage({ subject, timeline, facts, command: commandOf("check", args) }));
      }
      if (!args.has("json")) {
        io.out(`${subjects.length > 1 ? "\n" : ""}${renderScreen(subject, io.colour ? ANSI : PLAIN)}`);
      }
    }
    const documents = subjects.map(makeDocument);
    if (args.has("json")) {
      io.out(`${JSON.stringify(documents.length === 1 ? documents[0] : { runs: documents })}\n`);
    }
    return exitCodeOf(subjects);
  },
};

/** 1 when any failed; 3 when none could be judged. */
export function exitCodeOf(subjects: readonly ReportSubject[]): ExitCode {
  const outcomes = subjects.map(({ judgement }) => judgement.outcome);
  if (outcomes.includes("fail")) return EXIT.failed;
  return outcomes.includes("pass") ? EXIT.ok : EXIT.unknown;
}

async function* inputsOf(args: Arguments, io: Io): AsyncGenerator<CheckInput> {
  const [source, destination] = [args.text("source"), args.text("destination")];
  const named: TraceFile[] = [];
  if (source !== undefined) named.push({ path: source, side: "source" });
  if (destination !== undefined) named.push({ path: destination, side: "destination" });
  const areFolders = args.words.length > 1 &&
    args.words.every((word) => word !== "-" && kindOf(word) === "folder");
  if (named.length === 0 && areFolders) {
    for (const word of args.words) yield await readFolder(word, io);
  } else yield await readNamed(args.words, named, io);
}

/** What was read and judged. */
export interface JudgedInput {
  readonly subject: ReportSubject;
  readonly facts: RunFacts;
  /** Where one was asked for. */
  readonly timeline: Timeline | undefined;
}

/** Reads traces, judges them, and collects what a page shows when it is asked for. */
export async function judgeInput(
  found: CheckInput,
  args: Arguments,
  io: Io,
  isPage: boolean,
): Promise<JudgedInput> {
  const qmp = args.text("qmp");
  const extra = qmp === undefined ? undefined : await readSamplesFile(qmp, io);
  const version = args.text("profile");
  const facts: RunFacts = { ...found.facts, ...extra?.facts, ...(version === undefined ? {} : { version }) };
  const samples = extra?.samples ?? found.samples;
  const inputs = await Promise.all(found.traces.map(({ path }) => openInput(path, io)));
  const { catalog, sides, notes } = await understand(found.traces, inputs, facts, args, io);
  const judge = new Judge(facts);
  const timeline = isPage ? new TimelineRecorder() : undefined;
  for (const sample of samples) {
    judge.sample(sample);
    timeline?.sample(sample);
  }
  // The source first: what the destination must have received is known by then.
  const order = inputs.map((input, index) => ({ input, side: sides[index] ?? "source" as const }))
    .sort((a, b) => Number(a.side === "destination") - Number(b.side === "destination"));
  for (const { input, side } of order) {
    const visitor = judge.side(side, catalog);
    const both = timeline === undefined ? visitor : visitBoth(visitor, timeline.side(side));
    const reader = new LogReader(catalog, both);
    for await (const chunk of input.chunks) {
      reader.push(chunk);
      if (io.stop.aborted) throw new CommandError("Stopped before the end of the trace");
    }
    reader.end();
  }
  const judgement = judge.finish();
  for (const [index, { input }] of order.entries()) {
    const summary = judgement.sides[index];
    if (summary === undefined || summary.events > 0) continue;
    const lines = Object.values(summary.others).reduce((sum, count) => sum + count, 0);
    throw new CommandError(`${input.name}:1:1: None of its ${lines} lines is an event of QEMU's log backend`);
  }
  const last = samples.findLast(({ side, "query-migrate": query }) =>
    side === "source" && query.status !== undefined
  );
  const subject = { title: found.title, figures: figuresOf(judgement, last), judgement, notes };
  return { subject, facts, timeline: timeline?.finish(facts) };
}

interface Understood {
  readonly catalog: Catalog;
  readonly sides: readonly (TraceFile["side"])[];
  readonly notes: readonly string[];
}

/** Which catalog reads the traces, and whose they are. */
async function understand(
  traces: readonly TraceFile[],
  inputs: readonly Input[],
  facts: RunFacts,
  args: Arguments,
  io: Io,
): Promise<Understood> {
  const notes: string[] = [];
  const asked = args.text("catalog");
  const isName = asked !== undefined && (CATALOG_NAMES as readonly string[]).includes(asked);
  const told = isName
    ? asked as CatalogName
    : facts.version === undefined
    ? undefined
    : catalogOfVersion(facts.version);
  if (told === undefined && facts.version !== undefined && asked === undefined) {
    notes.push(`there is no catalog of QEMU ${facts.version}; the nearest that fits is used`);
  }
  const guess = guessLogs(inputs.map(({ head }) => head), told);
  const catalog = asked === undefined || isName ? catalogOf(guess.catalog) : await readCatalog(asked, io);
  if (told === undefined && asked === undefined) {
    notes.push(`version told from the events: QEMU ${guess.catalog}`);
  }
  const sides = traces.map(({ side }, index) => side ?? guess.sides[index]);
  if (traces.length === 2 && traces.some(({ side }) => side === undefined)) completeSides(traces, sides);
  for (const [index, { path }] of traces.entries()) {
    if (sides[index] !== undefined) continue;
    // Without an event that only one side traces there is little to judge either way.
    sides[index] = /(?:^|[/._-])(?:dst|dest)/.test(path) ? "destination" : "source";
    notes.push(`${inputs[index]?.name} does not show whose it is; taken as the ${sides[index]}'s`);
  }
  return { catalog, sides, notes };
}

/** Of two traces, each is of another side. */
function completeSides(traces: readonly TraceFile[], sides: (TraceFile["side"])[]): void {
  const other = { source: "destination", destination: "source" } as const;
  const [a, b] = sides;
  if (a === undefined && b !== undefined) sides[0] = other[b];
  if (b === undefined && a !== undefined) sides[1] = other[a];
  if (a !== undefined && a === b) {
    throw new CommandError(
      `${traces[0]?.path} and ${
        traces[1]?.path
      } both look like the ${a}'s; say which is which with --source and --destination`,
    );
  }
}

async function readCatalog(path: string, io: Io): Promise<Catalog> {
  if (kindOf(path) === "nothing") {
    throw new CommandError(
      `--catalog cannot be "${path}": it is neither a file nor one of ${CATALOG_NAMES.join(", ")}`,
    );
  }
  const { declarations, errors } = parseDeclarations(await readText(path, io));
  const [first] = errors;
  if (first !== undefined) {
    throw new CommandError(`${path}:${first.at.line}:${first.at.column}: ${first.reason}`);
  }
  return new Catalog(path, declarations);
}
