/**
 * `deno task campaign:scale`: the same campaign twice, whole and undisturbed, and in shards that are killed and resumed.
 *
 *     deno task campaign:scale --runs 1000000 --workers 2 --out DIR [--seed S] [--shards N] [--kills K] [TARGET…]
 *
 * Each shard is killed (SIGKILL) as often as asked, each time when another part of it is done, and started again with the
 * same command; then the shards are merged, and everything that the two campaigns say is compared: cases done, what was
 * reached, what failed, the findings with their files, and the cases by kinds of features. Exit code 0: nothing differs.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { countOf, readJournals } from "../../fuzz/mod.ts";
import { readPlan, readState } from "./campaign_store.ts";
import { foldersOf } from "./finding_folder.ts";
import { summarize } from "./fuzz_summary.ts";
import { targetNamed, targetsAsked } from "./fuzz_targets.ts";
import { journalsAtRest, readJournalFolder } from "./journal_file.ts";

const MAIN = new URL("main.ts", import.meta.url).pathname;
const POLL_MS = 50;

/** What is to be done. */
export interface Scale {
  readonly runs: number;
  readonly seed: number;
  readonly workers: number;
  readonly shards: number;
  /** How often each shard is killed. */
  readonly kills: number;
  readonly targets: readonly string[];
  readonly out: string;
}

/** Does it, and tells each step; what differs in the end, in words: nothing, if all is well. */
export async function compareAtScale(scale: Scale, tell: (line: string) => void): Promise<string[]> {
  const { runs, seed, workers, shards, targets, out } = scale;
  const base = [
    "fuzz",
    "run",
    ...targets,
    "--runs",
    `${runs}`,
    "--seed",
    `${seed}`,
    "--workers",
    `${workers}`,
  ];
  const whole = `${out}/whole`;
  const end = await done(start([...base, "--shard", "all", "--out", whole]));
  tell(`whole: exit code ${end.code} after ${end.seconds} s, journal of ${journalBytes(whole)} bytes`);
  const parts: string[] = [];
  for (let shard = 1; shard <= shards; shard++) {
    const folder = `${out}/shard${shard}`;
    parts.push(folder);
    await disturbed([...base, "--shard", `${shard}/${shards}`, "--out", folder], folder, scale, tell);
  }
  const merged = `${out}/merged`;
  // In another order than they were made, and one of them twice.
  const united = await done(start(["fuzz", "merge", ...parts.toReversed(), parts[0] ?? "", "--out", merged]));
  tell(`merged: exit code ${united.code} after ${united.seconds} s`);
  const differences = differencesOf(whole, merged);
  for (const folder of [whole, ...parts]) differences.push(...triedTwice(folder));
  return differences;
}

/** Runs a shard to its end through some kills. */
async function disturbed(
  command: readonly string[],
  folder: string,
  { kills }: Scale,
  tell: (line: string) => void,
): Promise<void> {
  for (let kill = 1; kill <= kills; kill++) {
    const process = start(command);
    const isOver = await untilDone(process, folder, kill / (kills + 1));
    if (isOver) tell(`${folder}: was over before kill ${kill}`);
    else {
      process.child.kill("SIGKILL");
      await process.child.status;
      await journalsAtRest(folder);
      tell(`${folder}: killed with ${doneIn(folder)} cases done`);
    }
  }
  const { code, seconds } = await done(start(command));
  tell(`${folder}: exit code ${code} after ${seconds} s, ${doneIn(folder)} cases done`);
}

interface Started {
  readonly child: Deno.ChildProcess;
  readonly at: number;
}

function start(command: readonly string[]): Started {
  const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-run"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, MAIN, ...command],
    stdout: "null",
    stderr: "null",
  }).spawn();
  return { child, at: performance.now() };
}

async function done({ child, at }: Started): Promise<{ code: number; seconds: number }> {
  const { code } = await child.status;
  return { code, seconds: Math.round((performance.now() - at) / 100) / 10 };
}

/** Waits until a part of the shard's cases is done; whether the process ended before that. */
async function untilDone({ child }: Started, folder: string, part: number): Promise<boolean> {
  let isOver = false;
  const end = child.status.then(() => isOver = true);
  while (!isOver) {
    const plan = readPlan(folder);
    if (plan !== undefined && doneIn(folder) >= part * plan.runs / plan.shards) return false;
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, POLL_MS))]);
  }
  return true;
}

function doneIn(folder: string): number {
  return [...readJournalFolder(folder).done.values()].reduce((sum, ranges) => sum + countOf(ranges), 0);
}

function journalBytes(folder: string): number {
  const names = [...Deno.readDirSync(`${folder}/journal`)].map(({ name }) => name);
  return names.reduce((sum, name) => sum + Deno.statSync(`${folder}/journal/${name}`).size, 0);
}

/** Everything that a campaign says, by what it is about, without where it lies and how long it took. */
function says(folder: string): Map<string, string> {
  const said = new Map<string, string>();
  const plan = readPlan(folder);
  if (plan === undefined) return said;
  const { journal, findings } = readState(folder);
  for (const [target, ranges] of journal.done) said.set(`cases of ${target}`, JSON.stringify(ranges));
  for (const [target, names] of journal.reached) {
    for (const name of names) said.set(`${target} reaches ${name}`, "yes");
  }
  for (const [target, rules] of journal.failed) {
    for (const [index, rule] of rules) said.set(`${target} ${index}`, rule);
  }
  for (const name of foldersOf(`${folder}/findings`)) {
    for (const file of Deno.readDirSync(`${folder}/findings/${name}`)) {
      const text = Deno.readTextFileSync(`${folder}/findings/${name}/${file.name}`);
      said.set(`finding ${name}/${file.name}`, text.replaceAll(folder, ""));
    }
  }
  const sums = summarize(plan, plan.targets.map(targetNamed), journal, findings.values(), plan);
  for (const [target, one] of Object.entries(sums)) {
    said.set(`summary of ${target}`, JSON.stringify({ ...one, seconds: 0 }));
  }
  return said;
}

/** In what the campaigns of two folders differ, in words. */
export function differencesOf(whole: string, merged: string): string[] {
  const [one, other] = [says(whole), says(merged)];
  if (one.size === 0) return ["there is no campaign to compare"];
  const keys = new Set([...one.keys(), ...other.keys()]);
  return [...keys].filter((key) => one.get(key) !== other.get(key)).sort()
    .map((key) =>
      `${key}: ${one.get(key) ?? "nothing"} in one piece, ${other.get(key) ?? "nothing"} in shards`
    );
}

/** Each journal of a folder by itself: a case that two processes did has two dots. */
export function triedTwice(folder: string): string[] {
  const { dots } = readJournals(
    [...Deno.readDirSync(`${folder}/journal`)].map(({ name }) =>
      Deno.readTextFileSync(`${folder}/journal/${name}`)
    ),
  );
  const cases = doneIn(folder);
  return dots === cases ? [] : [`${folder}: ${cases} cases have ${dots} dots: some count twice`];
}

async function main(): Promise<number> {
  const flags = parseArgs(Deno.args, { string: ["runs", "seed", "workers", "shards", "kills", "out"] });
  const number = (name: "runs" | "seed" | "workers" | "shards" | "kills", usual: number): number => {
    const value = Number(flags[name] ?? usual);
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`--${name} must be a whole number`);
    return value;
  };
  if (flags.out === undefined) {
    console.error("Give --out DIR, a folder that is not there yet");
    return 2;
  }
  const scale = {
    runs: number("runs", 10_000),
    seed: number("seed", 1),
    workers: number("workers", 2),
    shards: number("shards", 4),
    kills: number("kills", 2),
    targets: targetsAsked(flags._.map(String)).map(({ name }) => name),
    out: flags.out,
  };
  const differences = await compareAtScale(scale, (line) => console.log(line));
  for (const line of differences.slice(0, 100)) console.log(`DIFFERS: ${line}`);
  console.log(differences.length === 0 ? "identical" : `${differences.length} differences`);
  return differences.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
