/**
 * Judges runs that are in memory, such as the model's, thousands of them.
 *
 * To set up some hundred rules takes longer than to judge a short run by them. So a judge that is done waits here for
 * the next run of its kind, and begins anew with it; what a judge says does not depend on what it judged before.
 *
 * @module
 */
import { type Run, type Side, versionOf, visitRecords } from "../trace/mod.ts";
import { catalogFor } from "./catalog_for.ts";
import { Judge, type JudgeOptions } from "./judge.ts";
import type { Rule, Trait } from "./rule.ts";
import { RULES } from "./rules/mod.ts";
import { toldTrait, TRAITS } from "./traits.ts";
import type { Judgement } from "./verdict.ts";

/**
 * Judges that wait, for one set of rules: each keeps about half a megabyte. 2,500 random scenarios are of 340 kinds, and
 * find a judge 85 times of 100; with 16 that wait, 24 times.
 */
const IDLE_MAX = 256;

/** By the rules, and by the kind of run that they were set up for. */
const IDLE = new WeakMap<readonly Rule[], Map<string, Judge>>();

/** Judges a run that is in memory, such as the model's. */
export function judgeRun(run: Run, options: JudgeOptions = {}): Judgement {
  const { rules = RULES } = options;
  let idle = IDLE.get(rules);
  if (idle === undefined) IDLE.set(rules, idle = new Map());
  const kind = kindOf(run);
  const known = idle.get(kind);
  // Taken out while it works: whoever is told of a violation may judge another run.
  idle.delete(kind);
  known?.renew(run.facts, options);
  const judge = known ?? new Judge(run.facts, options);
  const catalogOf = (side: Side) => catalogFor(versionOf(run.facts, side) ?? "");
  for (const sample of run.samples) judge.sample(sample);
  if (run.source.length > 0) visitRecords(run.source, judge.side("source", catalogOf("source")));
  for (const records of destinationsOf(run)) {
    visitRecords(records, judge.side("destination", catalogOf("destination")));
  }
  const judgement = judge.finish();
  idle.set(kind, judge);
  const [oldest = kind] = idle.keys();
  if (idle.size > IDLE_MAX) idle.delete(oldest);
  return judgement;
}

/** The traces of the destinations, in the order of their migrations. */
function destinationsOf({ earlierDestinations = [], destination, laterDestinations = [] }: Run) {
  return [...earlierDestinations, destination, ...laterDestinations].filter(({ length }) => length > 0);
}

const NAMES = Object.keys(TRAITS) as readonly Trait[];

/** What decides which rules can apply at all: the sides with their versions, and the traits that the facts tell of. */
function kindOf(run: Run): string {
  const { facts, source } = run;
  const destinations = destinationsOf(run).length;
  let kind = `${facts.version} ${facts.destinationVersion} ${source.length > 0} ${destinations} `;
  for (const trait of NAMES) {
    const told = toldTrait(trait, facts);
    kind += told === undefined ? "?" : told ? "+" : "-";
  }
  return kind;
}
