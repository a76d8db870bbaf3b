/**
 * A second look at a trace that broke a rule: the events that the rule speaks about, for shrinking, and the lines
 * around a violation that was only told later. Memory is bounded, however long the trace.
 *
 * @module
 */
import {
  type Catalog,
  type EventView,
  keep,
  type Side,
  type TraceRecord,
  type TraceVisitor,
} from "../trace/mod.ts";
import { CORE_EVENTS } from "./coverage.ts";
import { CONTEXT_LINES, Recent } from "./recent.ts";
import { RecordRing } from "./record_ring.ts";
import { TRAITS } from "./traits.ts";
import type { EvidenceLine, RuleVerdict } from "./verdict.ts";

/** An event that was kept, with its place. */
export interface Kept {
  /** Which of the traces, in the order in which they are judged. */
  readonly trace: number;
  readonly side: Side;
  readonly line: number;
  readonly record: TraceRecord;
}

/** What begins and ends migrations, whatever the rule. */
const FRAME = [
  "migrate_set_state",
  "savevm_state_header",
  "savevm_state_cleanup",
  "loadvm_state_cleanup",
  "migration_block_activation",
  "vm_state_notify",
  "runstate_set",
];

/** The events that a verdict depends on, by declaration index: 1 for each. */
export function eventsOf({ rule, evidence }: RuleVerdict, catalog: Catalog): Uint8Array {
  const names = new Set<string>([...FRAME, ...CORE_EVENTS]);
  addNames(rule.pattern, names);
  for (const trait of [...rule.when?.with ?? [], ...rule.when?.without ?? []]) {
    addNames(TRAITS[trait].proof, names);
  }
  for (const { at, earlier } of evidence) for (const one of [at, earlier]) if (one) names.add(one.name);
  return Uint8Array.from(catalog.declarations, ({ name }) => names.has(name) ? 1 : 0);
}

/** The names of events that a pattern mentions, wherever in it. */
function addNames(value: unknown, names: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  if ("event" in value && typeof value.event === "string") names.add(value.event);
  for (const part of Object.values(value)) addNames(part, names);
}

/** Events kept at the beginning of a trace, up to the violation, and behind it. */
const HEAD_MAX = 1024;
const BEFORE_MAX = 8192;
const AFTER_MAX = 1024;

/** Keeps the events of one trace that a verdict depends on. */
export class Excerpt implements TraceVisitor {
  readonly #trace: number;
  readonly #side: Side;
  readonly #wanted: Uint8Array;
  readonly #until: number;
  readonly #head: Kept[] = [];
  readonly #before = new RecordRing(BEFORE_MAX);
  readonly #after = new RecordRing(AFTER_MAX);

  /** @param wanted By declaration index, as {@linkcode eventsOf} gives it. */
  constructor(trace: number, side: Side, wanted: Uint8Array, { evidence }: RuleVerdict) {
    this.#trace = trace;
    this.#side = side;
    this.#wanted = wanted;
    const lines = evidence.flatMap(({ at }) => at?.side === side ? [at.line] : []);
    this.#until = lines.length === 0 ? Infinity : Math.min(...lines);
  }

  event(event: EventView): void {
    if (this.#wanted[event.declaration.index] === 0) return;
    if (this.#head.length < HEAD_MAX) {
      this.#head.push(this.#keptOf({ line: event.line, record: keep(event) }));
    } else (event.line <= this.#until ? this.#before : this.#after).push(event);
  }

  /** What was kept, in the order of the trace. */
  kept(): Kept[] {
    const rings = [...this.#before.list(), ...this.#after.list()];
    return [...this.#head, ...rings.map((one) => this.#keptOf(one))];
  }

  #keptOf(one: Pick<Kept, "line" | "record">): Kept {
    return { trace: this.#trace, side: this.#side, ...one };
  }
}

/** Finds the lines around given ones of one trace. */
export class Surroundings implements TraceVisitor {
  /** By line: up to three events before it, itself, and up to three after. */
  readonly found = new Map<number, EvidenceLine[]>();
  readonly #side: Side;
  readonly #wanted: ReadonlySet<number>;
  readonly #recent: Recent;
  readonly #open: { readonly lines: EvidenceLine[]; left: number }[] = [];

  constructor(side: Side, wanted: ReadonlySet<number>) {
    this.#side = side;
    this.#wanted = wanted;
    this.#recent = new Recent(side);
  }

  event(view: EventView): void {
    const event = this.#recent.take(view);
    if (this.#open.length === 0 && !this.#wanted.has(event.line)) return;
    const here = { side: this.#side, line: event.line, name: event.declaration.name, record: event.record() };
    for (const open of this.#open) {
      open.lines.push(here);
      open.left--;
    }
    while (this.#open[0]?.left === 0) this.#open.shift();
    if (!this.#wanted.has(event.line) || this.found.has(event.line)) return;
    const lines = [...this.#recent.lines(), here];
    this.found.set(event.line, lines);
    this.#open.push({ lines, left: CONTEXT_LINES });
  }
}

/** The lines of a side whose surroundings, or whose text, the evidence of some verdicts lacks. */
export function missingLines(verdicts: readonly RuleVerdict[], side: Side): Set<number> {
  const lines = new Set<number>();
  for (const { evidence } of verdicts) {
    for (const { at, earlier, around } of evidence) {
      if (at?.side === side && around.length <= 1) lines.add(at.line);
      if (earlier?.side === side && earlier.record === undefined) lines.add(earlier.line);
    }
  }
  return lines;
}

/** A verdict with the lines that its evidence lacked. */
export function completed(
  verdict: RuleVerdict,
  around: (line: EvidenceLine) => readonly EvidenceLine[] | undefined,
): RuleVerdict {
  const lineAt = (one: EvidenceLine): EvidenceLine =>
    around(one)?.find(({ line }) => line === one.line) ?? one;
  const evidence = verdict.evidence.map((one) => {
    const lines = one.at === undefined || one.around.length > 1 ? undefined : around(one.at);
    return {
      ...one,
      ...(one.at === undefined ? {} : { at: lineAt(one.at) }),
      ...(one.earlier === undefined ? {} : { earlier: lineAt(one.earlier) }),
      around: lines ?? one.around,
    };
  });
  return { ...verdict, evidence };
}
