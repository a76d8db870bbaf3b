/**
 * Whether a rule speaks about a migration: the conditions that it names, and what the logs show of them.
 *
 * @module
 */
import type { RunFacts } from "../trace/mod.ts";
import { isCutFor } from "./beginnings.ts";
import type { MigrationEnd } from "./check.ts";
import { MIXED_REASON } from "./parties.ts";
import type { Pattern } from "./pattern.ts";
import type { Conditions, Trait } from "./rule.ts";
import type { Stream } from "./stream.ts";
import type { Applies } from "./tally.ts";
import { toldTrait, TRAITS } from "./traits.ts";

const YES: Applies = { answer: "yes", reason: "" };
const CUT: Applies = { answer: "unknown", reason: "the log does not show the beginning of the migration" };
const MIXED: Applies = { answer: "unknown", reason: MIXED_REASON };

/** Why logs leave a pattern open, whatever the conditions of its rule; undefined unless so. */
export function openFor(pattern: Pattern, streams: readonly Stream[]): Applies | undefined {
  for (const { parties } of streams) if (parties.areMixed) return MIXED;
  for (const stream of streams) if (!stream.fromStart && isCutFor(pattern, stream)) return CUT;
  return undefined;
}

/**
 * Whether the conditions hold for the migration of these logs.
 *
 * @param end Undefined while the migration is still running.
 */
export function appliesTo(
  when: Conditions | undefined,
  streams: readonly Stream[],
  facts: RunFacts,
  end: MigrationEnd | undefined,
): Applies {
  if (when === undefined) return YES;
  let unknown = "";
  if (when.ends !== undefined) {
    if (end === undefined) unknown = "the migration is not over";
    else if (!when.ends.includes(end.ending)) {
      const status = streams.at(-1)?.status || "not traced";
      return {
        answer: "no",
        reason: `holds for migrations that end ${when.ends.join(" or ")}; status ${status}`,
      };
    }
  }
  for (const trait of when.with ?? []) {
    const is = hasTrait(trait, streams, facts, end);
    if (is === false) return { answer: "no", reason: `holds with ${trait} only` };
    if (is === undefined) unknown = `not known whether this is a migration with ${trait}`;
  }
  for (const trait of when.without ?? []) {
    const is = hasTrait(trait, streams, facts, end);
    if (is === true) return { answer: "no", reason: `does not hold with ${trait}` };
    if (is === undefined) unknown = `not known whether this is a migration with ${trait}`;
  }
  return unknown === "" ? YES : { answer: "unknown", reason: unknown };
}

/** Why the facts of a run rule a rule out from the start; empty unless they do. */
export function neverApplies(when: Conditions | undefined, facts: RunFacts): string {
  for (const trait of when?.with ?? []) {
    if (toldTrait(trait, facts) === false) return `holds with ${trait} only`;
  }
  for (const trait of when?.without ?? []) {
    if (toldTrait(trait, facts) === true) return `does not hold with ${trait}`;
  }
  return "";
}

function hasTrait(
  trait: Trait,
  streams: readonly Stream[],
  facts: RunFacts,
  end: MigrationEnd | undefined,
): boolean | undefined {
  if (streams.some(({ proven }) => proven.has(trait))) return true;
  const told = trait === "guest-ran" ? streams.at(-1)?.settings.guestRan : toldTrait(trait, facts);
  if (told !== undefined) return told;
  const { shows, isLate } = TRAITS[trait];
  if (!shows || end === undefined || (isLate === true && end.ending === "other")) return undefined;
  if (streams.some((stream) => !stream.fromStart || stream.mayHide(trait))) return undefined;
  return streams.some(({ coverage }) => coverage.isBroad) ? false : undefined;
}
