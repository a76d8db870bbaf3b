/**
 * Which cases of a campaign are done: a set of case numbers, as ranges.
 *
 * A union does not care for order or repetition, and that is what makes a campaign resumable and its parts mergeable:
 * nothing is counted twice, whoever did it.
 *
 * @module
 */

/** Cases from `from` up to, not including, `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The union of ranges: sorted, apart, without empty ones. */
export function unite(ranges: readonly Range[]): Range[] {
  const united: { from: number; to: number }[] = [];
  for (
    const { from, to } of ranges.filter((range) => range.from < range.to).sort((a, b) => a.from - b.from)
  ) {
    const last = united.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else united.push({ from, to });
  }
  return united;
}

/** How many cases the ranges hold; they must be apart. */
export function countOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** What of `all` is not in `done`, which must be sorted and apart. */
export function subtract(all: Range, done: readonly Range[]): Range[] {
  const left: Range[] = [];
  let { from } = all;
  for (const range of done) {
    if (range.from > from) left.push({ from, to: Math.min(range.from, all.to) });
    from = Math.max(from, range.to);
    if (from >= all.to) break;
  }
  left.push({ from, to: all.to });
  return left.filter((range) => range.from < range.to);
}

/**
 * The cases of one shard of `count`: a contiguous part, so that it stays few ranges.
 *
 * The shards of any count cover all cases once, so their union is the same campaign whatever the count.
 *
 * @param index From 0.
 */
export function shardOf(runs: number, index: number, count: number): Range {
  return { from: Math.floor(runs * index / count), to: Math.floor(runs * (index + 1) / count) };
}

/**
 * Spreads the cases of a campaign over targets by their weights; the shares add up to all of it.
 *
 * It is done once, for the whole campaign, and shards are cut of each target's share: so no case depends on the number
 * of shards.
 */
export function spread(
  runs: number,
  targets: readonly { readonly name: string; readonly weight: number }[],
): Record<string, number> {
  const all = targets.reduce((sum, { weight }) => sum + weight, 0);
  let passed = 0;
  return Object.fromEntries(targets.map(({ name, weight }) => {
    const before = Math.floor(runs * passed / all);
    passed += weight;
    return [name, Math.floor(runs * passed / all) - before];
  }));
}
