/**
 * The smallest part of a run that still breaks a rule: what to look at first, and what to put into a report.
 *
 * @module
 */
import type { Run, Side, TraceRecord } from "../trace/mod.ts";
import { judgeRun } from "./judge.ts";
import type { Rule } from "./rule.ts";
import type { EvidenceLine } from "./verdict.ts";

/** An event of the run with its place. */
interface Placed {
  readonly side: Side;
  readonly index: number;
  readonly record: TraceRecord;
}

/** How often a part of the run is judged before the search gives up and takes what it has. */
const TRIALS_MAX = 2000;

/**
 * Leaves out what a rule does not need to be broken at the same event (or broken at all, where something is missing
 * altogether), by halves and then one by one.
 *
 * A rule that counts a missing event as missing because the log shows migrations as a whole keeps the lines that show
 * so: without them it would hold its tongue.
 *
 * @returns The lines that are left, with their places in the whole run; empty when the rule is not broken.
 */
export function shrinkFailure(run: Run, rule: Rule): EvidenceLine[] {
  const whole: Placed[] = (["source", "destination"] as const).flatMap((side) =>
    run[side].map((record, index) => ({ side, index, record }))
  );
  // That the rule applies is known from the whole run; a part need not show it again.
  const { when: _, ...always } = rule;
  if (offender(whole, whole, run, rule) === undefined) return [];
  const target = offender(whole, whole, run, always);
  if (target === undefined) return [];
  let trials = 0;
  const isStillBroken = (part: readonly Placed[]): boolean => {
    trials++;
    return offender(part, whole, run, always) === target;
  };
  let kept: readonly Placed[] = whole;
  for (let size = Math.ceil(kept.length / 2); size >= 1 && trials < TRIALS_MAX;) {
    let isSmaller = false;
    for (let from = 0; from < kept.length && trials < TRIALS_MAX;) {
      const part = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (part.length > 0 && isStillBroken(part)) {
        kept = part;
        isSmaller = true;
      } else from += size;
    }
    if (size > 1) size = Math.min(Math.ceil(size / 2), Math.max(1, Math.ceil(kept.length / 2)));
    else if (!isSmaller) break;
  }
  return kept.map(({ side, index, record }) => ({
    side,
    line: index + 1,
    name: record.declaration.name,
    record,
  }));
}

/**
 * The event at which a part of the run breaks the rule, as its place in the whole; -1 when it breaks it at none;
 * undefined when it keeps it.
 */
function offender(
  part: readonly Placed[],
  whole: readonly Placed[],
  run: Run,
  rule: Rule,
): number | undefined {
  const source = part.filter(({ side }) => side === "source");
  const destination = part.filter(({ side }) => side === "destination");
  const { verdicts: [verdict] } = judgeRun({
    ...run,
    source: source.map(({ record }) => record),
    destination: destination.map(({ record }) => record),
  }, { rules: [rule] });
  if (verdict?.outcome !== "fail") return undefined;
  const at = verdict.evidence[0]?.at;
  if (at === undefined) return -1;
  const placed = (at.side === "source" ? source : destination)[at.line - 1];
  return placed === undefined ? -1 : whole.indexOf(placed);
}
