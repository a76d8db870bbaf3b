/**
 * `deno task calibrate`: the model's costs measured on recordings, beside the constants, and what they are worth elsewhere.
 *
 * Flags: `--recordings DIR` (default ../shared/recordings). Writes docs/calibration.md: each cost that a recording shows
 * directly, and the accuracy of the model on one half of the recordings with the costs of the other half. A half holds
 * both versions of a case, so that neither is known from the other.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { type CostName, COSTS, setCosts } from "../model/mod.ts";
import { type CostSamples, measureCosts, mediansOf } from "./measure_costs.ts";
import { printSummary } from "./print_accuracy.ts";
import { readInputs } from "./recorded_inputs.ts";
import { readFiles, RECORDINGS, recordingsIn } from "./recording_files.ts";
import { type CaseResult, type RecordingFiles, runCase } from "./run_case.ts";
import { summarise } from "./summarise_cases.ts";

const REPORT = "docs/calibration.md";
const HALVES = [0, 1] as const;

interface Recording {
  readonly name: string;
  readonly files: RecordingFiles;
}

/** Which half a recording is in, whatever its version. */
function halfOf(name: string): number {
  let sum = 0;
  for (const character of name.replace(/^q\d+-/, "")) sum = (31 * sum + character.charCodeAt(0)) % 65_521;
  return sum % HALVES.length;
}

function samplesOf(recordings: readonly Recording[]): CostSamples {
  const samples: CostSamples = new Map();
  for (const { files } of recordings) {
    const inputs = readInputs(files.meta, files.qmp);
    if (inputs.ok) measureCosts(inputs.value.meta, files.source, samples);
  }
  return samples;
}

function run(recordings: readonly Recording[]): CaseResult[] {
  return recordings.flatMap(({ name, files }) => {
    const result = runCase(name, files);
    return result.ok ? [result.value] : [];
  });
}

function main(): void {
  const folder = parseArgs(Deno.args, { string: ["recordings"] }).recordings ?? RECORDINGS;
  const recordings = recordingsIn(folder).flatMap((name): Recording[] => {
    const files = readFiles(`${folder}/${name}`);
    return typeof files === "string" ? [] : [{ name, files }];
  });
  const halves = HALVES.map((half) => recordings.filter(({ name }) => halfOf(name) === half));
  const samples = samplesOf(recordings);
  const all = mediansOf(samples);
  const medians = halves.map((half) => mediansOf(samplesOf(half)));
  const rows = [...all].map(([cost, median]) => {
    const shown = [COSTS[cost], median, ...medians.map((of) => of.get(cost))].map(show);
    return `| ${cost} | ${shown.join(" | ")} | ${samples.get(cost)?.length ?? 0} |`;
  });
  const here = run(recordings);
  const held = HALVES.flatMap((half) => {
    const restore = setCosts(medians[1 - half] ?? new Map<CostName, number>());
    const cases = run(halves[half] ?? []);
    restore();
    return cases;
  });
  const text = [
    "# What the model's costs are worth",
    "",
    "Made by `deno task calibrate`. Microseconds; medians of all samples that recordings show directly.",
    "",
    "| cost | in the model | all recordings | one half | other half | samples |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    "## Held out",
    "",
    "Each half of the recordings is predicted with the costs above as the other half has them. Costs that no recording",
    "shows directly stay as they are in both columns.",
    "",
    ...printSummary(
      { title: "costs of the model", summary: summarise(here) },
      { title: "costs of the other half", summary: summarise(held) },
    ),
    "",
  ].join("\n");
  Deno.writeTextFileSync(REPORT, text);
  console.log(text);
}

function show(value: number | undefined): string {
  return value === undefined ? "" : String(Number(value.toPrecision(3)));
}

if (import.meta.main) main();
