/**
 * `deno task bench:workers`: how much faster two workers are than one, by the clock and by processor time.
 *
 *     deno task bench:workers [--runs 30000] [--rounds 3] [TARGET…]
 *
 * Runs the same campaign with one worker and with two in turn, and takes the middle of the rounds. A worker that is alone
 * has the other processor compile and collect for it (V8), which two cannot have, so one is also held to one processor
 * where there is `taskset`. What a campaign takes to start and to warm up (each worker loads and compiles everything for itself) is told
 * apart from its second half, and so is for how long the first worker to end waits for the last. By the clock all this
 * says something on an idle machine only. By processor time it says on any machine what two workers cost besides the
 * cases: twice as much as that, at best, is what two free cores can give. What this machine gives two loops in C stands
 * beside it, where there is a compiler.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { targetsAsked } from "./fuzz_targets.ts";
import { machineRatio } from "./machine_ratio.ts";
import { processorSecondsOf } from "./processor_time.ts";

const MAIN = new URL("main.ts", import.meta.url).pathname;
const POLL_MS = 100;

/** One campaign, in seconds. */
interface Measured {
  readonly clock: number;
  /** Of all threads and processes, and of the start. */
  readonly processor: number;
  /** Until each worker has done a case. */
  readonly start: number;
  /** From when half of the cases are done. */
  readonly halfClock: number;
  readonly halfProcessor: number;
  /** From the last case of one worker to that of the other. */
  readonly tail: number;
}

/** Cases of which a journal tells; a line that begins otherwise tells of something else. */
function dotsIn(text: string): number {
  return [...text.matchAll(/^[\w-]+ \d+ \d+:([.x]*)/gm)].reduce(
    (sum, [, { length } = ""]) => sum + length,
    0,
  );
}

/** The journals of the workers, without that of the campaign itself. */
function journalsIn(out: string): string[] {
  try {
    return [...Deno.readDirSync(`${out}/journal`)].map(({ name }) => `${out}/journal/${name}`)
      .filter((path) => !path.endsWith("-0"));
  } catch {
    return [];
  }
}

/** Runs a campaign; `prefix` is what the command begins with, if anything. */
async function measure(
  targets: readonly string[],
  runs: number,
  workers: number,
  prefix: readonly string[] = [],
): Promise<Measured> {
  const folder = await Deno.makeTempDir();
  const out = `${folder}/out`;
  const campaign = ["fuzz", "run", ...targets, "--runs", `${runs}`, "--workers", `${workers}`, "--out", out];
  const from = performance.now();
  const elapsed = (): number => (performance.now() - from) / 1000;
  // The shell's `times` tells what its children took; Deno does not tell that of a child.
  const script = `TIMEFORMAT='%R %U %S'; time "$@" >/dev/null 2>&1`;
  const shell = new Deno.Command("bash", {
    args: [
      "-c",
      script,
      "bash",
      ...prefix,
      Deno.execPath(),
      "run",
      "-A",
      MAIN,
      ...campaign,
      "--corpus",
      folder,
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let [start, halfAt, processorAtHalf] = [NaN, NaN, NaN];
  const timer = setInterval(() => {
    const dots = journalsIn(out).map((path) => dotsIn(Deno.readTextFileSync(path)));
    if (Number.isNaN(start) && dots.filter((count) => count > 0).length >= workers) start = elapsed();
    if (Number.isNaN(halfAt) && dots.reduce((sum, count) => sum + count, 0) >= runs / 2) {
      [halfAt, processorAtHalf] = [elapsed(), processorSecondsOf(shell.pid)];
    }
  }, POLL_MS);
  const { stderr } = await shell.output();
  clearInterval(timer);
  const ends = journalsIn(out).map((path) => Deno.statSync(path).mtime?.getTime() ?? NaN);
  await Deno.remove(folder, { recursive: true });
  const [clock = NaN, user = NaN, system = NaN] = new TextDecoder().decode(stderr).trim().split(" ").map(
    Number,
  );
  const processor = user + system;
  return {
    clock,
    processor,
    start,
    halfClock: clock - halfAt,
    halfProcessor: processor - processorAtHalf,
    tail: (Math.max(...ends) - Math.min(...ends)) / 1000,
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function show(runs: number, { clock, processor, start, halfClock, halfProcessor, tail }: Measured): string {
  const rate = Math.round(runs / clock);
  const halfRate = Math.round(runs / 2 / halfClock);
  return `${clock.toFixed(1)} s, ${processor.toFixed(1)} s of processor time, ${rate} cases a second; ` +
    `first cases after ${start.toFixed(1)} s; second half ${halfClock.toFixed(1)} s, ` +
    `${halfProcessor.toFixed(1)} s of processor time, ${halfRate} a second; idle at the end ${
      tail.toFixed(2)
    } s`;
}

async function hasTaskset(): Promise<boolean> {
  try {
    return (await new Deno.Command("taskset", { args: ["-c", "0", "true"] }).output()).success;
  } catch {
    return false;
  }
}

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, { string: ["runs", "rounds"] });
  const [runs, rounds] = [Number(flags.runs ?? 30_000), Number(flags.rounds ?? 3)];
  const targets = targetsAsked(flags._.map(String)).map(({ name }) => name);
  const one: Measured[] = [];
  const two: Measured[] = [];
  const held: Measured[] = [];
  const machine: number[] = [];
  const ways = [
    ["one worker", 1, one, []],
    ["two workers", 2, two, []],
    ...(await hasTaskset() ? [["one on one processor", 1, held, ["taskset", "-c", "0"]] as const] : []),
  ] as const;
  for (let round = 1; round <= rounds; round++) {
    const ratio = await machineRatio();
    if (ratio !== undefined) machine.push(ratio);
    for (const [name, workers, results, prefix] of ways) {
      const measured = await measure(targets, runs, workers, prefix);
      results.push(measured);
      console.log(`round ${round}, ${name}: ${show(runs, measured)}`);
    }
  }
  const times = (value: number): string => `${value.toFixed(2)} times one`;
  const ratio = (base: readonly Measured[], of: (measured: Measured) => number): number =>
    middle(base.map(of)) / middle(two.map(of));
  for (const [name, base] of [["", one], [" on one processor", held]] as const) {
    if (base.length === 0) continue;
    console.log(`two workers by the clock: ${times(ratio(base, ({ clock }) => clock))}${name}`);
    console.log(`in the second half: ${times(ratio(base, ({ halfClock }) => halfClock))}${name}`);
  }
  console.log(`at best, by processor time: ${times(2 * ratio(one, ({ processor }) => processor))}`);
  console.log(`in the second half: ${times(2 * ratio(one, ({ halfProcessor }) => halfProcessor))}`);
  const loops = machine.length === 0 ? "not known, for want of a C compiler" : times(middle(machine));
  console.log(`two loops in C on this machine: ${loops}`);
}

if (import.meta.main) await main();
