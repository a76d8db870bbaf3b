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
import {
  agreesWithOne,
  type CaseComparison,
  compareRuns,
  figuresOf,
  type ObservedRun,
  type SeededAgreement,
} from "./compare_runs.ts";
import { countedGuest } from "./counted_guest.ts";
import { cyclesNeverEqual, remarkOnCycles } from "./cycle_remark.ts";
import { describeRecording, migrationsOf } from "./describe_recording.ts";
import { HostObserver, type HostTimes } from "./observe_host.ts";
import { NameCollector, SourceObserver } from "./observe_run.ts";
import { readInputs, type RecordedEntry, type RecordedInputs } from "./recorded_inputs.ts";
import { versionOf } from "./recorded_version.ts";
import { comparableSyncs, inputsKey, type RecordedOutcome } from "./repeats.ts";
import { runSeeds } from "./run_seeds.ts";
import { undeterminedBy } from "./undetermined.ts";
import { cyclesUndeterminedBy } from "./undetermined_cycles.ts";

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
  /** Whether one of the model's seeds at least has the recording's sequence, and whether they span its iterations. */
  readonly seeded: SeededAgreement;
  /** What each of {@linkcode BASELINES} says. */
  readonly baselines: readonly Prediction[];
  /** What the recording itself shows that no input tells; empty when its inputs suffice. */
  readonly undetermined: readonly string[];
  /** The same of the bytes of its full cycles alone. */
  readonly undeterminedCycles: readonly string[];
  /** What else is known: how far the model's runs lie apart with other seeds, why cycles differ by a few bytes. */
  readonly remarks: readonly string[];
  /** What QEMU was given and what came of it. */
  readonly recorded: RecordedOutcome;
  /** dirty-sync-count of the model's runs. */
  readonly seedIterations: readonly number[];
}

/** Runs one case. The error is the reason why it is none. */
export function runCase(name: string, files: RecordingFiles): Result<CaseResult, string> {
  const inputs = readInputs(files.meta, files.qmp);
  if (!inputs.ok) return inputs;
  const scenario = describeRecording(inputs.value);
  if (!scenario.ok) return scenario;
  const started = inputs.value.entries.filter(({ side, note }) =>
    note === "start" && /^dst/.test(side ?? "")
  );
  if (files.destinations.length < started.length) return err(lostLog(started[files.destinations.length]));
  const real = observeRecording(files, inputs.value);
  if (!real.ok) return real;
  const skip = skipped(inputs.value);
  const observe = (other: Scenario): ObservedRun =>
    observeModel(alignSecond(other, inputs.value), skip, real.value.shownAtMicros);
  const { run, runs, spread } = runSeeds(scenario.value, observe);
  const comparison = compareRuns(name, run, real.value);
  const cycles = remarkOnCycles(scenario.value, comparison.fullCycles, () => {
    const counted = countedGuest(scenario.value, inputs.value, real.value.host.throttledAfterMicros);
    return counted === null ? null : cyclesNeverEqual(
      runSeeds(counted, observe).runs.map(({ source }) => source.cycles),
      real.value.source.cycles,
    );
  });
  return ok({
    comparison,
    seeded: agreesWithOne(runs, real.value, comparison),
    baselines: BASELINES.map(({ predict }) => predict(givenBy(scenario.value))),
    undetermined: undeterminedBy({
      inputs: inputs.value,
      scenario: scenario.value,
      host: real.value.host,
      normalPages: real.value.figures.normal,
      zeroPages: real.value.figures.duplicate,
    }),
    undeterminedCycles: cyclesUndeterminedBy({
      inputs: inputs.value,
      scenario: scenario.value,
      host: real.value.host,
      zeroPages: real.value.figures.status === "completed" || real.value.host.laterCycles.length > 0
        ? real.value.figures.duplicate
        : null,
    }),
    remarks: [remarkOnVersion(inputs.value), spread, cycles]
      .filter((remark) => remark !== ""),
    recorded: {
      name,
      inputs: inputsKey(inputs.value),
      figures: real.value.figures,
      syncs: comparableSyncs(real.value.source),
      modelAway: Math.abs(comparison.iterations.model - comparison.iterations.real),
    },
    seedIterations: runs.map(({ figures }) => figures.iterations),
  });
}

function lostLog(start: RecordedEntry | undefined): string {
  return `${start?.side ?? "dst"}.trace is missing, though that destination was started`;
}

/** A version that is no profile has the nearest one. */
function remarkOnVersion({ meta }: RecordedInputs): string {
  const version = versionOf(meta.qemu);
  const destination = versionOf(meta.dst_qemu ?? meta.qemu);
  if (version !== null && destination !== null && destination.version !== version.version) {
    return `the destination is QEMU ${destination.version}, followed as ${version.profile}`;
  }
  return version === null || version.profile.startsWith(version.version)
    ? ""
    : `QEMU ${version.version} is followed as ${version.profile}`;
}

/** Events that the recorder left out of a recording. */
function skipped({ meta }: RecordedInputs): ReadonlySet<string> {
  return new Set(meta.more_events.filter((event) => event.startsWith("-")).map((event) => event.slice(1)));
}

type RecordedRun = ObservedRun & {
  /** When the figures were asked for, in microseconds since `migrate`. */
  readonly shownAtMicros: number;
  readonly host: HostTimes;
};

function observeRecording(files: RecordingFiles, inputs: RecordedInputs): Result<RecordedRun, string> {
  const version = versionOf(inputs.meta.qemu);
  if (version === null) return err("The version is not a profile");
  const catalog = catalogOf(version.catalog);
  const destinationVersion = versionOf(inputs.meta.dst_qemu ?? inputs.meta.qemu) ?? version;
  const destinationCatalog = catalogOf(destinationVersion.catalog);
  const skip = skipped(inputs);
  const source = new SourceObserver(skip);
  const host = new HostObserver();
  readLog(catalog, files.source, {
    event: (event) => {
      source.event(event);
      host.event(event);
    },
  });
  if (source.view.names.length === 0) return err(`src.trace has no event of QEMU ${version.version}`);
  // A process that waited for a migration that was refused has no part in the run.
  const destinations = files.destinations.slice(0, migrationsOf(inputs.entries).length).map((log) => {
    const collector = new NameCollector(skip);
    readLog(destinationCatalog, log, collector);
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
    host: host.times,
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
