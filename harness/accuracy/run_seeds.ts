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

/** How many seeds a scenario is run with: odd, so that one of them is the middle. */
const SEEDS = 11;
/** Totals that differ by this much in all are not worth a remark. */
const SPREAD = 0.1;

/** The middle of several runs. */
export interface MedianRun {
  readonly run: ObservedRun;
  /** How far the runs lie apart; empty when they hardly do. */
  readonly spread: string;
  /** All of them. */
  readonly runs: readonly ObservedRun[];
}

/** Runs a scenario with several seeds, and takes the run of median total time. */
export function runSeeds(scenario: Scenario, observe: (scenario: Scenario) => ObservedRun): MedianRun {
  const runs = Array.from(
    { length: SEEDS },
    (_, index) => observe({ ...scenario, seed: scenario.seed + index }),
  );
  return medianRun(runs);
}

/** The run of median total time; runs that do not complete come after all that do. */
export function medianRun(runs: readonly ObservedRun[]): MedianRun {
  const completes = ({ figures }: ObservedRun): boolean => figures.status === "completed";
  const ordered = [...runs].sort((a, b) =>
    completes(a) !== completes(b)
      ? completes(a) ? -1 : 1
      : a.figures.totalMs - b.figures.totalMs || a.figures.iterations - b.figures.iterations
  );
  const run = ordered[ordered.length >> 1];
  const first = ordered[0];
  const last = ordered.at(-1);
  if (run === undefined || first === undefined || last === undefined) {
    throw new Error("A scenario is run with at least one seed");
  }
  return { run, runs, spread: showSpread(first, last, runs.filter(completes).length, runs.length) };
}

function showSpread(first: ObservedRun, last: ObservedRun, completed: number, count: number): string {
  const low = first.figures.totalMs;
  const high = last.figures.totalMs;
  const agree = completed === 0 || completed === count;
  if (agree && high - low <= SPREAD * low) return "";
  const verdicts = agree ? "" : `, ${completed} of them completed`;
  return `the host's scheduler decides: over ${count} seeds of it the model takes ${low} to ${high} ms${verdicts}`;
}
