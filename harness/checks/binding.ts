/**
 * A check bound to a stream: what its evaluator asks of the stream, and the violations that it found there.
 *
 * @module
 */
import type { EventView, Side } from "../trace/mod.ts";
import { mindsGaps } from "./beginnings.ts";
import type { Check, Host, Remembered } from "./check.ts";
import type { Lanes } from "./lanes.ts";
import type { Rule } from "./rule.ts";
import { resolve, type Resolved, type Selector } from "./select.ts";
import type { Settings } from "./settings.ts";
import type { Stream } from "./stream.ts";
import { EVIDENCE_MAX } from "./tally.ts";
import { type Doubt, doubtFor } from "./unlogged.ts";
import type { Evidence } from "./verdict.ts";

/** A check bound to a stream, with the violations of the migration that is being judged. */
export class Binding implements Host {
  readonly side: Side;
  readonly settings: Settings;
  /** Absent for what is judged by no rule. */
  readonly rule: Rule | undefined;
  at = -1;
  /** Whether an event that it mentions was in this log: until then it is as it began. */
  isMet = false;
  violations = 0;
  evidence: Evidence[] = [];
  readonly #stream: Stream;
  readonly #onViolation: (binding: Binding, evidence: Evidence) => void;
  #check: Check | undefined = undefined;
  /** Whether its check has anything to do at the end. */
  hasEnd = false;
  /** Whether what came before has a part in the rule, so that a line that cannot be read may excuse a violation. */
  readonly #mindsGaps: boolean;
  /** What is due first in an order may have been lost before the earlier of two events. */
  readonly #isOrder: boolean;

  constructor(
    stream: Stream,
    rule: Rule | undefined,
    onViolation: (binding: Binding, evidence: Evidence) => void,
  ) {
    this.side = stream.side;
    this.settings = stream.settings;
    this.#stream = stream;
    this.rule = rule;
    this.#onViolation = onViolation;
    this.#isOrder = rule?.pattern.kind === "order";
    this.#mindsGaps = rule !== undefined && mindsGaps(rule.pattern);
  }

  get check(): Check | undefined {
    return this.#check;
  }

  set check(check: Check | undefined) {
    this.#check = check;
    this.hasEnd = check?.hasEnd ?? false;
  }

  get stream(): Stream {
    return this.#stream;
  }

  get lanes(): Lanes {
    return this.#stream.lanes;
  }

  get fromStart(): boolean {
    return this.#stream.fromStart;
  }

  begin(): void {
    this.violations = 0;
    // What was found has gone into a verdict.
    if (this.evidence.length > 0) this.evidence = [];
    this.#check?.begin();
  }

  violate(
    note: string,
    where: EventView | Remembered | null,
    earlier?: Remembered,
    sampleAt?: number,
  ): void {
    const doubt = this.#mindsGaps
      ? this.#stream.damage.doubtAbout(where, this.#isOrder ? undefined : earlier)
      : undefined;
    if (doubt !== undefined && this.check !== undefined) {
      this.check.doubt ??= doubt;
      return;
    }
    this.violations++;
    if (this.violations > EVIDENCE_MAX) return;
    const evidence = this.#stream.evidence(note, where, earlier, sampleAt);
    this.evidence.push(evidence);
    this.#onViolation(this, evidence);
  }

  get isSated(): boolean {
    return this.violations >= EVIDENCE_MAX;
  }

  arm(slot: number): void {
    if (this.check !== undefined) this.#stream.change(this.check, slot, true);
  }

  disarm(slot: number): void {
    if (this.check !== undefined) this.#stream.change(this.check, slot, false);
  }

  wouldShow(selector: Selector): boolean {
    return this.#stream.coverage.wouldShow(this.resolve(selector));
  }

  doubtFor(selector: Selector): Doubt {
    const { coverage } = this.#stream;
    const absent = selector.filter((one) => coverage.isMissing(this.resolve([one])));
    return doubtFor(absent.length > 0 ? absent : selector, coverage);
  }

  resolve(selector: Selector, args: readonly string[] = []): readonly Resolved[] {
    return resolve(selector, args, this.#stream.catalog);
  }
}
