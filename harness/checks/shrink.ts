/**
 * The smallest part of a trace that still breaks a rule: what to look at first, and what to put into a report.
 *
 * A part counts only if the judge itself, given the part and nothing else, says that the rule is broken: its
 * conditions must be met by what is left. Saved to a file and judged, it fails by the same rule.
 *
 * @module
 */
import { type Catalog, RecordView, type RunFacts, type Sample, type Side } from "../trace/mod.ts";
import type { Kept } from "./excerpt.ts";
import { Judge } from "./judge.ts";
import type { Rule } from "./rule.ts";
import type { SmallestTrace } from "./verdict.ts";

/** What was judged, as far as it is at hand. */
export interface ShrinkSubject {
  /** Whose the traces are and what reads them, in the order in which they were judged. */
  readonly traces: readonly { readonly side: Side; readonly catalog: Catalog }[];
  /** What was kept of them, in that order. */
  readonly kept: readonly Kept[];
  /** Events of the whole. */
  readonly events: number;
  readonly facts: RunFacts;
  readonly samples: readonly Sample[];
}

/** What judging once costs besides the events, in events. */
const JUDGE_COST = 16;

/**
 * Leaves out what a rule does not need to be broken at the same event (or broken at all, where something is missing
 * altogether), by halves and then one by one.
 *
 * @param budget How many events may be judged; what is found until then is the answer, and says so.
 * @returns Undefined when what was kept does not break the rule.
 */
export function shrinkFailure(
  subject: ShrinkSubject,
  rule: Rule,
  budget = 1_000_000,
): SmallestTrace | undefined {
  const trial = new Trial(subject, rule);
  const target = trial.start();
  if (target === undefined) return undefined;
  let kept: readonly Kept[] = subject.kept;
  let isMinimal = false;
  /** Without the events of a range. The list is written anew only if they are not needed: it may be long. */
  const tryWithout = (from: number, to: number): boolean => {
    if (to - from >= kept.length || trial.offender(kept, from, to) !== target) return false;
    kept = [...kept.slice(0, from), ...kept.slice(to)];
    return true;
  };
  const hasBudget = () => trial.judged < budget;
  // What comes after the offence is seldom needed.
  const end = kept.findIndex((one) => placeOf(one.side, one.line) === target);
  if (end !== -1 && hasBudget()) tryWithout(end + 1, kept.length);
  for (let size = Math.ceil(kept.length / 2); size >= 1 && hasBudget();) {
    let isSmaller = false;
    for (let from = 0; from < kept.length && hasBudget();) {
      if (tryWithout(from, Math.min(from + size, kept.length))) isSmaller = true;
      else from += size;
    }
    if (size > 1) size = Math.min(Math.ceil(size / 2), Math.max(1, Math.ceil(kept.length / 2)));
    else if (!isSmaller) {
      isMinimal = hasBudget();
      break;
    }
  }
  return {
    lines: kept.map(({ trace, side, line, record }) => ({
      trace: trace + 1,
      side,
      line,
      name: record.declaration.name,
      record,
    })),
    of: subject.events,
    needs: trial.needs,
    isMinimal,
    judged: trial.judged,
  };
}

function placeOf(side: Side, line: number): string {
  return `${side}:${line}`;
}

/** Judges parts of a trace by one rule. */
class Trial {
  judged = 0;
  /** What the traces are judged with. */
  needs: SmallestTrace["needs"] = "nothing";
  readonly #subject: ShrinkSubject;
  /** One list for all judges: what they reckon for a list of rules is reckoned once. */
  readonly #rules: readonly Rule[];
  /** By what they are given and the traces that have events: to set one up costs more than many a trial. */
  readonly #judges = new Map<string, Judge>();
  readonly #view = new RecordView();

  constructor(subject: ShrinkSubject, rule: Rule) {
    this.#subject = subject;
    this.#rules = [rule];
  }

  /** The event to look for; a trace that fails by itself is worth more than one that needs what else is known. */
  start(): string | undefined {
    for (const needs of ["nothing", "facts", "facts and samples"] as const) {
      this.needs = needs;
      const target = this.offender(this.#subject.kept);
      if (target !== undefined) return target;
    }
    return undefined;
  }

  /** Where a trace, without the events of a range, breaks the rule; `nowhere` when something is missing altogether; undefined when it keeps it. */
  offender(all: readonly Kept[], without = 0, to = without): string | undefined {
    const { traces, facts, samples } = this.#subject;
    this.judged += all.length - (to - without) + JUDGE_COST;
    const skip = (at: number) => at === without ? to : at;
    // What decides which judge can take it: what is told of the run, and which traces have events left.
    let kind: string = this.needs;
    for (let at = skip(0), last = -1; at < all.length; at = skip(at + 1)) {
      const { trace } = all[at] as Kept;
      if (trace !== last) kind += ` ${last = trace}`;
    }
    const judge = this.#judgeFor(kind, this.needs === "nothing" ? {} : facts);
    if (this.needs === "facts and samples") { for (const sample of samples) judge.sample(sample); }
    let at = skip(0);
    for (const [trace, { side, catalog }] of traces.entries()) {
      if (all[at]?.trace !== trace) continue;
      const stream = judge.side(side, catalog);
      for (let one = all[at]; one !== undefined && one.trace === trace; one = all[at = skip(at + 1)]) {
        stream.event(this.#view.show(one.record, one.line));
      }
    }
    const { verdicts: [verdict] } = judge.finish();
    if (verdict?.outcome !== "fail") return undefined;
    const place = verdict.evidence[0]?.at;
    return place === undefined ? "nowhere" : placeOf(place.side, place.line);
  }

  /** A judge that has seen other trials of the same kind says what a new one would: `judge_run.ts`. */
  #judgeFor(kind: string, facts: RunFacts): Judge {
    const known = this.#judges.get(kind);
    known?.renew(facts, { rules: this.#rules });
    const judge = known ?? new Judge(facts, { rules: this.#rules });
    this.#judges.set(kind, judge);
    return judge;
  }
}
