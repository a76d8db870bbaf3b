/**
 * All cases in sum: the median and the worst error of each figure, for the model and for the baselines.
 *
 * @module
 */
import { BASELINES, type Prediction } from "./baselines.ts";
import { median, type Pair, relativeError } from "./compare_runs.ts";
import { TOTAL_TIME } from "./find_outliers.ts";
import type { CaseResult } from "./run_case.ts";

/** Errors of one figure over the cases that have it. */
export interface ErrorSummary {
  readonly cases: number;
  readonly median: number;
  readonly worst: number;
  readonly worstCase: string;
}

/** Everything that the report says of all cases together. Relative errors are fractions. */
export interface Summary {
  readonly cases: number;
  readonly sourceSequencesEqual: number;
  readonly destinationSequencesEqual: number;
  /** The same in one at least of the model's seeds. */
  readonly sourceSequencesSeeded: number;
  readonly destinationSequencesSeeded: number;
  readonly fullCycles: { readonly compared: number; readonly equal: number; readonly unmatched: number };
  readonly iterationsEqual: number;
  readonly iterationsWithinOne: number;
  /** Those of QEMU lie between the fewest and the most of the model's seeds. */
  readonly iterationsSpanned: number;
  readonly wrongVerdicts: readonly string[];
  readonly totalTime: ErrorSummary;
  /** Cases whose total time is off by more than the bar. */
  readonly totalTimeBeyond: number;
  /** Milliseconds. */
  readonly downtime: ErrorSummary;
  readonly downtimeRelative: ErrorSummary;
  readonly transferred: ErrorSummary;
  readonly normal: ErrorSummary;
  readonly duplicate: ErrorSummary;
  readonly dirtyAtSync: ErrorSummary;
  readonly baselines: readonly BaselineSummary[];
}

/** What a baseline does on the same cases. */
export interface BaselineSummary {
  readonly id: string;
  readonly source: string;
  readonly totalTime: ErrorSummary;
  /** Milliseconds. */
  readonly downtime: ErrorSummary;
  readonly transferred: ErrorSummary;
  readonly iterationsEqual: number;
  readonly wrongVerdicts: number;
}

/** A migration that did not break, so that there is a verdict of a baseline to compare. */
function isUndisturbed({ comparison: { verdict } }: CaseResult): boolean {
  return verdict.real === "completed" || verdict.real === "cancelled";
}

/**
 * Sums up. Times and downtimes are those of migrations that completed in QEMU.
 *
 * @param withCycles Those of them whose full cycles are compared.
 */
export function summarise(results: readonly CaseResult[], withCycles = results): Summary {
  const all = results.map(({ comparison }) => comparison);
  const done = all.filter(({ verdict }) => verdict.real === "completed");
  const both = done.filter(({ verdict }) => verdict.model === "completed");
  const shown = all.filter(({ transferred }) => transferred.real > 0);
  const of = (figure: (item: typeof all[number]) => Pair, from = shown): ErrorSummary =>
    errors(from.map((item) => [item.name, relativeError(figure(item))]));
  const sum = (figure: (item: typeof all[number]) => number): number =>
    all.reduce((total, item) => total + figure(item), 0);
  const cycles = (figure: "compared" | "equal" | "unmatched"): number =>
    withCycles.reduce((total, { comparison: { fullCycles } }) => total + fullCycles[figure], 0);
  return {
    cases: all.length,
    sourceSequencesEqual: sum(({ source }) => Number(source.equal)),
    destinationSequencesEqual: sum(({ destination }) => Number(destination.equal)),
    sourceSequencesSeeded: results.filter(({ seeded }) => seeded.source).length,
    destinationSequencesSeeded: results.filter(({ seeded }) => seeded.destination).length,
    fullCycles: {
      compared: cycles("compared"),
      equal: cycles("equal"),
      unmatched: cycles("unmatched"),
    },
    iterationsEqual: sum(({ iterations }) => Number(iterations.model === iterations.real)),
    iterationsWithinOne: sum(({ iterations }) => Number(Math.abs(iterations.model - iterations.real) <= 1)),
    iterationsSpanned: results.filter(({ seeded }) => seeded.iterations).length,
    wrongVerdicts: all.filter(({ verdict }) =>
      (verdict.model === "completed") !== (verdict.real === "completed")
    )
      .map(({ name }) => name),
    totalTime: of(({ totalMs }) => totalMs, both),
    totalTimeBeyond: both.filter(({ totalMs }) => relativeError(totalMs) > TOTAL_TIME).length,
    downtime: errors(
      done.map((
        { name, downtimeMs },
      ) => [name, downtimeMs === null ? NaN : Math.abs(downtimeMs.model - downtimeMs.real)]),
    ),
    downtimeRelative: errors(
      done.map(({ name, downtimeMs }) => [name, downtimeMs === null ? NaN : relativeError(downtimeMs)]),
    ),
    transferred: of(({ transferred }) => transferred),
    normal: of(({ normal }) => normal),
    duplicate: of(({ duplicate }) => duplicate),
    dirtyAtSync: errors(all.map(({ name, syncError }) => [name, syncError ?? NaN])),
    baselines: BASELINES.map((_, index) => summariseBaseline(results, index)),
  };
}

function summariseBaseline(results: readonly CaseResult[], index: number): BaselineSummary {
  const { id, source } = BASELINES[index] ?? { id: "", source: "" };
  const cases = results.filter(isUndisturbed).flatMap(({ comparison, baselines }) => {
    const prediction = baselines[index];
    return prediction === undefined ? [] : [{ comparison, prediction }];
  });
  const done = cases.filter(({ comparison }) => comparison.verdict.real === "completed");
  const error = (
    real: (item: CaseResult["comparison"]) => number,
    model: (item: Prediction) => number,
  ): ErrorSummary =>
    errors(done.map(({ comparison, prediction }) => [
      comparison.name,
      prediction.converges ? relativeError({ model: model(prediction), real: real(comparison) }) : Infinity,
    ]));
  return {
    id,
    source,
    totalTime: error(({ totalMs }) => totalMs.real, ({ totalMs }) => totalMs),
    downtime: errors(done.map(({ comparison, prediction }) => [
      comparison.name,
      prediction.converges ? Math.abs(prediction.downtimeMs - (comparison.downtimeMs?.real ?? 0)) : Infinity,
    ])),
    transferred: error(({ transferred }) => transferred.real, ({ transferred }) => transferred),
    iterationsEqual:
      done.filter(({ comparison, prediction }) => prediction.iterations + 1 === comparison.iterations.real)
        .length,
    wrongVerdicts:
      cases.filter(({ comparison, prediction }) =>
        prediction.converges !== (comparison.verdict.real === "completed")
      ).length,
  };
}

/** Cases without the figure (NaN) are left out. */
function errors(list: readonly (readonly [name: string, error: number])[]): ErrorSummary {
  const known = list.filter(([, error]) => !Number.isNaN(error));
  let worst = 0;
  let worstCase = "";
  for (const [name, error] of known) {
    if (error > worst) [worst, worstCase] = [error, name];
  }
  return {
    cases: known.length,
    median: known.length === 0 ? NaN : median(known.map(([, error]) => error)),
    worst,
    worstCase,
  };
}
