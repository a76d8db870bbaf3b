/**
 * The charts of one run, or of two in the same frames.
 *
 * @module
 */
import { type Chart, type ChartSeries, ChartSet, chartValues, type LineShape } from "./chart.ts";
import type { Series } from "../series.ts";
import type { Timeline } from "../timeline.ts";

/** A run with the name that its series carry; empty when it is the only one. */
export interface NamedTimeline {
  readonly name: string;
  readonly timeline: Timeline;
}

/** What a chart takes from a run; the tones count from 0 within the run. */
type Take = (timeline: Timeline, set: ChartSet) => readonly ChartSeries[];

interface Frame extends Omit<Chart, "series"> {
  readonly take: Take;
}

const FRAMES: readonly Frame[] = [
  {
    id: "remaining",
    title: "Remaining, and the threshold it must get under",
    hint: "The source switches over when what remains is no more than bandwidth times downtime-limit.",
    unit: "B",
    scale: "linear",
    take: ({ remaining, cycles, samples }, set) => {
      const [at, bytes, exact] = remaining.columns;
      const counted = (bytes ?? []).map((value, index) => exact?.[index] === 1 ? value : NaN);
      const estimated = (exact ?? []).includes(0);
      return [
        ...(estimated ? [series("Remaining", "line", "solid", 1, set.axis(at ?? []), bytes)] : []),
        series("◆ Counted exactly", "points", "solid", 4, set.axis(at ?? []), counted),
        heldThreshold(cycles, at?.at(-1) ?? NaN, set),
        ...(estimated ? [] : [
          series(
            "Remaining (query-migrate)",
            "line",
            "solid",
            1,
            set.axis(samples.columns[0] ?? []),
            samples.columns[1],
          ),
        ]),
      ];
    },
  },
  {
    id: "iterations",
    title: "Sent and dirtied, iteration by iteration",
    hint: "A step is as long as its iteration. Where the guest dirties as much as was sent, nothing is won.",
    unit: "B",
    scale: "linear",
    take: ({ iterations }, set) => {
      const [ends, starts, , , sent, dirtied] = iterations.columns;
      return [
        steps("Sent", "solid", 3, set, { starts, ends, values: sent }),
        steps("Dirtied meanwhile", "dashed", 2, set, { starts, ends, values: dirtied }),
      ];
    },
  },
  {
    id: "rates",
    title: "The race: bandwidth against dirty rate",
    hint: "The migration converges by itself only while the bandwidth stays above the dirty rate.",
    unit: "B/s",
    scale: "linear",
    take: ({ iterations, cycles, samples }, set) => {
      const [ends, starts, , , , dirtied] = iterations.columns;
      const rate = (dirtied ?? []).map((bytes, at) =>
        bytes / ((ends?.[at] ?? NaN) - (starts?.[at] ?? NaN)) * 1e6
      );
      return [
        series("Bandwidth", "line", "solid", 3, set.axis(cycles.columns[0] ?? []), cycles.columns[1]),
        steps("Dirty rate of the iteration", "dashed", 2, set, { starts, ends, values: rate }),
        series(
          "dirty-pages-rate (query-migrate)",
          "step",
          "dotted",
          5,
          set.axis(samples.columns[0] ?? []),
          samples.columns[2],
        ),
      ];
    },
  },
  {
    id: "throttle",
    title: "Throttle of the guest",
    hint: "Share of the time that auto-converge keeps the vCPUs from running.",
    unit: "%",
    scale: "linear",
    take: ({ throttle, samples, source, end }, set) => {
      const [at, percent] = throttle.columns;
      const stop =
        source?.phases.find(({ label, from }) => label === "device" && from > (at?.at(-1) ?? 0))?.from ?? end;
      const traced = (at ?? []).length > 0;
      // Where the log has the beginning, nothing throttled the guest before.
      const before = source?.phases[0]?.label === "setup" && (at?.[0] ?? 0) > 0 ? [0] : [];
      const sampled = (samples.columns[3] ?? []).map((value) => Number.isNaN(value) ? 0 : value);
      return traced || !sampled.some((value) => value > 0)
        ? [
          series("Throttle", "step", "solid", 2, set.axis([...before, ...(at ?? []), stop]), [
            ...before,
            ...lasting(percent),
          ]),
        ]
        : [
          series("Throttle (query-migrate)", "step", "solid", 2, set.axis(samples.columns[0] ?? []), sampled),
        ];
    },
  },
  {
    id: "latencies",
    title: "Page requests of postcopy",
    hint:
      "Each point is a page that the guest on the destination waited for: when it came, and how long it took.",
    unit: "µs",
    scale: "logarithmic",
    take: ({ latencies }, set) => {
      const [at, micros] = latencies?.series.columns ?? [];
      const atLeastOne = (micros ?? []).map((value) => Math.max(1, value));
      return [series("◆ Latency", "points", "solid", 1, set.axis(at ?? []), atLeastOne)];
    },
  },
];

function series(
  label: string,
  kind: ChartSeries["kind"],
  shape: ChartSeries["shape"],
  tone: number,
  axis: number,
  column: readonly number[] | undefined,
): ChartSeries {
  return { label, kind, shape, tone, axis, values: chartValues(column) };
}

/** The threshold of each cycle; the last one holds until the decision that compares with it. One alone is a point. */
function heldThreshold(
  { columns: [at = [], , threshold = []] }: Series,
  until: number,
  set: ChartSet,
): ChartSeries {
  const [last = NaN, value = NaN] = [at.at(-1), threshold.at(-1)];
  const isAfter = until > last && at.length > 1;
  const moments = isAfter ? [...at, until] : at;
  const values = isAfter ? [...threshold, value] : threshold;
  return series("Threshold", "step", "dashed", 2, set.axis(moments), values);
}

interface Steps {
  readonly starts: readonly number[] | undefined;
  readonly ends: readonly number[] | undefined;
  readonly values: readonly number[] | undefined;
}

/** Values that each hold from a start to an end, also where no other follows at once. */
function steps(
  label: string,
  shape: ChartSeries["shape"],
  tone: number,
  set: ChartSet,
  { starts = [], ends = [], values = [] }: Steps,
): ChartSeries {
  const moments: number[] = [];
  const held: number[] = [];
  for (const [row, start] of starts.entries()) {
    const [end = start, value = NaN] = [ends[row], values[row]];
    moments.push(start);
    held.push(value);
    // Of steps that touch, the next one's start is this one's end.
    if (end > start && starts[row + 1] !== end) {
      moments.push(end);
      held.push(value);
    }
  }
  return series(label, "step", shape, tone, set.axis(moments), held);
}

/** The values of steps, the last one held to its end. */
function lasting(values: readonly number[] | undefined): number[] {
  const last = values?.at(-1);
  return last === undefined ? [] : [...(values ?? []), last];
}

/** The charts of the runs, those without a value left out. */
export function runCharts(runs: readonly NamedTimeline[]): ChartSet {
  const set = new ChartSet();
  for (const { take, ...frame } of FRAMES) {
    const all = runs.flatMap(({ name, timeline }, index) =>
      take(timeline, set).map((one) => runs.length === 1 ? one : inCompany(one, name, index))
    );
    set.add({ ...frame, series: all });
  }
  return set;
}

const SHAPES_OF_SECOND: Readonly<Partial<Record<LineShape, LineShape>>> = {
  solid: "long",
  dashed: "dash-dot",
  dotted: "sparse",
};

/** Of two runs, each has tones and ways to break a line of its own. */
function inCompany(one: ChartSeries, name: string, index: number): ChartSeries {
  if (index === 0) return { ...one, label: `${name}: ${one.label}` };
  const label = `${name}: ${one.label.replace("◆", "●")}`;
  return { ...one, label, tone: one.tone + 5, shape: SHAPES_OF_SECOND[one.shape] ?? one.shape };
}
