/**
 * What one rule has said so far: violations of the migration that is being judged, and the sum over those before.
 *
 * @module
 */
import type { Evidence, Outcome, RuleVerdict } from "./verdict.ts";
import type { Rule } from "./rule.ts";
import type { Doubt } from "./unlogged.ts";
import { isIn } from "./version.ts";

/** Violations that are kept with their evidence, per rule. */
export const EVIDENCE_MAX = 3;

/** Whether a rule applies to a migration: yes, no, or not known; with the reason unless yes. */
export interface Applies {
  readonly answer: "yes" | "no" | "unknown";
  readonly reason: string;
  /** Events that are nowhere in the log, and would decide. */
  readonly absent?: readonly string[];
}

/** Most rules find nothing: they share this. */
const NONE: Evidence[] = [];

/** The verdict of one rule in the making. */
export class Tally {
  readonly rule: Rule;
  #outcome: Outcome | undefined = undefined;
  #seen = 0;
  #violations = 0;
  #reason = "";
  /** Why the rule does not speak about such runs, if so. */
  #skipped = "";
  #evidence = NONE;
  #absent: readonly string[] | undefined = undefined;
  #defectVersion = NaN;

  constructor(rule: Rule) {
    this.rule = rule;
  }

  /** Says why the rule does not speak about this input at all. */
  skip(reason: string): void {
    if (this.#reason === "") this.#reason = this.#skipped = reason;
  }

  /** Another run is judged; what was said of such runs before their first event holds for it, too. */
  renew(): void {
    this.#outcome = undefined;
    this.#seen = this.#violations = 0;
    this.#reason = this.#skipped;
    this.#absent = undefined;
    this.#evidence = NONE;
    this.#defectVersion = NaN;
  }

  /** Takes the result of one migration. */
  close(
    applies: Applies,
    seen: number,
    violations: number,
    evidence: readonly Evidence[],
    doubt: Doubt | undefined,
    version: number,
  ): void {
    if (applies.answer !== "yes") {
      this.#absent ??= applies.absent;
      const says = violations > 0 || seen > 0 || this.#reason === "";
      const isDoubted = applies.answer === "unknown" && violations > 0;
      if (isDoubted || (says && this.#outcome === undefined)) this.#reason = applies.reason;
      if (isDoubted) this.#worsen("unknown");
      return;
    }
    this.#seen += seen;
    if (violations > 0) {
      this.#violations += violations;
      this.#defectVersion = version;
      this.#evidence = [...this.#evidence, ...evidence].slice(0, EVIDENCE_MAX);
      this.#worsen("fail");
    } else if (doubt !== undefined) {
      this.#worsen("unknown");
      this.#reason = doubt.reason;
      this.#absent ??= doubt.absent;
    } else if (seen > 0) {
      this.#worsen("pass");
    } else if (this.#reason === "") {
      this.#reason = "nothing that it speaks about was logged";
    }
  }

  verdict(): RuleVerdict {
    const { rule } = this;
    const outcome = this.#outcome ?? "unknown";
    const first = this.#evidence[0];
    const more = this.#violations > 1 ? ` (and ${this.#violations - 1} more)` : "";
    const note = outcome === "fail" ? `${first?.note ?? ""}${more}` : outcome === "pass" ? "" : this.#reason;
    const defect = rule.knownDefect;
    const isKnown = outcome === "fail" && defect !== undefined && isIn(defect.versions, this.#defectVersion);
    const verdict = {
      rule,
      outcome,
      seen: this.#seen,
      note: outcome === "unknown" && note === "" ? "nothing that it speaks about was logged" : note,
      evidence: this.#evidence,
      violations: this.#violations,
    };
    if (isKnown !== true && (outcome !== "unknown" || this.#absent === undefined)) return verdict;
    return {
      ...verdict,
      ...(outcome === "unknown" && this.#absent !== undefined ? { absent: this.#absent } : {}),
      ...(isKnown === true && defect !== undefined ? { knownDefect: defect } : {}),
    };
  }

  #worsen(outcome: Outcome): void {
    const badness = { pass: 0, unknown: 1, fail: 2 };
    if (this.#outcome === undefined || badness[outcome] > badness[this.#outcome]) this.#outcome = outcome;
  }
}
