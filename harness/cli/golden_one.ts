/**
 * One golden: its scenario read, run and judged, and the run compared.
 *
 * @module
 */
import { DISK } from "../files/mod.ts";
import {
  compareGolden,
  encodeGolden,
  type Figures,
  type GoldenFiles,
  type GoldenResult,
  type GoldenTexts,
  isSureToBeSame,
  printGolden,
} from "../golden/mod.ts";
import { type Rule, RULES, type RuleVerdict } from "../checks/mod.ts";
import { figuresOfRun, type JudgedRun, judgeScenario } from "../pipeline.ts";
import { CommandError } from "./command.ts";
import { keptGolden, lackedBy, onDisk } from "./golden_files.ts";
import { digestGolden } from "./golden_memory.ts";
import { scenarioOfText } from "./run.ts";

/** The two folders of a project that hold what is compared. */
export interface Folders {
  readonly goldens: string;
  readonly scenarios: string;
}

/** What was found of one golden. */
export interface Compared {
  readonly result: GoldenResult;
  /** Of what was compared, where it is the same and the digest was asked for. */
  readonly digest: string | undefined;
}

/**
 * Runs a scenario and compares the run with its golden.
 *
 * @param digests Whether a digest of what is the same is asked for.
 * @throws {CommandError} If the scenario cannot be read, or the model cannot run it.
 */
export function compareOne({ goldens, scenarios }: Folders, name: string, digests: boolean): Compared {
  const path = scenarioPath(scenarios, name);
  const text = onDisk(`Cannot read ${path}`, () => DISK.read(path));
  if (text === undefined) throw new CommandError(`Cannot read ${path}: there is no such file any more`);
  const scenario = scenarioOfText(new TextDecoder().decode(text), path);
  const texts = textsOf(name, judgeScenario(scenario));
  const result = isSureToBeSame(goldens, name, texts)
    ? { status: "same", name } as const
    : compareBytes(goldens, name, encodeGolden(texts));
  const isNoted = digests && result.status === "same";
  return { result, digest: isNoted ? digestGolden(text, encodeGolden(texts)) : undefined };
}

function compareBytes(goldens: string, name: string, now: GoldenFiles): GoldenResult {
  const result = compareGolden(name, keptGolden(goldens, name), now);
  return result.status === "missing" ? { ...result, lacks: lackedBy(goldens, name) } : result;
}

/** Where a scenario is. */
export function scenarioPath(scenarios: string, name: string): string {
  return `${scenarios}/${name}.json`;
}

/** The files of a run's golden. */
export function goldenOf(name: string, judged: JudgedRun): GoldenFiles {
  return encodeGolden(textsOf(name, judged));
}

function textsOf(name: string, { scenario, run, judgement }: JudgedRun): GoldenTexts {
  const [convergence] = judgement.convergence;
  const { source, destination, ...figures } = figuresOfRun(run);
  return printGolden({
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
    rules: SORTED_RULES,
    outcomes: SORTED.map((at) => (judgement.verdicts[at] as RuleVerdict).outcome),
    run,
  });
}

/** Positions of the rules, sorted by name: sorted once, since every golden lists all of them. */
const SORTED: readonly number[] = RULES.map((_, at) => at)
  .sort((a, b) => (RULES[a] as Rule).id < (RULES[b] as Rule).id ? -1 : 1);
const SORTED_RULES = SORTED.map((at) => (RULES[at] as Rule).id);

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
