/**
 * What a fuzz target is: how cases are made, what must hold of each, and how a case becomes files and back.
 *
 * The runner (campaigns, shards, shrinking, findings) knows targets through this interface only.
 *
 * @module
 */
import type fc from "fast-check";

/** A case as data, for the folder of a finding: file names and their contents. */
export type CaseFiles = Readonly<Record<string, Uint8Array>>;

/** One thing to attack, and the property that must survive. */
export interface FuzzTarget<Case = unknown> {
  /** What the command line calls it: `log`, `simpletrace`. */
  readonly name: string;
  /** One line for `fuzz list`: the input, and what must hold. */
  readonly summary: string;
  /** Makes cases, and shrinks them. Everything random comes from fast-check. */
  readonly arbitrary: fc.Arbitrary<Case>;
  /**
   * Tries one case. Returns if all is well; deterministic, and without a memory of earlier cases.
   *
   * @throws {Error} If the property does not hold; the message says which and where.
   */
  check(item: Case): void;
  /** The case as files, one of which is the input itself, so that other tools can read it. */
  encode(item: Case): CaseFiles;
  /** The case that {@linkcode FuzzTarget.encode} wrote: `check(decode(encode(c)))` does what `check(c)` did. */
  decode(files: CaseFiles): Case;
}
