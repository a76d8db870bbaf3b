/**
 * A second look at traces that broke a rule: lines around what was only told later, and the smallest trace that still
 * fails.
 *
 * @module
 */
import {
  completed,
  eventsOf,
  Excerpt,
  failuresOf,
  type Judgement,
  missingLines,
  type RuleVerdict,
  shrinkFailure,
  Surroundings,
} from "../checks/mod.ts";
import { DISK, latin1Bytes, writeFile } from "../files/mod.ts";
import { writeRecording } from "../record/mod.ts";
import { printSmallest, type ReportSubject } from "../report/mod.ts";
import type { EventView, Side } from "../trace/mod.ts";
import type { Arguments } from "./arguments.ts";
import { CommandError, type Flag } from "./command.ts";
import { describeError } from "./input.ts";
import { type JudgedRun, KEPT_BYTES_MAX } from "./replay.ts";

/** The flags of the second look. */
export const SHRINK_FLAGS: readonly Flag[] = [
  { name: "no-shrink", summary: "Do not look for the smallest trace that still fails" },
  {
    name: "shrunk",
    value: "DIR",
    summary: "Write the smallest trace of each failed rule into DIR/RULE, as a folder that check takes",
  },
];

/** Failed rules whose smallest trace is looked for: what is wrong shows in the first ones. */
const RULES_MAX = 3;
/** Events that the search for one rule may judge: about half a second. */
const BUDGET = 1_000_000;
/**
 * Looks again where a rule was broken.
 *
 * @returns The judgement with fuller evidence, and what is to be said of it.
 */
async function lookAgain(
  judgement: Judgement,
  run: JudgedRun,
): Promise<{ judgement: Judgement; notes: readonly string[] }> {
  const failures = failuresOf(judgement.verdicts);
  if (failures.length === 0) return { judgement, notes: [] };
  const long = run.traces.find(({ again }) => again() === undefined);
  if (long !== undefined) {
    const most = KEPT_BYTES_MAX / (1 << 20);
    return {
      judgement,
      notes: [
        `${long.name} is longer than ${most} MiB and cannot be read twice: for the smallest trace that still ` +
        "fails, save it to a file",
      ],
    };
  }
  const chosen = failures.slice(0, RULES_MAX);
  const wanted = chosen.map((verdict) => run.traces.map(({ catalog }) => eventsOf(verdict, catalog)));
  const first = await readAgain(run, failures, chosen, wanted);
  const smallest = new Map<RuleVerdict, RuleVerdict["smallest"]>();
  const rest: RuleVerdict[] = [];
  for (const [index, verdict] of chosen.entries()) {
    const found = shrink(verdict, run, judgement, first.excerpts[index] ?? []);
    if (found === undefined) rest.push(verdict);
    else smallest.set(verdict, found);
  }
  if (rest.length > 0) {
    // What the rule speaks about was not enough: everything is kept, as far as it goes.
    const all = run.traces.map(({ catalog }) => new Uint8Array(catalog.declarations.length).fill(1));
    const second = await readAgain(run, [], rest, rest.map(() => all));
    for (const [index, verdict] of rest.entries()) {
      smallest.set(verdict, shrink(verdict, run, judgement, second.excerpts[index] ?? []));
    }
  }
  const verdicts = judgement.verdicts.map((verdict) => {
    if (verdict.outcome !== "fail") return verdict;
    const found = smallest.get(verdict);
    const fuller = completed(verdict, first.around);
    return found === undefined ? fuller : { ...fuller, smallest: found };
  });
  const notes: string[] = [];
  if (failures.length > RULES_MAX) {
    notes.push(`the smallest trace that still fails is shown for ${RULES_MAX} of ${failures.length} rules`);
  }
  const without = chosen.filter((verdict) => smallest.get(verdict) === undefined);
  if (without.length > 0) {
    const names = without.map(({ rule }) => rule.id).join(", ");
    notes.push(`no part of the trace that can be held in memory breaks ${names} by itself`);
  }
  return { judgement: { ...judgement, verdicts }, notes };
}

/** A subject with what a second look at it found. */
export async function withSecondLook(subject: ReportSubject, run: JudgedRun): Promise<ReportSubject> {
  const { judgement, notes } = await lookAgain(subject.judgement, run);
  return { ...subject, judgement, notes: [...subject.notes, ...notes] };
}

type Excerpts = readonly (readonly Excerpt[])[];

async function readAgain(
  run: JudgedRun,
  failures: readonly RuleVerdict[],
  chosen: readonly RuleVerdict[],
  wanted: readonly (readonly Uint8Array[])[],
): Promise<{ excerpts: Excerpts; around: Parameters<typeof completed>[1] }> {
  const excerpts: Excerpt[][] = chosen.map(() => []);
  const surroundings: [Side, Surroundings][] = [];
  for (const [trace, { side, again }] of run.traces.entries()) {
    const around = new Surroundings(side, missingLines(failures, side));
    surroundings.push([side, around]);
    const here = chosen.map((verdict, index) =>
      new Excerpt(trace, side, wanted[index]?.[trace] as Uint8Array, verdict)
    );
    for (const [index, excerpt] of here.entries()) excerpts[index]?.push(excerpt);
    await again()?.({
      event(event: EventView) {
        around.event(event);
        for (const excerpt of here) excerpt.event(event);
      },
    });
  }
  return {
    excerpts,
    around: ({ side, line, name }) => {
      for (const [whose, { found }] of surroundings) {
        const lines = whose === side ? found.get(line) : undefined;
        // Of two destinations each has a line of that number.
        if (lines?.some((one) => one.line === line && one.name === name)) return lines;
      }
      return undefined;
    },
  };
}

function shrink(
  { rule }: RuleVerdict,
  { traces, facts, samples }: JudgedRun,
  judgement: Judgement,
  excerpts: readonly Excerpt[],
): RuleVerdict["smallest"] {
  const subject = {
    traces,
    kept: excerpts.flatMap((excerpt) => excerpt.kept()),
    events: judgement.sides.reduce((sum, { events }) => sum + events, 0),
    facts,
    samples,
  };
  return shrinkFailure(subject, rule, BUDGET);
}

/**
 * Writes the smallest traces as `--shrunk` asks, each as a recording.
 *
 * @throws {CommandError} If they cannot be written.
 */
export function writeShrunk(
  { verdicts }: Judgement,
  { traces, facts, samples }: JudgedRun,
  args: Arguments,
): void {
  const folder = args.text("shrunk");
  if (folder === undefined) return;
  const nameOf = (side: Side) => traces.find((trace) => trace.side === side)?.catalog.name;
  const [source, destination] = [nameOf("source"), nameOf("destination")];
  const version = source ?? destination ?? "";
  const versions = { version, destinationVersion: destination ?? version };
  for (const { rule, smallest } of verdicts) {
    if (smallest === undefined) continue;
    const path = `${folder}/${rule.id}`;
    const { needs } = smallest;
    const { meta, qmp } = writeRecording(
      needs === "nothing" ? versions : { ...facts, ...versions },
      needs === "facts and samples" ? samples : [],
    );
    try {
      DISK.makeFolder(path);
      const counts = { source: 0, destination: 0 };
      for (const { side, log } of printSmallest(smallest)) {
        const count = ++counts[side];
        // As recordings call the logs of later destinations.
        const name = count === 1 ? side : `dst${count}`;
        writeFile(`${path}/${name}.trace`, latin1Bytes(log));
      }
      writeFile(`${path}/meta.json`, latin1Bytes(meta));
      if (needs !== "nothing") writeFile(`${path}/qmp.json`, new TextEncoder().encode(qmp));
    } catch (error) {
      throw new CommandError(`Cannot write ${path}: ${describeError(error)}`);
    }
  }
}
