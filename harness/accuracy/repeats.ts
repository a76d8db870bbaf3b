/**
 * How far two runs of QEMU with the same inputs lie apart: nearer than that no model can come that has the inputs alone.
 *
 * The recordings hold most cases twice, once by each of two versions whose migrations are alike. Versions count
 * iterations differently, so the syncs themselves are counted; where one came before there was a threshold, the newer
 * version syncs on and the older one ends.
 *
 * @module
 */
import { median } from "./compare_runs.ts";
import type { Figures } from "./compare_runs.ts";
import type { SourceView } from "./observe_run.ts";
import type { RecordedInputs } from "./recorded_inputs.ts";

/** A run of QEMU: what it was given, and what came of it. */
export interface RecordedOutcome {
  readonly name: string;
  /** Equal for runs with equal inputs. */
  readonly inputs: string;
  readonly figures: Pick<Figures, "status" | "totalMs" | "downtimeMs" | "transferred">;
  /** Syncs of the dirty bitmap; null where versions differ by design. */
  readonly syncs: number | null;
  /** How many iterations the model is away. */
  readonly modelAway: number;
}

/** What a run tells of its syncs for {@linkcode RecordedOutcome}. */
export function comparableSyncs({ syncs, cycles: [first] }: SourceView): number | null {
  return first !== undefined && first.pass <= 1 ? syncs.length : null;
}

/** Two runs of the same inputs. Relative differences are fractions of the larger figure. */
export interface RepeatedPair {
  readonly names: readonly [string, string];
  /** Whether both completed or neither did. */
  readonly sameVerdict: boolean;
  /** null unless both completed. */
  readonly totalTime: number | null;
  readonly downtimeMs: number | null;
  readonly transferred: number | null;
  /** How many syncs one has more than the other; null where they cannot be compared. */
  readonly syncs: number | null;
}

/** What a recorder notes when it cancels a migration that takes too long: that is no input. */
const TIME_LIMIT = "time limit";
/** How a recorder ends its processes, and what it notes of that, depends on what came of the migration. */
const EXIT = "exit";

/** What a migration was given, as a text to compare: the guest, its work, the migration's settings, what was done to it. */
export function inputsKey({ meta, entries }: RecordedInputs): string {
  const { problems } = meta;
  const isLimited = Array.isArray(problems) &&
    problems.some((problem) => typeof problem === "string" && problem.includes(TIME_LIMIT));
  const done = entries.filter(({ cmd, note }) =>
    cmd === undefined
      ? note !== undefined && note !== EXIT
      : cmd !== "quit" && !cmd.startsWith("query-") && !(isLimited && cmd === "migrate_cancel")
  ).map(({ side, cmd, note, args }) => {
    // Where a run listens says nothing of it.
    const { uri: _uri, channels: _channels, ...rest } = args ?? {};
    return [side, cmd, note, rest];
  });
  return JSON.stringify([
    meta.accel,
    meta.machine,
    [meta.ram_mib, meta.dst_ram_mib],
    meta.vcpus,
    [meta.src_devices, meta.dst_devices],
    meta.workload,
    meta.events,
    meta.transport,
    meta.relay_rate,
    meta.capabilities,
    meta["parameters"],
    done,
  ]);
}

/** Each run beside the one of the same inputs before it. */
export function pairRepeats(outcomes: readonly RecordedOutcome[]): RepeatedPair[] {
  const before = new Map<string, RecordedOutcome>();
  const pairs: RepeatedPair[] = [];
  for (const outcome of outcomes) {
    const other = before.get(outcome.inputs);
    before.set(outcome.inputs, outcome);
    if (other !== undefined) pairs.push(pairOf(other, outcome));
  }
  return pairs;
}

function pairOf(first: RecordedOutcome, second: RecordedOutcome): RepeatedPair {
  const [a, b] = [first.figures, second.figures];
  const completed = [a, b].filter(({ status }) => status === "completed").length;
  const both = completed === 2;
  return {
    names: [first.name, second.name],
    sameVerdict: completed !== 1,
    totalTime: both ? apart(a.totalMs, b.totalMs) : null,
    downtimeMs: both && a.downtimeMs !== null && b.downtimeMs !== null
      ? Math.abs(a.downtimeMs - b.downtimeMs)
      : null,
    transferred: both ? apart(a.transferred, b.transferred) : null,
    syncs: completed === 1 || first.syncs === null || second.syncs === null
      ? null
      : Math.abs(first.syncs - second.syncs),
  };
}

function apart(a: number, b: number): number {
  const larger = Math.max(a, b);
  return larger === 0 ? 0 : Math.abs(a - b) / larger;
}

/** Pairs further apart than this are named: the bar of the total time. */
const FAR = 0.15;

/** The lines of the report. */
export function printRepeats(outcomes: readonly RecordedOutcome[]): string[] {
  const pairs = pairRepeats(outcomes);
  if (pairs.length === 0) return ["No two recordings have the same inputs."];
  const figure = (of: (pair: RepeatedPair) => number | null): { middle: number; worst: number } => {
    const known = pairs.flatMap((pair) => of(pair) ?? []);
    return known.length === 0
      ? { middle: 0, worst: 0 }
      : { middle: median(known), worst: Math.max(...known) };
  };
  const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;
  const totalTime = figure((pair) => pair.totalTime);
  const downtime = figure((pair) => pair.downtimeMs);
  const transferred = figure((pair) => pair.transferred);
  const far = pairs.filter((pair) => (pair.totalTime ?? 0) > FAR);
  const syncs = pairs.flatMap((pair) => pair.syncs ?? []);
  const shareOfSyncs = (most: number): string => {
    const count = syncs.filter((more) => more <= most).length;
    return `${count} of ${syncs.length} (${percent(count / Math.max(1, syncs.length))})`;
  };
  const compared = outcomes.filter(({ syncs, inputs }) =>
    syncs !== null && outcomes.filter((other) => other.inputs === inputs).length > 1
  );
  const shareOfModel = (most: number): string => {
    const count = compared.filter(({ modelAway }) => modelAway <= most).length;
    return `${count} of ${compared.length} (${percent(count / Math.max(1, compared.length))})`;
  };
  const otherVerdicts = pairs.filter(({ sameVerdict }) => !sameVerdict);
  return [
    `| figure | ${pairs.length} pairs, median and worst difference |`,
    "| --- | --- |",
    `| total time | ${percent(totalTime.middle)}, ${percent(totalTime.worst)} |`,
    `| pairs further apart than 15 % of the total time | ${far.length} |`,
    `| downtime | ${downtime.middle} ms, ${downtime.worst} ms |`,
    `| transferred | ${percent(transferred.middle)}, ${percent(transferred.worst)} |`,
    `| syncs of the bitmap equal, where there was a threshold before the first | ${shareOfSyncs(0)} |`,
    `| — the model's iterations equal in these runs | ${shareOfModel(0)} |`,
    `| syncs within one | ${shareOfSyncs(1)} |`,
    `| — the model's iterations within one | ${shareOfModel(1)} |`,
    `| pairs of which one converged and the other did not | ${otherVerdicts.length} |`,
    "",
    ...far.map(({ names, totalTime }) =>
      `- ${names.join(", ")}: ${percent(totalTime ?? 0)} of the total time`
    ),
    ...otherVerdicts.map(({ names }) => `- ${names.join(", ")}: one converged`),
  ];
}
