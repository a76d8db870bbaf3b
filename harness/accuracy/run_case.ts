/**
 * One case from its files to its comparison: describe the inputs, simulate, look at both runs, compare.
 *
 * @module
 */
import { err, ok, type Result } from "../base/mod.ts";
import { simulate } from "../model/mod.ts";
import type { Scenario } from "../scenario/mod.ts";
import { catalogOf, type QueryMigrate, readLog, visitRecords } from "../trace/mod.ts";
import { alignSecond } from "./align_second.ts";
import { BASELINES, givenBy, type Prediction } from "./baselines.ts";
import { type CaseComparison, compareRuns, figuresOf, type ObservedRun } from "./compare_runs.ts";
import { remarkOnCycles } from "./cycle_remark.ts";
import { describeRecording, profileOf } from "./describe_recording.ts";
import { NameCollector, SourceObserver } from "./observe_run.ts";
import { readInputs, type RecordedInputs } from "./recorded_inputs.ts";
import { runSeeds } from "./run_seeds.ts";

/** The files of one recording, unpacked. */
export interface RecordingFiles {
  readonly meta: string;
  readonly qmp: string;
  readonly source: Uint8Array;
  /** Traces of the destinations, the first one first. */
  readonly destinations: readonly Uint8Array[];
}

/** A case that was run. */
export interface CaseResult {
  readonly comparison: CaseComparison;
  /** What each of {@linkcode BASELINES} says. */
  readonly baselines: readonly Prediction[];
  /** What about the recording keeps a model from reproducing it; empty when nothing is known. */
  readonly remark: string;
}

/** Runs one case. The error is the reason why it is none. */
export function runCase(name: string, files: RecordingFiles): Result<CaseResult, string> {
  const inputs = readInputs(files.meta, files.qmp);
  if (!inputs.ok) return inputs;
  const scenario = describeRecording(inputs.value);
  if (!scenario.ok) return scenario;
  const real = observeRecording(files, inputs.value);
  if (!real.ok) return real;
  const skip = skipped(inputs.value);
  const { run, spread } = runSeeds(
    scenario.value,
    (seeded) => observeModel(alignSecond(seeded, inputs.value), skip, real.value.shownAtMicros),
  );
  const comparison = compareRuns(name, run, real.value);
  const remarks = [
    remarkOn(inputs.value, scenario.value),
    spread,
    remarkOnCycles(scenario.value, comparison.fullCycles),
  ];
  return ok({
    comparison,
    baselines: BASELINES.map(({ predict }) => predict(givenBy(scenario.value))),
    remark: remarks.filter((remark) => remark !== "").join("; "),
  });
}

/** Events that the recorder left out of a recording. */
function skipped({ meta }: RecordedInputs): ReadonlySet<string> {
  return new Set(meta.more_events.filter((event) => event.startsWith("-")).map((event) => event.slice(1)));
}

type RecordedRun = ObservedRun & {
  /** When the figures were asked for, in microseconds since `migrate`. */
  readonly shownAtMicros: number;
};

function observeRecording(files: RecordingFiles, inputs: RecordedInputs): Result<RecordedRun, string> {
  const profile = profileOf(inputs.meta);
  if (profile === null) return err("The version is not a profile");
  const catalog = catalogOf(profile);
  const skip = skipped(inputs);
  const source = new SourceObserver(skip);
  readLog(catalog, files.source, source);
  const destinations = files.destinations.map((log) => {
    const collector = new NameCollector(skip);
    readLog(catalog, log, collector);
    return collector.names;
  });
  let shown: QueryMigrate | undefined;
  let shownAtMicros = 0;
  for (const { side, t, rt, sample } of inputs.entries) {
    if (side !== "src" || sample === null || sample === undefined || sample.ram === undefined) continue;
    shown = sample;
    shownAtMicros = ((rt ?? t) - inputs.start) * 1e6;
  }
  const { view } = source;
  return ok({
    source: view,
    destinations,
    figures: figuresOf(view, shown),
    shownAtMicros,
  });
}

function observeModel(scenario: Scenario, skip: ReadonlySet<string>, shownAtMicros: number): ObservedRun {
  const run = simulate(scenario);
  const source = new SourceObserver(skip);
  visitRecords(run.source, source);
  const destinations = [...run.earlierDestinations ?? [], run.destination].map((records) => {
    const collector = new NameCollector(skip);
    visitRecords(records, collector);
    return collector.names;
  });
  const { view } = source;
  let shown: QueryMigrate | undefined;
  let distance = Infinity;
  for (const { t_us, side, "query-migrate": sample } of run.samples) {
    if (side !== "source" || sample.ram === undefined) continue;
    // An unfinished migration has no last figures, so those of the recording's moment are taken.
    const away = view.lastState === "completed" ? 0 : Math.abs(t_us - shownAtMicros);
    if (away <= distance) [shown, distance] = [sample, away];
  }
  return { source: view, destinations, figures: figuresOf(view, shown) };
}

/** A rate that differs by this much from the one before the migration is worth a remark. */
const RATE_TOLERANCE = 0.03;

/** Looks at what the model was not told: whether the guest wrote during the migration as it did before. */
function remarkOn({ meta, entries, start }: RecordedInputs, scenario: Scenario): string {
  const before = meta.touches_per_s_before ?? 0;
  if (before === 0 || meta.workload?.burst !== undefined || scenario.capabilities["auto-converge"] === true) {
    return "";
  }
  const seen = entries.filter(({ t, side, touches }) =>
    side === "src" && touches !== undefined && t >= start
  );
  const stop = entries.find(({ t, side, event }) => side === "src" && event === "STOP" && t >= start)?.t ??
    Infinity;
  const running = seen.filter(({ t }) => t < stop);
  const first = running[0];
  const last = running.at(-1);
  if (first === undefined || last === undefined || last.t - first.t < 0.1) return "";
  const during = ((last.touches ?? 0) - (first.touches ?? 0)) / (last.t - first.t);
  if (Math.abs(during - before) <= RATE_TOLERANCE * before) return "";
  return `the guest wrote ${Math.round(during)} pages/s during the migration, ${
    Math.round(before)
  } before it`;
}
