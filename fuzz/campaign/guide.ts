/**
 * Guided search: cases that reach something new are kept, and later cases are made of them.
 *
 * Of each behaviour the cheapest case that reaches it is kept. A parent is that of a behaviour which few cases have
 * reached, so that the search stays where blind cases seldom come; its child is tried by the cheap laws first, and by
 * all of its laws when it reaches something new.
 *
 * The search runs in blocks of case numbers, each of which starts with nothing and depends on nothing outside; so the
 * blocks can be spread over workers, shards and machines, and a block that was interrupted is walked again up to where
 * it was. Inside a block case `n` depends on the cases before it.
 *
 * @module
 */
import { RandomStream } from "../../mod.ts";
import type { FuzzTarget } from "../target.ts";
import { type Broken, drawCase, tryItem } from "./try_case.ts";

/** Cases of a block. */
export const BLOCK = 4096;

/** The block that a case belongs to, as its first and the next one's first case. */
export function blockOf(index: number): { from: number; to: number } {
  const from = Math.floor(index / BLOCK) * BLOCK;
  return { from, to: from + BLOCK };
}

/** One case of the search. */
export interface Step<Case> {
  readonly item: Case;
  /** What no earlier case of the block has reached. */
  readonly reached: readonly string[];
  readonly broken?: Broken<Case>;
}

/** What is known of one behaviour. */
interface Niche<Case> {
  /** The cheapest case that reaches it. */
  item: Case;
  cost: number;
  /** How often it was reached, or somebody tried to come near. */
  visits: number;
}

/**
 * Fresh cases find more while little is known, children of known ones later: most cases are made in the way that has
 * found more of late, and one of so many in the other.
 */
const OTHER_EVERY = 8;
/** Weight of the last case in what a way has found of late. */
const LATELY = 1 / 32;
/** Behaviours that are drawn to choose a parent; that of the least visited one is taken, the cheaper the better. */
const CANDIDATES = 12;

/** A case of so many units of cost is as good a parent as one of none that was visited twice as often. */
const DEAR = 500;

/** What a visit is worth less for: others were there, and children cost what their parents do. */
function priceOf({ visits, cost }: Niche<unknown>): number {
  return visits * (1 + cost / DEAR);
}

/** The search inside one block. */
export class Lineage<Case> {
  /** The number of the next case. */
  next: number;
  readonly #niches = new Map<string, Niche<Case>>();
  /** The same, to draw from. */
  readonly #list: Niche<Case>[] = [];
  /** New behaviours for each case of late, by the way in which it was made. */
  readonly #yields = { fresh: 1, mutant: 1 };

  /** @param skip Cases that are made and not tried, since they never end or kill their worker. */
  constructor(
    readonly target: FuzzTarget<Case>,
    readonly seed: number,
    block: number,
    readonly skip: ReadonlySet<number> = new Set(),
  ) {
    this.next = block * BLOCK;
  }

  /**
   * Makes and tries the next case.
   *
   * @param onDrawn Called when the case is made, before it is tried.
   */
  step(onDrawn: () => void = () => {}): Step<Case> {
    const { target, seed } = this;
    const index = this.next++;
    const draw = new RandomStream(seed, `${target.name}/${index}/guide`);
    const mutant = this.#mutant(index, draw);
    const item = mutant ?? drawCase(target, seed, index);
    onDrawn();
    if (this.skip.has(index)) return { item, reached: [] };
    const first = mutant === undefined ? item : target.cheap?.(item) ?? item;
    const tried = tryItem(target, first);
    const reached = tried.broken === undefined ? this.#visit(first, tried.reached) : [];
    const way = mutant === undefined ? "fresh" : "mutant";
    this.#yields[way] += (reached.length - this.#yields[way]) * LATELY;
    const isAgain = first !== item && reached.length > 0;
    const broken = isAgain ? tryItem(target, item).broken : tried.broken;
    return broken === undefined ? { item, reached } : { item, reached, broken };
  }

  /** Notes what a case reached; what of it is new. */
  #visit(item: Case, reached: Iterable<string>): string[] {
    const cost = this.target.costOf?.(item) ?? 1;
    const fresh: string[] = [];
    for (const name of reached) {
      const niche = this.#niches.get(name);
      if (niche === undefined) {
        const made = { item, cost, visits: 1 };
        this.#niches.set(name, made);
        this.#list.push(made);
        fresh.push(name);
        continue;
      }
      niche.visits++;
      if (cost < niche.cost) [niche.item, niche.cost] = [item, cost];
    }
    return fresh;
  }

  /** A child of a kept case and of another one, kept or drawn afresh; nothing for a fresh case. */
  #mutant(index: number, draw: RandomStream): Case | undefined {
    const { target, seed } = this;
    const { length } = this.#list;
    if (target.mutate === undefined || length === 0) return undefined;
    const isFresh = this.#yields.fresh > this.#yields.mutant;
    if (isFresh === (draw.below(OTHER_EVERY) > 0)) return undefined;
    let niche = this.#list[draw.below(length)] as Niche<Case>;
    for (let left = CANDIDATES - 1; left > 0; left--) {
      const other = this.#list[draw.below(length)] as Niche<Case>;
      if (priceOf(other) < priceOf(niche)) niche = other;
    }
    niche.visits++;
    const other = draw.below(2) === 0
      ? drawCase(target, seed, index)
      : (this.#list[draw.below(length)] as Niche<Case>).item;
    return target.mutate(niche.item, other, draw);
  }
}
