/**
 * The accuracy report as text: `docs/accuracy.md`.
 *
 * @module
 */
import type { CaseComparison, Pair } from "./compare_runs.ts";
import { findOutliers } from "./find_outliers.ts";
import { printFurtherRuns } from "./further_runs.ts";
import { printRepeats } from "./repeats.ts";
import { SEEDS } from "./run_seeds.ts";
import { RACE_PLACES } from "./race_places.ts";
import type { CaseResult } from "./run_case.ts";
import type { ErrorSummary, Summary } from "./summarise_cases.ts";

/** A recording that is no case, and why. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

/** All that the report tells. */
export interface AccuracyReport {
  readonly summary: Summary;
  /** The same over the cases whose recordings show nothing that their inputs do not tell. */
  readonly determined: Summary;
  readonly cases: readonly CaseResult[];
  readonly leftOut: readonly LeftOut[];
}

/** Renders the report. */
export function printAccuracy(report: AccuracyReport, command: string): string {
  return [
    "# How near the model comes to QEMU",
    "",
    `Made by \`${command}\`: the model is given the inputs of each recording and nothing of what came of them.`,
    "",
    ...printSummary(
      { title: `all ${report.summary.cases} cases`, summary: report.summary },
      { title: `the ${report.determined.cases} whose inputs suffice`, summary: report.determined },
    ),
    ...LEGEND,
    "",
    "## Baselines",
    "",
    ...printBaselines(report.summary),
    "",
    "## How far two runs of QEMU lie apart",
    "",
    "Recordings with the same inputs, most of them by two versions: nearer no model can come that has the inputs alone.",
    "",
    ...printRepeats(report.cases.map(({ recorded }) => recorded)),
    "",
    "Iterations of cases whose syncs come in a row before there is a threshold, of which one recording cannot tell much",
    "(harness/accuracy/further_runs.ts). A row that a slow first pass leaves no time for has two or three.",
    "",
    ...printFurtherRuns(report.cases),
    "",
    "## Cases",
    "",
    "model / QEMU. *S*, *D*: the event sequence of source, destination agrees. Full cycles: equal to the byte / compared.",
    "",
    "| case | S | D | full cycles | iterations | total ms | downtime ms | transferred | normal pages | zero pages | dirty at syncs | verdict |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...report.cases.map(({ comparison }) => printCase(comparison)),
    "",
    "## Cases beyond a bar",
    "",
    "Total time by more than 15 %, downtime by more than the larger of 5 ms and 20 %, iterations by more than one, or the",
    "verdict; model / QEMU, and what is known of the reason.",
    "",
    ...findOutliers(report.cases).map(({ name, what, why }) =>
      `- ${name}: ${what}${why === "" ? "" : ` (${why})`}`
    ),
    "",
    "## Sequences that differ",
    "",
    ...printDifferences(report.cases),
    "",
    "## What the inputs do not tell",
    "",
    ...report.cases.filter(({ undetermined }) => undetermined.length > 0).map((
      { comparison, undetermined },
    ) => `- ${comparison.name}: ${undetermined.join("; ")}`),
    "",
    "Of the bytes of full cycles alone:",
    "",
    ...report.cases.filter(({ undeterminedCycles }) => undeterminedCycles.length > 0).map((
      { comparison, undeterminedCycles },
    ) => `- ${comparison.name}: ${undeterminedCycles.join("; ")}`),
    "",
    "## What else is known of cases",
    "",
    ...report.cases.filter(({ remarks }) => remarks.length > 0).map(({ comparison, remarks }) =>
      `- ${comparison.name}: ${remarks.join("; ")}`
    ),
    "",
    "## Where threads race",
    "",
    "What a place takes out of a side's sequence is compared as a sequence of its own, unless it is said to be left out.",
    "",
    ...RACE_PLACES.map(({ side, id, reason }) => `- ${side}, ${id}: ${reason}`),
    "",
    "## Recordings that are no cases",
    "",
    ...report.leftOut.map(({ name, reason }) => `- ${name}: ${reason}`),
    "",
  ].join("\n");
}

/** A table of two summaries side by side, with the bars. */
export function printSummary(
  ...columns: readonly { readonly title: string; readonly summary: Summary }[]
): string[] {
  const shown = columns.map(({ summary }) => summaryColumn(summary));
  return [
    `| figure | ${columns.map(({ title }) => title).join(" | ")} | bar |`,
    `| --- | ${columns.map(() => "---").join(" | ")} | --- |`,
    ...FIGURES.map(({ name, bar }, index) =>
      `| ${name} | ${shown.map((column) => column[index]).join(" | ")} | ${bar} |`
    ),
  ];
}

const LEGEND = [
  "",
  "Times and downtimes are those of the migrations that completed in both. *Inputs suffice*: the recording itself shows",
  "nothing that they do not tell: its guest wrote at the rate of before, and its host took no longer for a page, for",
  "the stop and for the devices than hosts do (harness/accuracy/undetermined.ts). What the model makes of a case has no",
  "part in that. How the costs do on recordings that they were not measured on: docs/calibration.md.",
  "The bytes of a full cycle can hang on less: where a guest stood to the write as XBZRLE copied a page, or which of two",
  "cycles a command came into. Full cycles of recordings that show such a thing (harness/accuracy/undetermined_cycles.ts)",
  "count among all, and not among those whose inputs suffice.",
  "",
  `A case is simulated with ${SEEDS} seeds, and the run of median iterations, and among equals of median total time, is the one`,
  "that is compared. Seeds differ in what the host's scheduler decides and no input tells: how late it wakes threads, who",
  "gets a lock, how far channels of multifd are ahead. A sequence that one of them has and the middle one has not differs by",
  "a race of threads.",
];

const FIGURES: readonly { readonly name: string; readonly bar: string }[] = [
  { name: "event sequence of the source equal", bar: "all but races" },
  { name: "— or in a run with another seed, so that the difference is a race", bar: "all but races" },
  { name: "event sequence of the destination equal", bar: "all but races" },
  { name: "— or in a run with another seed", bar: "all but races" },
  { name: "full cycles equal to the byte", bar: "100 %" },
  { name: "iterations equal", bar: "85 %" },
  { name: "iterations within one", bar: "95 %" },
  { name: "— QEMU's between the fewest and the most of the model's seeds", bar: "" },
  { name: "total time, median and worst error", bar: "3 %, 15 %" },
  { name: "cases beyond 15 % of the total time", bar: "none" },
  { name: "downtime, median and worst error", bar: "the larger of 5 ms and 20 %" },
  { name: "transferred, median and worst error", bar: "1 %" },
  { name: "normal pages, median and worst error", bar: "" },
  { name: "zero pages, median and worst error", bar: "" },
  { name: "dirty pages at a case's syncs, median and worst error", bar: "" },
  { name: "wrong convergence verdicts", bar: "none" },
];

/** One column of the summary, in the order of {@linkcode FIGURES}. */
function summaryColumn(summary: Summary): string[] {
  const { cases, fullCycles, wrongVerdicts } = summary;
  const share = (count: number, of = cases): string =>
    `${count} of ${of} (${percent(count / Math.max(1, of))})`;
  return [
    share(summary.sourceSequencesEqual),
    share(summary.sourceSequencesSeeded),
    share(summary.destinationSequencesEqual),
    share(summary.destinationSequencesSeeded),
    `${share(fullCycles.equal, fullCycles.compared)}, ${fullCycles.unmatched} more without a counterpart`,
    share(summary.iterationsEqual),
    share(summary.iterationsWithinOne),
    share(summary.iterationsSpanned),
    relative(summary.totalTime),
    String(summary.totalTimeBeyond),
    `${milliseconds(summary.downtime)}; ${relative(summary.downtimeRelative)}`,
    relative(summary.transferred),
    relative(summary.normal),
    relative(summary.duplicate),
    relative(summary.dirtyAtSync),
    `${wrongVerdicts.length}${wrongVerdicts.length > 0 ? `: ${wrongVerdicts.join(", ")}` : ""}`,
  ];
}

function printBaselines({ baselines, totalTime, downtime, transferred, wrongVerdicts }: Summary): string[] {
  return [
    "| | total time, median and worst error | downtime | transferred | wrong verdicts |",
    "| --- | --- | --- | --- | --- |",
    `| this model | ${relative(totalTime)} | ${milliseconds(downtime)} | ${
      relative(transferred)
    } | ${wrongVerdicts.length} |`,
    ...baselines.map((baseline) =>
      `| ${baseline.id} | ${relative(baseline.totalTime)} | ${milliseconds(baseline.downtime)} | ${
        relative(baseline.transferred)
      } | ${baseline.wrongVerdicts} |`
    ),
    "",
    ...baselines.map(({ id, source }) => `- ${id}: ${source}`),
    "- A baseline that predicts no convergence where QEMU converged has an error without end (∞).",
  ];
}

function printCase({ name, source, destination, fullCycles, ...figures }: CaseComparison): string {
  const pair = ({ model, real }: Pair): string => `${model} / ${real}`;
  const { verdict } = figures;
  return `| ${
    [
      name,
      source.equal ? "✓" : "–",
      destination.equal ? "✓" : "–",
      `${fullCycles.equal} / ${fullCycles.compared}`,
      pair(figures.iterations),
      pair(figures.totalMs),
      figures.downtimeMs === null ? "" : pair(figures.downtimeMs),
      pair(figures.transferred),
      pair(figures.normal),
      pair(figures.duplicate),
      figures.syncError === null ? "" : percent(figures.syncError),
      verdict.equal ? verdict.real : `${verdict.model} / ${verdict.real}`,
    ].join(" | ")
  } |`;
}

function printDifferences(cases: readonly CaseResult[]): string[] {
  const note = (isRace: boolean): string => isRace ? " (another seed has QEMU's sequence: a race)" : "";
  return cases.flatMap(({ comparison: { name, source, destination }, seeded }) => [
    ...(source.equal ? [] : [`- ${name}, source: ${source.difference}${note(seeded.source)}`]),
    ...(destination.equal
      ? []
      : [`- ${name}, destination: ${destination.difference}${note(seeded.destination)}`]),
  ]);
}

function percent(fraction: number): string {
  return Number.isFinite(fraction) ? `${(100 * fraction).toFixed(2)} %` : "∞";
}

function relative({ median, worst, worstCase, cases }: ErrorSummary): string {
  return cases === 0
    ? "no case"
    : `${percent(median)}, ${percent(worst)}${worstCase === "" ? "" : ` (${worstCase})`}`;
}

function milliseconds({ median, worst, worstCase, cases }: ErrorSummary): string {
  const number = (value: number): string => Number.isFinite(value) ? `${Math.round(value)} ms` : "∞";
  return cases === 0
    ? "no case"
    : `${number(median)}, ${number(worst)}${worstCase === "" ? "" : ` (${worstCase})`}`;
}
