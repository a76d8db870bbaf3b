/**
 * Metamorphic laws: what must hold between two runs of scenarios that differ in one thing, or between a run and what
 * is known of its guest. No rule can state them, since no trace tells them alone.
 *
 * Each law says what it assumes; whoever hands in runs that do not meet the assumptions learns nothing.
 *
 * @module
 */
import type { Run } from "../trace/mod.ts";
import { courseOf } from "./course.ts";
import type { Outcome } from "./verdict.ts";

/** What is known of the guest besides the trace. */
export interface GuestKnown {
  /** Pages that it writes, at most. */
  readonly workingSetPages: number;
  /** Page writes a second while it runs unthrottled. */
  readonly pagesPerSecond: number;
}

/** What a law says of the runs that it was handed. */
export interface LawVerdict {
  readonly outcome: Outcome;
  /** What is wrong, or why nothing can be said; empty for a pass. */
  readonly note: string;
}

/** What every law tells of itself. */
export interface LawText {
  readonly id: string;
  readonly claim: string;
  readonly why: string;
  /** What must be so of the runs for the law to speak about them. */
  readonly assumes: readonly string[];
  readonly source: string;
}

/** A law between a run and another one that had more of something. */
export interface PairLaw extends LawText {
  readonly judge: (less: Run, more: Run) => LawVerdict;
}

/** A law of one run of a known guest. */
export interface GuestLaw extends LawText {
  readonly judge: (run: Run, guest: GuestKnown) => LawVerdict;
}

const PASS: LawVerdict = { outcome: "pass", note: "" };
const fail = (note: string): LawVerdict => ({ outcome: "fail", note });
const unknown = (note: string): LawVerdict => ({ outcome: "unknown", note });

/** A cycle, in microseconds, that ends late: the grain of every decision. */
const CYCLE = 110_000;
/** What a throttled vCPU runs between two sleeps, in microseconds. */
const TIMESLICE = 10_000;

const SAME_BUT_ONE = [
  "the two scenarios differ in that one thing, and have the same seed",
  "the guest writes steadily from before the migration to its end",
  "nothing else changes while they run: no operator, no fault, a steady link, no auto-converge",
];

/** More bandwidth never needs more iterations. */
export const MORE_BANDWIDTH: PairLaw = {
  id: "more-bandwidth-no-more-iterations",
  claim: "With more bandwidth the migration switches over after no more iterations, one aside",
  why:
    "Each round is shorter, so less is dirty after it; a model in which it is not has the rate or the limit wrong",
  assumes: [
    ...SAME_BUT_ONE,
    "the slower one switches over",
    "the threshold is at most an eighth of the working set, so that a round has one sync",
    "the working set takes the faster one two cycles of 100 ms or more; one round more is their grain",
  ],
  source: "facts/precopy.md 1.5 to 1.7",
  judge(slow, fast) {
    const [one, other] = [courseOf(slow), courseOf(fast)];
    if (one.switchover === null) return unknown("the slower migration does not switch over");
    if (other.switchover === null) {
      return fail(
        `the slower migration switches over after ${one.rounds.length} iterations, the faster one never`,
      );
    }
    return other.rounds.length <= one.rounds.length + 1
      ? PASS
      : fail(`${one.rounds.length} iterations became ${other.rounds.length} with more bandwidth`);
  },
};

/** A higher downtime limit never switches over later. */
export const MORE_DOWNTIME: PairLaw = {
  id: "more-downtime-no-later",
  claim: "With a higher downtime limit the migration switches over no later, one round aside",
  why: "Whatever is within the lower limit is within the higher one too",
  assumes: [
    ...SAME_BUT_ONE,
    "the stricter one switches over",
    "a sync that comes earlier makes pages dirty earlier, which costs at most one round of the stricter one",
    "where the rate limit holds the stricter one up, no two of its syncs fall into one cycle: what the limit lets out at once, and not the guest, decides such rounds",
    "the more patient one is not given up before that",
  ],
  source: "facts/precopy.md 1.5, 1.6",
  judge(strict, patient) {
    const [one, other] = [courseOf(strict), courseOf(patient)];
    if (one.switchover === null) return unknown("the stricter migration does not switch over");
    // The first round is the pass over all memory; it is the same in both.
    const rounds = one.rounds.slice(1);
    const lengths = rounds.slice(1).map(({ at }, index) => at - (rounds[index]?.at ?? at));
    const cycle = Math.max(CYCLE, one.longestCycle);
    const latest = one.switchover + Math.max(0, ...lengths) + cycle;
    const decided = rounds.filter(({ isEarly, isLast }) => !isEarly && !isLast);
    if (one.isLimited && decided.some(({ cycles }, index) => decided[index + 1]?.cycles === cycles)) {
      return unknown("rounds of the stricter migration are shorter than a cycle that the rate limit ends");
    }
    if (other.switchover === null) {
      return other.brokenOff !== null && other.brokenOff < latest
        ? unknown("the more patient migration is given up before it must have switched over")
        : fail("the stricter migration switches over, the more patient one never");
    }
    return other.switchover <= latest ? PASS : fail(
      `the switchover at ${one.switchover / 1000} ms came at ${
        other.switchover / 1000
      } ms with more downtime`,
    );
  },
};

/** A saturated working set bounds the dirty pages of a round. */
export const SATURATED: GuestLaw = {
  id: "working-set-bounds-a-round",
  claim: "No round finds more dirty pages than the guest's working set has",
  why: "A page is dirty once, however often it is written; more pages than there are were counted twice",
  assumes: ["the guest writes no page outside of its working set", "no other device writes to its memory"],
  source: "facts/precopy.md 2.2",
  judge(run, { workingSetPages }) {
    const { rounds } = courseOf(run);
    if (rounds.length === 0) return unknown("no sync was traced");
    const over = rounds.findIndex(({ foundLeast }) => foundLeast > workingSetPages);
    return over === -1 ? PASS : fail(
      `sync ${over + 1} found ${
        rounds[over]?.foundLeast
      } dirty pages; the working set has ${workingSetPages}`,
    );
  },
};

/** A throttle slows the guest by its percentage. */
export const THROTTLED: GuestLaw = {
  id: "throttle-slows-the-guest",
  claim:
    "At a throttle of p % a round finds no more dirty pages than the guest writes in (100 - p) % of its time",
  why:
    "At 99 % the rate falls below any link that carries a hundredth of it; a guest that is not slowed never converges",
  assumes: [
    "the writes come from virtual CPUs, all of which are throttled",
    "the rate is what they reach unthrottled",
    "the grain is a slice of 10 ms at either end of a round, and one where a step waits for the next tick",
  ],
  source: "facts/precopy.md 4.2",
  judge(run, { pagesPerSecond }) {
    const { rounds } = courseOf(run);
    let judged = 0;
    for (const [index, round] of rounds.entries()) {
      const before = rounds[index - 1];
      if (before === undefined || before.percent === 0) continue;
      judged++;
      const share = (100 - before.percent) / 100;
      const ran = (round.at - before.at) * share + 3 * TIMESLICE;
      const most = ran / 1e6 * pagesPerSecond + 1;
      if (round.foundLeast <= most) continue;
      return fail(
        `at ${before.percent} % sync ${index + 1} found ${round.foundLeast} dirty pages after ` +
          `${(round.at - before.at) / 1000} ms; the guest writes at most ${Math.ceil(most)} in that time`,
      );
    }
    return judged === 0 ? unknown("no round was throttled") : PASS;
  },
};

/**
 * For how long a sync before the first threshold keeps a TCG guest from the big lock after it: of a row of them, some
 * find nothing (q111-file-plain, q111-multifd-unlimited). The round that follows loses it, whatever is known at its end.
 */
const LOCKED_OUT_MICROS_MAX = 500;

/** A sync finds what the guest has written. */
export const WRITES_FOUND: GuestLaw = {
  id: "every-write-is-found",
  claim: "A round finds every page that the guest wrote in it, but for those that were still to be sent",
  why:
    "A write that no sync finds is lost: the destination's guest runs on with older memory, and nobody is told",
  assumes: [
    "the guest writes its pages in turn, steadily, from before the migration on, and is not throttled",
    "after a sync before the first threshold is known it waits for the lock for half a millisecond at most",
    "each write is logged, as under TCG: KVM leaves out pages that are written again before they are sent",
  ],
  source: "facts/precopy.md 2.2, 2.3",
  judge(run, { workingSetPages, pagesPerSecond }) {
    const { rounds, logsEveryWrite } = courseOf(run);
    if (logsEveryWrite !== true) return unknown("not a guest under TCG");
    let judged = 0;
    for (const [index, round] of rounds.entries()) {
      const before = rounds[index - 1];
      if (before === undefined || before.percent > 0 || round.isLast) continue;
      judged++;
      const micros = Math.max(0, round.at - before.at - (before.isEarly ? LOCKED_OUT_MICROS_MAX : 0));
      const written = Math.min(workingSetPages, Math.floor(micros / 1e6 * pagesPerSecond));
      // A page at either end of the round may have been written just outside of it.
      if (round.foundMost >= written - round.pendingPages - 2) continue;
      return fail(
        `sync ${index + 1} found ${round.foundMost} dirty pages after ${(round.at - before.at) / 1000} ms; ` +
          `the guest wrote ${written}, and ${round.pendingPages} were still to be sent`,
      );
    }
    return judged === 0 ? unknown("no round of an unthrottled guest was traced") : PASS;
  },
};

/** What is sent equals what was dirty plus what became dirty. */
export const CONSERVED: LawText & { readonly judge: (run: Run) => LawVerdict } = {
  id: "sent-is-dirty-and-became-dirty",
  claim: "A completed migration sent as many pages as the guest has and as became dirty since",
  why: "A page less is stale on the destination, a page more was sent for nothing",
  assumes: [
    "precopy without multifd, xbzrle, and hints of free pages",
    "the last reply was taken after completion",
  ],
  source: "facts/precopy.md I4",
  judge(run) {
    const { rounds, pages } = courseOf(run);
    if (pages === null) return unknown("no reply tells how many pages were sent");
    const least = rounds.reduce((sum, { foundLeast }) => sum + foundLeast, pages.guest);
    const most = rounds.reduce((sum, { foundMost }) => sum + foundMost, pages.guest);
    if (pages.sent < least) return fail(`${pages.sent} pages were sent; at least ${least} were dirty`);
    return pages.sent <= most ? PASS : fail(`${pages.sent} pages were sent; at most ${most} were dirty`);
  },
};

/** Every law, for listings. */
export const LAWS: readonly LawText[] = [
  MORE_BANDWIDTH,
  MORE_DOWNTIME,
  SATURATED,
  THROTTLED,
  WRITES_FOUND,
  CONSERVED,
];
