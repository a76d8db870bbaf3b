/**
 * What a worker of a campaign does: tries ranges of cases that it is handed, and reports what it has done.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import type { FuzzTarget } from "../target.ts";
import { BLOCK, Lineage } from "./guide.ts";
import { casesLine, DONE, FAILED, reachedLine } from "./journal.ts";
import type { Range } from "./ranges.ts";
import { type Broken, drawCase, type Failure, shrinkFailure, tryItem } from "./try_case.ts";

/** What a worker is told: try these cases. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  readonly range: Range;
  /** Whether cases are made of earlier ones; the range then lies in one block. */
  readonly guided: boolean;
  /** The file that the worker appends its journal to; none when nobody will resume. */
  readonly journal?: string;
  /** Shared with the worker: not 0 once it is to stop after the case under way. */
  readonly stop: SharedArrayBuffer;
}

/** What a worker tells: so many cases more are tried, with these failures. */
export interface Report {
  readonly target: string;
  readonly tried: number;
  /** What was reached for the first time by this worker. */
  readonly reached: readonly string[];
  readonly failures: readonly Failure[];
  /** Failures that were not shrunk, since enough of their rule are. */
  readonly more: readonly { readonly index: number; readonly rule: string }[];
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
  self.onmessage = ({ data }: MessageEvent<Order>) => worker.obey(data);
}

/** A worker's memory between orders. */
class Worker {
  #write: ((text: string) => void) | undefined;
  readonly #seen = new Map<string, Set<string>>();
  readonly #shrunk = new Map<string, number>();
  #lineage: Lineage<unknown> | undefined;
  #pending = { tried: 0, reached: [] as string[] };
  #reportedAt = performance.now();

  constructor(
    readonly targets: readonly FuzzTarget[],
    readonly open: OpenJournal,
    readonly tell: (report: Report) => void,
  ) {}

  obey(order: Order): void {
    const target = this.targets.find(({ name }) => name === order.target);
    if (target === undefined) throw new Error(`There is no fuzz target ${order.target}`);
    if (order.journal !== undefined) this.#write ??= this.open(order.journal);
    this.#write?.(casesLine(target.name, order.range));
    const stop = new Int32Array(order.stop);
    for (let index = order.range.from; index < order.range.to; index++) {
      const isLast = index + 1 === order.range.to || Atomics.load(stop, 0) !== 0;
      this.#try(target, order, index, isLast);
      if (isLast) return;
    }
  }

  #try(target: FuzzTarget, order: Order, index: number, isLast: boolean): void {
    const { reached, broken } = order.guided && target.mutate !== undefined
      ? this.#walk(target, order, index)
      : tryItem(target, drawCase(target, order.seed, index));
    this.#note(target, reached, order.range, index, broken !== undefined);
    if (broken === undefined) this.#pending.tried++;
    const now = performance.now();
    if (broken === undefined && !isLast && now - this.#reportedAt < REPORT_EVERY_MS) return;
    this.#reportedAt = now;
    const { failures, more } = this.#failuresOf(target, order, index, broken);
    this.tell({ target: target.name, ...this.#pending, failures, more, isLast });
    this.#pending = { tried: 0, reached: [] };
  }

  /** Goes on in the block, from its start if this worker has not come from there. */
  #walk(target: FuzzTarget, { seed }: Order, index: number): ReturnType<Lineage<unknown>["step"]> {
    const block = Math.floor(index / BLOCK);
    const known = this.#lineage;
    const isHere = known !== undefined && known.target === target && known.seed === seed &&
      known.next <= index &&
      Math.floor(known.next / BLOCK) === block;
    const lineage = isHere ? known : new Lineage(target, seed, block);
    this.#lineage = lineage;
    while (lineage.next < index) lineage.step();
    return lineage.step();
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

  #failuresOf(
    target: FuzzTarget,
    { seed }: Order,
    index: number,
    broken: Broken<unknown> | undefined,
  ): Pick<Report, "failures" | "more"> {
    if (broken === undefined) return { failures: [], more: [] };
    const { rule } = broken.cause;
    const key = `${target.name}/${rule}`;
    const shrunk = this.#shrunk.get(key) ?? 0;
    this.#shrunk.set(key, shrunk + 1);
    if (shrunk >= SHRUNK_MAX) return { failures: [], more: [{ index, rule }] };
    return { failures: [shrinkFailure(target, seed, index, broken)], more: [] };
  }
}
