/**
 * `fuzz`: campaigns of random cases, their findings, and replay of those.
 *
 * @module
 */
import { countOf, type FuzzTarget, type JournalState, replayCase, TARGETS } from "../../fuzz/mod.ts";
import { writeFile } from "../files/mod.ts";
import { didYouMean } from "../scenario/mod.ts";
import type { Arguments } from "./arguments.ts";
import { type CampaignEnd, runCampaign } from "./campaign.ts";
import { type CampaignPlan, CampaignStore, memoryLog, readPlan, writeMerged } from "./campaign_store.ts";
import { type Command, CommandError, type CommandGroup, EXIT, type ExitCode, type Io } from "./command.ts";
import { foldersOf, readFinding, readFindingHead } from "./finding_folder.ts";
import { junitOf, type PlacedFinding, sarifOf } from "./findings_report.ts";
import { columns } from "./help.ts";
import { progressLine } from "./progress.ts";
import { type ShardAsked, shardAsked } from "./shard.ts";

const RUNS_DEFAULT = 1000;
/** A campaign by time has an end too, since its shards must be parts of something. */
const RUNS_BY_TIME = 1_000_000_000;
/** Where findings go when no folder is given. */
const FOLDER_DEFAULT = ".switchover/fuzz";
const CORPUS = "fuzz/corpus";

function targetNamed(name: string): FuzzTarget {
  const target = TARGETS.find((one) => one.name === name);
  if (target !== undefined) return target;
  const names = TARGETS.map((one) => one.name);
  throw new CommandError(
    `There is no fuzz target "${name}"${didYouMean(name, names) || "; fuzz list has them"}`,
  );
}

function planAsked(args: Arguments, { shard, shards }: ShardAsked): CampaignPlan {
  const runs = args.integer("runs", 1, RUNS_BY_TIME) ??
    (args.text("time") === undefined ? RUNS_DEFAULT : RUNS_BY_TIME);
  const names = args.words.length === 0
    ? TARGETS.map(({ name }) => name)
    : args.words.map((word) => targetNamed(word).name);
  const targets = [...new Set(names)].sort();
  return { seed: args.integer("seed") ?? 1, runs, targets, guided: args.has("guided"), shard, shards };
}

const run: Command = {
  name: "run",
  summary: "Run a campaign: try random cases of the targets, shrink what fails",
  usage: "[TARGET…]",
  details:
    `Without a TARGET: all of them. A campaign finds the same with any number of workers and in any shards. With --out
one that is interrupted (exit code 75) or killed goes on where it was when the same command is given again.
The shard may also come from the variables of a Kubernetes Indexed Job (JOB_COMPLETION_INDEX, with the number of
completions in JOB_COMPLETIONS), a Slurm array, parallel jobs of GitLab, or a sharded test of Bazel; --shard all is
all of it whatever they say. With --guided, cases that reach something new are kept and later ones are made of them.
The word "run" may be left out: fuzz log --runs 5000.`,
  flags: [
    { name: "runs", value: "N", summary: `Cases of each target; default ${RUNS_DEFAULT}` },
    {
      name: "time",
      value: "T",
      summary: "Stop after this time (90s, 10m, 2h) in place of a number of cases",
    },
    { name: "seed", value: "S", summary: "Seed of all cases; default 1" },
    { name: "shard", value: "I/N", summary: "Do the I-th of N parts of the cases" },
    { name: "workers", value: "W", summary: "Cases tried at a time; default 1" },
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
  json: `{"seed", "runs", "guided", "shard", "shards", "targets", "tried", "done", "all", "failed", "reached",
 "interrupted", "regressions": ["folder", …],
 "findings": [{"target", "index", "rule", "bucket", "message", "folder"}]}`,
  run: async (args, io) => {
    const shard = shardAsked(args.text("shard"), (name) => Deno.env.get(name));
    acceptBazel(shard);
    const plan = planAsked(args, shard);
    if (shard.variables !== undefined) {
      io.err(`shard ${plan.shard + 1} of ${plan.shards}, as ${shard.variables} say\n`);
    }
    const out = args.text("out");
    const regressions = replayAll(args.text("corpus") ?? CORPUS, plan.targets, io);
    const store = out === undefined ? undefined : new CampaignStore(out, plan);
    const { end, counts, names } = await runShown(plan, store, args, io);
    const state = store?.close();
    if (state !== undefined) Object.assign(counts, countsOf(state.journal));
    // A resumed campaign tells of what it found before, too.
    const folder = out ?? FOLDER_DEFAULT;
    const folders = (state === undefined ? [...names].sort() : [...state.findings.keys()])
      .map((name) => `${folder}/findings/${name}`);
    const findings = placed(folders);
    writeReports(args, plan, counts.done, findings);
    if (args.has("json")) {
      const summary = {
        ...plan,
        shard: plan.shard + 1,
        ...end,
        ...counts,
        regressions,
        findings: findings.map(brief),
      };
      io.out(`${JSON.stringify(summary)}\n`);
    } else {
      for (const { folder, message } of findings) io.out(`${folder}\n  ${message.split("\n")[0]}\n`);
      const of = args.text("time") === undefined ? `${counts.done} of ${end.all}` : `${counts.done}`;
      const ending = end.interrupted ? "; interrupted, run the same command again to go on" : "";
      io.out(
        `${of} cases done, ${end.tried} by this run, ${counts.reached} behaviours, ${counts.failed} failures, ` +
          `${findings.length} findings${ending}\n`,
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

/** What a campaign has come to. */
interface Counts {
  done: number;
  failed: number;
  reached: number;
}

function countsOf({ done, failed, reached }: JournalState): Counts {
  const sum = (sizes: Iterable<number>) => [...sizes].reduce((total, size) => total + size, 0);
  return {
    done: sum([...done.values()].map((ranges) => countOf(ranges))),
    failed: sum([...failed.values()].map(({ size }) => size)),
    reached: sum([...reached.values()].map(({ size }) => size)),
  };
}

/** Runs the campaign with its progress on standard error. */
async function runShown(
  plan: CampaignPlan,
  store: CampaignStore | undefined,
  args: Arguments,
  io: Io,
): Promise<{ end: CampaignEnd; counts: Counts; names: ReadonlySet<string> }> {
  const timeMs = args.duration("time");
  const started = performance.now();
  const progress = progressLine(io);
  const names = new Set<string>();
  const reached = new Set<string>();
  for (const [target, known] of store?.reached ?? []) {
    for (const name of known) reached.add(`${target} ${name}`);
  }
  const counts: Counts = { done: 0, failed: 0, reached: 0 };
  const end = await runCampaign(plan, store ?? memoryLog(FOLDER_DEFAULT, plan.seed), {
    workers: args.integer("workers", 1, 256) ?? 1,
    stop: io.stop,
    ...(timeMs === undefined ? {} : { timeMs }),
    onReport: ({ target, failures, more, reached: newly }, done) => {
      for (const { bucket, index } of failures) {
        if (!names.has(bucket)) progress.say(`found ${bucket} (case ${index})\n`);
        names.add(bucket);
      }
      for (const name of newly) reached.add(`${target} ${name}`);
      Object.assign(counts, {
        done,
        failed: counts.failed + failures.length + more.length,
        reached: reached.size,
      });
      progress.show({
        done,
        all: timeMs === undefined ? casesOf(plan) : undefined,
        secondsLeft: timeMs === undefined ? undefined : (started + timeMs - performance.now()) / 1000,
        findings: names.size,
        reached: reached.size,
      });
    },
  });
  progress.clear();
  return { end, counts, names };
}

function casesOf({ runs, targets, shards }: CampaignPlan): number {
  return Math.ceil(runs / shards) * targets.length;
}

function placed(folders: readonly string[]): PlacedFinding[] {
  return folders.flatMap((folder) => {
    const head = readFindingHead(folder);
    return head === undefined ? [] : [{ ...head, folder }];
  });
}

function brief({ target, index, rule, bucket, message, folder }: PlacedFinding): object {
  return { target, index, rule, bucket, message, folder };
}

/** Writes what `--junit` and `--sarif` ask for. */
function writeReports(
  args: Arguments,
  { targets }: CampaignPlan,
  done: number,
  findings: readonly PlacedFinding[],
): void {
  const each = targets.map((target) => ({ target, cases: Math.floor(done / targets.length) }));
  const [junit, sarif] = [args.text("junit"), args.text("sarif")];
  if (junit !== undefined) writeFile(junit, junitOf(each, findings));
  if (sarif !== undefined) writeFile(sarif, sarifOf(findings));
}

/** Tries the findings below a folder again; the folders of those that still fail. */
function replayAll(folder: string, targets: readonly string[], io: Io): string[] {
  const failing: string[] = [];
  for (const name of foldersOf(folder)) {
    const { head, files } = readFinding(`${folder}/${name}`);
    if (!targets.includes(head.target)) continue;
    const message = replayCase(targetNamed(head.target), files);
    if (message === undefined) continue;
    failing.push(`${folder}/${name}`);
    io.err(`${folder}/${name} fails again: ${message}\n`);
  }
  return failing;
}

const list: Command = {
  name: "list",
  summary: "List the targets: the input, and what must hold",
  usage: "",
  flags: [],
  json: `{"targets": [{"name", "summary"}]}`,
  run: (args, io) => {
    const rows = TARGETS.map(({ name, summary }) => ({ name, summary }));
    if (args.has("json")) io.out(`${JSON.stringify({ targets: rows })}\n`);
    else io.out(columns(rows.map(({ name, summary }) => [name, summary]), ""));
    return EXIT.ok;
  },
};

const replay: Command = {
  name: "replay",
  summary: "Try findings again; exit 0 when all of them are fixed",
  usage: "DIR…",
  details: "DIR is a finding, or a folder of findings such as fuzz/corpus.",
  flags: [],
  json: `{"findings": [{"folder", "target", "fixed", "message"}]}`,
  run: (args, io) => {
    if (args.words.length === 0) throw new CommandError("fuzz replay needs the folder of a finding");
    const folders = args.words.flatMap((word) => {
      if (readFindingHead(word) !== undefined) return [word];
      const inside = foldersOf(word).map((name) => `${word}/${name}`);
      return inside.length > 0 ? inside : [word];
    });
    const results = folders.map((folder) => {
      const { head, files } = readFinding(folder);
      const message = replayCase(targetNamed(head.target), files);
      return { folder, target: head.target, fixed: message === undefined, message: message ?? null };
    });
    if (args.has("json")) io.out(`${JSON.stringify({ findings: results })}\n`);
    else {
      for (const { folder, fixed, message } of results) {
        io.out(
          fixed ? `${folder}: fixed\n` : `${folder}: still fails\n  ${message?.replaceAll("\n", "\n  ")}\n`,
        );
      }
    }
    return results.every(({ fixed }) => fixed) ? EXIT.ok : EXIT.failed;
  },
};

const merge: Command = {
  name: "merge",
  summary: "Unite the shards of one campaign: what is done, and the findings",
  usage: "DIR… --out DIR",
  details: "The order does not matter, and a shard that is merged twice counts once.",
  flags: [
    { name: "out", value: "DIR", summary: "Where the united campaign goes; it must be new" },
    { name: "junit", value: "FILE", summary: "Write the findings as JUnit's XML" },
    { name: "sarif", value: "FILE", summary: "Write the findings as SARIF" },
  ],
  json: `{"seed", "runs", "targets", "guided", "done", "failed", "reached", "findings": ["name", …]}`,
  run: (args, io) => {
    const out = args.text("out");
    if (out === undefined) throw new CommandError("fuzz merge needs --out DIR");
    if (readPlan(out) !== undefined) throw new CommandError(`${out} holds a campaign already`);
    return mergeInto(out, args, io);
  },
};

function mergeInto(out: string, args: Arguments, io: Io): ExitCode {
  const parts = args.words.map((folder) => ({ folder, plan: readPlan(folder) }));
  const [first] = parts;
  if (first?.plan === undefined) throw new CommandError(`${first?.folder ?? "fuzz merge"} holds no campaign`);
  const { plan } = first;
  const key = (one: CampaignPlan): string => JSON.stringify({ ...one, shard: 0, shards: 1 });
  for (const { folder, plan: other } of parts) {
    if (other === undefined) throw new CommandError(`${folder} holds no campaign`);
    if (key(other) !== key(plan)) {
      throw new CommandError(`${folder} is of another campaign than ${first.folder}`);
    }
  }
  const state = writeMerged(out, plan, args.words);
  const counts = countsOf(state.journal);
  const names = [...state.findings.keys()];
  const { seed, runs, targets, guided } = plan;
  writeReports(args, plan, counts.done, placed(names.map((name) => `${out}/findings/${name}`)));
  if (args.has("json")) {
    io.out(`${JSON.stringify({ seed, runs, targets, guided, ...counts, findings: names })}\n`);
  } else {
    io.out(
      `${counts.done} of ${runs * targets.length} cases done, ${counts.reached} behaviours, ` +
        `${counts.failed} failures, ${names.length} findings\n`,
    );
  }
  return names.length > 0 ? EXIT.failed : EXIT.ok;
}

/** The group. */
export const fuzz: CommandGroup = {
  name: "fuzz",
  summary: "Try random cases, keep what fails as data",
  commands: [run, list, replay, merge],
  fallback: "run",
};
