/**
 * What a run did over time, for its pictures: phases of both sides, iterations, bandwidth and threshold, throttle,
 * downtime, page requests.
 *
 * In:  the events of both sides as they come, of the model or of a real QEMU, and `query-migrate` samples.
 * Out: series and intervals on one clock that starts with the migration. Memory is bounded whatever the input.
 *
 * An iteration is what lies between two bitmap syncs; the guest dirtied what an exact count of the pending size has more
 * than the estimate before it. QEMU before 8.2 traces no estimate, so there it is not known what was dirtied.
 *
 * @module
 */
import {
  type OperatorAction,
  type Run,
  type RunFacts,
  type Sample,
  type Side,
  type TraceVisitor,
  visitRecords,
} from "../trace/mod.ts";
import type { SideDowntime } from "./downtime.ts";
import type { Latencies } from "./latencies.ts";
import { BoundedSeries, describeThinning, type Series } from "./series.ts";
import { clip, SideRecorder } from "./side_recorder.ts";

const ACTIONS_MAX = 256;

/** A stretch of time with a name: a status, or a guest that runs. Microseconds on the page's clock. */
export interface Interval {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Line of the event that began it, from 1; 0 when the log begins in the middle of it. */
  readonly line: number;
}

/** One side. */
export interface SideTimeline {
  readonly events: number;
  readonly phases: readonly Interval[];
  /** When the guest ran here. */
  readonly guest: readonly Interval[];
  readonly downtime: SideDowntime;
  /** Phases, checkpoints and devices that were past the bound. */
  readonly leftOut: number;
}

/** A run over time. Times are microseconds since `origin`, sizes bytes, rates bytes per second. */
export interface Timeline {
  /** The moment of the first `setup`, on the clock of the traces. */
  readonly origin: number;
  readonly end: number;
  readonly source: SideTimeline | undefined;
  readonly destination: SideTimeline | undefined;
  /** Migrations that the source's log shows, from 1 up; 0 without a source. */
  readonly migrations: number;
  /** Moment, pending bytes, whether they were counted exactly (1) or estimated (0). */
  readonly remaining: Series;
  /** Moment, bandwidth, threshold. */
  readonly cycles: Series;
  /**
   * End of the iteration, its start, number, line of its sync, bytes sent, bytes dirtied, bytes pending, threshold,
   * bandwidth.
   */
  readonly iterations: Series;
  /** Moment, percent. */
  readonly throttle: Series;
  /** Moment, remaining bytes, bytes dirtied per second, throttle percentage, of the source's `query-migrate`. */
  readonly samples: Series;
  readonly latencies: Latencies | undefined;
  readonly actions: readonly { readonly at: number; readonly label: string }[];
  /** What is not shown, in sentences. */
  readonly notes: readonly string[];
}

/** Collects a run. Give it the events of each side through {@linkcode TimelineRecorder.side}, in any order. */
export class TimelineRecorder {
  readonly #sides: Partial<Record<Side, SideRecorder>> = {};
  readonly #samples = new BoundedSeries(4, 1);
  #sampled = false;

  /** The visitor of one side's events. A second log of a side goes on where the first ended. */
  side(side: Side): TraceVisitor {
    return this.#sides[side] ??= new SideRecorder(side);
  }

  sample(sample: Sample): void {
    if (sample.side !== "source") return;
    const reply = sample["query-migrate"];
    const { ram } = reply;
    if (typeof ram !== "object" || ram === null) return;
    const rate = numberIn(ram, "dirty-pages-rate") * numberIn(ram, "page-size");
    this.#samples.push(
      sample.t_us,
      numberIn(ram, "remaining"),
      rate,
      numberIn(reply, "cpu-throttle-percentage"),
    );
    this.#sampled = true;
  }

  /** Puts everything on one clock. */
  finish(facts: RunFacts = {}): Timeline {
    const { source, destination } = this.#sides;
    const raw = this.#samples.series();
    const sampled = raw.columns[0] ?? [];
    const starts = [source?.startAt, destination?.startAt, source?.firstAt, destination?.firstAt, sampled[0]];
    const origin = starts.find((at) => at !== undefined && at >= 0) ?? 0;
    const last = Math.max(source?.lastAt ?? -1, destination?.lastAt ?? -1);
    const over = Math.max(source?.overAt ?? -1, destination?.overAt ?? -1);
    // What a process does after its migration is over would only squeeze the pictures.
    const until = over < 0 ? last : Math.min(last, over + (over - origin) * 0.08);
    const end = Math.max(0, Math.round((until < 0 ? sampled.at(-1) ?? origin : until) - origin));
    const samples = this.#samples.series(origin);
    const empty = new SideRecorder("source");
    const { remaining, cycles, iterations, throttle } = source ?? empty;
    const shown = {
      remaining: remaining.series(origin),
      cycles: cycles.series(origin),
      iterations: shiftStarts(iterations.series(origin), origin),
      throttle: throttle.series(origin),
    };
    const latencies = destination?.latencies.finish(origin);
    const actions = (facts.actions ?? []).slice(0, ACTIONS_MAX);
    const notes = [
      describeThinning("Remaining", shown.remaining),
      describeThinning("Bandwidth and threshold", shown.cycles),
      describeThinning("Iterations", shown.iterations),
      describeThinning("Samples", samples),
      latencies === undefined ? "" : describeThinning("Page requests", latencies.series),
      ...this.#notes(facts),
    ];
    return {
      origin,
      end,
      source: source?.finish(origin),
      destination: destination?.finish(origin),
      migrations: source?.migrations ?? 0,
      ...shown,
      samples,
      latencies,
      actions: actions.map(({ at, ...action }) => ({ at: at - origin, label: describeAction(action) })),
      notes: notes.filter((note) => note !== ""),
    };
  }

  #notes(facts: RunFacts): string[] {
    const { source, destination } = this.#sides;
    const notes: string[] = [];
    if (source === undefined) {
      notes.push("The source's trace was not given: there are no iterations and no bandwidth");
    }
    if (destination === undefined) notes.push("The destination's trace was not given");
    if (!this.#sampled) notes.push("No query-migrate samples were given");
    const undated = (source?.undated ?? 0) + (destination?.undated ?? 0);
    if (undated > 0) notes.push(`${undated} events carry no time and are not drawn`);
    const more = (facts.actions?.length ?? 0) - ACTIONS_MAX;
    if (more > 0) notes.push(`${more} commands of the operator are not drawn`);
    for (const [name, side] of [["source", source], ["destination", destination]] as const) {
      if (side !== undefined && side.leftOut > 0) {
        notes.push(`${side.leftOut} phases and devices of the ${name} are past the bound of what is drawn`);
      }
    }
    if (source !== undefined && destination !== undefined) {
      notes.push("Each side's times are as its own clock tells them; between two hosts they may be apart");
    }
    return notes;
  }
}

/** The timeline of a run that is in memory, such as the model's. */
export function timelineOf(run: Run): Timeline {
  const recorder = new TimelineRecorder();
  for (const sample of run.samples) recorder.sample(sample);
  if (run.source.length > 0) visitRecords(run.source, recorder.side("source"));
  if (run.destination.length > 0) visitRecords(run.destination, recorder.side("destination"));
  return recorder.finish(run.facts);
}

/** The second column of the iterations holds moments, too. */
function shiftStarts({ columns, ...rest }: Series, origin: number): Series {
  return {
    ...rest,
    columns: columns.map((column, at) => at === 1 ? column.map((start) => start - origin) : column),
  };
}

function numberIn(value: Readonly<Record<string, unknown>>, key: string): number {
  const found = value[key];
  return typeof found === "number" ? found : NaN;
}

function describeAction({ command, parameters }: Omit<OperatorAction, "at">): string {
  const given = Object.entries(parameters ?? {}).map(([name, value]) => `${name}=${value}`).join(" ");
  return clip(given === "" ? command : `${command} ${given}`);
}
