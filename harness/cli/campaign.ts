/**
 * Runs a campaign: hands ranges of cases to workers, keeps the journal, writes the findings.
 *
 * @module
 */
import {
  countOf,
  type Failure,
  type Order,
  type Range,
  type Report,
  shardOf,
  subtract,
} from "../../fuzz/mod.ts";
import type { CampaignPlan } from "./campaign_store.ts";

/** Cases of one order at most; small enough that all workers end together. */
const ORDER_MAX = 256;

const WORKER = new URL("../../fuzz/campaign/worker.ts", import.meta.url);

/** Where a campaign keeps what it has done; the memory, or a folder. */
export interface CampaignLog {
  done(target: string): readonly Range[];
  note(target: string, range: Range): void;
}

/** How a campaign is to run, besides what it is. */
export interface CampaignLimits {
  readonly workers: number;
  /** The module of the workers; fuzz/campaign/worker.ts unless given. */
  readonly worker?: URL;
  /** Stops after this time, in milliseconds, wherever it is. */
  readonly timeMs?: number;
  readonly stop: AbortSignal;
  readonly onFailure: (failure: Failure) => void;
  readonly onProgress: (casesDone: number) => void;
}

/** How a campaign ended. */
export interface CampaignEnd {
  /** Cases tried by this process. */
  readonly tried: number;
  /** Cases done in all, earlier processes included. */
  readonly done: number;
  /** Cases of this shard in all. */
  readonly all: number;
  readonly interrupted: boolean;
}

/** The memory as a log, for a campaign that nobody will resume. */
export function memoryLog(): CampaignLog {
  return { done: () => [], note: () => {} };
}

/** Runs until all cases of the shard are done, the time is up or the process is told to stop. */
export async function runCampaign(
  plan: CampaignPlan,
  log: CampaignLog,
  limits: CampaignLimits,
): Promise<CampaignEnd> {
  const shard = shardOf(plan.runs, plan.shard, plan.shards);
  const queue = makeQueue(plan, log, shard, limits.workers);
  const all = (shard.to - shard.from) * plan.targets.length;
  const left = plan.targets.reduce((sum, target) => sum + countOf(subtract(shard, log.done(target))), 0);
  let tried = 0;
  let interrupted = false;
  const take = ({ target, range, failures }: Report) => {
    // The finding first: a case that is noted is never tried again.
    for (const failure of failures) limits.onFailure(failure);
    log.note(target, range);
    tried += countOf([range]);
    limits.onProgress(all - left + tried);
  };
  const pool = Array.from(
    { length: left === 0 ? 0 : limits.workers },
    () => new Runner(take, limits.worker ?? WORKER),
  );
  const halt = () => {
    interrupted = true;
    for (const runner of pool) runner.end();
  };
  const timer = limits.timeMs === undefined
    ? undefined
    : setTimeout(() => pool.forEach((one) => one.end()), limits.timeMs);
  if (limits.stop.aborted) halt();
  limits.stop.addEventListener("abort", halt);
  try {
    await Promise.all(pool.map(async (runner) => {
      while (!runner.ended) {
        const order = queue.next();
        if (order.done === true) return;
        await runner.run(order.value);
      }
    }));
  } finally {
    limits.stop.removeEventListener("abort", halt);
    clearTimeout(timer);
    for (const runner of pool) runner.end();
  }
  return { tried, done: all - left + tried, all, interrupted };
}

/** Orders for all that is not done, the targets in turn, so that a short campaign meets each of them. */
function makeQueue(plan: CampaignPlan, log: CampaignLog, shard: Range, workers: number): Generator<Order> {
  const cases = shard.to - shard.from;
  const size = Math.max(1, Math.min(ORDER_MAX, Math.ceil(cases / (workers * 8))));
  const lists = plan.targets.map((target) =>
    subtract(shard, log.done(target)).map((range) => ({ target, range }))
  );
  return interleave(lists.map((gaps) => chunks(gaps, size, plan.seed)));
}

function* chunks(
  gaps: readonly { target: string; range: Range }[],
  size: number,
  seed: number,
): Generator<Order> {
  for (const { target, range } of gaps) {
    for (let from = range.from; from < range.to; from += size) {
      yield { target, seed, range: { from, to: Math.min(range.to, from + size) } };
    }
  }
}

function* interleave<T>(sources: readonly Iterator<T>[]): Generator<T> {
  let live = [...sources];
  while (live.length > 0) {
    const ended = new Set<Iterator<T>>();
    for (const source of live) {
      const { done, value } = source.next();
      if (done === true) ended.add(source);
      else yield value;
    }
    live = live.filter((source) => !ended.has(source));
  }
}

/** A worker and the order that it is at. */
class Runner {
  ended = false;
  readonly #worker = new Worker(new URL("../../fuzz/campaign/worker.ts", import.meta.url), {
    type: "module",
  });
  readonly #take: (report: Report) => void;
  #left = 0;
  #resolve: () => void = () => {};

  constructor(take: (report: Report) => void, module: URL) {
    this.#worker = new Worker(module, { type: "module" });
    this.#take = take;
  }

  run(order: Order): Promise<void> {
    this.#left = countOf([order.range]);
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#worker.onmessage = ({ data }: MessageEvent<Report>) => {
        if (this.ended) return;
        this.#take(data);
        this.#left -= countOf([data.range]);
        if (this.#left === 0) resolve();
      };
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`A fuzz worker died: ${event.message}`));
      };
      this.#worker.postMessage(order);
    });
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.#worker.terminate();
    this.#resolve();
  }
}
