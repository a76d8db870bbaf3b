/**
 * `fuzz`: campaigns of random cases, their findings, and replay of those.
 *
 * @module
 */
import { countOf, type FuzzTarget, replayCase, TARGETS, unite } from "../../fuzz/mod.ts";
import { didYouMean } from "../scenario/mod.ts";
import type { Arguments } from "./arguments.ts";
import { memoryLog, runCampaign } from "./campaign.ts";
import {
  type CampaignPlan,
  CampaignStore,
  foldersOf,
  readFinding,
  readFindingHead,
  readJournal,
  readPlan,
  writeFinding,
} from "./campaign_store.ts";
import { type Command, CommandError, type CommandGroup, EXIT, type ExitCode, type Io } from "./command.ts";
import { columns } from "./help.ts";
import { progressLine } from "./progress.ts";

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

/** `--shard i/n`, or the variables that a cluster sets for one of many equal jobs. */
function shardAsked(args: Arguments): { shard: number; shards: number } {
  const text = args.text("shard");
  if (text === undefined) return { shard: 0, shards: 1 };
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [shard, shards] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && shard >= 1 && shard <= shards && shards <= 1_000_000) {
    return { shard: shard - 1, shards };
  }
  throw new CommandError(`--shard must be I/N with I from 1 to N, not "${text}"`);
}

function planAsked(args: Arguments): CampaignPlan {
  const runs = args.integer("runs", 1, RUNS_BY_TIME) ??
    (args.text("time") === undefined ? RUNS_DEFAULT : RUNS_BY_TIME);
  const names = args.words.length === 0
    ? TARGETS.map(({ name }) => name)
    : args.words.map((word) => targetNamed(word).name);
  return { seed: args.integer("seed") ?? 1, runs, targets: [...new Set(names)].sort(), ...shardAsked(args) };
}

const run: Command = {
  name: "run",
  summary: "Run a campaign: try random cases of the targets, shrink what fails",
  usage: "[TARGET…]",
  details:
    `Without a TARGET: all of them. A case depends on the seed, its target and its number alone, so the same
campaign finds the same with any number of workers and in any shards. With --out a campaign that is
interrupted (exit code 75) or killed goes on where it was when the same command is given again.
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
    {
      name: "out",
      value: "DIR",
      summary: `Keep journal and findings here; without it findings go to ${FOLDER_DEFAULT}`,
    },
  ],
  json: `{"seed", "runs", "shard", "shards", "targets", "tried", "done", "all", "interrupted",
 "findings": [{"target", "index", "bucket", "message", "folder"}]}`,
  run: async (args, io) => {
    const plan = planAsked(args);
    const timeMs = args.duration("time");
    const workers = args.integer("workers", 1, 256) ?? 1;
    const out = args.text("out");
    const folder = out ?? FOLDER_DEFAULT;
    const failing = replayAll(CORPUS, plan.targets, io);
    const store = out === undefined ? undefined : new CampaignStore(out, plan);
    const found = new Set<string>();
    const progress = progressLine(io);
    const end = await runCampaign(plan, store ?? memoryLog(), {
      workers,
      stop: io.stop,
      ...(timeMs === undefined ? {} : { timeMs }),
      onFailure: (failure) => {
        if (!found.has(failure.bucket)) {
          progress.say(`found ${failure.bucket} (case ${failure.index} of ${failure.target})\n`);
        }
        found.add(failure.bucket);
        writeFinding(`${folder}/findings`, plan.seed, failure);
      },
      onProgress: (done) =>
        progress.show(done, timeMs === undefined ? countAll(plan) : undefined, found.size),
    });
    progress.clear();
    store?.close();
    // A resumed campaign tells of what it found before, too.
    const names = store === undefined ? [...found].sort() : foldersOf(`${folder}/findings`);
    const findings = names.map((name) => ({
      ...readFindingHead(`${folder}/findings/${name}`),
      folder: `${folder}/findings/${name}`,
    }));
    if (args.has("json")) {
      const list = findings.map(({ target, index, bucket, message, folder }) => ({
        target,
        index,
        bucket,
        message,
        folder,
      }));
      io.out(`${JSON.stringify({ ...plan, shard: plan.shard + 1, ...end, findings: list })}\n`);
    } else {
      for (const { folder, message } of findings) io.out(`${folder}\n  ${message?.split("\n")[0]}\n`);
      const ending = end.interrupted ? "; interrupted, run the same command again to go on" : "";
      io.out(
        `${end.done} of ${
          timeMs === undefined ? end.all : "any number of"
        } cases done, ${end.tried} by this run, ${findings.length} findings${ending}\n`,
      );
    }
    if (findings.length > 0 || failing > 0) return EXIT.failed;
    return end.interrupted ? EXIT.interrupted : EXIT.ok;
  },
};

function countAll({ runs, targets, shards }: CampaignPlan): number {
  return Math.floor(runs / shards) * targets.length;
}

/** Tries the findings below a folder again; how many still fail. */
function replayAll(folder: string, targets: readonly string[], io: Io): number {
  let failing = 0;
  for (const name of foldersOf(folder)) {
    const { head, files } = readFinding(`${folder}/${name}`);
    if (!targets.includes(head.target)) continue;
    const message = replayCase(targetNamed(head.target), files);
    if (message === undefined) continue;
    failing++;
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
  flags: [{ name: "out", value: "DIR", summary: "Where the united campaign goes; it must be new" }],
  json: `{"seed", "runs", "targets", "done", "findings": ["name", …]}`,
  run: (args, io) => {
    const out = args.text("out");
    if (out === undefined) throw new CommandError("fuzz merge needs --out DIR");
    if (readPlan(out) !== undefined) throw new CommandError(`${out} holds a campaign already`);
    return mergeInto(out, args, io);
  },
};

function mergeInto(out: string, args: Arguments, io: Io): ExitCode {
  const [first, ...others] = args.words.map((folder) => ({ folder, plan: readPlan(folder) }));
  if (first?.plan === undefined) throw new CommandError(`${first?.folder ?? "fuzz merge"} holds no campaign`);
  const { seed, runs, targets } = first.plan;
  for (const { folder, plan } of others) {
    const isSame = plan?.seed === seed && plan.runs === runs && plan.targets.join() === targets.join();
    if (!isSame) throw new CommandError(`${folder} is of another campaign than ${first.folder}`);
  }
  const store = new CampaignStore(out, { seed, runs, targets, shard: 0, shards: 1 });
  const journals = args.words.map(readJournal);
  let done = 0;
  for (const target of targets) {
    const ranges = unite(journals.flatMap((journal) => journal.get(target) ?? []));
    for (const range of ranges) store.note(target, range);
    done += countOf(ranges);
  }
  store.close();
  for (const word of args.words) {
    for (const name of foldersOf(`${word}/findings`)) {
      const { head, files } = readFinding(`${word}/findings/${name}`);
      writeFinding(`${out}/findings`, seed, { ...head, files });
    }
  }
  const findings = foldersOf(`${out}/findings`);
  if (args.has("json")) io.out(`${JSON.stringify({ seed, runs, targets, done, findings })}\n`);
  else io.out(`${done} of ${runs * targets.length} cases done, ${findings.length} findings\n`);
  return findings.length > 0 ? EXIT.failed : EXIT.ok;
}

/** The group. */
export const fuzz: CommandGroup = {
  name: "fuzz",
  summary: "Try random cases, keep what fails as data",
  commands: [run, list, replay, merge],
  fallback: "run",
};
