/**
 * What a worker of a campaign does: tries ranges of cases that it is handed, and reports what it has done.
 *
 * The clock tells how long things took and when to report; what is found does not depend on it.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import type { CaseFiles, FuzzTarget } from "../target.ts";
import { BLOCK, Lineage } from "./guide.ts";
import { casesLine, DONE, FAILED, reachedLine, type Tally, tallyLine } from "./journal.ts";
import { Pulse, STAGE } from "./pulse.ts";
import type { Range } from "./ranges.ts";
import {
  type Broken,
  drawCase,
  type Failure,
  type Hopeless,
  keepUnshrunk,
  replayCase,
  shrinkFailure,
  tryItem,
} from "./try_case.ts";

/** What a worker is told: try these cases. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  readonly range: Range;
  /** Whether cases are made of earlier ones; the range then lies in one block. */
  readonly guided: boolean;
  /** Cases that never end, and those of which workers die: they are findings as they are, and not tried. */
  readonly hopeless: readonly Hopeless[];
  /** Cases whose shrinking never ends, or is deadly: they are findings as they were drawn. */
  readonly rough: readonly number[];
  /** The file that the worker appends its journal to; none when nobody will resume. */
  readonly journal?: string;
  /** Shared with the worker: see {@linkcode Pulse}. */
  readonly pulse: SharedArrayBuffer;
}

/** What a worker is told: try a case that was written as data. */
export interface Replay {
  readonly replay: { readonly target: string; readonly files: CaseFiles };
}

/** What a worker tells of a {@linkcode Replay}: that it begins, and what the property says if it does not hold. */
export type Replayed = { readonly begins: true } | {
  readonly begins: false;
  readonly message: string | undefined;
};

/** What a worker tells: so many cases more are tried, with these failures. */
export interface Report {
  readonly target: string;
  readonly tried: number;
  /** What was reached for the first time by this worker. */
  readonly reached: readonly string[];
  readonly failures: readonly Failure[];
  /** How long each of the failures took to shrink, in milliseconds. */
  readonly shrinkMs: readonly number[];
  /** Failures that were not shrunk, since enough of their rule are. */
  readonly more: readonly { readonly index: number; readonly rule: string }[];
  /** What the cases of the order had and took, when it is done. */
  readonly tally?: Tally;
  /** The case that comes next. */
  readonly next: number;
  /** Whether the order is done, or was stopped. */
  readonly isLast: boolean;
}

/** Appends to a journal; made by whoever may write files. */
export type OpenJournal = (path: string) => (text: string) => void;

/** Reports are at least this far apart, unless a case fails. */
const REPORT_EVERY_MS = 100;
/**
 * The first failures of a rule are shrunk, the rest only counted. Which ones are kept in the end does not depend on
 * who tried what: see the campaign's store.
 */
export const SHRUNK_MAX = 16;

/** Makes this worker try cases of these targets. */
export function serve(targets: readonly FuzzTarget[], open: OpenJournal = () => () => {}): void {
  const worker = new Worker(targets, open, (report) => self.postMessage(report));
  self.onmessage = ({ data }: MessageEvent<Order | Replay>) => {
    if (!("replay" in data)) return worker.obey(data);
    const { target, files } = data.replay;
    self.postMessage({ begins: true } satisfies Replayed);
    self.postMessage(
      { begins: false, message: replayCase(targetNamed(targets, target), files) } satisfies Replayed,
    );
  };
}

function targetNamed(targets: readonly FuzzTarget[], name: string): FuzzTarget {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(`There is no fuzz target ${name}`);
  return target;
}

/** What became of one case. */
interface Tried {
  readonly item: unknown;
  readonly reached: Iterable<string>;
  readonly broken?: Broken<unknown>;
}

/** A worker's memory between orders. */
class Worker {
  #write: ((text: string) => void) | undefined;
  readonly #seen = new Map<string, Set<string>>();
  readonly #shrunk = new Map<string, number>();
  #lineage: Lineage<unknown> | undefined;
  #pending = { tried: 0, reached: [] as string[] };
  #kinds: Record<string, number> = {};
  #reportedAt = performance.now();

  constructor(
    readonly targets: readonly FuzzTarget[],
    readonly open: OpenJournal,
    readonly tell: (report: Report) => void,
  ) {}

  obey(order: Order): void {
    const target = targetNamed(this.targets, order.target);
    if (order.journal !== undefined) this.#write ??= this.open(order.journal);
    this.#write?.(casesLine(target.name, order.range));
    const pulse = new Pulse(order.pulse);
    const start = performance.now();
    this.#kinds = {};
    for (let index = order.range.from; index < order.range.to; index++) {
      const tried = this.#try(target, order, index, pulse);
      const isLast = index + 1 === order.range.to || pulse.stopped;
      const told = this.#report(target, order, index, tried, isLast, pulse);
      if (!isLast) continue;
      const ms = Math.round(performance.now() - start);
      const tally = { target: target.name, from: order.range.from, to: index + 1, ms, kinds: this.#kinds };
      this.#write?.(tallyLine(tally));
      if (told !== undefined) this.tell({ ...told, tally });
      return;
    }
  }

  #try(target: FuzzTarget, order: Order, index: number, pulse: Pulse): Tried {
    pulse.beat(index, STAGE.drawing);
    const isUntriable = order.hopeless.some((one) => one.index === index);
    let tried: Tried;
    if (order.guided && target.mutate !== undefined) tried = this.#walk(target, order, index, pulse);
    else {
      const item = drawCase(target, order.seed, index);
      pulse.beat(index, STAGE.trying);
      tried = { item, ...(isUntriable ? { reached: [] } : tryItem(target, item)) };
    }
    const hasFailed = isUntriable || tried.broken !== undefined;
    for (const kind of target.kindsOf?.(tried.item) ?? []) this.#kinds[kind] = (this.#kinds[kind] ?? 0) + 1;
    this.#note(target, tried.reached, order.range, index, hasFailed);
    if (!hasFailed) this.#pending.tried++;
    return tried;
  }

  /** Goes on in the block, from its start if this worker has not come from there. */
  #walk(target: FuzzTarget, { seed, hopeless }: Order, index: number, pulse: Pulse): Tried {
    const block = Math.floor(index / BLOCK);
    const known = this.#lineage;
    const isHere = known !== undefined && known.target === target && known.seed === seed &&
      known.next <= index &&
      Math.floor(known.next / BLOCK) === block;
    const skip = new Set(hopeless.map((one) => one.index));
    const lineage = isHere ? known : new Lineage(target, seed, block, skip);
    this.#lineage = lineage;
    const step = () => {
      const { next } = lineage;
      pulse.beat(next, STAGE.drawing);
      return lineage.step(() => pulse.beat(next, STAGE.trying));
    };
    while (lineage.next < index) step();
    return step();
  }

  /** What is new goes to the journal before the dot of the case that reached it. */
  #note(target: FuzzTarget, reached: Iterable<string>, range: Range, index: number, failed: boolean): void {
    let seen = this.#seen.get(target.name);
    if (seen === undefined) this.#seen.set(target.name, seen = new Set());
    let text = "";
    for (const name of reached) {
      if (seen.has(name)) continue;
      seen.add(name);
      this.#pending.reached.push(name);
      text += reachedLine(target.name, name);
    }
    if (text !== "") text += casesLine(target.name, { from: index, to: range.to });
    this.#write?.(text + (failed ? FAILED : DONE));
  }

  /** Tells of failures at once, of the rest now and then; of the last case it gives back what is to be told. */
  #report(
    target: FuzzTarget,
    order: Order,
    index: number,
    tried: Tried,
    isLast: boolean,
    pulse: Pulse,
  ): Report | undefined {
    const start = performance.now();
    const hasFailed = tried.broken !== undefined || order.hopeless.some((one) => one.index === index);
    if (!hasFailed && !isLast && start - this.#reportedAt < REPORT_EVERY_MS) return undefined;
    const told = hasFailed
      ? this.#failuresOf(target, order, index, tried, pulse)
      : { failures: [], more: [] };
    this.#reportedAt = performance.now();
    const shrinkMs = told.failures.map(() => this.#reportedAt - start);
    const report = { target: target.name, ...this.#pending, ...told, shrinkMs, next: index + 1, isLast };
    this.#pending = { tried: 0, reached: [] };
    if (isLast) return report;
    this.tell(report);
    return undefined;
  }

  #failuresOf(
    target: FuzzTarget,
    { seed, rough, hopeless }: Order,
    index: number,
    { item, broken }: Tried,
    pulse: Pulse,
  ): Pick<Report, "failures" | "more"> {
    const why = broken ?? hopeless.find((one) => one.index === index)?.rule;
    if (why === undefined) throw new Error(`Case ${index} of fuzz target ${target.name} has not failed`);
    const rule = typeof why === "object" ? why.cause.rule : why;
    const key = `${target.name}/${rule}`;
    const shrunk = this.#shrunk.get(key) ?? 0;
    this.#shrunk.set(key, shrunk + 1);
    if (shrunk >= SHRUNK_MAX) return { failures: [], more: [{ index, rule }] };
    if (broken === undefined || rough.includes(index)) {
      return { failures: [keepUnshrunk(target, index, item, why)], more: [] };
    }
    const beat = () => pulse.beat(index, STAGE.shrinking);
    beat();
    return { failures: [shrinkFailure(target, seed, index, broken, beat)], more: [] };
  }
}
