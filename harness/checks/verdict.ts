/**
 * What the judge says: one verdict per rule, with evidence, and the whole judgement.
 *
 * @module
 */
import type { OtherKind, Side, TraceRecord } from "../trace/mod.ts";
import type { Convergence } from "./convergence.ts";
import type { KnownDefect, Rule } from "./rule.ts";

/** `unknown` when nothing was seen, or a condition was not met or not known. A check that saw nothing has not passed. */
export type Outcome = "pass" | "fail" | "unknown";

/** A line of a trace that evidence shows. */
export interface EvidenceLine {
  readonly side: Side;
  /** Line in the file, from 1. */
  readonly line: number;
  /** The event with its values; absent when only its place was kept. */
  readonly record?: TraceRecord;
  /** The event's name. */
  readonly name: string;
}

/** One violation of a rule. */
export interface Evidence {
  readonly side: Side;
  /** Which migration of the process, from 1. */
  readonly migration: number;
  /** What is wrong, with the numbers. */
  readonly note: string;
  /** The offending line; absent when something is missing altogether. */
  readonly at?: EvidenceLine;
  /**
   * When it was found, in microseconds on the trace's clock: at the offending line, at the sample, or at the last event
   * when something is missing. Absent when the line's time was not kept.
   */
  readonly moment?: number;
  /** The earlier event that it conflicts with. */
  readonly earlier?: EvidenceLine;
  /** Up to three lines before, the offending one, and up to three after. */
  readonly around: readonly EvidenceLine[];
}

/** A line of a smallest trace. */
export interface SmallestLine extends EvidenceLine {
  /** Which of the traces, from 1 in the order in which they were judged: there may be two destinations. */
  readonly trace: number;
}

/** The smallest part of the traces that was found to break a rule. */
export interface SmallestTrace {
  /** In the order of the traces, with their lines there. */
  readonly lines: readonly SmallestLine[];
  /** Events of the whole. */
  readonly of: number;
  /** What it takes besides the part to be judged so: the facts of the run, or its samples too. */
  readonly needs: "nothing" | "facts" | "facts and samples";
  /** Whether it breaks the rule no more if any line of it is left out; unknown when the search was cut. */
  readonly isMinimal: boolean;
  /** Events that were judged to find it. */
  readonly judged: number;
}

/** What one rule says about the whole input. */
export interface RuleVerdict {
  readonly rule: Rule;
  readonly outcome: Outcome;
  /** How often the promise was put to the test. */
  readonly seen: number;
  /** Why unknown, or what is wrong. Empty for a pass. */
  readonly note: string;
  /** The first violations, three at most. */
  readonly evidence: readonly Evidence[];
  /** How many violations there were in all. */
  readonly violations: number;
  /** Where the rule is unknown for want of events that are nowhere in the log: their names. */
  readonly absent?: readonly string[];
  /** The defect of QEMU that is known to break this rule in this version. */
  readonly knownDefect?: KnownDefect;
  /** Where it was looked for: the smallest part of the traces that still fails. */
  readonly smallest?: SmallestTrace;
}

/** No line of any kind. */
export const NO_OTHERS: Readonly<Record<OtherKind, number>> = {
  "foreign": 0,
  "unknown-event": 0,
  "mismatch": 0,
  "incomplete": 0,
  "too-long": 0,
  "blank": 0,
  "nul-run": 0,
  "byte-order-mark": 0,
  "header": 0,
  "mapping": 0,
  "lost-events": 0,
  "truncated": 0,
  "damaged": 0,
};

/** What was read of one side. */
export interface SideSummary {
  readonly side: Side;
  readonly catalog: string;
  readonly events: number;
  /** Lines that are no event, by kind. */
  readonly others: Readonly<Record<OtherKind, number>>;
  readonly migrations: readonly MigrationSummary[];
}

/** One migration of a side. */
export interface MigrationSummary {
  /** From 1. */
  readonly index: number;
  readonly firstLine: number;
  readonly lastLine: number;
  /** The last state that was traced; empty when none was. */
  readonly status: string;
  /** Whether the log shows its beginning. */
  readonly fromStart: boolean;
}

/** Everything the judge says. */
export interface Judgement {
  /** The worst of the verdicts: fail before unknown before pass, rules that do not apply aside. */
  readonly outcome: Outcome;
  readonly verdicts: readonly RuleVerdict[];
  readonly sides: readonly SideSummary[];
  readonly samples: number;
  /** One for each migration of the source. */
  readonly convergence: readonly Convergence[];
}

const BADNESS: Readonly<Record<Outcome, number>> = { pass: 0, unknown: 1, fail: 2 };

/**
 * What failed, in the order in which to look at it: what QEMU is not known to do wrong before what it is, and each in
 * the order of time; what lies at no event of a known time comes last, in the order of the rules.
 */
export function failuresOf(verdicts: readonly RuleVerdict[]): RuleVerdict[] {
  const time = ({ evidence: [first] }: RuleVerdict) => {
    const at = first?.at?.record?.at ?? -1;
    return at < 0 ? Infinity : at;
  };
  const failed = verdicts.filter(({ outcome }) => outcome === "fail");
  return failed.toSorted((a, b) => {
    const known = Number(a.knownDefect !== undefined) - Number(b.knownDefect !== undefined);
    if (known !== 0) return known;
    return time(a) === time(b) ? 0 : time(a) - time(b);
  });
}

/** The worse of two outcomes: fail before unknown before pass. */
export function worse(a: Outcome, b: Outcome): Outcome {
  return BADNESS[a] >= BADNESS[b] ? a : b;
}

/**
 * The outcome of a list of verdicts: `fail` if any failed; otherwise `pass` if any passed, since rules that do not
 * apply to a migration do not speak about it; `unknown` when nothing could be judged.
 */
export function outcomeOf(verdicts: readonly RuleVerdict[]): Outcome {
  if (verdicts.some(({ outcome }) => outcome === "fail")) return "fail";
  return verdicts.some(({ outcome }) => outcome === "pass") ? "pass" : "unknown";
}
