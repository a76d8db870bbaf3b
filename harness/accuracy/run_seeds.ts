/**
 * What the model says where its host's scheduler has a say: the median of several seeds, and how far they lie apart.
 *
 * How late a wait ends decides whether ten cycles are more than a second, and with that when a throttle steps; with
 * multifd it is the scheduler that decides how many packets a cycle sends beyond its limit. Near the limit of convergence
 * that decides the rest. No input of a recording tells of it, so the best prediction is the middle one. The choice looks
 * at the model's runs alone, never at QEMU's.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import type { ObservedRun } from "./compare_runs.ts";

/**
 * How many seeds a scenario is run with: odd, so that one of them is the middle. Where two numbers of iterations are about as
 * frequent, chance has one of them in the middle of a few: of 212 cases the middle of 11 is not that of 41 in eleven, the
 * middle of 21 in nine, all of which spread over dozens.
 */
export const SEEDS = 21;
/** Totals that differ by this much in all are not worth a remark, nor are iterations that differ by one. */
const SPREAD = 0.1;
const SPREAD_ITERATIONS = 1;

/** The middle of several runs. */
export interface MedianRun {
  readonly run: ObservedRun;
  /** How far the runs lie apart; empty when they hardly do. */
  readonly spread: string;
  /** All of them. */
  readonly runs: readonly ObservedRun[];
}

/** Runs a scenario with several seeds, and takes the middle one. */
export function runSeeds(scenario: Scenario, observe: (scenario: Scenario) => ObservedRun): MedianRun {
  const runs = Array.from(
    { length: SEEDS },
    (_, index) => observe({ ...scenario, seed: scenario.seed + index }),
  );
  return medianRun(runs);
}

/**
 * The run of median iterations, and of those with as many the middle one in total time. It is iterations that seeds decide:
 * the rest follows from them, and a run with one more may be a millisecond shorter than one with one less. Runs that do
 * not complete come after all that do.
 */
export function medianRun(runs: readonly ObservedRun[]): MedianRun {
  const completes = ({ figures }: ObservedRun): boolean => figures.status === "completed";
  const ordered = [...runs].sort((a, b) =>
    completes(a) !== completes(b)
      ? completes(a) ? -1 : 1
      : a.figures.iterations - b.figures.iterations || a.figures.totalMs - b.figures.totalMs
  );
  const run = ordered[ordered.length >> 1];
  if (run === undefined) throw new Error("A scenario is run with at least one seed");
  return { run, runs, spread: showSpread(runs, runs.filter(completes).length) };
}

function showSpread(runs: readonly ObservedRun[], completed: number): string {
  const range = (of: (run: ObservedRun) => number): [low: number, high: number] => {
    const all = runs.map(of);
    return [Math.min(...all), Math.max(...all)];
  };
  const [low, high] = range(({ figures }) => figures.totalMs);
  const [fewest, most] = range(({ figures }) => figures.iterations);
  const agree = completed === 0 || completed === runs.length;
  const isApart = !agree || high - low > SPREAD * low;
  const differs = most - fewest > SPREAD_ITERATIONS;
  if (!isApart && !differs) return "";
  const told = [
    ...(differs ? [`${fewest} to ${most} iterations`] : []),
    ...(isApart ? [`${low} to ${high} ms`] : []),
  ].join(" and ");
  const verdicts = agree ? "" : `, ${completed} of them completed`;
  return `the host's scheduler decides: over ${runs.length} seeds of it the model takes ${told}${verdicts}`;
}
