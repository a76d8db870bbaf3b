/**
 * What the workers of a campaign have told, counted as it comes.
 *
 * @module
 */
import {
  type Failure,
  type JournalState,
  type Range,
  type Report,
  type Tally,
  unite,
} from "../../fuzz/mod.ts";

/** Of one process; a journal, where there is one, knows of earlier ones, too. */
export class CampaignCounts {
  /** The names of the findings. */
  readonly buckets = new Set<string>();
  readonly #reached = new Map<string, Set<string>>();
  readonly #failed = new Map<string, Map<number, string>>();
  readonly #tallies = new Map<string, Tally>();
  readonly #shrinkMs: number[] = [];

  /** @param reached What earlier processes have reached, by target. */
  constructor(reached: ReadonlyMap<string, ReadonlySet<string>>) {
    for (const [target, names] of reached) this.#reached.set(target, new Set(names));
  }

  /** Counts a report; gives the failures of which there was none alike. */
  add({ target, failures, more, reached, shrinkMs, tally }: Report): Failure[] {
    if (tally !== undefined) this.#tallies.set(`${target} ${tally.from}`, tally);
    const names = this.#reached.get(target) ?? new Set();
    for (const name of reached) names.add(name);
    this.#reached.set(target, names);
    const failed = this.#failed.get(target) ?? new Map<number, string>();
    for (const { index, rule } of [...failures, ...more]) failed.set(index, rule);
    this.#failed.set(target, failed);
    this.#shrinkMs.push(...shrinkMs);
    const fresh = failures.filter(({ bucket }) => !this.buckets.has(bucket));
    for (const { bucket } of failures) this.buckets.add(bucket);
    return fresh;
  }

  /** What was reached, over all targets. */
  get reached(): number {
    return [...this.#reached.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Half of the failures were shrunk in less, in whole milliseconds. */
  get medianShrinkMs(): number | undefined {
    const sorted = this.#shrinkMs.toSorted((a, b) => a - b);
    const middle = sorted[Math.floor(sorted.length / 2)];
    return middle === undefined ? undefined : Math.round(middle);
  }

  /** What a journal would say if there were one; cases of an order that was cut off are missing. */
  journal(): JournalState {
    const ranges = new Map<string, Range[]>();
    for (const { target, from, to } of this.#tallies.values()) {
      const known = ranges.get(target);
      if (known === undefined) ranges.set(target, [{ from, to }]);
      else known.push({ from, to });
    }
    const done = new Map([...ranges].map(([target, list]) => [target, unite(list)]));
    return { done, reached: this.#reached, failed: this.#failed, tallies: this.#tallies, dots: 0 };
  }
}
