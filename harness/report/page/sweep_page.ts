/**
 * The page of a sweep: the map of where a migration converges, and the run behind each cell.
 *
 * The map is a table that the page's script fills from the data, so that a thousand cells stay small and the keyboard
 * reaches each of them.
 *
 * @module
 */
import { countSweep, type SweepAxis, type SweepCell, type SweepResult, valuesOf } from "../sweep_result.ts";
import { showBytes, showMicros, showValue } from "./format.ts";
import { breakable, type Html, html, shellCommand } from "./html.ts";
import { renderPage } from "./page.ts";

/** Rows of the table behind the map; a page of more would be slow to open. */
const ROWS_MAX = 2500;

/** The data of the page; a column for each figure, null where a cell has none. */
export interface SweepData {
  readonly axes: readonly SweepAxis[];
  /** 1 converged, 0 not, -1 no scenario. */
  readonly state: readonly number[];
  readonly status: readonly string[];
  readonly metrics: readonly {
    readonly name: string;
    readonly unit: string;
    readonly values: readonly (number | null)[];
  }[];
  /** The command that runs a cell, without the settings of its axes. */
  readonly rerun: string;
}

const METRICS:
  readonly (readonly [name: string, unit: string, value: (cell: SweepCell) => number | null | undefined])[] =
    [
      ["Total time", "ms", ({ figures }) => figures?.totalTimeMs],
      ["Downtime", "ms", ({ figures }) => figures?.downtimeMs],
      ["Transferred", "B", ({ figures }) => figures?.transferredBytes],
      ["Iterations", "", ({ figures }) => figures?.iterations],
      [
        "Guest slow-down",
        "%",
        ({ figures }) => figures && Number(figures.guestSlowdownPercent.toFixed(1)),
      ],
    ];

function cellRow(axes: readonly SweepAxis[], cell: SweepCell, index: number): Html {
  const values = valuesOf(axes, index).map((value, at) =>
    html`<td class="number">${showValue(value, axes[at]?.unit ?? "")}</td>`
  );
  const { figures } = cell;
  if (figures === undefined) return html`<tr>${values}<td colspan="6">${cell.error}</td></tr>`;
  const millis = (value: number | null) => value === null ? "–" : showMicros(value * 1000);
  return html`<tr>${values}<td>${
    figures.converged ? "✓ converged" : `✗ ${figures.status}`
  }</td><td class="number">${millis(figures.totalTimeMs)}</td><td class="number">${
    millis(figures.downtimeMs)
  }</td><td class="number">${
    showBytes(figures.transferredBytes)
  }</td><td class="number">${figures.iterations}</td><td class="number">${
    showValue(Number(figures.guestSlowdownPercent.toFixed(1)), "%")
  }</td></tr>`;
}

function cellTable({ axes, cells }: SweepResult): Html {
  if (cells.length > ROWS_MAX) {
    return html`<p>The grid has ${cells.length} cells; a table of more than ${ROWS_MAX} is left to --csv.</p>`;
  }
  const heads = [
    ...axes.map(({ name }) => name),
    "Outcome",
    "Total time",
    "Downtime",
    "Transferred",
    "Iterations",
    "Slow-down",
  ];
  return html`
    <details class="values">
      <summary>All ${cells.length} cells as a table</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr>
          </thead>
          <tbody>${cells.map((cell, index) => cellRow(axes, cell, index))}</tbody>
        </table>
      </div>
    </details>
  `;
}

/** Renders the page of a sweep. */
export function sweepPage(
  result: SweepResult,
  { command, rerun }: { readonly command: string; readonly rerun: string },
): string {
  const { scenario, why, axes, cells } = result;
  const { converged, not, invalid } = countSweep(result);
  const data: SweepData = {
    axes,
    state: cells.map(({ figures }) => figures === undefined ? -1 : figures.converged ? 1 : 0),
    status: cells.map(({ figures, error }) => figures?.status ?? error ?? ""),
    metrics: METRICS.map(([name, unit, value]) => ({
      name,
      unit,
      values: cells.map((cell) => value(cell) ?? null),
    })),
    rerun,
  };
  const body = html`
    <header>
      <p class="kind">Convergence map</p>
      <h1>${breakable(scenario)}</h1>
      <p class="why">${why}</p>
      <p>${converged} of ${cells.length} cells converge, ${not} do not${invalid === 0
        ? ""
        : `, ${invalid} are no scenario at their values`}.</p>
    </header>
    <main id="main" tabindex="-1">
      <section aria-labelledby="map-title"><h2 id="map-title">Where it converges</h2>
    <div class="tools" id="controls"></div>
    <div class="layout"><div><div class="scroll" id="map"><noscript>The map is drawn by the page's script; the table below needs none.</noscript></div>
    <div class="legend" id="legend"></div></div>
    <aside class="detail" aria-live="polite" id="detail"><p>Choose a cell: click, or move with the arrow keys and press Enter.</p></aside></div>
    ${cellTable(result)}
      </section>
      <section aria-labelledby="about-title">
        <h2 id="about-title">About this page</h2>
        <ul class="notes">
          <li>A cell converges when the source completes within the scenario's time limit, by itself or as its operator decides.</li>
          <li>The model runs each cell; it is deterministic, and the command of a cell gives the same figures again.</li>
          <li>Slow-down is the share of the guest's time that auto-converge took from it. Bytes are in units of 1024.</li>
        </ul>
        <p>Made again with ${shellCommand(command)}</p>
      </section>
    </main>
  `;
  return renderPage({ title: `${scenario}: convergence map`, body, data, script: "sweep", plots: false });
}
