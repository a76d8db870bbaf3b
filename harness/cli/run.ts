/**
 * `run`: simulates scenarios and judges the runs.
 *
 * @module
 */
import { judgeScenario, reportOf, unmodelledCapabilities } from "../pipeline.ts";
import { DOCUMENT_SHAPE, type ReportSubject, runPage, timelineOf } from "../report/mod.ts";
import { parseScenario, PROFILE_NAMES, type Scenario, showScenarioError } from "../scenario/mod.ts";
import { DISK, latin1Bytes, writeFile } from "../files/mod.ts";
import { printLog, type Run } from "../trace/mod.ts";
import type { Arguments } from "./arguments.ts";
import { type Command, CommandError, type Io } from "./command.ts";
import { describeError, readText } from "./input.ts";
import { SET_SUMMARY, turnKnobs } from "./knobs.ts";
import { commandOf, expectFolderOf, writePage } from "./page.ts";
import { inMemory } from "./replay.ts";
import { SHRINK_FLAGS, withSecondLook, writeShrunk } from "./second_look.ts";
import { ALL_FLAG, exitCodeOf, printDocument, printScreen } from "./verdicts.ts";

/** The command. */
export const run: Command = {
  name: "run",
  summary: "Simulate a scenario, judge the run and say why it did or did not converge",
  usage: "SCENARIO…",
  details: `SCENARIO is a file such as scenarios/converging_sweep.json, or - for standard input.
Of the first rules that fail the smallest trace that still fails is shown, as check does.`,
  flags: [
    { name: "seed", value: "N", summary: "Seed of all chance, in place of the scenario's" },
    { name: "profile", value: "P", summary: `QEMU version to model: ${PROFILE_NAMES.join(", ")}` },
    { name: "set", value: "NAME=VALUE", repeats: true, summary: SET_SUMMARY },
    { name: "trace", value: "DIR", summary: "Write source.trace and destination.trace here, as QEMU would" },
    { name: "html", value: "FILE", summary: "Write a page with pictures of the run here" },
    { name: "stats", value: "FILE", summary: "Write the query-migrate samples here, one JSON object a line" },
    ...SHRINK_FLAGS,
    ALL_FLAG,
  ],
  json: `${DOCUMENT_SHAPE}
With more than one scenario: {"runs": [the same, …]}`,
  run: async (args, io) => {
    if (args.words.length === 0) {
      throw new CommandError("run needs a scenario, such as scenarios/converging_sweep.json");
    }
    const isOne = args.words.length === 1;
    if (!isOne && ["trace", "stats", "html", "shrunk"].some((flag) => args.text(flag) !== undefined)) {
      throw new CommandError("--trace, --stats, --html and --shrunk are for one scenario at a time");
    }
    for (const flag of ["html", "stats"]) expectFolderOf(args.text(flag));
    // All are read before the first is run: a mistake in the last one should not cost the time of the others.
    const scenarios: { title: string; scenario: Scenario }[] = [];
    for (const path of args.words) {
      scenarios.push({ title: titleOf(path), scenario: await readScenario(path, args, io) });
    }
    const subjects: ReportSubject[] = [];
    for (const { title, scenario } of scenarios) {
      const judged = judgeScenario(scenario);
      writeAsked(judged.run, args, scenario);
      const again = inMemory(title, judged.run);
      const first = reportOf(title, judged);
      const subject = args.has("no-shrink") ? first : await withSecondLook(first, again);
      writeShrunk(subject.judgement, again, args);
      subjects.push(subject);
      const page = args.text("html");
      if (page !== undefined) {
        const { facts } = judged.run;
        writePage(
          page,
          runPage({ subject, timeline: timelineOf(judged.run), facts, command: commandOf("run", args) }),
        );
      }
      printScreen(subject, subjects.length === 1, args, io);
    }
    printDocument(subjects, args, io);
    return exitCodeOf(subjects);
  },
};

/** A scenario's name: its file's, without folder and ending. */
export function titleOf(path: string): string {
  return path === "-" ? "standard input" : path.slice(path.lastIndexOf("/") + 1).replace(/\.json$/, "");
}

/**
 * Reads a scenario file, with the seed and profile that the flags ask for.
 *
 * @throws {CommandError} If it cannot be read, or is no scenario that the model can run; one line for each mistake.
 */
export async function readScenario(path: string, args: Arguments, io: Io): Promise<Scenario> {
  const file = path === "-" ? "standard input" : path;
  const text = await readText(path, io);
  const seed = args.integer("seed");
  const profile = args.choice("profile", PROFILE_NAMES);
  let scenario = parsedOf(turnKnobs(text, args.texts("set")), file);
  if (seed !== undefined) scenario = { ...scenario, seed };
  if (profile !== undefined && profile !== scenario.profile) {
    // What another version knows and allows has to be looked at again.
    const again = parseScenario(JSON.stringify({ ...scenario, profile }), file);
    if (!again.ok) {
      const [first] = again.error;
      throw new CommandError(`${file}: With --profile ${profile}: ${first?.message}`);
    }
    scenario = again.value;
  }
  return modelled(scenario, file);
}

/**
 * The scenario that a text is.
 *
 * @throws {CommandError} If it is no scenario that the model can run; one line for each mistake.
 */
export function scenarioOfText(text: string, file: string): Scenario {
  return modelled(parsedOf(text, file), file);
}

function parsedOf(text: string, file: string): Scenario {
  const parsed = parseScenario(text, file);
  if (!parsed.ok) throw new CommandError(parsed.error.map(showScenarioError).join("\nswitchover: "));
  return parsed.value;
}

function modelled(scenario: Scenario, file: string): Scenario {
  const missing = unmodelledCapabilities(scenario);
  if (missing.length === 0) return scenario;
  throw new CommandError(`${file}: The model does not have ${missing.join(", ")} yet`);
}

function writeAsked(run: Run, args: Arguments, scenario: Scenario): void {
  const folder = args.text("trace");
  const stats = args.text("stats");
  // QEMU prints the thread to 10.0 and an ISO 8601 time without one since 10.1.
  const shape = scenario.profile === "8.2-dev" || scenario.profile === "10.0" ? "tid" : "iso";
  try {
    if (folder !== undefined) {
      DISK.makeFolder(folder);
      writeFile(`${folder}/source.trace`, latin1Bytes(printLog(run.source, shape)));
      writeFile(`${folder}/destination.trace`, latin1Bytes(printLog(run.destination, shape)));
    }
    if (stats !== undefined) {
      writeFile(
        stats,
        run.samples.map((sample) => `${JSON.stringify(sample)}\n`).join(""),
      );
    }
  } catch (error) {
    throw new CommandError(`Cannot write ${folder ?? stats}: ${describeError(error)}`);
  }
}
