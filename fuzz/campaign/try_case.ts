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
import type { CaseFiles, FuzzTarget } from "../target.ts";

/** A case that fails, shrunk. */
export interface Failure {
  readonly target: string;
  /** The case's number in the campaign. */
  readonly index: number;
  /** What the property said of the shrunk case. */
  readonly message: string;
  /** Names failures that look alike: the target and the message without its numbers and names. */
  readonly bucket: string;
  /** How many smaller cases failed as well on the way. */
  readonly shrinks: number;
  /** The shrunk case as data. */
  readonly files: CaseFiles;
}

/** Tries case `index`; a failure comes back shrunk. */
export function tryCase<Case>(target: FuzzTarget<Case>, seed: number, index: number): Failure | undefined {
  const property = fc.property(target.arbitrary, (item) => target.check(item));
  const details = fc.check(property, { seed: hashSeed(seed, `${target.name}/${index}`), numRuns: 1 });
  if (!details.failed || details.counterexample === null) return undefined;
  const message = messageOf(details.errorInstance);
  return {
    target: target.name,
    index,
    message,
    bucket: bucketOf(target.name, message),
    shrinks: details.numShrinks,
    files: target.encode(details.counterexample[0]),
  };
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

/** What stays of a message when numbers, quoted texts and places are taken out, as words for a folder's name. */
export function bucketOf(target: string, message: string): string {
  const [first = ""] = message.split("\n");
  const plain = first.replace(/"[^"]*"|'[^']*'|`[^`]*`/g, " ").replace(/0x[0-9a-f]+|\d+/gi, " ");
  const words = plain.toLowerCase().match(/[a-z_]+/g) ?? [];
  const slug = words.join("-").slice(0, 48).replace(/-$/, "") || "failure";
  // Long messages that begin alike are told apart by what follows.
  const mark = (hashSeed(0, words.join(" ")) >>> 0).toString(16).padStart(8, "0").slice(0, 4);
  return `${target}-${slug}-${mark}`;
}
