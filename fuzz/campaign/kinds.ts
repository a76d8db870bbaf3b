/**
 * What the cases of a campaign had and took, all in all: from the journal's tallies, and drawn again where one is missing.
 *
 * A tally is written when an order is done; of an order that was killed the dots say which cases are done, and since a
 * case follows from its number it is drawn again to be counted. So the counts do not depend on who was killed when.
 *
 * @module
 */
import type { FuzzTarget } from "../target.ts";
import { BLOCK, Lineage } from "./guide.ts";
import type { JournalState, Tally } from "./journal.ts";
import { countOf, type Range, subtract, unite } from "./ranges.ts";
import { drawCase, type Hopeless, isHopeless } from "./try_case.ts";

/** Of one target. */
export interface Totals {
  readonly done: number;
  /** Milliseconds that are known to have gone into it, added over the workers. */
  readonly ms: number;
  /** Cases of each kind, by the kind's name. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** How cases came about, which is what is needed to have them again. */
export interface Drawn {
  readonly seed: number;
  readonly guided: boolean;
}

/**
 * Counts for one target.
 *
 * @param again How to draw cases of which no tally tells; without it they are left out of the kinds.
 */
export function totalsOf(target: FuzzTarget, journal: JournalState, again?: Drawn): Totals {
  const done = journal.done.get(target.name) ?? [];
  const chosen = talliesOf(target.name, journal, done);
  const kinds: Record<string, number> = {};
  for (const { kinds: some } of chosen) {
    for (const [kind, count] of Object.entries(some)) add(kinds, kind, count);
  }
  if (again !== undefined && target.kindsOf !== undefined) {
    const told = unite(chosen);
    const skip = new Set(hopelessCases(target.name, journal).map(({ index }) => index));
    for (const range of done.flatMap((one) => subtract(one, told))) {
      for (const kind of drawnIn(target, range, again, skip)) add(kinds, kind, 1);
    }
  }
  const sorted = Object.fromEntries(Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { done: countOf(done), ms: chosen.reduce((sum, { ms }) => sum + ms, 0), kinds: sorted };
}

function add(counts: Record<string, number>, kind: string, count: number): void {
  counts[kind] = (counts[kind] ?? 0) + count;
}

/** Cases that must not be tried again, in their order. */
export function hopelessCases(target: string, { failed }: Pick<JournalState, "failed">): Hopeless[] {
  return [...failed.get(target) ?? []]
    .flatMap(([index, rule]): Hopeless[] => isHopeless(rule) ? [{ index, rule }] : [])
    .sort((a, b) => a.index - b.index);
}

/** Tallies of cases that are done, apart: what two of them tell of counts once. */
function talliesOf(target: string, { tallies }: JournalState, done: readonly Range[]): Tally[] {
  const own = [...tallies].filter(([, tally]) => tally.target === target)
    .sort(([one, a], [other, b]) => a.from - b.from || a.to - b.to || (one < other ? -1 : 1));
  let end = -1;
  return own.flatMap(([, tally]) => {
    const isDone = done.some(({ from, to }) => from <= tally.from && tally.to <= to);
    if (!isDone || tally.from < end) return [];
    end = tally.to;
    return [tally];
  });
}

/** The kinds of each case of a range, one after the other. */
function* drawnIn(
  target: FuzzTarget,
  { from, to }: Range,
  { seed, guided }: Drawn,
  skip: ReadonlySet<number>,
): Generator<string> {
  let lineage: Lineage<unknown> | undefined;
  for (let index = from; index < to; index++) {
    if (!guided || target.mutate === undefined) {
      yield* target.kindsOf?.(drawCase(target, seed, index)) ?? [];
      continue;
    }
    const block = Math.floor(index / BLOCK);
    if (lineage === undefined || Math.floor(lineage.next / BLOCK) !== block) {
      lineage = new Lineage(target, seed, block, skip);
    }
    while (lineage.next < index) lineage.step();
    yield* target.kindsOf?.(lineage.step().item) ?? [];
  }
}
