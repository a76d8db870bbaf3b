/**
 * What a fuzz target is: how cases are made, what must hold of each, and how a case becomes files and back.
 *
 * The runner (campaigns, shards, shrinking, findings) knows targets through this interface only.
 *
 * @module
 */
import type fc from "fast-check";
import type { RandomStream } from "../mod.ts";

/** A case as data, for the folder of a finding: file names and their contents. */
export type CaseFiles = Readonly<Record<string, Uint8Array>>;

/** What a failure is about: it names the bucket in which failures alike are kept together. */
export interface Cause {
  /** The rule or law that is broken. A failure is shrunk only to failures of the same one. */
  readonly rule: string;
  /** Where in the run: a status, a stage; empty when there is no such thing. */
  readonly phase: string;
  /** The features that the case has; of a shrunk case, the smallest set with which it fails. */
  readonly features: readonly string[];
}

/** One thing to attack, and the property that must survive. */
export interface FuzzTarget<Case = unknown> {
  /** What the command line calls it: `log`, `simpletrace`. */
  readonly name: string;
  /** One line for `fuzz list`: the input, and what must hold. */
  readonly summary: string;
  /** The layer that it attacks; a campaign can be asked for all targets of one. */
  readonly layer: "trace" | "model";
  /** Its share of a campaign over several targets, beside the shares of the others: cheap cases get more. */
  readonly weight: number;
  /** Makes cases, and shrinks them. Everything random comes from fast-check. */
  readonly arbitrary: fc.Arbitrary<Case>;
  /**
   * Tries one case. Returns if all is well; deterministic, and without a memory of earlier cases.
   *
   * @returns What the case reached, as names, if the target can tell; a guided campaign looks for what is new.
   * @throws {Error} If the property does not hold; the message says which and where.
   */
  check(item: Case): Iterable<string> | void;
  /** The case as files, one of which is the input itself, so that other tools can read it. */
  encode(item: Case): CaseFiles;
  /** The case that {@linkcode FuzzTarget.encode} wrote: `check(decode(encode(c)))` does what `check(c)` did. */
  decode(files: CaseFiles): Case;
  /** What the case has, in words such as `fault network-cut`; a campaign counts the cases of each. */
  kindsOf?(item: Case): readonly string[];
  /** Every word that `kindsOf` can give, so that what was never drawn can be told. */
  readonly kinds?: readonly string[];
  /** Cases that are one step simpler, the boldest steps first. With it a finding is shrunk until no step is left. */
  simpler?(item: Case): Iterable<Case>;
  /** Whether what `simpler` gave is a case at all; all of it is, unless this is given. */
  isCase?(item: Case): boolean;
  /** A cheaper look whether `check` could fail by this rule: false only when it would not. Shrinking asks it first. */
  mayBreak?(item: Case, rule: string): boolean;
  /** Another case, made of one that is kept and another one, kept or fresh. A guided campaign needs it. */
  mutate?(known: Case, other: Case, draw: RandomStream): Case;
  /** The case with the cheapest of what must hold only; it reaches the same. */
  cheap?(item: Case): Case;
  /** What it takes to try a case again that was tried, in any unit, the same on any machine. */
  costOf?(item: Case): number;
  /** What the failure is about; from the message unless given. */
  causeOf?(item: Case, error: unknown): Cause;
  /** What the case does, as files for whoever reads the finding: traces. */
  show?(item: Case): CaseFiles;
}
