/**
 * `deno task bench:workers`: how much faster two workers are than one, by the clock and by processor time.
 *
 *     deno task bench:workers [--runs 4000] [--rounds 3] [TARGET…]
 *
 * Runs the same campaign with one worker and with two in turn, each in a process of its own, and takes the middle of the
 * rounds. By the clock it says something on an idle machine only. By processor time it says on any machine what two
 * workers cost besides the cases: twice as much as that, at best, is what two free cores can give.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { targetsAsked } from "./fuzz_targets.ts";

const MAIN = new URL("main.ts", import.meta.url).pathname;
/** What the task `fuzz` says to V8. */
const FLAGS = "--v8-flags=--max-semi-space-size=32";

/** One campaign, in seconds. */
interface Measured {
  readonly clock: number;
  /** Of all threads, and of the start. */
  readonly processor: number;
}

async function measure(targets: readonly string[], runs: number, workers: number): Promise<Measured> {
  const folder = await Deno.makeTempDir();
  const campaign = [
    "fuzz",
    "run",
    ...targets,
    "--runs",
    `${runs}`,
    "--workers",
    `${workers}`,
    "--out",
    `${folder}/out`,
  ];
  // The shell's `times` tells what its children took; Deno does not tell that of a child.
  const script = `TIMEFORMAT='%R %U %S'; time "$@" >/dev/null 2>&1`;
  const { stderr } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", Deno.execPath(), "run", FLAGS, "-A", MAIN, ...campaign],
    stdout: "null",
    stderr: "piped",
  }).output();
  await Deno.remove(folder, { recursive: true });
  const [clock = NaN, user = NaN, system = NaN] = new TextDecoder().decode(stderr).trim().split(" ").map(
    Number,
  );
  return { clock, processor: user + system };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, { string: ["runs", "rounds"] });
  const [runs, rounds] = [Number(flags.runs ?? 4000), Number(flags.rounds ?? 3)];
  const targets = targetsAsked(flags._.map(String)).map(({ name }) => name);
  const one: Measured[] = [];
  const two: Measured[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const [workers, results] of [[1, one], [2, two]] as const) {
      const measured = await measure(targets, runs, workers);
      results.push(measured);
      const rate = Math.round(runs / measured.clock);
      console.log(
        `round ${round}, ${workers} worker${workers === 1 ? "" : "s"}: ${measured.clock.toFixed(1)} s, ` +
          `${measured.processor.toFixed(1)} s of processor time, ${rate} cases a second`,
      );
    }
  }
  const ratio = (of: (measured: Measured) => number): number => middle(one.map(of)) / middle(two.map(of));
  console.log(`two workers by the clock: ${ratio(({ clock }) => clock).toFixed(2)} times one`);
  console.log(
    `at best, by processor time: ${(2 * ratio(({ processor }) => processor)).toFixed(2)} times one`,
  );
}

if (import.meta.main) await main();
