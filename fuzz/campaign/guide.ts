/**
 * Guided search: cases that reach something new are kept, and later cases are made of them.
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
export const BLOCK = 2048;

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

/** The search inside one block. */
export class Lineage<Case> {
  /** The number of the next case. */
  next: number;
  readonly #pool: Case[] = [];
  readonly #seen = new Set<string>();

  /** @param skip Cases that are made and not tried, since they never end. */
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
    const fresh = drawCase(target, seed, index);
    const item = this.#mutant(fresh, draw) ?? fresh;
    onDrawn();
    if (this.skip.has(index)) return { item, reached: [] };
    const { reached, broken } = tryItem(target, item);
    const fresher = [...reached].filter((name) => !this.#seen.has(name));
    for (const name of fresher) this.#seen.add(name);
    if (fresher.length > 0) this.#pool.push(item);
    return broken === undefined ? { item, reached: fresher } : { item, reached: fresher, broken };
  }

  /** Three cases of four are mutants, half of them of what was kept last: new ground is where the next is near. */
  #mutant(fresh: Case, draw: RandomStream): Case | undefined {
    const { length } = this.#pool;
    if (length === 0 || draw.below(4) === 0) return undefined;
    const from = draw.below(2) === 0 ? Math.max(0, length - 16) : 0;
    const known = this.#pool[from + draw.below(length - from)];
    return known === undefined ? undefined : this.target.mutate?.(known, fresh, draw);
  }
}
