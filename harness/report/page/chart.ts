/**
 * A chart as data: what a page's script draws, and what a test can read without drawing.
 *
 * Series tell themselves apart by tone, by dash and by the shape of their points, so that colour is never needed.
 *
 * @module
 */
import { showMicros } from "./format.ts";
import { type Html, html } from "./html.ts";

/** How a line is broken: three ways for the first of two runs, three others for the second. */
export type LineShape = "solid" | "dashed" | "dotted" | "long" | "dash-dot" | "sparse";

const SHAPE_WORDS: Readonly<Record<LineShape, string>> = {
  solid: "solid",
  dashed: "dashed",
  dotted: "dotted",
  long: "long dashes",
  "dash-dot": "dashes and dots",
  sparse: "sparse dots",
};

/** One series of a chart. */
export interface ChartSeries {
  readonly label: string;
  /** A line, steps that hold to the next point, or points alone. */
  readonly kind: "line" | "step" | "points";
  readonly shape: LineShape;
  /** Which of the page's tones, from 1 to 6. */
  readonly tone: number;
  /** Which of the page's axes holds its x values. */
  readonly axis: number;
  /** Whole numbers; null where nothing is known. */
  readonly values: readonly (number | null)[];
}

/** One chart. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What to look for, in a sentence. */
  readonly hint: string;
  /** Of the values: `B`, `B/s`, `%`, `µs`. */
  readonly unit: string;
  readonly scale: "linear" | "logarithmic";
  readonly series: readonly ChartSeries[];
}

/** The charts of a page with the x values that they share: microseconds, each as the difference to the one before. */
export class ChartSet {
  readonly axes: number[][] = [];
  readonly charts: Chart[] = [];
  readonly #known = new Map<string, number>();

  /** Names an axis; the same moments are kept once. */
  axis(moments: readonly number[]): number {
    const deltas = moments.map((at, index) => Math.round(at) - Math.round(moments[index - 1] ?? 0));
    const key = deltas.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.axes.push(deltas);
    this.#known.set(key, this.axes.length - 1);
    return this.axes.length - 1;
  }

  /** Adds a chart unless none of its series has a value, or nothing but zeros. */
  add(chart: Chart): void {
    const series = chart.series.filter(({ values }) => values.some((value) => value !== null));
    const isTelling = series.some(({ values }) => values.some((value) => value !== null && value !== 0));
    if (isTelling) this.charts.push({ ...chart, series });
  }
}

/** Numbers as a chart takes them: whole, with null for what is not known. */
export function chartValues(column: readonly number[] | undefined): (number | null)[] {
  return (column ?? []).map((value) => Number.isFinite(value) ? Math.round(value) : null);
}

/**
 * What is above the charts: the marked moment, the way back to where its link stands and to all of it, a button for the
 * stretch of a run that is short beside the other, and the scale of bytes where there are any.
 */
export function chartTools(
  { charts }: ChartSet,
  part?: { readonly name: string; readonly end: number },
): Html {
  const scale = charts.some(({ unit }) => unit.startsWith("B"))
    ? html`<label><input type="checkbox" id="log"> bytes on a logarithmic scale</label>`
    : "";
  return html`
    <div
      class="tools"><span id="marked" role="status" aria-live="polite"></span><button type="button" id="back" hidden>Back to its link</button><button type="button" id="all" hidden>Show all</button>${part ===
          undefined
        ? ""
        : html`<button type="button" data-end="${Math.ceil(part.end)}">Show ${part.name} alone, ${
          showMicros(part.end)
        }</button>`}${scale}</div>
  `;
}

/** What a reader without scripts is told in place of the charts. */
export const NO_SCRIPT: Html =
  html`<noscript><p class="empty">The charts are drawn by the page's script, which does not
run here. The strips, the verdicts and the tables need none.</p></noscript>`;

/** Where a chart is drawn, with the table of its values behind it. */
export function chartFigure({ id, title, hint, series }: Chart): Html {
  const labels = series.map(({ label, shape, kind }) =>
    `${label} (${kind === "points" ? "points" : SHAPE_WORDS[shape]})`
  )
    .join(", ");
  return html`
    <figure class="chart" id="chart-${id}" data-chart="${id}">
      <figcaption>
        <h3>${title}</h3>
        <p>${hint}</p>
      </figcaption>
      <div class="plot" tabindex="0" role="img"
        aria-label="${title}: ${labels}. Arrow keys move from point to point, plus and minus zoom, Escape shows all."></div>
      <p class="reading" aria-live="polite"></p>
      <details class="values">
        <summary>Values of this picture as a table</summary>
        <div class="scroll"></div>
      </details>
    </figure>
  `;
}
