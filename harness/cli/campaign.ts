/**
 * Runs a campaign: hands ranges of cases to workers and keeps what fails.
 *
 * @module
 */
import { countOf, type Report, subtract } from "../../fuzz/mod.ts";
import { partsOf, sharesOf } from "./campaign_queue.ts";
import type { CampaignLog, CampaignPlan } from "./campaign_store.ts";
import { CampaignWorker } from "./campaign_worker.ts";

const WORKER = new URL("fuzz_worker.ts", import.meta.url);
/** A case takes milliseconds; a machine that is very busy may take a thousand times that. */
export const CASE_MS = 60_000;

/** How a campaign is to run, besides what it is. */
export interface CampaignLimits {
  readonly workers: number;
  /** The module of the workers; fuzz_worker.ts unless given. */
  readonly worker?: URL;
  /** Stops after this time, in milliseconds, wherever it is. */
  readonly timeMs?: number;
  /** A case that takes longer than so many milliseconds never ends, and is a finding; a minute unless given. */
  readonly caseMs?: number;
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
  const overseer = {
    module: limits.worker ?? WORKER,
    caseMs: limits.caseMs ?? CASE_MS,
    journal: () => log.nextJournal(),
    take,
  };
  const pool = Array.from({ length: left === 0 ? 0 : limits.workers }, () => new CampaignWorker(overseer));
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
        await worker.run({ ...part.value, seed, guided, endless: log.endless(part.value.target) });
      }
    }));
  } finally {
    limits.stop.removeEventListener("abort", halt);
    clearTimeout(timer);
    for (const worker of pool) worker.end();
  }
  return { tried, all, interrupted };
}
