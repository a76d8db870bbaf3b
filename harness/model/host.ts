/**
 * Chance on the source's host: how late its scheduler wakes a thread.
 *
 * @module
 */
import { RandomStream } from "../base/mod.ts";
import { WAKE_LATE } from "./calibration.ts";

/** The source's host. */
export class Host {
  readonly #wakes: RandomStream;

  constructor(seed: number) {
    this.#wakes = new RandomStream(seed, "host/wakes");
  }

  /** How late the next timed wait ends, in whole microseconds. */
  wakeLate(): number {
    return quantile(WAKE_LATE, this.#wakes.unit());
  }
}

/** The value at a share of a distribution given by its quantiles, in between by straight lines, rounded. */
export function quantile(table: readonly (readonly [share: number, value: number])[], share: number): number {
  const index = table.findIndex(([at]) => at >= share);
  const [to, high] = table[index] ?? [1, 0];
  const [from, low] = table[index - 1] ?? [0, high];
  return Math.round(to === from ? high : low + (high - low) * (share - from) / (to - from));
}
