/**
 * What a campaign came to, target by target: cases, time, failures, findings, and which kinds of features were drawn.
 *
 * @module
 */
import { type Drawn, type FindingKey, type FuzzTarget, type JournalState, totalsOf } from "../../fuzz/mod.ts";
import type { CampaignPlan } from "./campaign_store.ts";

/** One target's part of it. */
export interface TargetSummary {
  /** Its cases, over all shards. */
  readonly cases: number;
  readonly done: number;
  /** Of the workers, added up; of orders that were killed it is not known. */
  readonly seconds: number;
  readonly failed: number;
  readonly findings: number;
  readonly reached: number;
  /** Cases by the kinds of features that they have. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** By the name of the target. */
export type Summaries = Readonly<Record<string, TargetSummary>>;

/**
 * Takes the journal and the findings of a campaign together.
 *
 * @param again How to draw the cases of killed orders again; without it their kinds are not counted.
 */
export function summarize(
  { cases }: Pick<CampaignPlan, "cases">,
  targets: readonly FuzzTarget[],
  journal: JournalState,
  findings: Iterable<Pick<FindingKey, "target">>,
  again?: Drawn,
): Summaries {
  const found = [...findings];
  return Object.fromEntries(targets.map((target) => {
    const { name } = target;
    const { done, ms, kinds } = totalsOf(target, journal, again);
    const summary = {
      cases: cases[name] ?? 0,
      done,
      seconds: Math.round(ms) / 1000,
      failed: journal.failed.get(name)?.size ?? 0,
      findings: found.filter((one) => one.target === name).length,
      reached: journal.reached.get(name)?.size ?? 0,
      kinds,
    };
    return [name, summary];
  }));
}

/** A table of the targets, and a line for each group of kinds that one of them has. */
export function printSummaries(summaries: Summaries, targets: readonly FuzzTarget[]): string {
  const rows = Object.entries(summaries).map(([name, one]) => [
    name,
    `${one.done}`,
    `${one.seconds.toFixed(1)} s`,
    one.done === 0 ? "-" : `${Math.round(one.seconds * 1e6 / one.done)} us`,
    `${one.failed}`,
    `${one.findings}`,
    `${one.reached}`,
  ]);
  const head = ["target", "cases", "time", "a case", "failures", "findings", "behaviours"];
  const lines = targets.flatMap(({ name, kinds = [] }) =>
    kindLines(name, kinds, summaries[name]?.kinds ?? {})
  );
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const printed = table.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))
      .join("  ")
  );
  return [...printed, ...lines].map((line) => `${line}\n`).join("");
}

/** `model: fault 6 of 6 kinds (fewest: not-accepted, 310 cases)`. */
function kindLines(
  target: string,
  all: readonly string[],
  drawn: Readonly<Record<string, number>>,
): string[] {
  if (Object.keys(drawn).length === 0) return [];
  const groups = new Map<string, string[]>();
  for (const kind of all) {
    const [group = ""] = kind.split(" ");
    groups.set(group, [...groups.get(group) ?? [], kind]);
  }
  return [...groups].map(([group, kinds]) => {
    const short = (kind: string): string => kind.slice(group.length + 1);
    const missing = kinds.filter((kind) => drawn[kind] === undefined);
    const [rarest] = kinds.filter((kind) => drawn[kind] !== undefined)
      .sort((a, b) => (drawn[a] ?? 0) - (drawn[b] ?? 0));
    const fewest = rarest === undefined ? "" : ` (fewest: ${short(rarest)}, ${drawn[rarest]} cases)`;
    const never = missing.length === 0 ? "" : `; never: ${missing.map(short).join(", ")}`;
    return `${target}: ${group} ${kinds.length - missing.length} of ${kinds.length} kinds${fewest}${never}`;
  });
}

/** Sums over the targets. */
export function countsOf(summaries: Summaries): { done: number; failed: number; reached: number } {
  const counts = { done: 0, failed: 0, reached: 0 };
  for (const { done, failed, reached } of Object.values(summaries)) {
    counts.done += done;
    counts.failed += failed;
    counts.reached += reached;
  }
  return counts;
}
