/**
 * What is known of full cycles that are not equal to the byte: with XBZRLE, which write of a page its copy holds; with
 * a guest that writes zeros in turn, which pages are zero as the search comes to them.
 *
 * The words of the recorded guest are known (harness/model/page_words.ts), and with them the encoding of a page against
 * its copy. Where the sweep stood when a page was copied is not: the guest's rate during the migration is no input,
 * and the one before tells it to some percent. Pages around that place are encoded against the write of another sweep,
 * whose words differ in other bytes. How many bytes that can make is the model's own to say.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import type { CycleAgreement } from "./compare_runs.ts";

/** The rate before a migration is within this of the rate during it, in nine recordings of ten (of 208). */
const RATE_ERROR = 0.06;
/** Guests between the slowest and the quickest of these. */
const GUESTS = 6;
/** A page that is sent whole in place of an encoding makes thousands of bytes; words make fewer than this. */
const BYTES_MAX = 256;

/** Compares the full cycles of the model with those of the model of another scenario. */
export type CompareWith = (other: Scenario) => CycleAgreement;

/** By how many bytes the model's own cycles move when its guest is a little slower or quicker. */
export function bytesByRate(scenario: Scenario, compareWith: CompareWith): number {
  let most = 0;
  for (let guest = 0; guest < GUESTS; guest++) {
    const factor = 1 - RATE_ERROR + 2 * RATE_ERROR * guest / (GUESTS - 1);
    const workload = scenario.workload.map((phase) =>
      "rate_pages_per_second" in phase
        ? { ...phase, rate_pages_per_second: phase.rate_pages_per_second * factor }
        : phase
    );
    const { differences } = compareWith({ ...scenario, workload });
    most = Math.max(most, ...differences.filter((bytes) => bytes <= BYTES_MAX));
  }
  return most;
}

/** What of a scenario's pages its guest's pace decides; empty if nothing. */
function turnsOn({ capabilities, workload }: Scenario): string {
  if (capabilities["xbzrle"] === true) return "which write of a page its copy holds";
  const alternates = workload.some((phase) => "content" in phase && phase.content === "alternating");
  return alternates ? "which pages are zero as they are sent" : "";
}

/** Says why full cycles differ, as far as it is known; nothing if none does. */
export function remarkOnCycles(
  scenario: Scenario,
  { differences }: CycleAgreement,
  compareWith: CompareWith,
): string {
  const why = turnsOn(scenario);
  if (why === "" || differences.length === 0) return "";
  const few = differences.filter((bytes) => bytes <= BYTES_MAX);
  const others = differences.length - few.length;
  const parts = [
    few.length === 0
      ? ""
      : `${few.length} by ${
        few.at(-1)
      } bytes at most (${why} turns on the guest's rate during the migration: one that ` +
        `is up to ${100 * RATE_ERROR} % slower or quicker moves the model's own by up to ${
          bytesByRate(scenario, compareWith)
        } bytes)`,
    others === 0
      ? ""
      : `${others} in which pages they encode (that turns on the moments of the guest's sweep and of the throttle)`,
  ].filter((part) => part !== "");
  return `full cycles differ: ${parts.join(", ")}`;
}
