/**
 * What a run reaches, as names: by these a guided campaign sees whether a case does something new.
 *
 * - pairs of tracepoints that follow each other on one side, with how often (1, 2, 4, 16, 64 and more);
 * - the sign of every numeric argument and the value of every word argument: which way a decision went;
 * - states of the rules: which rule gave which verdict;
 * - how the run ended.
 *
 * @module
 */
import type { SimulatedRun, TraceRecord } from "../../mod.ts";
import { judgementOf } from "./judge_law.ts";

/** Counts are told apart by their powers of four. */
function magnitude(count: number): number {
  return 4 ** Math.floor(Math.log2(count) / 2);
}

/** Arguments that are words of QEMU's, such as a status, rather than names of this or that device. */
const WORD = /^[a-z][a-z-]{1,24}$/;

/** Everything that a run reaches. */
export function behavioursOf(run: SimulatedRun): Set<string> {
  const found = new Set<string>();
  reach(found, "source", run.source);
  reach(found, "destination", run.destination);
  for (const { rule, outcome, seen } of judgementOf(run).verdicts) {
    found.add(`rule ${rule.id} ${outcome}`);
    if (seen > 0) found.add(`rule ${rule.id} seen ${magnitude(seen)}`);
  }
  const { source, destination, timedOut, guestRuns } = run.outcome;
  const runs = `${guestRuns.source ? "source" : "-"}/${guestRuns.destination ? "destination" : "-"}`;
  found.add(`end ${source}/${destination} guest ${runs}${timedOut ? " timed out" : ""}`);
  return found;
}

function reach(found: Set<string>, side: string, records: readonly TraceRecord[]): void {
  const pairs = new Map<string, number>();
  let before = "";
  for (const { declaration, values } of records) {
    const { name } = declaration;
    const pair = `${before}>${name}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    before = name;
    for (const [index, value] of values.entries()) {
      if (typeof value === "string") {
        if (WORD.test(value)) found.add(`${side} ${name}.${index}=${value}`);
      } else found.add(`${side} ${name}.${index}${value > 0 ? ">0" : value < 0 ? "<0" : "=0"}`);
    }
  }
  for (const [pair, count] of pairs) found.add(`${side} ${pair} x${magnitude(count)}`);
}
