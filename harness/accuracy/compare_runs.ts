/**
 * One case: what the model says beside what QEMU did.
 *
 * @module
 */
import type { QueryMigrate } from "../trace/mod.ts";
import { type Cycle, mergeRepeats, type SourceView } from "./observe_run.ts";
import { splitRaces } from "./race_places.ts";

/** Figures of one run's end, from `query-migrate`. */
export interface Figures {
  readonly status: string;
  readonly totalMs: number;
  /** null unless completed. */
  readonly downtimeMs: number | null;
  readonly iterations: number;
  readonly transferred: number;
  readonly normal: number;
  readonly duplicate: number;
  /** RAM bytes that were sent while the guest stood still. */
  readonly downtimeBytes: number;
}

/** One run, of the model or of QEMU. */
export interface ObservedRun {
  readonly source: SourceView;
  /** Event names of each destination, in the order in which they were started. */
  readonly destinations: readonly (readonly string[])[];
  readonly figures: Figures;
}

/** A figure of both. */
export interface Pair {
  readonly model: number;
  readonly real: number;
}

/** Whether a sequence agrees, and if not, the first place where it does not. */
export interface SequenceAgreement {
  readonly equal: boolean;
  /** Empty when equal. */
  readonly difference: string;
}

/** Sequences of both sides, with those of other seeds of the model's host where its middle run differs. */
export interface SeededAgreement {
  readonly source: boolean;
  readonly destination: boolean;
  /** Whether QEMU's iterations lie between the fewest and the most of the model's runs. */
  readonly iterations: boolean;
}

/**
 * Whether one of the model's runs has the recording's sequence, the middle one or another. Its seeds differ in what the host's scheduler decides:
 * how late it wakes threads, who gets a lock, how far channels are ahead. So what differs between them is a race of threads
 * that the model knows of.
 */
export function agreesWithOne(
  runs: readonly ObservedRun[],
  real: ObservedRun,
  middle: Pick<CaseComparison, "source" | "destination">,
): SeededAgreement {
  const agrees = (side: "source" | "destination"): boolean =>
    runs.some((run) =>
      side === "source"
        ? compareSequences(side, [run.source.names], [real.source.names]).equal
        : compareSequences(side, run.destinations, real.destinations).equal
    );
  const iterations = runs.map(({ figures }) => figures.iterations);
  return {
    source: middle.source.equal || agrees("source"),
    destination: middle.destination.equal || agrees("destination"),
    iterations: real.figures.iterations >= Math.min(...iterations) &&
      real.figures.iterations <= Math.max(...iterations),
  };
}

/** How full cycles agree. */
export interface CycleAgreement {
  readonly compared: number;
  readonly equal: number;
  readonly unmatched: number;
  /** By how many bytes each of the others differs, the smallest difference first. */
  readonly differences: readonly number[];
}

/** The comparison of one case. */
export interface CaseComparison {
  readonly name: string;
  readonly source: SequenceAgreement;
  readonly destination: SequenceAgreement;
  /** Full cycles of QEMU that have a counterpart in the model, and how many of them have the same bytes. */
  readonly fullCycles: CycleAgreement;
  readonly iterations: Pair;
  readonly totalMs: Pair;
  readonly downtimeMs: Pair | null;
  readonly transferred: Pair;
  readonly normal: Pair;
  readonly duplicate: Pair;
  readonly downtimeBytes: Pair;
  /** Median relative error of the dirty pages at the syncs that both have, the first aside. */
  readonly syncError: number | null;
  readonly verdict: { readonly model: string; readonly real: string; readonly equal: boolean };
}

/** Compares the model's run with QEMU's. */
export function compareRuns(name: string, model: ObservedRun, real: ObservedRun): CaseComparison {
  const pair = (of: (figures: Figures) => number): Pair => ({
    model: of(model.figures),
    real: of(real.figures),
  });
  const { figures: m } = model;
  const { figures: r } = real;
  return {
    name,
    source: compareSequences("source", [model.source.names], [real.source.names]),
    destination: compareSequences("destination", model.destinations, real.destinations),
    fullCycles: compareCycles(model.source.cycles, real.source.cycles),
    iterations: pair(({ iterations }) => iterations),
    totalMs: pair(({ totalMs }) => totalMs),
    downtimeMs: m.downtimeMs === null || r.downtimeMs === null
      ? null
      : { model: m.downtimeMs, real: r.downtimeMs },
    transferred: pair(({ transferred }) => transferred),
    normal: pair(({ normal }) => normal),
    duplicate: pair(({ duplicate }) => duplicate),
    downtimeBytes: pair(({ downtimeBytes }) => downtimeBytes),
    syncError: compareSyncs(model.source.syncs, real.source.syncs),
    verdict: { model: m.status, real: r.status, equal: m.status === r.status },
  };
}

/** Compares the sequences of one side, races aside. Lists of more than one are compared one by one. */
export function compareSequences(
  side: "source" | "destination",
  model: readonly (readonly string[])[],
  real: readonly (readonly string[])[],
): SequenceAgreement {
  for (let index = 0; index < Math.max(model.length, real.length); index++) {
    const ours = splitRaces(side, model[index] ?? []);
    const theirs = splitRaces(side, real[index] ?? []);
    for (const place of new Set(["", ...ours.places.keys(), ...theirs.places.keys()])) {
      const difference = firstDifference(
        mergeRepeats(place === "" ? ours.main : ours.places.get(place) ?? []),
        mergeRepeats(place === "" ? theirs.main : theirs.places.get(place) ?? []),
        ours.open.has(place) || theirs.open.has(place),
      );
      if (difference !== "") {
        return { equal: false, difference: `${place === "" ? "" : `${place}: `}${difference}` };
      }
    }
  }
  return { equal: true, difference: "" };
}

function firstDifference(model: readonly string[], real: readonly string[], isOpen: boolean): string {
  const length = (isOpen ? Math.min : Math.max)(model.length, real.length);
  for (let index = 0; index < length; index++) {
    if (model[index] === real[index]) continue;
    const after = real[index - 1] ?? "the start";
    return `after ${after}: model ${model[index] ?? "ends"}, QEMU ${real[index] ?? "ends"}`;
  }
  return "";
}

/** A full cycle of QEMU and the n-th of the same pass of the model, if there is one: their bytes. */
export interface CyclePair {
  readonly real: number;
  readonly model: number | undefined;
}

/** Holds the n-th full cycle of each pass beside the n-th of the same pass. The pairs are in the order of QEMU's cycles. */
export function pairCycles(model: readonly Cycle[], real: readonly Cycle[]): CyclePair[] {
  const byPass = (cycles: readonly Cycle[]): Map<number, number[]> => {
    const passes = new Map<number, number[]>();
    for (const { bytes, pass, isFull } of cycles) {
      if (!isFull) continue;
      const list = passes.get(pass) ?? [];
      list.push(bytes);
      passes.set(pass, list);
    }
    return passes;
  };
  const ours = byPass(model);
  return [...byPass(real)].flatMap(([pass, list]) =>
    list.map((bytes, index) => ({ real: bytes, model: ours.get(pass)?.[index] }))
  );
}

/** How many full cycles are equal to the byte. */
export function compareCycles(model: readonly Cycle[], real: readonly Cycle[]): CycleAgreement {
  let compared = 0;
  let equal = 0;
  let unmatched = 0;
  const differences: number[] = [];
  for (const { real: bytes, model: mine } of pairCycles(model, real)) {
    if (mine === undefined) unmatched++;
    else {
      compared++;
      if (mine === bytes) equal++;
      else differences.push(Math.abs(mine - bytes));
    }
  }
  return { compared, equal, unmatched, differences: differences.sort((a, b) => a - b) };
}

function compareSyncs(model: readonly number[], real: readonly number[]): number | null {
  const errors: number[] = [];
  for (let index = 1; index < Math.min(model.length, real.length); index++) {
    errors.push(relativeError({ model: model[index] ?? 0, real: real[index] ?? 0 }));
  }
  return errors.length === 0 ? null : median(errors);
}

/** |model - real| / real; 0 when both are 0, 1 when only the real one is. */
export function relativeError({ model, real }: Pair): number {
  if (real === 0) return model === 0 ? 0 : 1;
  return Math.abs(model - real) / Math.abs(real);
}

/** The median of a list that is not empty. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2;
}

/** Statuses in which a migration is over and has come to nothing. */
const BROKEN_OFF: ReadonlySet<string> = new Set(["failed", "cancelled"]);

/**
 * The figures of a recording or a simulated run: the last `query-migrate` that shows RAM.
 *
 * A run that ended otherwise than completed shows no figures at its end, so its last ones before the end are taken.
 */
export function figuresOf(view: SourceView, shown: QueryMigrate | undefined): Figures {
  const { lastState: status, spanMicros, syncs } = view;
  const ram = shown?.ram;
  const completed = status === "completed";
  const number = (value: unknown): number => (typeof value === "number" ? value : 0);
  return {
    status,
    totalMs: BROKEN_OFF.has(status) ? Math.round(spanMicros / 1000) : number(shown?.["total-time"]),
    downtimeMs: completed ? number(shown?.["downtime"]) : null,
    // A run that failed is not asked in its last moment, but its trace tells; one that goes on is asked when QEMU's ended.
    iterations: BROKEN_OFF.has(status) && syncs.length > 0 ? view.iterations : ram?.["dirty-sync-count"] ?? 0,
    transferred: ram?.["transferred"] ?? 0,
    normal: ram?.["normal"] ?? 0,
    duplicate: ram?.["duplicate"] ?? 0,
    downtimeBytes: ram?.["downtime-bytes"] ?? 0,
  };
}
