/**
 * In which order a campaign tries what is left: the targets side by side, in parts small enough for the workers.
 *
 * What is found does not depend on it; how soon, and how long the last worker is waited for, does.
 *
 * @module
 */
import { BLOCK, countOf, type Range, shardOf, subtract } from "../../fuzz/mod.ts";
import type { CampaignLog, CampaignPlan } from "./campaign_store.ts";

/** Some cases of one target. */
export interface Part {
  readonly target: string;
  readonly range: Range;
}

/** Cases of one part at most. */
const PART_MAX = 512;
/** And at least, since each part costs a message to and fro. */
const PART_MIN = 8;
/** What is left is handed out in so many parts for each worker, which therefore end at nearly the same time. */
const PARTS_LEFT = 8;

/** The cases of each target that this shard has to do. */
export function sharesOf(
  { targets, cases, shard, shards }: CampaignPlan,
): { target: string; range: Range }[] {
  return targets.map((target) => ({ target, range: shardOf(cases[target] ?? 0, shard, shards) }));
}

/**
 * Parts of all that is not done. The next is of the target of which the least is done, as a part of its share, so that
 * a short campaign meets each of them.
 */
export function* partsOf(plan: CampaignPlan, log: CampaignLog, workers: number): Generator<Part> {
  const lists = sharesOf(plan).map(({ target, range }) => ({
    target,
    all: countOf([range]),
    gaps: subtract(range, log.done(target)),
  })).map((list) => ({ ...list, left: countOf(list.gaps) }));
  for (;;) {
    const fraction = (list: typeof lists[number]): number => list.left / list.all;
    const open = lists.filter(({ left }) => left > 0);
    const [first] = open;
    if (first === undefined) return;
    const next = open.reduce((best, list) => fraction(list) > fraction(best) ? list : best, first);
    const gap = next.gaps.shift();
    if (gap === undefined) return;
    const size = Math.max(PART_MIN, Math.min(PART_MAX, Math.ceil(next.left / (workers * PARTS_LEFT))));
    // A block that changes hands is walked again from its start.
    const end = plan.guided ? (Math.floor(gap.from / BLOCK) + 1) * BLOCK : gap.from + size;
    const to = Math.min(gap.to, end);
    if (to < gap.to) next.gaps.unshift({ from: to, to: gap.to });
    next.left -= to - gap.from;
    yield { target: next.target, range: { from: gap.from, to } };
  }
}
