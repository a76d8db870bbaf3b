/**
 * What is known of full cycles that are not equal to the byte: with XBZRLE, which write of a page its copy holds; with
 * a guest that writes zeros in turn, which pages are zero as the search comes to them.
 *
 * The words of the recorded guest are known (harness/model/page_words.ts), and with them the encoding of a page against
 * its copy. Where the sweep stood when a page was copied is not: the rate of before has a guest some hundred writes from
 * where it was, and a section that begins a millisecond later finds it seventeen writes further. Pages in between are
 * encoded against the write of another sweep. What comes of it with the guest's own counter tells how much of it was that.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import { type CycleAgreement, pairCycles } from "./compare_runs.ts";
import type { Cycle } from "./observe_run.ts";

/** What of a scenario's pages its guest's pace decides; empty if nothing. */
function turnsOn({ capabilities, workload }: Scenario): string {
  if (capabilities["xbzrle"] === true) return "which write of a page its copy holds";
  const alternates = workload.some((phase) => "content" in phase && phase.content === "alternating");
  return alternates ? "which pages are zero as they are sent" : "";
}

/** How many of QEMU's full cycles have a counterpart in one at least of the model's runs, and how many of these no equal. */
export function cyclesNeverEqual(
  runs: readonly (readonly Cycle[])[],
  real: readonly Cycle[],
): { readonly compared: number; readonly never: number } {
  const pairs = runs.map((cycles) => pairCycles(cycles, real));
  const indexes = (pairs[0] ?? []).map((_, index) => index);
  const compared = indexes.filter((index) => pairs.some((run) => run[index]?.model !== undefined));
  const never = compared.filter((index) => pairs.every((run) => run[index]?.model !== run[index]?.real));
  return { compared: compared.length, never: never.length };
}

/**
 * Says why full cycles differ, as far as it is known; nothing if none does.
 *
 * @param counted What {@linkcode cyclesNeverEqual} says of runs whose guest writes as its own counter has it; null where
 * there is no such guest.
 */
export function remarkOnCycles(
  scenario: Scenario,
  { compared, differences }: CycleAgreement,
  counted: () => ReturnType<typeof cyclesNeverEqual> | null,
): string {
  const why = turnsOn(scenario);
  if (why === "" || differences.length === 0) return "";
  const other = counted();
  const proof = other === null
    ? ""
    : `; with the guest's own counter in the place of the rate of before ${
      other.never === 0 ? "none" : other.never
    } of ${other.compared} differ in every seed`;
  return `full cycles differ: ${differences.length} of ${compared}, by ${
    differences.at(-1)
  } bytes at most (${why} turns on the guest's moments${proof})`;
}
