/**
 * Cases beyond a bar, each with what is known of the reason.
 *
 * @module
 */
import { type CaseComparison, type Pair, relativeError } from "./compare_runs.ts";
import type { CaseResult } from "./run_case.ts";

/** Bars of one case: shares, and milliseconds. */
const TOTAL_TIME = 0.15;
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
  return cases.flatMap(({ comparison, remark }) => {
    const what = beyond(comparison);
    if (what.length === 0) return [];
    const reasons = [remark, memoryRemark(comparison)].filter((reason) => reason !== "");
    return [{ name: comparison.name, what: what.join(", "), why: reasons.join("; ") }];
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

/** Rates that differ by this factor are another kind of memory, not another migration. */
const FACTOR = 1.5;
/** Below this there is too little to tell a rate from. */
const BYTES_MIN = 4_000_000;

/** Compares how fast the last of RAM went in both: that is the destination's memory, and the host's other work. */
function memoryRemark({ downtimeMs, downtimeBytes }: CaseComparison): string {
  if (downtimeMs === null || downtimeBytes.real < BYTES_MIN || downtimeBytes.model < BYTES_MIN) return "";
  const ours = downtimeBytes.model / Math.max(1, downtimeMs.model) / 1000;
  const theirs = downtimeBytes.real / Math.max(1, downtimeMs.real) / 1000;
  if (ours < FACTOR * theirs && theirs < FACTOR * ours) return "";
  return `the last of RAM went at ${theirs.toFixed(0)} MB/s where the model has ${
    ours.toFixed(0)
  }: how much of the ` +
    "destination's memory the host has at hand, and its other work, are not among the inputs";
}
