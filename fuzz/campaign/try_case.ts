/**
 * One case of a campaign: made from its number, tried, and shrunk when it fails.
 *
 * A case depends on the campaign's seed, the target and its own number, and on nothing that ran before it; so it does
 * not matter which worker, shard or machine tries it.
 *
 * @module
 */
import fc from "fast-check";
import { hashSeed } from "../../mod.ts";
import type { CaseFiles, Cause, FuzzTarget } from "../target.ts";
import { shrinkCase } from "./shrink.ts";

/** A case that fails, shrunk. */
export interface Failure {
  readonly target: string;
  /** The case's number in the campaign. */
  readonly index: number;
  /** The rule that it broke as it was drawn. */
  readonly rule: string;
  /** What the property said of the shrunk case. */
  readonly message: string;
  /** Names failures that look alike: target, rule, phase and the features that the shrunk case still has. */
  readonly bucket: string;
  /** How many smaller cases failed as well on the way. */
  readonly shrinks: number;
  /** The shrunk case as data. */
  readonly files: CaseFiles;
  /** What it does, for whoever looks at it. */
  readonly shows: CaseFiles;
}

/** The rule of the finding of a case that was ended because it took too long. */
export const NEVER_ENDS = "never-ends";
/** The rule of the finding of a case of which the worker died, as it does when its memory is full. */
export const KILLS_ITS_WORKER = "kills-its-worker";

/** What is said of cases that cannot be tried to their end. */
const HOPELESS = {
  [NEVER_ENDS]: "The case did not end in the time that a case may take",
  [KILLS_ITS_WORKER]: "The worker died of the case, twice; most often it fills the memory",
} as const;

/** A case that is a finding as it is drawn, and not tried again. */
export interface Hopeless {
  readonly index: number;
  readonly rule: keyof typeof HOPELESS;
}

/** Whether cases that broke this rule are not to be tried again. */
export function isHopeless(rule: string): rule is Hopeless["rule"] {
  return Object.hasOwn(HOPELESS, rule);
}

/** A case that fails, as it was drawn. */
export interface Broken<Case> {
  readonly item: Case;
  readonly error: unknown;
  readonly cause: Cause;
}

/** The case of a number, as it is drawn. */
export function drawCase<Case>(target: FuzzTarget<Case>, seed: number, index: number): Case {
  const [item] = fc.sample(target.arbitrary, { seed: hashSeed(seed, `${target.name}/${index}`), numRuns: 1 });
  return item as Case;
}

/** Tries a case. What it reached, or how it failed. */
export function tryItem<Case>(
  target: FuzzTarget<Case>,
  item: Case,
): { readonly reached: Iterable<string>; readonly broken?: Broken<Case> } {
  try {
    return { reached: target.check(item) ?? [] };
  } catch (error) {
    return { reached: [], broken: { item, error, cause: causeOf(target, item, error) } };
  }
}

/** Tries case `index`; a failure comes back shrunk. */
export function tryCase<Case>(target: FuzzTarget<Case>, seed: number, index: number): Failure | undefined {
  const { broken } = tryItem(target, drawCase(target, seed, index));
  return broken === undefined ? undefined : shrinkFailure(target, seed, index, broken);
}

/** Shrinks a failure and makes a finding of it. */
export function shrinkFailure<Case>(
  target: FuzzTarget<Case>,
  seed: number,
  index: number,
  broken: Broken<Case>,
  onTry: () => void = () => {},
): Failure {
  const { item, error, shrinks } = target.simpler === undefined
    ? shrinkByArbitrary(target, seed, index, broken, onTry)
    : shrinkCase(target, broken, onTry);
  const cause = causeOf(target, item, error);
  return {
    target: target.name,
    index,
    rule: broken.cause.rule,
    message: messageOf(error),
    bucket: nameOf(target.name, cause),
    shrinks,
    files: target.encode(item),
    shows: target.show?.(item) ?? {},
  };
}

/**
 * A finding of a case as it was drawn, for one that cannot be tried to its end, or whose shrinking cannot.
 *
 * @param broken How it failed, or why it cannot be tried. It is not tried again.
 */
export function keepUnshrunk<Case>(
  target: FuzzTarget<Case>,
  index: number,
  item: Case,
  broken: Broken<Case> | Hopeless["rule"],
): Failure {
  const isTried = typeof broken === "object";
  const error = isTried ? broken.error : new Error(HOPELESS[broken]);
  const { features } = target.causeOf?.(item, error) ?? { features: [] };
  const cause = isTried ? broken.cause : { rule: broken, phase: "", features };
  return {
    target: target.name,
    index,
    rule: cause.rule,
    message: messageOf(error),
    bucket: nameOf(target.name, cause),
    shrinks: 0,
    files: target.encode(item),
    shows: {},
  };
}

/** fast-check's own shrinking, for targets that know no steps of their own. */
function shrinkByArbitrary<Case>(
  target: FuzzTarget<Case>,
  seed: number,
  index: number,
  broken: Broken<Case>,
  onTry: () => void,
): { item: Case; error: unknown; shrinks: number } {
  const property = fc.property(target.arbitrary, (item) => {
    onTry();
    target.check(item);
  });
  const details = fc.check(property, { seed: hashSeed(seed, `${target.name}/${index}`), numRuns: 1 });
  if (!details.failed || details.counterexample === null) return { ...broken, shrinks: 0 };
  return { item: details.counterexample[0], error: details.errorInstance, shrinks: details.numShrinks };
}

/** Tries a case that was written as data; what the property says of it, if it fails. */
export function replayCase<Case>(target: FuzzTarget<Case>, files: CaseFiles): string | undefined {
  try {
    target.check(target.decode(files));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** The first lines of what was thrown, without a stack. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.slice(0, 4000);
}

/** What a failure is about. */
export function causeOf<Case>(target: FuzzTarget<Case>, item: Case, error: unknown): Cause {
  return target.causeOf?.(item, error) ?? { rule: slugOf(messageOf(error)), phase: "", features: [] };
}

/** Longer lists of features say nothing to anybody. */
const FEATURES_MAX = 6;

/** The bucket's name, fit for a folder. */
export function nameOf(target: string, { rule, phase, features }: Cause): string {
  const shown = features.slice(0, FEATURES_MAX).join("+") + (features.length > FEATURES_MAX ? "+more" : "");
  return [target, rule, phase, shown].filter((part) => part !== "").join("-").replace(/[^\w+.-]+/g, "-")
    .slice(0, 150);
}

/** What stays of a message when numbers, quoted texts and places are taken out, as words for a folder's name. */
export function slugOf(message: string): string {
  const [first = ""] = message.split("\n");
  const plain = first.replace(/"[^"]*"|'[^']*'|`[^`]*`/g, " ").replace(/0x[0-9a-f]+|\d+/gi, " ");
  const words = plain.toLowerCase().match(/[a-z_]+/g) ?? [];
  const slug = words.join("-").slice(0, 48).replace(/-$/, "") || "failure";
  // Long messages that begin alike are told apart by what follows.
  const mark = (hashSeed(0, words.join(" ")) >>> 0).toString(16).padStart(8, "0").slice(0, 4);
  return `${slug}-${mark}`;
}
