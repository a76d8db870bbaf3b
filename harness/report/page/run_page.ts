/**
 * The page of one run: verdict, pictures, downtime, evidence.
 *
 * @module
 */
import type { RunFacts } from "../../trace/mod.ts";
import type { RunFigures } from "../figures.ts";
import { countVerdicts, type ReportSubject } from "../screen.ts";
import type { Timeline } from "../timeline.ts";
import { chartFigure, chartTools } from "./chart.ts";
import { showBytes, showCount, showMicros } from "./format.ts";
import { breakable, type Html, html, type Part } from "./html.ts";
import { iterationTable, lastDecision, momentLink } from "./iteration_table.ts";
import { renderPage } from "./page.ts";
import { latencyBars, phaseStrips, standstill, waterfall } from "./picture.ts";
import { runCharts } from "./run_charts.ts";
import { badge, convergenceSection, failedLinks, verdictSection } from "./verdicts.ts";

/** What a page of a run shows. */
export interface RunPageInput {
  readonly subject: ReportSubject;
  readonly timeline: Timeline;
  readonly facts: RunFacts;
  /** What makes the page again. */
  readonly command: string;
}

/**
 * The figures of a run by name; a dash where nothing tells.
 *
 * Times are the ones that `query-migrate` gives. Without any they are read off the trace, and say so.
 */
export function figureRows(
  figures: RunFigures,
  timeline: Timeline,
): readonly (readonly [name: string, value: Part])[] {
  const { source, destination, iterations, totalTimeMs, downtimeMs, transferredBytes } = figures;
  const still = standstill(timeline);
  const completed = timeline.source?.phases.find(({ label }) => label === "completed")?.from ?? NaN;
  const time = (value: number | null, traced: number) =>
    value !== null
      ? showMicros(value * 1000)
      : Number.isFinite(traced)
      ? html`${showMicros(traced)} <small>by the trace</small>`
      : "–";
  return [
    ["Source", source ?? "–"],
    ["Destination", destination ?? "–"],
    ["Total time", time(totalTimeMs, completed)],
    ["Downtime", time(downtimeMs, still.to - still.from)],
    ["Iterations", iterations === null ? "–" : showCount(iterations)],
    ["Transferred", transferredBytes === null ? "–" : showBytes(transferredBytes)],
  ];
}

function showBoth(source: string | undefined, destination = source): string {
  if (source === destination) return source ?? "not told";
  return `source ${source ?? "not told"}, destination ${destination}`;
}

/** Capabilities that are on, and parameters. */
function settingsSection(
  { version, destinationVersion, accelerator, transport, capabilities, parameters, actions }: RunFacts,
): Html {
  const on = Object.entries(capabilities ?? {}).filter(([, state]) => state).map(([name]) => name);
  const rows: [string, string][] = [
    ["QEMU", showBoth(version, destinationVersion)],
    ["Accelerator", accelerator ?? "not told"],
    ["Transport", transport ?? "not told"],
    ["Capabilities", capabilities === undefined ? "not told" : on.join(", ") || "none"],
    ...Object.entries(parameters ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
    ...(actions ?? []).slice(0, 100).map(({ command, parameters }): [string, string] => [
      `then ${command}`,
      Object.entries(parameters ?? {}).map(([name, value]) => `${name}=${value}`).join(" "),
    ]),
  ];
  return html`
    <details class="settings">
      <summary>Settings of the run</summary>
      <div class="scroll">
        <table>
          <tbody>${rows.map(([name, value]) =>
            html`
              <tr>
                <th scope="row">${name}</th>
                <td>${value}</td>
              </tr>
            `
          )}</tbody>
        </table>
      </div>
    </details>
  `;
}

/** Renders the page of a run. */
export function runPage({ subject, timeline, facts, command }: RunPageInput): string {
  const { title, why, figures, judgement, notes } = subject;
  const set = runCharts([{ name: "", timeline }]);
  const counts = countVerdicts(judgement);
  const decided = lastDecision(timeline);
  const body = html`<header><p class="kind">Live migration</p><h1>${breakable(title)}</h1>${
    why && html`<p class="why">${why}</p>`
  }
<p>${badge(judgement.outcome)} ${counts.fail} of ${
    counts.pass + counts.fail
  } judged rules failed, ${counts.unknown} could not be judged.</p>
${failedLinks(judgement)}
<nav aria-label="On this page"><a href="#pictures">Pictures</a> <a href="#downtime">Downtime</a> <a href="#verdicts">Verdicts</a> <a href="#about">About this page</a></nav></header>
<main id="main" tabindex="-1">
<dl class="figures">${
    figureRows(figures, timeline).map(([name, value]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>
${
    convergenceSection(
      judgement.convergence,
      decided && momentLink(decided.at, decided.line, `at ${showMicros(decided.at)}`),
    )
  }
${notes.length === 0 ? "" : html`<ul class="notes">${notes.map((note) => html`<li>${note}.</li>`)}</ul>`}
<section id="pictures" aria-labelledby="pictures-title" tabindex="-1"><h2 id="pictures-title">Over time</h2>
${chartTools(set)}
${phaseStrips(timeline)}
${set.charts.map(chartFigure)}
${iterationTable(timeline)}
${
    set.charts.length === 0
      ? html`<p class="empty">The trace holds no sizes and no bandwidth that could be drawn.</p>`
      : ""
  }
${timeline.latencies && html`<h3>How long page requests took</h3>${latencyBars(timeline.latencies)}`}
</section>
<section id="downtime" aria-labelledby="downtime-title"><h2 id="downtime-title">Where the downtime went</h2>${
    waterfall(timeline)
  }</section>
${verdictSection(judgement, timeline.origin)}
<section id="about" aria-labelledby="about-title"><h2 id="about-title">About this page</h2>
${settingsSection(facts)}
<ul class="notes">${
    timeline.notes.map((note) => html`<li>${note}.</li>`)
  }<li>Times count from the source's setup. Bytes are in units of 1024.</li></ul>
<p>Made again with <code>${command}</code></p></section>
</main>`;
  return renderPage({
    title,
    body,
    data: { axes: set.axes, charts: set.charts, end: Math.max(1, Math.round(timeline.end)) },
    script: "run",
    plots: set.charts.length > 0,
  });
}
