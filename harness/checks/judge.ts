/**
 * The judge: takes the traces of one or both sides and the samples of a run, in one pass, and says of every rule
 * whether it holds.
 *
 * In:  events as they come, whatever their source; samples, before the events of their side.
 * Out: a verdict per rule with evidence, and why the migration did or did not converge.
 *
 * Each event goes to the checks that mention it and to no others. The engine knows no rule by name.
 *
 * @module
 */
import {
  type Catalog,
  type RunFacts,
  type Sample,
  type Side,
  type TraceVisitor,
  versionOf,
} from "../trace/mod.ts";
import { isCutFor } from "./beginnings.ts";
import { Binding } from "./binding.ts";
import type { MigrationEnd } from "./check.ts";
import { appliesTo, neverApplies, openFor } from "./conditions.ts";
import { type Convergence, ConvergenceCheck, ITERATED_MAX } from "./convergence.ts";
import { makeCheck, PairsCheck } from "./patterns/mod.ts";
import { type Planned, type Roster, rosterOf } from "./roster.ts";
import type { Rule } from "./rule.ts";
import { RULES } from "./rules/mod.ts";
import { Settings } from "./settings.ts";
import { Stream } from "./stream.ts";
import { type Applies, Tally } from "./tally.ts";
import { restsOnUnlogged } from "./unlogged.ts";
import { type Evidence, type Judgement, outcomeOf } from "./verdict.ts";
import { isIn, showVersions, versionOrder } from "./version.ts";

/** What can be asked of a judge besides its verdicts. */
export interface JudgeOptions {
  /** The rules to judge by; all unless given. */
  readonly rules?: readonly Rule[];
  /** Called with a violation as soon as it is certain that the rule applies. */
  readonly onViolation?: (rule: Rule, evidence: Evidence) => void;
}

const NO_EVIDENCE: readonly Evidence[] = [];

/** The rules about one stream. */
interface Attendance {
  readonly roster: Roster;
  /** By position in the roster: null for a rule that sleeps, undefined for one that cannot apply. */
  readonly bindings: (Binding | null | undefined)[];
  /** By declaration index: 1 where whom it wakes is awake, be it since an earlier run. */
  readonly isAwake: Uint8Array;
}

/** Judges one run. */
export class Judge {
  #facts: RunFacts;
  #options: JudgeOptions;
  readonly #rules: readonly Rule[];
  readonly #tallies = new Map<Rule, Tally>();
  readonly #streams: Stream[] = [];
  /** Streams of the run before, which take the logs of this one. */
  readonly #kept: Stream[] = [];
  readonly #rosters = new Map<Stream, Attendance>();
  /** The order of each stream's version: every rule asks for it. */
  readonly #versions = new Map<Stream, number>();
  /** What else the version of a stream may be. */
  readonly #alike = new Map<Stream, readonly string[]>();
  /** Violations that were held back until the condition of their rule is certain. */
  readonly #told = new Set<Evidence>();
  readonly #samples: Record<Side, Sample[]> = { source: [], destination: [] };
  #convergence: Convergence[] = [];
  readonly #watches = new Map<Stream, ConvergenceCheck>();
  readonly #both = new Map<Rule, Binding>();
  /** Rules over both sides that speak about nothing that one of them can trace. */
  readonly #silent = new Set<Rule>();

  constructor(facts: RunFacts, options: JudgeOptions = {}) {
    this.#facts = facts;
    this.#options = options;
    this.#rules = options.rules ?? RULES;
    for (const rule of this.#rules) this.#tallies.set(rule, new Tally(rule));
  }

  /**
   * Takes one side's log. A process that is migrated to in a second try has a log of its own: call it again, in the
   * order of the migrations.
   *
   * @param catalog The catalog that the events come from; its version decides which rules hold.
   * @param alike Where that was guessed: versions that it may be as well. A rule must hold in all of them.
   */
  side(side: Side, catalog: Catalog, alike: readonly string[] = []): TraceVisitor {
    const samples = this.#samples[side].toSorted((a, b) => a.t_us - b.t_us);
    const isFirst = !this.#streams.some((stream) => stream.side === side);
    const kept = this.#kept.shift();
    kept?.settings.renew(this.#facts);
    kept?.renew();
    const stream = kept ?? this.#newStream(side, catalog, alike);
    this.#streams.push(stream);
    stream.expect(isFirst ? samples : []);
    return stream;
  }

  #newStream(side: Side, catalog: Catalog, alike: readonly string[]): Stream {
    const stream = new Stream(side, catalog, new Settings(this.#facts), {
      begins: (begun) => this.#begins(begun),
      ends: (ended) => this.#wakeForEnd(ended),
      closes: (closed, end) => this.#closes(closed, end),
      meets: (met, index) => this.#wakeFor(met, index),
    });
    if (alike.length > 0) this.#alike.set(stream, alike);
    for (const rule of this.#rules) if (rule.side === "both") this.#wireBoth(rule, stream);
    this.#enrol(stream);
    if (side === "source") {
      const host = new Binding(stream, undefined, () => {});
      const watch = new ConvergenceCheck(host);
      host.check = watch;
      stream.wire(watch);
      stream.crew.enlist(host);
      this.#watches.set(stream, watch);
    }
    return stream;
  }

  /**
   * Forgets the run that it judged and takes another one of the same kind, without setting up the rules anew: the same
   * sides, versions and traits that the facts tell of.
   */
  renew(facts: RunFacts, options: JudgeOptions): void {
    this.#facts = facts;
    this.#options = options;
    this.#kept.push(...this.#streams.splice(0));
    for (const tally of this.#tallies.values()) tally.renew();
    for (const binding of this.#both.values()) binding.begin();
    this.#told.clear();
    this.#samples.source.length = this.#samples.destination.length = 0;
    this.#convergence = [];
  }

  /** Takes a `query-migrate` reply. Give the samples of a side before its events: some rules compare moments. */
  sample(sample: Sample): void {
    this.#samples[sample.side].push(sample);
  }

  /** Says that all input has been given, and judges. */
  finish(): Judgement {
    for (const stream of this.#streams) stream.finish();
    this.#closeBoth();
    const given = new Set<Rule["side"]>(this.#streams.map(({ side }) => side));
    if (given.size > 0) given.add("both");
    if (given.size < 3) {
      for (const [rule, tally] of this.#tallies) {
        if (!given.has(rule.side)) tally.skip(`the ${rule.side}'s trace was not given`);
      }
    }
    const verdicts = Array.from(this.#tallies.values(), (tally) => tally.verdict());
    return {
      outcome: outcomeOf(verdicts),
      verdicts,
      sides: this.#streams.map((stream) => stream.summary()),
      samples: this.#samples.source.length + this.#samples.destination.length,
      convergence: this.#convergence,
    };
  }

  #versionOf(stream: Stream): number {
    const known = this.#versions.get(stream);
    if (known !== undefined) return known;
    const own = versionOrder(stream.catalog.name);
    const order = Number.isNaN(own) ? versionOrder(versionOf(this.#facts, stream.side) ?? "") : own;
    this.#versions.set(stream, order);
    return order;
  }

  #versionSkips(rule: Rule, stream: Stream): string {
    const held = isIn(rule.versions, this.#versionOf(stream));
    if (held === true && !this.#mayBeOutside(rule, stream)) return "";
    const range = showVersions(rule.versions);
    const alike = this.#alike.get(stream);
    if (alike !== undefined) {
      return `holds in QEMU ${range}; the ${stream.side} is taken for ${stream.catalog.name}, and may be ${
        alike.join(" or ")
      }`;
    }
    return held === false
      ? `holds in QEMU ${range}; the ${stream.side} is ${stream.catalog.name}`
      : `holds in QEMU ${range}; the version of the ${stream.side} is not known`;
  }

  #mayBeOutside({ versions }: Rule, stream: Stream): boolean {
    const alike = this.#alike.get(stream) ?? [];
    return alike.some((name) => isIn(versions, versionOrder(name)) === false);
  }

  /** Finds out which rules about the stream's side can apply. */
  #enrol(stream: Stream): void {
    const roster = rosterOf(
      this.#rules,
      stream.side,
      stream.catalog,
      (rule) => makeCheck(rule.pattern, new Binding(stream, rule, () => {})),
    );
    const bindings = roster.planned.map(({ rule, speaks }): Binding | null | undefined => {
      const skips = this.#versionSkips(rule, stream) || neverApplies(rule.when, this.#facts);
      if (skips === "" && speaks) return null;
      const reason = skips === "" ? `QEMU ${stream.catalog.name} has none of its events` : skips;
      (this.#tallies.get(rule) as Tally).skip(reason);
      return undefined;
    });
    const isAwake = new Uint8Array(stream.catalog.declarations.length);
    this.#rosters.set(stream, { roster, bindings, isAwake });
    for (const [position, { from }] of roster.planned.entries()) {
      if (from === "start") this.#wake(stream, position);
    }
    for (const binding of bindings) if (binding?.check !== undefined) stream.crew.enlist(binding);
  }

  /** Makes the evaluator of a rule, unless there is one or the rule cannot apply. */
  #wake(stream: Stream, position: number): void {
    const { roster, bindings } = this.#rosters.get(stream) as Attendance;
    if (bindings[position] !== null) return;
    const binding = this.#bind((roster.planned[position] as Planned).rule, stream);
    bindings[position] = binding;
    if (binding.check !== undefined) stream.wire(binding.check);
  }

  #wakeFor(stream: Stream, declaration: number): void {
    const { roster, bindings, isAwake } = this.#rosters.get(stream) as Attendance;
    const positions = roster.wakes[declaration];
    if (positions === undefined) return;
    if (isAwake[declaration] === 0) {
      isAwake[declaration] = 1;
      for (const position of positions) this.#wake(stream, position);
    }
    for (const position of positions) {
      const binding = bindings[position];
      if (binding) stream.crew.meet(binding);
    }
  }

  #wakeForEnd(stream: Stream): void {
    const { roster, bindings } = this.#rosters.get(stream) as Attendance;
    for (const position of roster.ends) {
      this.#wake(stream, position);
      const binding = bindings[position];
      if (binding) stream.crew.meet(binding);
    }
  }

  #wireBoth(rule: Rule, stream: Stream): void {
    const tally = this.#tallies.get(rule) as Tally;
    const skips = this.#versionSkips(rule, stream);
    if (skips !== "") tally.skip(skips);
    let binding = this.#both.get(rule);
    if (binding === undefined) {
      binding = this.#bind(rule, stream);
      this.#both.set(rule, binding);
      binding.begin();
    }
    const { check } = binding;
    if (check === undefined || stream.wire(check)) return;
    // The other side may be of a version that has them.
    if (skips !== "" || !check.slots().some(({ side }) => side === stream.side)) return;
    tally.skip(`QEMU ${stream.catalog.name}, the ${stream.side}'s, has none of its events`);
    this.#silent.add(rule);
  }

  #bind(rule: Rule, stream: Stream): Binding {
    const binding = new Binding(stream, rule, (from, evidence) => this.#violated(from, evidence));
    binding.check = makeCheck(rule.pattern, binding);
    return binding;
  }

  #violated(binding: Binding, evidence: Evidence): void {
    const { rule } = binding;
    if (rule === undefined || this.#options.onViolation === undefined || rule.side === "both") return;
    if (binding.stream.parties.areMixed || isCutFor(rule.pattern, binding.stream)) return;
    if (appliesTo(rule.when, [binding.stream], this.#facts, undefined).answer !== "yes") return;
    if (binding.stream.mayBeSavevm || restsOnUnlogged(rule, binding, [binding.stream]) !== undefined) return;
    this.#told.add(evidence);
    this.#options.onViolation(rule, evidence);
  }

  #begins(stream: Stream): void {
    for (const { check } of this.#both.values()) {
      if (check instanceof PairsCheck) check.sideBegins(stream.side);
    }
  }

  #closes(stream: Stream, end: MigrationEnd): void {
    const { roster, bindings } = this.#rosters.get(stream) as Attendance;
    const streams = [stream];
    const version = this.#versionOf(stream);
    /** By the number of the conditions: most rules share theirs with others. */
    const known: (Applies | undefined)[] = new Array(roster.conditions);
    for (let position = 0; end.isMigration && position < bindings.length; position++) {
      const binding = bindings[position];
      if (binding === undefined) continue;
      const { rule, conditions } = roster.planned[position] as Planned;
      const applies = openFor(rule.pattern, streams) ??
        (known[conditions] ??= appliesTo(rule.when, streams, this.#facts, end));
      const tally = this.#tallies.get(rule) as Tally;
      if (binding === null || !binding.isMet) tally.close(applies, 0, 0, NO_EVIDENCE, undefined, version);
      else this.#settle(rule, binding, streams, applies);
    }
    for (const { check } of this.#both.values()) {
      if (!(check instanceof PairsCheck)) continue;
      (stream.side === "source" ? check.sourceEnds : check.destinationEnds).push(end.ending === "completed");
    }
    const watch = this.#watches.get(stream);
    if (watch !== undefined && end.isMigration) {
      this.#convergence.push(watch.judge(stream.migration, end.ending));
      // A process that migrates thousands of times would keep a kilobyte for each.
      const old = this.#convergence.length - 1 - ITERATED_MAX;
      const former = this.#convergence[old];
      if (former !== undefined) this.#convergence[old] = { ...former, iterations: [] };
    }
  }

  #closeBoth(): void {
    const sides = new Set(this.#streams.map(({ side }) => side));
    for (const [rule, binding] of this.#both) {
      const tally = this.#tallies.get(rule) as Tally;
      if (sides.size < 2) {
        tally.skip(
          `needs both sides; the ${sides.has("source") ? "destination" : "source"}'s trace was not given`,
        );
        continue;
      }
      if (this.#silent.has(rule)) continue;
      if (this.#streams.some((stream) => this.#versionSkips(rule, stream) !== "")) continue;
      const last = this.#streams.findLast(({ side }) => side === "source");
      const status = last?.status ?? "";
      const ending = status === "completed" || status === "failed" || status === "cancelled"
        ? status
        : "other";
      const end = { ending, fromStart: true, lastLine: 0, isMigration: true } as const;
      binding.check?.end(end);
      const applies = openFor(rule.pattern, this.#streams) ??
        appliesTo(rule.when, this.#streams, this.#facts, end);
      this.#settle(rule, binding, this.#streams, applies);
    }
  }

  #settle(rule: Rule, binding: Binding, streams: readonly Stream[], conditions: Applies): void {
    const isInDoubt = conditions.answer === "yes" && binding.violations > 0;
    const unlogged = isInDoubt ? restsOnUnlogged(rule, binding, streams) : undefined;
    const applies = unlogged === undefined ? conditions : { answer: "unknown" as const, ...unlogged };
    const version = this.#versionOf(streams[0] as Stream);
    const tally = this.#tallies.get(rule) as Tally;
    const { seen = 0, doubt } = binding.check ?? {};
    tally.close(applies, seen, binding.violations, binding.evidence, doubt, version);
    if (applies.answer !== "yes") return;
    for (const evidence of binding.evidence) {
      if (!this.#told.delete(evidence)) this.#options.onViolation?.(rule, evidence);
    }
  }
}
