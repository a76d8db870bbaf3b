/**
 * Parts of one campaign, united: what is done, what was reached, what failed, which findings stay.
 *
 * A union of sets and a minimum by case number: commutative, associative and idempotent, so it does not matter who
 * merges what with whom, how often, and in which order.
 *
 * @module
 */
import { type JournalState, readJournals, writeJournal } from "./journal.ts";
import { SHRUNK_MAX } from "./serve.ts";

/** What decides which of two findings stays. */
export interface FindingKey {
  readonly target: string;
  readonly bucket: string;
  readonly rule: string;
  /** The case that failed. */
  readonly index: number;
}

/** A campaign or a part of one. */
export interface CampaignState<F extends FindingKey = FindingKey> {
  readonly journal: JournalState;
  /** By bucket. */
  readonly findings: ReadonlyMap<string, F>;
}

/** Unites parts of a campaign. */
export function mergeStates<F extends FindingKey>(states: readonly CampaignState<F>[]): CampaignState<F> {
  const journal = readJournals(states.map((state) => writeJournal(state.journal)));
  const findings = new Map<string, F>();
  for (const { findings: some } of states) {
    for (const [bucket, finding] of some) {
      const known = findings.get(bucket);
      if (known === undefined || finding.index < known.index) findings.set(bucket, finding);
    }
  }
  return { journal, findings: keptFindings(journal, findings) };
}

/**
 * The findings of the first cases that broke each rule.
 *
 * Each worker shrinks the first failures that it meets itself, so which others are shrunk depends on who tried what;
 * these do not: the first of all are among the first of whoever met them.
 */
export function keptFindings<F extends FindingKey>(
  { failed }: JournalState,
  findings: ReadonlyMap<string, F>,
): Map<string, F> {
  const limits = new Map<string, number>();
  for (const [target, cases] of failed) {
    const byRule = new Map<string, number[]>();
    for (const [index, rule] of cases) {
      const indexes = byRule.get(rule);
      if (indexes === undefined) byRule.set(rule, [index]);
      else indexes.push(index);
    }
    for (const [rule, indexes] of byRule) {
      limits.set(`${target} ${rule}`, indexes.sort((a, b) => a - b)[SHRUNK_MAX - 1] ?? Infinity);
    }
  }
  return new Map(
    [...findings].filter(([, { target, rule, index }]) =>
      index <= (limits.get(`${target} ${rule}`) ?? Infinity)
    )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
