/**
 * Runs the scenarios whose goldens are kept, and compares.
 *
 * @module
 */
import {
  compareGolden,
  type Figures,
  findOrphans,
  type GoldenFiles,
  type GoldenResult,
  renderGolden,
} from "../golden/mod.ts";
import { isInterrupted } from "../files/mod.ts";
import { didYouMean } from "../scenario/mod.ts";
import { figuresOfRun, type JudgedRun, judgeScenario } from "../pipeline.ts";
import type { Arguments } from "./arguments.ts";
import { CommandError, type Io } from "./command.ts";
import { kindOf } from "./input.ts";
import { type GoldenMemory, MEMORY_FILE } from "./golden_memory.ts";
import { REJECTED_FILE } from "./golden_show.ts";
import { readScenario } from "./run.ts";

/** Where the goldens are. */
export const GOLDEN_ROOT = "golden";
/** Where the scenarios are. */
export const SCENARIO_ROOT = "scenarios";

/** Where a project keeps what the commands of goldens read and write. */
export interface Places {
  readonly goldens: string;
  readonly scenarios: string;
  /** What was rejected in `golden review`; one person's, not committed. */
  readonly rejected: string;
  /** What was found to be the same; one person's, not committed. */
  readonly checked: string;
}

/** The places of the project that a command works in. */
export function placesOf({ folder }: Io): Places {
  const at = (path: string) => folder === undefined ? path : `${folder}/${path}`;
  return {
    goldens: at(GOLDEN_ROOT),
    scenarios: at(SCENARIO_ROOT),
    rejected: at(REJECTED_FILE),
    checked: at(MEMORY_FILE),
  };
}

/** The files of a run's golden. */
export function goldenOf(name: string, { scenario, run, judgement }: JudgedRun): GoldenFiles {
  const [convergence] = judgement.convergence;
  const { source, destination, ...figures } = figuresOfRun(run);
  return renderGolden({
    name,
    why: scenario.why,
    profile: scenario.profile,
    seed: scenario.seed,
    figures: { source, destination, ...figures, convergence: convergence?.verdict ?? null },
    iterations: (convergence?.iterations ?? []).map(({ sent, dirtied, pending, threshold }): Figures => ({
      sentBytes: known(sent),
      dirtiedBytes: known(dirtied),
      pendingBytes: known(pending),
      thresholdBytes: known(threshold),
    })),
    checks: Object.fromEntries(judgement.verdicts.map(({ rule, outcome }) => [rule.id, outcome])),
    run,
  });
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The names of the scenarios, sorted. */
export function scenarioNames(root: string = SCENARIO_ROOT): string[] {
  if (kindOf(root) !== "folder") {
    throw new CommandError(`There is no folder ${root} here; this command works in the project's folder`);
  }
  return [...Deno.readDirSync(root)].map(({ name }) => name)
    .filter((name) => name.endsWith(".json") && name !== "schema.json").map((name) => name.slice(0, -5))
    .sort();
}

/**
 * Those that have one of the given words in their name; all when none is given.
 *
 * @throws {CommandError} If none has such a name.
 */
export function chooseNames(
  all: readonly string[],
  words: readonly string[],
  noun: string,
): readonly string[] {
  for (const word of words) {
    if (!all.some((one) => one.includes(word))) {
      throw new CommandError(`No ${noun} has "${word}" in its name${didYouMean(word, all)}`);
    }
  }
  return words.length === 0 ? all : all.filter((one) => words.some((word) => one.includes(word)));
}

/**
 * Compares the goldens of these scenarios with their runs, and looks for orphans when all are asked for.
 *
 * @param names Names or parts of names; none: all.
 * @param memory What is known to be the same and need not be run; nothing unless given.
 * @throws {CommandError} If no scenario has such a name, or an interrupted update waits to be finished.
 */
export async function compareAll(
  names: readonly string[],
  args: Arguments,
  io: Io,
  memory?: GoldenMemory,
): Promise<GoldenResult[]> {
  const { goldens, scenarios } = placesOf(io);
  if (isInterrupted(goldens)) {
    throw new CommandError(
      "An update of the goldens was interrupted; golden update finishes or undoes it first",
    );
  }
  const all = scenarioNames(scenarios);
  const chosen = chooseNames(all, names, "scenario");
  const results: GoldenResult[] = [];
  for (const name of chosen) {
    const path = `${scenarios}/${name}.json`;
    const golden = `${goldens}/${name}`;
    if (memory?.isSame(name, path, golden) === true) {
      results.push({ status: "same", name });
      continue;
    }
    const scenario = await readScenario(path, args, io);
    const result = compareGolden(goldens, name, goldenOf(name, judgeScenario(scenario)));
    if (result.status === "same") memory?.note(name, path, golden);
    results.push(result);
  }
  memory?.save();
  return names.length === 0 ? [...results, ...findOrphans(goldens, all)] : results;
}
