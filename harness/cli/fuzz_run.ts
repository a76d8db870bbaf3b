/**
 * `fuzz run`: a campaign, with its progress and its summary.
 *
 * @module
 */
import { countOf, type FuzzTarget, spread } from "../../fuzz/mod.ts";
import { writeFile } from "../files/mod.ts";
import type { Arguments } from "./arguments.ts";
import { type CampaignEnd, runCampaign } from "./campaign.ts";
import { CampaignCounts } from "./campaign_counts.ts";
import { sharesOf } from "./campaign_queue.ts";
import { type CampaignPlan, CampaignStore, memoryLog } from "./campaign_store.ts";
import { type Command, EXIT, type Io } from "./command.ts";
import { placed, type PlacedFinding, writeReports } from "./findings_report.ts";
import { CASE_TIME, caseMsAsked, replayAll } from "./fuzz_replay.ts";
import { countsOf, printSummaries, summarize } from "./fuzz_summary.ts";
import { targetsAsked } from "./fuzz_targets.ts";
import { progressLine } from "./progress.ts";
import { replayerFor } from "./replay_process.ts";
import { type ShardAsked, shardAsked } from "./shard.ts";
import { workerProgram } from "./worker_child.ts";

const RUNS_DEFAULT = 5000;
/** A campaign by time has an end too, since its shards must be parts of something. */
const RUNS_MAX = 1_000_000_000;
/** Where findings go when no folder is given. */
const FOLDER_DEFAULT = ".switchover/fuzz";
const CORPUS = "fuzz/corpus";

const ON_THREADS =
  "Workers are threads here: a case that fills the memory ends the campaign. With --allow-run=deno each is a process\n";

function planAsked(
  args: Arguments,
  chosen: readonly FuzzTarget[],
  { shard, shards }: ShardAsked,
): CampaignPlan {
  const runs = args.integer("runs", 1, RUNS_MAX) ??
    (args.text("time") === undefined ? RUNS_DEFAULT : RUNS_MAX);
  const targets = chosen.map(({ name }) => name);
  const seed = args.integer("seed") ?? 1;
  return { seed, runs, targets, cases: spread(runs, chosen), guided: args.has("guided"), shard, shards };
}

/** `fuzz run`. */
export const run: Command = {
  name: "run",
  summary: "Run a campaign: try random cases of the targets, shrink what fails",
  usage: "[TARGET…]",
  details:
    `TARGET is one of fuzz list, or trace for those that read and write traces, or all, which is also what no TARGET
means. The cases are spread over the targets by their weights (fuzz list), so all --runs 1000000 is one campaign of
a million cases. It finds the same with any number of workers and in any shards. With --out
one that is interrupted (exit code 75) or killed goes on where it was when the same command is given again.
The shard may also come from the variables of a Kubernetes Indexed Job (JOB_COMPLETION_INDEX, with the number of
completions in JOB_COMPLETIONS), a Slurm array, parallel jobs of GitLab, or a sharded test of Bazel; --shard all is
all of it whatever they say. With --guided, cases that reach something new are kept and later ones are made of them.
The word "run" may be left out: fuzz log --runs 5000.`,
  flags: [
    { name: "runs", value: "N", summary: `Cases in all; default ${RUNS_DEFAULT}` },
    {
      name: "time",
      value: "T",
      summary: "Stop after this time (90s, 10m, 2h) in place of a number of cases",
    },
    { name: "seed", value: "S", summary: "Seed of all cases; default 1" },
    { name: "shard", value: "I/N", summary: "Do the I-th of N parts of the cases" },
    { name: "workers", value: "W", summary: "Cases tried at a time; default 1" },
    CASE_TIME,
    { name: "guided", summary: "Make cases of earlier ones that reached something new" },
    {
      name: "out",
      value: "DIR",
      summary: `Keep journal and findings here; without it findings go to ${FOLDER_DEFAULT}`,
    },
    { name: "corpus", value: "DIR", summary: `Findings to try again first; default ${CORPUS}` },
    { name: "junit", value: "FILE", summary: "Write the findings as JUnit's XML" },
    { name: "sarif", value: "FILE", summary: "Write the findings as SARIF" },
  ],
  json:
    `{"seed", "runs", "guided", "shard", "shards", "targets", "cases": {"log": cases}, "tried", "done", "all",
 "failed", "reached", "shrinkMs": median of this run,
 "interrupted", "regressions": ["folder", …],
 "findings": [{"target", "index", "rule", "bucket", "message", "folder"}],
 "perTarget": {"log": {"cases", "done", "seconds", "failed", "findings", "reached", "kinds": {"kind": cases}}}}`,
  run: async (args, io) => {
    const shard = shardAsked(args.text("shard"), (name) => Deno.env.get(name));
    acceptBazel(shard);
    const chosen = targetsAsked(args.words);
    const plan = planAsked(args, chosen, shard);
    if (shard.variables !== undefined) {
      io.err(`shard ${plan.shard + 1} of ${plan.shards}, as ${shard.variables} say\n`);
    }
    if (workerProgram() === undefined) io.err(ON_THREADS);
    const out = args.text("out");
    const replayer = replayerFor(caseMsAsked(args));
    const regressions = await replayAll(args.text("corpus") ?? CORPUS, plan.targets, replayer, io);
    const waits = () => io.err(`Another process writes to ${out}; waiting for its end\n`);
    const store = out === undefined ? undefined : await CampaignStore.open(out, plan, waits);
    const { end, counts } = await runShown(plan, store, args, io);
    const state = store?.close();
    // A resumed campaign tells of what it found before, too.
    const folder = out ?? FOLDER_DEFAULT;
    const names = state === undefined ? [...counts.buckets].sort() : [...state.findings.keys()];
    const findings = placed(names.map((name) => `${folder}/findings/${name}`));
    const again = end.interrupted ? undefined : plan;
    const perTarget = summarize(plan, chosen, state?.journal ?? counts.journal(), findings, again);
    const sums = countsOf(perTarget);
    writeReports(args, perTarget, findings);
    if (args.has("json")) {
      const summary = {
        ...plan,
        shard: plan.shard + 1,
        ...end,
        ...sums,
        regressions,
        findings: findings.map(brief),
        shrinkMs: counts.medianShrinkMs ?? null,
        perTarget,
      };
      io.out(`${JSON.stringify(summary)}\n`);
    } else {
      for (const { folder, message } of findings) io.out(`${folder}\n  ${message.split("\n")[0]}\n`);
      io.out(printSummaries(perTarget, chosen));
      const of = args.text("time") === undefined ? `${sums.done} of ${end.all}` : `${sums.done}`;
      const { medianShrinkMs } = counts;
      const shrunk = medianShrinkMs === undefined ? "" : `, shrunk in ${medianShrinkMs} ms each (median)`;
      const ending = end.interrupted ? "; interrupted, run the same command again to go on" : "";
      io.out(
        `${of} cases done, ${end.tried} by this run, ${sums.reached} behaviours, ${sums.failed} failures, ` +
          `${findings.length} findings${shrunk}${ending}\n`,
      );
    }
    // An interrupted campaign is to be resumed first; what it has found is kept and told then.
    if (end.interrupted) return EXIT.interrupted;
    return findings.length > 0 || regressions.length > 0 ? EXIT.failed : EXIT.ok;
  },
};

/** Bazel takes a test for unsharded, and fails it, unless the test touches this file. */
function acceptBazel({ variables }: ShardAsked): void {
  const file = Deno.env.get("TEST_SHARD_STATUS_FILE") ?? "";
  if (file !== "" && variables?.startsWith("TEST_SHARD_INDEX") === true) writeFile(file, "");
}

/** Runs the campaign with its progress on standard error. */
async function runShown(
  plan: CampaignPlan,
  store: CampaignStore | undefined,
  args: Arguments,
  io: Io,
): Promise<{ end: CampaignEnd; counts: CampaignCounts }> {
  const timeMs = args.duration("time");
  const started = performance.now();
  const progress = progressLine(io);
  const counts = new CampaignCounts(store?.reached ?? new Map());
  const end = await runCampaign(plan, store ?? memoryLog(FOLDER_DEFAULT, plan.seed), {
    workers: args.integer("workers", 1, 256) ?? 1,
    caseMs: caseMsAsked(args),
    stop: io.stop,
    ...(timeMs === undefined ? {} : { timeMs }),
    onReport: (report, done) => {
      for (const { bucket, index } of counts.add(report)) progress.say(`found ${bucket} (case ${index})\n`);
      progress.show({
        done,
        all: timeMs === undefined ? casesOf(plan) : undefined,
        secondsLeft: timeMs === undefined ? undefined : (started + timeMs - performance.now()) / 1000,
        findings: counts.buckets.size,
        reached: counts.reached,
      });
    },
  });
  progress.clear();
  return { end, counts };
}

function casesOf(plan: CampaignPlan): number {
  return countOf(sharesOf(plan).map(({ range }) => range));
}

function brief({ target, index, rule, bucket, message, folder }: PlacedFinding): object {
  return { target, index, rule, bucket, message, folder };
}
