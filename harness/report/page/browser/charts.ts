/**
 * Draws the charts of a page with uPlot, keeps their times together, and reads them out.
 *
 * @module
 */
/// <reference lib="dom" />

import type uPlotClass from "uplot";
import type { Chart, ChartSeries } from "../chart.ts";
import { showMicros, showValue } from "../format.ts";
import { BYTE_STEPS, powersAround, roundTo, showTick, TIME_STEPS } from "./scales.ts";
import { element, onTheme, PAPER_WIDTH, SVG, tableOf, tone } from "./data.ts";

declare const uPlot: typeof uPlotClass;

/** Room for the labels at the left of each chart; the strips above leave the same. */
const GUTTER = 86;
const HEIGHT = 240;
/** A chart on paper, of the width that the style sheet sets there: three go on a sheet. */
const PAPER = { width: PAPER_WIDTH, height: 200 };
/** Half of a label of time, in pixels, less what is free beside the picture. */
const LABEL_HALF = 12;
/** Rows of the table behind a picture; more would only make the browser slow. */
const TABLE_ROWS_MAX = 2000;
const DASHES: Readonly<Record<ChartSeries["shape"], number[]>> = {
  solid: [],
  dashed: [8, 5],
  dotted: [2, 4],
  long: [18, 5],
  "dash-dot": [9, 4, 2, 4],
  sparse: [2, 9],
};

/** What the charts of a page have in common. */
export interface Drawn {
  /** Shows a stretch of time in all charts; all of it without one. */
  zoom(from?: number, to?: number): void;
  /** Draws a line at a moment; none without one. */
  mark(at?: number): void;
  logarithmic(on: boolean): void;
}

/** The axes of the page, from differences to moments. */
export function momentsOf(axes: readonly (readonly number[])[]): number[][] {
  return axes.map((deltas) => {
    let at = 0;
    return deltas.map((delta) => at += delta);
  });
}

/** Points as diamonds, or as circles for the second of two runs: a way to tell them apart besides colour. */
function pointPaths(shape: ChartSeries["shape"]): uPlotClass.Series.PathBuilder {
  return (u, seriesIdx, from, to) => {
    const path = new Path2D();
    const [xs, ys] = [u.data[0], u.data[seriesIdx] ?? []];
    // Where points stand close together, smaller ones leave the lines to be seen.
    let count = 0;
    for (let at = from; at <= to; at++) if (typeof ys[at] === "number") count++;
    const size = Math.min(3.6, Math.max(1, 500 / count)) * devicePixelRatio;
    for (let at = from; at <= to; at++) {
      const value = ys[at];
      if (value === null || value === undefined) continue;
      const x = u.valToPos(xs[at] ?? 0, "x", true);
      const y = u.valToPos(value, "y", true);
      if (shape === "solid") {
        path.moveTo(x, y - size);
        path.lineTo(x + size, y);
        path.lineTo(x, y + size);
        path.lineTo(x - size, y);
        path.closePath();
      } else {
        path.moveTo(x + size, y);
        path.arc(x, y, size, 0, 2 * Math.PI);
      }
    }
    return { stroke: path, fill: path };
  };
}

/** Draws every chart of the page into its figure. */
export function drawCharts(charts: readonly Chart[], moments: readonly number[][], end: number): Drawn {
  let marked: number | undefined;
  let range: [number, number] = [0, end];
  const plots: { u: uPlotClass; chart: Chart; rebuild: () => void }[] = [];

  const make = (chart: Chart, log: boolean, into: HTMLElement): uPlotClass => {
    const joined = chart.series.map((one) => {
      const xs = moments[one.axis] ?? [];
      return [xs, one.values as (number | null)[]] as [number[], (number | null)[]];
    });
    const data = uPlot.join(
      joined as unknown as uPlotClass.AlignedData[],
      chart.series.map(() => joined.map(() => 1)) as never,
    );
    const base = chart.unit.startsWith("B") ? 2 : 10;
    const isLog = chart.scale === "logarithmic" || (log && chart.unit.startsWith("B"));
    const shown = isLog
      ? data.map((column, at) =>
        at === 0 ? column : [...column].map((value) => value === 0 ? undefined : value)
      )
      : data;
    const axis = (): Partial<uPlotClass.Axis> => ({
      stroke: () => tone("ink-soft"),
      grid: { stroke: () => tone("line"), width: 1 },
      ticks: { stroke: () => tone("line"), width: 1 },
      font: "12px system-ui, sans-serif",
    });
    const options: uPlotClass.Options = {
      width: Math.max(200, into.clientWidth),
      height: HEIGHT,
      padding: [10, 12, 0, 0],
      cursor: {
        sync: { key: "time" },
        drag: { x: true, y: false, setScale: false },
        // What holds at the pointer, not what is nearest to it: a step's value is the one of the step it is in.
        dataIdx: (u, series, nearest, moment) => {
          const one = chart.series[series - 1];
          if (one === undefined || one.kind === "points") return nearest;
          const from = (u.data[0][nearest] ?? 0) > moment ? nearest - 1 : nearest;
          return Math.max(0, heldIndex(u.data[series], from, one));
        },
      },
      select: { show: true, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: false, range: () => range },
        y: {
          distr: isLog ? 3 : 1,
          log: base,
          range: isLog ? powersAround(base) : (_u, _min, max) => [0, max > 0 ? max * 1.06 : 1],
        },
      },
      axes: [
        {
          ...axis(),
          // A label in the middle of a tick at the right edge would be cut off.
          values: (u, splits) =>
            splits.map((at) => {
              const room = (range[1] - at) / (range[1] - range[0]) * u.width;
              return room < LABEL_HALF ? "" : showTick(at, range[1] - range[0]);
            }),
          space: 56,
          incrs: TIME_STEPS,
        },
        {
          ...axis(),
          size: GUTTER,
          values: (_u, splits) => splits.map((at) => at === null ? "" : showValue(at, chart.unit)),
          ...(chart.unit.startsWith("B") && !isLog ? { incrs: BYTE_STEPS } : {}),
        },
      ],
      series: [
        {
          label: "Time",
          value: (u, at) =>
            at === null
              ? ""
              : showMicros(roundTo(u.posToVal(u.cursor.left ?? 0, "x"), (range[1] - range[0]) / 1000)),
        },
        ...chart.series.map((one): uPlotClass.Series => seriesOptions(one, chart.unit)),
      ],
      legend: { live: true, markers: { show: false } },
      hooks: {
        ready: [(u) => drawKeys(u, chart)],
        draw: [(u) => {
          if (marked === undefined) return;
          const x = Math.round(u.valToPos(marked, "x", true));
          const { ctx, bbox } = u;
          if (x < bbox.left || x > bbox.left + bbox.width) return;
          ctx.save();
          ctx.strokeStyle = tone("mark");
          ctx.fillStyle = tone("mark");
          ctx.lineWidth = 2 * devicePixelRatio;
          ctx.setLineDash([]);
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
          ctx.beginPath();
          ctx.moveTo(x - 6 * devicePixelRatio, bbox.top);
          ctx.lineTo(x + 6 * devicePixelRatio, bbox.top);
          ctx.lineTo(x, bbox.top + 9 * devicePixelRatio);
          ctx.fill();
          ctx.restore();
        }],
        setSelect: [(u) => {
          if (u.select.width < 4) return;
          drawn.zoom(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        }],
      },
    };
    return new uPlot(options, shown as uPlotClass.AlignedData, into);
  };

  for (const chart of charts) {
    const figure = document.getElementById(`chart-${chart.id}`);
    const into = figure?.querySelector<HTMLElement>(".plot");
    if (figure === null || figure === undefined || into === null || into === undefined) continue;
    const entry = { chart, u: make(chart, false, into), rebuild: () => {} };
    plots.push(entry);
    let width = into.clientWidth;
    // Sizes are set in a frame of their own: within the observer they would call it again.
    const fit = () => {
      if (into.clientWidth === width) return;
      width = into.clientWidth;
      entry.u.setSize({ width: Math.max(200, width), height: HEIGHT });
    };
    new ResizeObserver(() => requestAnimationFrame(fit)).observe(into);
    readByKeys(into, figure, entry, (...args) => drawn.zoom(...args), () => range, end);
    fillTable(figure, chart, moments);
  }

  const drawn: Drawn = {
    zoom(from, to) {
      range = from === undefined || to === undefined
        ? [0, end]
        : [Math.max(0, from), Math.min(end, Math.max(to, from + 1))];
      for (const { u } of plots) u.setScale("x", { min: range[0], max: range[1] });
      document.dispatchEvent(new CustomEvent("zoomed", { detail: range }));
    },
    mark(at) {
      marked = at;
      for (const { u } of plots) u.redraw(false);
    },
    logarithmic(on) {
      for (const entry of plots) {
        const into = entry.u.root.parentElement;
        if (into === null || !entry.chart.unit.startsWith("B")) continue;
        entry.u.destroy();
        entry.u = make(entry.chart, on, into);
      }
    },
  };
  onTheme(() => plots.forEach(({ u }) => u.redraw(false)));
  // What is drawn does not stretch with the paper by itself.
  const resize = (sizeOf: (into: HTMLElement) => { width: number; height: number }) => {
    for (const { u } of plots) {
      const into = u.root.parentElement;
      if (into !== null) u.setSize(sizeOf(into));
    }
  };
  addEventListener("beforeprint", () => resize(() => PAPER));
  addEventListener(
    "afterprint",
    () => resize((into) => ({ width: Math.max(200, into.clientWidth), height: HEIGHT })),
  );
  return drawn;
}

function seriesOptions(one: ChartSeries, unit: string): uPlotClass.Series {
  const stroke = () => tone(`tone-${one.tone}`);
  const base: uPlotClass.Series = {
    label: one.label,
    stroke,
    width: 2,
    value: (_u, value) => value === null || value === undefined ? "" : showValue(value, unit),
  };
  if (one.kind === "points") {
    return { ...base, width: 1, fill: stroke, paths: pointPaths(one.shape), points: { show: false } };
  }
  const step = uPlot.paths.stepped?.({ align: 1 });
  return {
    ...base,
    dash: DASHES[one.shape],
    // A value without neighbours makes no line.
    points: { show: true, size: 8, fill: stroke, filter: (u, series) => lonely(u.data[series] ?? []) },
    ...(one.kind === "step" && step !== undefined ? { paths: step } : {}),
  };
}

/** Where values stand that have none beside them; `undefined` is a moment of another series, `null` a gap. */
function lonely(column: ArrayLike<number | null | undefined>): number[] {
  const found: number[] = [];
  // The last value, as long as nothing but its place is known, and whether another came before it.
  let [at, hasLeft] = [-1, false];
  for (let index = 0; index <= column.length; index++) {
    const value = index < column.length ? column[index] : null;
    if (value === undefined) continue;
    if (value === null && at !== -1 && !hasLeft) found.push(at);
    hasLeft = value !== null && at !== -1;
    at = value === null ? -1 : index;
  }
  return found;
}

/**
 * Puts before each label of a legend the line as it is drawn, in the tone that the theme or the paper has. Points have their
 * shape in the label: it takes their tone, and no line stands before it that would promise one.
 */
function drawKeys({ root }: uPlotClass, { series }: Chart): void {
  const rows = root.querySelectorAll<HTMLElement>(".u-legend .u-series");
  for (const [at, { kind, shape, tone }] of series.entries()) {
    const row = rows[at + 1];
    if (row === undefined) continue;
    const label = row.querySelector<HTMLElement>(".u-label");
    label?.style.setProperty("color", kind === "points" ? `var(--tone-${tone})` : "inherit");
    if (kind === "points") continue;
    const key = document.createElementNS(SVG, "svg");
    key.setAttribute("class", "u-key");
    const line = key.appendChild(document.createElementNS(SVG, "line"));
    for (const [name, value] of Object.entries({ x2: "100%", y1: "50%", y2: "50%" })) {
      line.setAttribute(name, value);
    }
    line.setAttribute("stroke-dasharray", DASHES[shape].join(" "));
    line.style.setProperty("stroke", `var(--tone-${tone})`);
    row.querySelector("th")?.prepend(key);
  }
}

/** Where the value at a point stands: a line or a step still has the one before it, a point has its own or none (-1). */
function heldIndex(
  column: ArrayLike<number | null | undefined> | undefined,
  at: number,
  { kind }: ChartSeries,
): number {
  for (let index = at; index >= 0; index--) {
    const value = column?.[index];
    if (value !== null && value !== undefined) return index;
    if (kind === "points") return -1;
  }
  return -1;
}

/** Arrow keys go from point to point and read it out; plus and minus zoom, Escape shows all. */
function readByKeys(
  into: HTMLElement,
  figure: HTMLElement,
  entry: { readonly u: uPlotClass; readonly chart: Chart },
  zoom: (from?: number, to?: number) => void,
  range: () => readonly [number, number],
  end: number,
): void {
  let at = -1;
  const reading = figure.querySelector(".reading");
  // A change of the range takes effect with the next frame, and the place of the moment with it.
  const point = () =>
    requestAnimationFrame(() => {
      const moment = entry.u.data[0][at];
      if (moment !== undefined) entry.u.setCursor({ left: entry.u.valToPos(moment, "x"), top: 20 });
    });
  const show = (index: number) => {
    const { u, chart } = entry;
    const xs = u.data[0];
    at = Math.min(xs.length - 1, Math.max(0, index));
    const moment = xs[at] ?? 0;
    const [from, to] = range();
    if (moment < from || moment > to) zoom(moment - (to - from) / 2, moment + (to - from) / 2);
    const told = chart.series.map((one, series) =>
      [one.label, u.data[series + 1]?.[heldIndex(u.data[series + 1], at, one)]] as const
    )
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([label, value]) => `${label} ${showValue(Number(value), chart.unit)}`);
    if (reading !== null) reading.textContent = `${showMicros(moment)}: ${told.join(", ") || "no value"}`;
  };
  into.addEventListener("keydown", (event) => {
    const [from, to] = range();
    const middle = at < 0 ? (from + to) / 2 : entry.u.data[0][at] ?? 0;
    const half = (to - from) / 2;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowRight: () => show(at + (event.shiftKey ? 10 : 1)),
      ArrowLeft: () => show(at < 0 ? 0 : at - (event.shiftKey ? 10 : 1)),
      Home: () => show(0),
      End: () => show(Infinity),
      "+": () => zoom(middle - half / 2, middle + half / 2),
      "=": () => zoom(middle - half / 2, middle + half / 2),
      "-": () => half * 4 >= end ? zoom() : zoom(middle - half * 2, middle + half * 2),
      Escape: () => zoom(),
    };
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
    point();
  });
}

/** Fills the table behind a picture when it is opened for the first time. */
function fillTable(figure: HTMLElement, chart: Chart, moments: readonly number[][]): void {
  const details = figure.querySelector<HTMLDetailsElement>("details.values");
  const into = details?.querySelector(".scroll");
  details?.addEventListener("toggle", () => {
    if (into === null || into === undefined || into.childElementCount > 0) return;
    for (const one of chart.series) {
      const xs = moments[one.axis] ?? [];
      const rows = one.values.map((value, at) => [showMicros(xs[at] ?? 0), value] as const)
        .filter((row): row is readonly [string, number] => row[1] !== null)
        .map(([at, value]) => [at, showValue(value, chart.unit)]);
      into.append(element("h4", one.label), tableOf(["Time", one.label], rows.slice(0, TABLE_ROWS_MAX)));
      if (rows.length > TABLE_ROWS_MAX) {
        into.append(element("p", `The first ${TABLE_ROWS_MAX} of ${rows.length} values.`));
      }
    }
  });
}
