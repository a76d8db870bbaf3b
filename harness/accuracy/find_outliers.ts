/**
 * Cases beyond a bar, each with what is known of the reason.
 *
 * @module
 */
import { type CaseComparison, type Pair, relativeError } from "./compare_runs.ts";
import type { CaseResult } from "./run_case.ts";

/** Bars of one case: shares, and milliseconds. */
export const TOTAL_TIME = 0.15;
const DOWNTIME = 0.2;
const DOWNTIME_MS = 5;

/** One case beyond a bar. */
export interface Outlier {
  readonly name: string;
  /** Which figures, model and QEMU. */
  readonly what: string;
  /** What is known of the reason; empty when nothing is. */
  readonly why: string;
}

/** All cases beyond a bar of total time, downtime, iterations or verdict. */
export function findOutliers(cases: readonly CaseResult[]): Outlier[] {
  return cases.flatMap(({ comparison, undetermined, remarks }) => {
    const what = beyond(comparison);
    if (what.length === 0) return [];
    return [{ name: comparison.name, what: what.join(", "), why: [...undetermined, ...remarks].join("; ") }];
  });
}

function beyond({ verdict, totalMs, downtimeMs, iterations }: CaseComparison): string[] {
  const found: string[] = [];
  const add = (what: string, { model, real }: Pair): void => {
    found.push(`${what} ${model} / ${real}`);
  };
  if ((verdict.model === "completed") !== (verdict.real === "completed")) {
    found.push(`verdict ${verdict.model} / ${verdict.real}`);
  } else if (verdict.real === "completed" && relativeError(totalMs) > TOTAL_TIME) add("total ms", totalMs);
  if (downtimeMs !== null) {
    const away = Math.abs(downtimeMs.model - downtimeMs.real);
    if (away > Math.max(DOWNTIME_MS, DOWNTIME * downtimeMs.real)) add("downtime ms", downtimeMs);
  }
  if (Math.abs(iterations.model - iterations.real) > 1) add("iterations", iterations);
  return found;
}
