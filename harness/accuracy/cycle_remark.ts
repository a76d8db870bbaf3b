/**
 * What is known of full cycles that are not equal to the byte: with XBZRLE, the contents of the guest's words.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import type { CycleAgreement } from "./compare_runs.ts";

/** Words of four bytes that one page's write changes are pseudo-random: so many of their bytes stay what they were. */
const SAME_BYTE_SHARE = 4 / 256;
/** Pages that a cycle can encode before the cache's slots come round again, in what the recordings have. */
const ENCODED_PAGES_MAX = 1024;
/** Beyond so many standard deviations it is not chance. */
const DEVIATIONS = 4;

/**
 * How far a cycle's bytes may be from the mean by chance: each byte that stays the same makes its run a byte shorter, at
 * an end of the word, or splits it, which takes a byte more, inside.
 */
export function chanceBytes(words: number): number {
  return Math.floor(DEVIATIONS * Math.sqrt(ENCODED_PAGES_MAX * words * SAME_BYTE_SHARE));
}

/** Says why full cycles differ, as far as it is known; nothing if none does. */
export function remarkOnCycles(
  { capabilities, workload }: Scenario,
  { differences }: CycleAgreement,
): string {
  if (capabilities["xbzrle"] !== true || differences.length === 0) return "";
  const words = Math.max(0, ...workload.map((phase) => ("words" in phase ? phase.words : 0)));
  const bound = chanceBytes(words);
  const byChance = differences.filter((bytes) => bytes <= bound);
  const others = differences.length - byChance.length;
  const largest = byChance.at(-1);
  const parts = [
    largest === undefined
      ? ""
      : `${byChance.length} by ${largest} bytes at most (in encoded pages one byte in 256 of the guest's pseudo-random ` +
        "words stays the same; which ones is not among the inputs)",
    others === 0
      ? ""
      : `${others} in which pages they encode (that turns on the moments of the guest's sweep and of the throttle)`,
  ].filter((part) => part !== "");
  return `full cycles differ: ${parts.join(", ")}`;
}
