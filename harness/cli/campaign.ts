/**
 * Runs a campaign: hands ranges of cases to workers and keeps what fails.
 *
 * @module
 */
import { countOf, type Report, subtract } from "../../fuzz/mod.ts";
import { partsOf, sharesOf } from "./campaign_queue.ts";
import type { CampaignLog, CampaignPlan } from "./campaign_store.ts";
import { CampaignWorker, CASE_MS, type Hand, type Overseer } from "./campaign_worker.ts";
import { workerProgram } from "./worker_child.ts";
import { WorkerProcess } from "./worker_process.ts";

const WORKER = new URL("fuzz_worker.ts", import.meta.url);
/** How a campaign is to run, besides what it is. */
export interface CampaignLimits {
  readonly workers: number;
  /** The module of the workers; fuzz_worker.ts unless given. */
  readonly worker?: URL;
  /** Stops after this time, in milliseconds, wherever it is. */
  readonly timeMs?: number;
  /** A case that takes longer than so many milliseconds never ends, and is a finding; a minute unless given. */
  readonly caseMs?: number;
  /** The heap that a worker may fill, in MB; as much as V8 gives where there is memory enough, unless given. */
  readonly heapMb?: number;
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
  const { seed, guided } = plan;
  const shares = sharesOf(plan);
  const all = countOf(shares.map(({ range }) => range));
  const left = countOf(shares.flatMap(({ target, range }) => subtract(range, log.done(target))));
  const queue = partsOf(plan, log, limits.workers);
  let tried = 0;
  let interrupted = false;
  const take = (report: Report) => {
    const { target, failures, more } = report;
    for (const failure of failures) log.keep(target, failure.index, failure.rule, failure);
    for (const { index, rule } of more) log.keep(target, index, rule);
    tried += report.tried + failures.length + more.length;
    limits.onReport(report, all - left + tried);
  };
  const overseer: Overseer = {
    module: limits.worker ?? WORKER,
    caseMs: limits.caseMs ?? CASE_MS,
    ...(limits.heapMb === undefined ? {} : { heapMb: limits.heapMb }),
    journal: () => log.nextJournal(),
    take,
  };
  const pool = Array.from({ length: left === 0 ? 0 : limits.workers }, () => handFor(overseer));
  const halt = () => {
    interrupted = true;
    for (const worker of pool) worker.stop();
  };
  const timer = limits.timeMs === undefined
    ? undefined
    : setTimeout(() => pool.forEach((one) => one.stop()), limits.timeMs);
  if (limits.stop.aborted) halt();
  limits.stop.addEventListener("abort", halt);
  try {
    await Promise.all(pool.map(async (worker) => {
      while (!worker.stopped) {
        const part = queue.next();
        if (part.done === true) return;
        const hopeless = log.hopeless(part.value.target);
        await worker.run({ ...part.value, seed, guided, hopeless, rough: [] });
      }
    }));
  } finally {
    limits.stop.removeEventListener("abort", halt);
    clearTimeout(timer);
    await Promise.all(pool.map((worker) => worker.end()));
  }
  return { tried, all, interrupted };
}

/** A worker in a process of its own where this one may start processes, and else on a thread of this one. */
function handFor(overseer: Overseer): Hand {
  const program = workerProgram();
  return program === undefined ? new CampaignWorker(overseer) : new WorkerProcess(overseer, program);
}
