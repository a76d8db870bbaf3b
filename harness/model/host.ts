/**
 * Chance on the source's host: how late its scheduler wakes a thread.
 *
 * @module
 */
import { RandomStream } from "../base/mod.ts";
import { LOCKED_OUT_SHARE, ROW_ANSWER, WAKE_LATE } from "./calibration.ts";
import type { DirtyLogKind } from "./ram.ts";

/** The source's host. */
export class Host {
  readonly #wakes: RandomStream;
  readonly #locks: RandomStream;
  readonly #answers: RandomStream;

  constructor(seed: number) {
    this.#wakes = new RandomStream(seed, "host/wakes");
    this.#locks = new RandomStream(seed, "host/big-lock");
    this.#answers = new RandomStream(seed, "host/vcpu-answers");
  }

  /** Whether the guest has lost its CPU until after the next one in a row of syncs. */
  locksGuestOut(): boolean {
    return this.#locks.unit() < LOCKED_OUT_SHARE;
  }

  /** How late the vCPUs answer the next sync in a row, in whole microseconds: KVM's are not asked. */
  answersLate(kind: DirtyLogKind): number {
    return kind !== "tcg" ? 0 : quantile(ROW_ANSWER, this.#answers.unit());
  }

  /** How late the next timed wait ends, in whole microseconds. */
  wakeLate(): number {
    return quantile(WAKE_LATE, this.#wakes.unit());
  }
}

/** The value at a share of a distribution given by its quantiles, in between by straight lines, rounded. */
export function quantile(table: readonly (readonly [share: number, value: number])[], share: number): number {
  let index = 0;
  while (index < table.length && (table[index]?.[0] ?? 1) < share) index++;
  const to = table[index]?.[0] ?? 1;
  const high = table[index]?.[1] ?? 0;
  const from = table[index - 1]?.[0] ?? 0;
  const low = table[index - 1]?.[1] ?? high;
  return Math.round(to === from ? high : low + (high - low) * (share - from) / (to - from));
}

/** The golden section: seeds that follow each other are spread evenly over what is between two ticks. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const TICK_MICROS = 1000;

/**
 * How long before the start QEMU's clock of milliseconds went on to the next one, in whole microseconds. Cycles, periods and
 * thresholds are counted in its milliseconds: the tenth cycle of 93 recordings ended 1000.1 ms after the setup at the
 * earliest and 1001.6 in the median; one phase of the clock for all makes that 1000.7 and 1002.4, all of them 999.9 and 1001.8.
 */
export function clockPhase(seed: number): number {
  return Math.floor(seed * GOLDEN % 1 * TICK_MICROS);
}
