/**
 * `check`: judges the trace of a migration, of a real QEMU or of the model.
 *
 * @module
 */
import { Judge, MIXED_REASON } from "../checks/mod.ts";
import {
  DOCUMENT_SHAPE,
  figuresOf,
  type ReportSubject,
  runPage,
  safeText,
  type Timeline,
  TimelineRecorder,
} from "../report/mod.ts";
import {
  type Catalog,
  oddities,
  readerFor,
  type RunFacts,
  SkewWatch,
  TraceCensus,
  visitBoth,
} from "../trace/mod.ts";
import type { Arguments } from "./arguments.ts";
import { type CheckInput, readFolder, readNamed, readSamplesFile } from "./check_input.ts";
import { type Command, CommandError, type Io } from "./command.ts";
import { absenceNotes, EVENTS_FLAG, readEventsFile } from "./events_file.ts";
import { commandOf, writePage } from "./page.ts";
import { DamageWatch } from "./damage_watch.ts";
import { openTrace } from "./envelope.ts";
import { splitByWriter } from "./writers.ts";
import { collected, kindOf, letGo } from "./input.ts";
import { type JudgedRun, replayOf, rereadable } from "./replay.ts";
import { SHRINK_FLAGS, withSecondLook, writeShrunk } from "./second_look.ts";
import { namedTraces, namedVersions, TRACE_FLAGS, understand } from "./understand.ts";
import { ALL_FLAG, exitCodeOf, isForPeople, printDocument, printScreen, REPORT_FLAG } from "./verdicts.ts";

/** The command. */
export const check: Command = {
  name: "check",
  summary: "Judge the trace of a migration, of a real QEMU or of the model",
  usage: "TRACE…",
  details:
    `TRACE is the log of one side, or there are two, one of each side; which is whose is told from the events.
A folder with src.trace and dst.trace (a recording) or source.trace and destination.trace (a golden,
run --trace) is one argument, and more than one such folder may be given. Traces may be compressed
(gzip, zstd); - is standard input. Lines that are no events are counted, not judged: a log of libvirt is
taken as it is. What container runtimes, kubectl, virt-launcher and journald put around each line is
taken off; where it tells both sides of a migration apart, each is read by itself from the one file.
Which QEMU each side is, is told from its events, and checked against what --profile or meta.json says: in a
live upgrade the sides are of two versions (--profile 10.0,11.1), and each is held to the rules of its own.
An event that is due and nowhere in the log may never have been switched on: its rules are unknown then,
and a note names it. --events with what was switched on has them judged.
Of the first rules that fail the smallest trace that still fails is shown: it fails by itself where it
says so, and with the run's facts and samples otherwise. Files are read a second time for that; of
standard input 16 MiB are kept.`,
  flags: [
    ...TRACE_FLAGS,
    EVENTS_FLAG,
    {
      name: "qmp",
      value: "FILE",
      summary: "query-migrate samples: a recording's qmp.json, or lines of run --stats",
    },
    { name: "html", value: "FILE", summary: "Write a page with pictures of the migration here" },
    ...SHRINK_FLAGS,
    ALL_FLAG,
    REPORT_FLAG,
  ],
  json: `${DOCUMENT_SHAPE}
With more than one folder: {"runs": [the same, …]}`,
  run: async (args, io) => {
    const isMany = args.words.length > 2 || (args.words.length === 2 && args.words.every(isFolder));
    if (isMany && ["html", "shrunk"].some((flag) => args.text(flag) !== undefined)) {
      throw new CommandError("--html and --shrunk are for one migration at a time");
    }
    const subjects: ReportSubject[] = [];
    for await (const input of inputsOf(args, io)) {
      const page = args.text("html");
      const judged = await judgeInput(input, args, io, page !== undefined);
      const { timeline, facts } = judged;
      const subject = args.has("no-shrink")
        ? judged.subject
        : await withSecondLook(judged.subject, judged.run);
      writeShrunk(subject.judgement, judged.run, args);
      subjects.push(subject);
      if (page !== undefined && timeline !== undefined) {
        writePage(page, runPage({ subject, timeline, facts, command: commandOf("check", args) }));
      }
      printScreen(subject, subjects.length === 1, args, io);
    }
    printDocument(subjects, args, io);
    return exitCodeOf(subjects);
  },
};

function isFolder(word: string): boolean {
  return word !== "-" && kindOf(word) === "folder";
}

async function* inputsOf(args: Arguments, io: Io): AsyncGenerator<CheckInput> {
  const named = namedTraces(args);
  const areFolders = args.words.length > 1 && args.words.every(isFolder);
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
  /** What a second look needs. */
  readonly run: JudgedRun;
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
  const told: RunFacts = { ...found.facts, ...extra?.facts, ...namedVersions(args) };
  const samples = extra?.samples ?? found.samples;
  const format = args.text("format");
  const [first] = found.traces;
  // Who is named a side's is taken to be one QEMU.
  const whole = found.traces.length === 1 && first !== undefined && first.side === undefined
    ? await openTrace(first.path, format, io)
    : undefined;
  const split = whole === undefined ? undefined : splitByWriter(whole, first?.path ?? "");
  if (split !== undefined) await letGo(whole?.chunks);
  const files = split?.traces ?? found.traces;
  const inputs = await Promise.all(files.map(async ({ path, writer }) => {
    const open = () => openTrace(path, format, io, writer);
    const input = split === undefined && whole !== undefined ? whole : await open();
    return { ...input, ...rereadable(input, path, open) };
  }));
  const { catalogs, alike, versions, formats, sides, notes } = await understand(
    files,
    inputs,
    args,
    io,
    told,
  );
  const events = args.text("events");
  const unlogged = events === undefined
    ? {}
    : { unlogged: (await readEventsFile(events, io)).offIn(catalogs) };
  const facts: RunFacts = { ...told, ...versions, ...unlogged };
  let isTold = false;
  const judge = new Judge(facts, {
    // The first violation is told as soon as it is certain: the log may be long, or still being written.
    onViolation: ({ id }, { side, at, note }) => {
      if (isTold || !isForPeople(args)) return;
      isTold = true;
      io.err(`${side}${at === undefined ? "" : `:${at.line}`}: ${id}: ${safeText(note)}\n`);
    },
  });
  const timeline = isPage ? new TimelineRecorder() : undefined;
  for (const sample of samples) {
    judge.sample(sample);
    timeline?.sample(sample);
  }
  const wrapped = inputs.flatMap(({ name, envelopes }) =>
    envelopes.map((envelope) => `${name}: each line is wrapped in ${envelope.name}; what is inside is read`)
  );
  const skewed = [...split?.notes ?? [], ...new Set(wrapped)];
  // The source first: what the destination must have received is known by then.
  const order = inputs.map((input, index) => ({
    input,
    side: sides[index] ?? "source" as const,
    format: formats[index] ?? "log" as const,
    catalog: catalogs[index] as Catalog,
    alike: alike[index] ?? [],
  }))
    .sort((a, b) => Number(a.side === "destination") - Number(b.side === "destination"));
  for (const { input, side, format, catalog, alike } of order) {
    const visitor = judge.side(side, catalog, alike);
    const watch = new SkewWatch(catalog);
    const census = new TraceCensus();
    const damage = new DamageWatch();
    const watched = visitBoth(visitBoth(visitBoth(visitor, watch), census), damage);
    const both = timeline === undefined ? watched : visitBoth(watched, timeline.side(side));
    const reader = readerFor(format, catalog, both);
    for await (const chunk of collected(input.chunks)) {
      reader.push(chunk);
      if (io.stop.aborted) throw new CommandError("Stopped before the end of the trace");
    }
    reader.end();
    damage.refuse(input.name);
    for (const said of oddities(census.result())) skewed.push(`${side}: ${said}`);
    for (const { event, claim, line } of watch.findings()) {
      skewed.push(`${side}:${line} ${event} is not as in QEMU ${catalog.name}: ${claim}; see --profile`);
    }
  }
  const judgement = judge.finish();
  for (const [index, { input }] of order.entries()) {
    const summary = judgement.sides[index];
    if (summary === undefined || summary.events > 0) continue;
    const lines = Object.values(summary.others).reduce((sum, count) => sum + count, 0);
    const hint = input.name.endsWith(".json") ? "; a scenario is what run takes" : "";
    throw new CommandError(`${input.name}:1:1: None of its ${lines} lines is an event of QEMU${hint}`);
  }
  if (judgement.verdicts.some(({ note }) => note === MIXED_REASON)) skewed.push(MIXED_REASON);
  const last = samples.findLast(({ side, "query-migrate": query }) =>
    side === "source" && query.status !== undefined
  );
  const subject = {
    title: found.title,
    figures: figuresOf(judgement, last),
    judgement,
    notes: [...notes, ...skewed, ...absenceNotes(judgement)],
    files: Object.fromEntries(order.map(({ side, input }) => [side, input.name])),
  };
  const traces = order.map(({ input: { name, kept }, side, format, catalog }) => ({
    name,
    side,
    catalog,
    again: replayOf(kept, format, catalog, io),
  }));
  const run = { traces, facts, samples };
  return { subject, facts, timeline: timeline?.finish(facts), run };
}
