/**
 * Rules as data: what QEMU promises, why it matters, where that is known from, and the pattern that tests it.
 *
 * @module
 */
import type { Side } from "../trace/mod.ts";
import type { Pattern } from "./pattern.ts";
import type { VersionRange } from "./version.ts";

/**
 * What a migration is or did. A trait is proven by the trace (an event that only such a migration shows) or by the
 * facts of the run (capabilities, transport); `traits.ts` has the table.
 */
export type Trait =
  | "multifd"
  | "postcopy-ram"
  | "postcopy"
  | "preempt"
  | "return-path"
  | "xbzrle"
  | "mapped-ram"
  | "x-ignore-shared"
  | "dirty-bitmaps"
  | "colo"
  | "snapshot"
  | "auto-converge"
  | "dirty-limit"
  | "pause"
  | "switchover-ack"
  | "zero-copy"
  | "release-ram"
  | "file"
  | "cpr"
  | "paused"
  | "guest-ran"
  | "throttled-sync"
  | "compress"
  | "blocktime";

/** The words a migration can end with, on one side. */
export type Ending = "completed" | "failed" | "cancelled" | "other";

/** When a rule holds. A rule whose condition is not met, or not known to be met, is judged unknown. */
export interface Conditions {
  readonly with?: readonly Trait[];
  readonly without?: readonly Trait[];
  /** How the migration ended on the rule's side. */
  readonly ends?: readonly Ending[];
}

/** A defect of QEMU itself that makes real traces break a rule. */
export interface KnownDefect {
  readonly text: string;
  readonly versions: VersionRange;
}

/** One promise. */
export interface Rule {
  readonly id: string;
  /** One sentence: what a right trace shows. */
  readonly claim: string;
  /** What goes wrong when it does not. */
  readonly why: string;
  /** QEMU's file and function, and the section of the facts or the recordings that show it. */
  readonly source: string;
  /** The statements of the facts that this rule implements: `precopy R16`, `precopy I4`, `postcopy R7`. */
  readonly facts: readonly string[];
  readonly category: "ordering" | "invariant";
  readonly side: Side | "both";
  readonly versions?: VersionRange;
  readonly when?: Conditions;
  readonly pattern: Pattern;
  readonly knownDefect?: KnownDefect;
}
