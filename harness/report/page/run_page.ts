/**
 * The page of one run: verdict, pictures, downtime, evidence.
 *
 * @module
 */
import type { Judgement } from "../../checks/mod.ts";
import type { RunFacts } from "../../trace/mod.ts";
import type { RunFigures } from "../figures.ts";
import { countVerdicts, type ReportSubject } from "../screen.ts";
import type { SideTimeline, Timeline } from "../timeline.ts";
import { chartFigure, chartTools, NO_SCRIPT } from "./chart.ts";
import { showBytes, showCount, showMicros } from "./format.ts";
import { breakable, html, type Part, shellCommand } from "./html.ts";
import { iterationTable, lastDecision, momentLink } from "./iteration_table.ts";
import { renderPage } from "./page.ts";
import { latencyBars, phaseStrips } from "./picture.ts";
import { runCharts } from "./run_charts.ts";
import { settingsSection } from "./settings_table.ts";
import { badge, convergenceSection, failedLinks, verdictSection } from "./verdicts.ts";
import { longestDevice, standstill, waterfall } from "./waterfall.ts";

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
  const { took, status } = tracedTime(timeline);
  const time = (value: number | null, traced: number, until = "completed") =>
    value !== null
      ? showMicros(value * 1000)
      : Number.isFinite(traced)
      ? html`${showMicros(traced)} <small>${
        until === "completed" ? "" : `until ${until}, `
      }by the trace</small>`
      : "–";
  const isKnown = downtimeMs !== null || Number.isFinite(still.to - still.from);
  const longest = isKnown ? longestDevice(timeline) : undefined;
  return [
    ["Source", source ?? "–"],
    ["Destination", destination ?? "–"],
    ["Total time", time(totalTimeMs, took, status)],
    [
      "Downtime",
      html`${time(downtimeMs, still.to - still.from)}${
        longest && html`
          <small>${longest}</small>
        `
      }`,
    ],
    [
      "Iterations",
      iterations === null ? "–" : html`${showCount(iterations)} <small>dirty-sync-count</small>`,
    ],
    ["Transferred", transferredBytes === null ? "–" : showBytes(transferredBytes)],
  ];
}

/** How many rules failed of those that could be judged. */
function describeCounts(judgement: Judgement): string {
  const { pass, fail, unknown } = countVerdicts(judgement);
  if (pass + fail === 0) return `None of ${unknown} rules found enough to judge by.`;
  return `${fail} of ${pass + fail} judged rules failed; ${unknown} more found too little to judge by.`;
}

const FINAL: ReadonlySet<string> = new Set(["completed", "failed", "cancelled"]);

/** How long the last migration took by the source's trace, and how it ended; NaN where it has no end. */
function tracedTime({ source }: Timeline): { took: number; status: string } {
  const phases = source?.phases ?? [];
  const over = phases.findLast(({ label }) => FINAL.has(label));
  const setup = phases.findLast(({ label, from }) => label === "setup" && from <= (over?.from ?? -1));
  return { took: (over?.from ?? NaN) - (setup?.from ?? NaN), status: over?.label ?? "" };
}

/** What the times of a page count from, which is the first of these that the trace has. */
export function describeClock({ source, destination }: Timeline): string {
  const began = (side: SideTimeline | undefined) => side?.phases.some(({ label }) => label === "setup");
  return began(source)
    ? "the source's setup"
    : began(destination)
    ? "the destination's setup"
    : "the first event";
}

/** Renders the page of a run. */
export function runPage({ subject, timeline, facts, command }: RunPageInput): string {
  const { title, why, figures, judgement, notes } = subject;
  const set = runCharts([{ name: "", timeline }]);
  const decided = lastDecision(timeline);
  const body = html`<header><p class="kind">Live migration</p><h1>${breakable(title)}</h1>${
    why && html`<p class="why">${why}</p>`
  }
<p>${badge(judgement.outcome)} ${describeCounts(judgement)}</p>
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
${NO_SCRIPT}
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
<ul class="notes">${timeline.notes.map((note) => html`<li>${note}.</li>`)}<li>Times count from ${
    describeClock(timeline)
  }. Bytes are in units of 1024.</li></ul>
<p>Made again with ${shellCommand(command)}</p></section>
</main>`;
  return renderPage({
    title,
    body,
    data: { axes: set.axes, charts: set.charts, end: Math.max(1, Math.round(timeline.end)) },
    script: "run",
    plots: set.charts.length > 0,
  });
}
