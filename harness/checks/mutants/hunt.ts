/**
 * The hunt: makes mutants of runs, judges them, and counts those that are caught.
 *
 * @module
 */
import { RandomStream } from "../../base/mod.ts";
import type { Run } from "../../trace/mod.ts";
import { judgeRun } from "../judge_run.ts";
import type { Judgement } from "../verdict.ts";
import type { Operator } from "./operator.ts";
import { OPERATORS } from "./operators.ts";

const UNKNOWN = "no reason is known: a rule is missing";
const REPEATED =
  "the run holds two streams: the mutant may lie in the one that was given up, or was a savevm, which promise less";

function isRepeated({ source }: Run): boolean {
  return source.filter(({ declaration, values }) =>
    declaration.name === "migrate_set_state" && values[0] === "setup"
  ).length > 1;
}

/** A run with what to call it. */
export interface NamedRun {
  readonly name: string;
  readonly run: Run;
}

/** A mutant that no rule objected to. */
export interface Survivor {
  readonly operator: string;
  readonly run: string;
  readonly attempt: number;
  readonly reason: string;
}

/** How one operator fared. */
export interface OperatorScore {
  readonly name: string;
  readonly breaks: string;
  readonly mutants: number;
  readonly caught: number;
  /** The rules that caught its mutants, most often first. */
  readonly rules: readonly string[];
}

/** The result of a hunt. */
export interface Hunt {
  readonly operators: readonly OperatorScore[];
  readonly mutants: number;
  readonly caught: number;
  readonly survivors: readonly Survivor[];
}

/** Why the rules that catch an operator's mutants in other runs do not judge this one. */
function silence(caughtBy: readonly string[], judgement: Judgement): string {
  for (const id of caughtBy) {
    const verdict = judgement.verdicts.find(({ rule }) => rule.id === id);
    if (verdict?.outcome === "unknown") {
      return `${id}, which catches it elsewhere, is unknown here: ${verdict.note}`;
    }
  }
  return UNKNOWN;
}

function violations(judgement: Judgement): Map<string, number> {
  return new Map(
    judgement.verdicts.filter(({ outcome }) => outcome === "fail").map((
      { rule, violations },
    ) => [rule.id, violations]),
  );
}

/**
 * Mutates each run with each operator, several times.
 *
 * @param attempts Mutants of each operator and run.
 * @param seed The same seed gives the same mutants.
 */
export function hunt(
  runs: readonly NamedRun[],
  attempts: number,
  seed: number,
  operators: readonly Operator[] = OPERATORS,
): Hunt {
  const escaped: (Omit<Survivor, "reason"> & { reason: string | undefined; judgement: Judgement })[] = [];
  const scores = operators.map(({ name, breaks }) => ({
    name,
    breaks,
    mutants: 0,
    caught: 0,
    by: new Map<string, number>(),
  }));
  for (const { name, run } of runs) {
    const before = violations(judgeRun(run));
    for (const [index, operator] of operators.entries()) {
      const score = scores[index];
      const random = new RandomStream(seed, `${name}/${operator.name}`);
      for (let attempt = 0; attempt < attempts && score !== undefined; attempt++) {
        const mutant = operator.apply(run, random);
        if (mutant === undefined) break;
        score.mutants++;
        const judgement = judgeRun(mutant);
        const after = violations(judgement);
        const caughtBy = [...after].filter(([id, count]) => count > (before.get(id) ?? 0)).map(([id]) => id);
        if (caughtBy.length > 0) {
          score.caught++;
          for (const id of caughtBy) score.by.set(id, (score.by.get(id) ?? 0) + 1);
        } else {
          const reason = operator.mayEscape ?? (isRepeated(run) ? REPEATED : undefined);
          escaped.push({ operator: operator.name, run: name, attempt, reason, judgement });
        }
      }
    }
  }
  const scored = scores.map(({ by, ...score }) => ({
    ...score,
    rules: [...by].toSorted((a, b) => b[1] - a[1]).map(([id]) => id),
  }));
  const rulesOf = new Map(scored.map(({ name, rules }) => [name, rules]));
  const survivors = escaped.map(({ reason, judgement, ...survivor }) => ({
    ...survivor,
    reason: reason ?? silence(rulesOf.get(survivor.operator) ?? [], judgement),
  }));
  return {
    operators: scored,
    mutants: scores.reduce((sum, { mutants }) => sum + mutants, 0),
    caught: scores.reduce((sum, { caught }) => sum + caught, 0),
    survivors,
  };
}
