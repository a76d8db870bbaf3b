/**
 * Laws of runs of which more is known than the judge is told: what the guest writes, and what each page does.
 *
 * A trace alone does not tell how much a guest wrote; a scenario with one task that writes its pages in turn does. And
 * events of single pages are traced only when asked for.
 *
 * @module
 */
import { CONSERVED, type GuestKnown, SATURATED, type Scenario, THROTTLED, WRITES_FOUND } from "../../mod.ts";
import { JUDGED } from "./judge_law.ts";
import type { Law, Trial } from "./law.ts";

/** What a scenario says of its guest, where it says enough. */
function knownGuest({ workload, guest, operator, faults, capabilities }: Scenario): GuestKnown | undefined {
  const writing = workload.filter((phase) =>
    !("rate_pages_per_second" in phase) || phase.rate_pages_per_second > 0
  )
    .filter(({ kind }) => kind !== "idle");
  const [phase] = writing;
  const isSteady = writing.length === 1 && phase?.kind === "sweep" && phase.duration_ms === null &&
    phase.burst_pages === null && phase.words > 0 && phase.content === "data";
  if (!isSteady || !guest.running || operator.length > 0 || faults.length > 0) return undefined;
  // These send or count pages in ways of their own.
  const others = [
    "multifd",
    "xbzrle",
    "postcopy-ram",
    "background-snapshot",
    "dirty-limit",
    "mapped-ram",
    "x-colo",
  ];
  if (others.some((name) => capabilities[name] === true)) return undefined;
  return { workingSetPages: phase.pages, pagesPerSecond: phase.rate_pages_per_second };
}

/** The laws of the checks that need to know the guest. */
export const GUEST_KNOWN: Law = {
  id: "guest-known",
  why: "What a sync finds and what is sent must fit what the guest is known to write",
  broken({ scenario, run }) {
    const guest = knownGuest(scenario);
    if (guest === undefined) return undefined;
    // Each law says what it assumes: a throttled guest does not write steadily.
    const throttled = scenario.capabilities["auto-converge"] === true;
    const laws = [SATURATED, CONSERVED, ...(throttled ? [THROTTLED] : [WRITES_FOUND])];
    for (const law of laws) {
      const { outcome, note } = law.judge(run, guest);
      if (outcome === "fail") return { part: law.id, detail: `${law.claim}; ${note}` };
    }
    return undefined;
  },
};

/** Runs of more pages or records than this are judged as they are: by pages they would cost seconds. */
const MOST = { pages: 30_000, records: 30_000 };

function isLarge({ scenario, run: { outcome, source, guestWrites } }: Trial): boolean {
  // XBZRLE's deltas count as neither; each of them takes a write.
  const deltas = scenario.capabilities.xbzrle === true ? guestWrites : 0;
  return outcome.normalPages + outcome.duplicatePages + deltas > MOST.pages || source.length > MOST.records;
}

function byPages(trial: Trial): Trial {
  return { ...trial, run: trial.simulate(trial.scenario, { perPageEvents: true }) };
}

/** The judge once more, of the same run with the events of single pages. */
export const JUDGED_BY_PAGES: Law = {
  id: "judged-by-pages",
  why: "Some rules can tell from the bytes after each page only",
  broken: (trial) => isLarge(trial) ? undefined : JUDGED.broken(byPages(trial)),
  mayName: (trial, part) => !isLarge(trial) && (JUDGED.mayName?.(byPages(trial), part) ?? true),
};
