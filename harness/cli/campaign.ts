/**
 * Runs a campaign: hands ranges of cases to workers and keeps what fails.
 *
 * @module
 */
import { BLOCK, countOf, type Order, type Range, type Report, shardOf, subtract } from "../../fuzz/mod.ts";
import type { CampaignLog, CampaignPlan } from "./campaign_store.ts";

/** Cases of one order at most; small enough that all workers end together. */
const ORDER_MAX = 256;

/** How long a worker may take over the case under way when it is told to stop; a case takes milliseconds. */
const STOP_WITHIN_MS = 3000;

const WORKER = new URL("fuzz_worker.ts", import.meta.url);

/** How a campaign is to run, besides what it is. */
export interface CampaignLimits {
  readonly workers: number;
  /** The module of the workers; fuzz_worker.ts unless given. */
  readonly worker?: URL;
  /** Stops after this time, in milliseconds, wherever it is. */
  readonly timeMs?: number;
  readonly stop: AbortSignal;
  /** Called with what a worker reports, after it is kept. */
  readonly onReport: (report: Report, casesDone: number) => void;
}

/** How a campaign ended. */
export interface CampaignEnd {
  /** Cases tried by this process and reported. */
  readonly tried: number;
  /** Cases of this shard in all. */
  readonly all: number;
  readonly interrupted: boolean;
}

/** Runs until all cases of the shard are done, the time is up or the process is told to stop. */
export async function runCampaign(
  plan: CampaignPlan,
  log: CampaignLog,
  limits: CampaignLimits,
): Promise<CampaignEnd> {
  const shard = shardOf(plan.runs, plan.shard, plan.shards);
  const queue = makeQueue(plan, log, shard, limits.workers);
  const all = countOf([shard]) * plan.targets.length;
  const left = plan.targets.reduce((sum, target) => sum + countOf(subtract(shard, log.done(target))), 0);
  let tried = 0;
  let interrupted = false;
  const take = (report: Report) => {
    const { target, failures, more } = report;
    for (const failure of failures) log.keep(target, failure.index, failure.rule, failure);
    for (const { index, rule } of more) log.keep(target, index, rule);
    tried += report.tried + failures.length + more.length;
    limits.onReport(report, all - left + tried);
  };
  const pool = Array.from(
    { length: left === 0 ? 0 : limits.workers },
    (_, index) => new Runner(take, limits.worker ?? WORKER, log.journalOf(index)),
  );
  const halt = () => {
    interrupted = true;
    for (const runner of pool) runner.stop();
  };
  const timer = limits.timeMs === undefined
    ? undefined
    : setTimeout(() => pool.forEach((one) => one.stop()), limits.timeMs);
  if (limits.stop.aborted) halt();
  limits.stop.addEventListener("abort", halt);
  try {
    await Promise.all(pool.map(async (runner) => {
      while (!runner.stopped) {
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
  return { tried, all, interrupted };
}

/** Orders for all that is not done, the targets in turn, so that a short campaign meets each of them. */
function makeQueue(
  plan: CampaignPlan,
  log: CampaignLog,
  shard: Range,
  workers: number,
): Generator<Omit<Order, "stop">> {
  const size = Math.max(1, Math.min(ORDER_MAX, Math.ceil(countOf([shard]) / (workers * 8))));
  const lists = plan.targets.map((target) =>
    subtract(shard, log.done(target)).map((range) => ({ target, range }))
  );
  return interleave(lists.map((gaps) => chunks(gaps, size, plan)));
}

/** A guided order goes to the end of its block, since a block that changes hands is walked again from its start. */
function* chunks(
  gaps: readonly { target: string; range: Range }[],
  size: number,
  { seed, guided }: CampaignPlan,
): Generator<Omit<Order, "stop">> {
  for (const { target, range } of gaps) {
    for (let from = range.from; from < range.to;) {
      const end = guided ? (Math.floor(from / BLOCK) + 1) * BLOCK : from + size;
      const to = Math.min(range.to, end);
      yield { target, seed, guided, range: { from, to } };
      from = to;
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
  stopped = false;
  readonly #worker: Worker;
  readonly #stop = new SharedArrayBuffer(4);
  #ended = false;
  #resolve: () => void = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly take: (report: Report) => void,
    module: URL,
    readonly journal: string | undefined,
  ) {
    this.#worker = new Worker(module, { type: "module" });
  }

  run(order: Omit<Order, "stop">): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#worker.onmessage = ({ data }: MessageEvent<Report>) => {
        if (this.#ended) return;
        this.take(data);
        if (data.isLast) resolve();
      };
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`A fuzz worker died: ${event.message}`));
      };
      const journal = this.journal === undefined ? {} : { journal: this.journal };
      this.#worker.postMessage({ ...order, ...journal, stop: this.#stop } satisfies Order);
    });
  }

  /** Ends the worker after the case under way. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    Atomics.store(new Int32Array(this.#stop), 0, 1);
    this.#timer = setTimeout(() => this.end(), STOP_WITHIN_MS);
  }

  /** Ends the worker now. */
  end(): void {
    clearTimeout(this.#timer);
    this.stopped = true;
    if (this.#ended) return;
    this.#ended = true;
    this.#worker.terminate();
    this.#resolve();
  }
}
