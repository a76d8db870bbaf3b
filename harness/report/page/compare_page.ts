/**
 * The page of two runs side by side: what differs first, then both in the same frames.
 *
 * @module
 */
import type { RuleVerdict } from "../../checks/mod.ts";
import type { RunFigures } from "../figures.ts";
import type { Timeline } from "../timeline.ts";
import { chartFigure, chartTools, NO_SCRIPT } from "./chart.ts";
import { showBytes, showCount, showMicros } from "./format.ts";
import { breakable, type Html, html, shellCommand } from "./html.ts";
import { renderPage } from "./page.ts";
import { latencyBars, phaseStrips } from "./picture.ts";
import { runCharts } from "./run_charts.ts";
import { describeClock, type RunPageInput } from "./run_page.ts";
import { differingSettings } from "./settings_table.ts";
import { badge, convergenceSection, firstPlace } from "./verdicts.ts";
import { standstill, waterfall } from "./waterfall.ts";

/** Two runs to hold against each other. */
export interface ComparePageInput {
  readonly runs: readonly [ComparedRun, ComparedRun];
  readonly command: string;
}

/** One of them. */
export type ComparedRun = Omit<RunPageInput, "command">;

/** A figure of both runs. Numbers carry how they are shown. */
export interface ComparedFigure {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  /** How much more or less B has; what is not told where there is nothing to subtract. */
  readonly difference: string;
}

/** The figures of two runs, and how far apart they are. */
export function compareFigures(
  a: { readonly figures: RunFigures; readonly timeline: Timeline },
  b: { readonly figures: RunFigures; readonly timeline: Timeline },
): ComparedFigure[] {
  const millis = (value: number) => showMicros(value * 1000);
  const number = (
    name: string,
    show: (value: number) => string,
    of: (run: typeof a) => number | null,
  ): ComparedFigure => {
    const [left, right] = [of(a), of(b)];
    const one = (value: number | null) => value === null || !Number.isFinite(value) ? "–" : show(value);
    const isTold = (value: number | null): value is number => value !== null && Number.isFinite(value);
    const difference = isTold(left) && isTold(right)
      ? describeChange(left, right, show)
      : describeLack(isTold(left), isTold(right));
    return { name, a: one(left), b: one(right), difference };
  };
  const word = (name: string, left: string | null, right: string | null): ComparedFigure => ({
    name,
    a: left ?? "–",
    b: right ?? "–",
    difference: left === null || right === null
      ? describeLack(left !== null, right !== null)
      : left === right
      ? "same"
      : "differs",
  });
  return [
    word("Source", a.figures.source, b.figures.source),
    word("Destination", a.figures.destination, b.figures.destination),
    number("Total time", millis, ({ figures }) => figures.totalTimeMs),
    number("Downtime", millis, ({ figures }) => figures.downtimeMs),
    number("Guest stood still", showMicros, ({ timeline }) => {
      const { from, to } = standstill(timeline);
      return to - from;
    }),
    number("Iterations (dirty-sync-count)", showCount, ({ figures }) => figures.iterations),
    number("Transferred", showBytes, ({ figures }) => figures.transferredBytes),
    number("Iterations that the trace shows", showCount, ({ timeline }) => timeline.iterations.given),
    number(
      "Highest bandwidth",
      (value) => `${showBytes(value)}/s`,
      ({ timeline }) => most(timeline.cycles.columns[1]),
    ),
    number("Last threshold", showBytes, ({ timeline }) => timeline.cycles.columns[2]?.at(-1) ?? null),
    number(
      "Highest throttle",
      (value) => `${value} %`,
      ({ timeline }) => most(timeline.throttle.columns[1]) ?? 0,
    ),
  ];
}

function most(column: readonly number[] | undefined): number | null {
  return column === undefined || column.length === 0
    ? null
    : column.reduce((a, b) => Math.max(a, b), -Infinity);
}

/** Why there is nothing to subtract. */
function describeLack(hasA: boolean, hasB: boolean): string {
  return hasA ? "not told of B" : hasB ? "not told of A" : "not told";
}

function describeChange(a: number, b: number, show: (value: number) => string): string {
  if (a === b) return "same";
  const percent = 100 * Math.abs(b - a) / a;
  // What is left of 99.9 % is not nothing.
  const shown = Number(percent.toPrecision(percent > 99 && percent < 100 ? 3 : 2));
  const share = a === 0 ? "" : ` (${b > a ? "+" : "−"}${shown} %)`;
  return `${b > a ? "+" : "−"}${show(Math.abs(b - a))}${share}`;
}

/** An amount with its unit: a line breaks before the share, and nowhere else. */
function keepTogether(difference: string): string {
  return difference.replace(/ (?!\()/g, "\u00a0");
}

/** Rules whose outcome differs between two runs. */
export function differingRules(
  a: readonly RuleVerdict[],
  b: readonly RuleVerdict[],
): { readonly a: RuleVerdict; readonly b: RuleVerdict }[] {
  const others = new Map(b.map((verdict) => [verdict.rule.id, verdict]));
  return a.flatMap((verdict) => {
    const other = others.get(verdict.rule.id);
    return other === undefined || other.outcome === verdict.outcome ? [] : [{ a: verdict, b: other }];
  });
}

function rulesSection([first, second]: readonly [ComparedRun, ComparedRun]): Html {
  const [a, b] = [first.subject, second.subject];
  const differing = differingRules(a.judgement.verdicts, b.judgement.verdicts);
  const failing = differing.filter((one) => one.a.outcome === "fail" || one.b.outcome === "fail");
  const rows = (list: typeof differing) =>
    html`
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Claim</th>
              <th scope="col">A</th>
              <th scope="col">B</th>
            </tr>
          </thead>
          <tbody>${list.map(({ a, b }) =>
            html`
              <tr>
                <td><code>${a.rule.id}</code></td>
                <td>${a.rule.claim}</td>
                <td>${badge(a.outcome)} ${firstPlace(a, first.timeline.origin)} ${a.note}</td>
                <td>${badge(b.outcome)} ${firstPlace(b, second.timeline.origin)} ${b.note}</td>
              </tr>
            `
          )}</tbody>
        </table>
      </div>
    `;
  const quiet = differing.filter((one) => !failing.includes(one));
  const failedIn = new Map(b.judgement.verdicts.map(({ rule, outcome }) => [rule.id, outcome]));
  const both = a.judgement.verdicts.filter(({ rule, outcome }) =>
    outcome === "fail" && failedIn.get(rule.id) === "fail"
  ).map(({ rule }) => rule.id);
  return html`<section id="verdicts" aria-labelledby="verdicts-title"><h2 id="verdicts-title">Verdicts that differ</h2>
<p>A: ${badge(a.judgement.outcome)} B: ${badge(b.judgement.outcome)}</p>
${both.length === 0 ? "" : html`<p>In both fail: <code>${both.join(", ")}</code></p>`}
${failing.length === 0 ? html`<p>No rule fails in one of them alone.</p>` : rows(failing)}
${
    quiet.length === 0 ? "" : html`
      <details
        class="others"><summary>Judged in one, unknown in the other (${quiet.length})</summary>${rows(
          quiet,
        )}</details>
    `
  }
</section>`;
}

/** The run that is so much shorter that the frames of both show little of it. */
function shorter([a, b]: readonly [number, number]): { name: string; end: number } | undefined {
  if (a > 0 && a * 4 < b) return { name: "A", end: a };
  return b > 0 && b * 4 < a ? { name: "B", end: b } : undefined;
}

/** Renders the page. */
export function comparePage({ runs: [a, b], command }: ComparePageInput): string {
  const title = `${a.subject.title} and ${b.subject.title}`;
  const set = runCharts([{ name: "A", timeline: a.timeline }, { name: "B", timeline: b.timeline }]);
  const figures = compareFigures({ ...a, figures: a.subject.figures }, { ...b, figures: b.subject.figures });
  const end = Math.max(1, a.timeline.end, b.timeline.end);
  const named = [["A", a], ["B", b]] as const;
  const body = html`
    <header>
      <p class="kind">Two live migrations</p>
      <h1>${breakable(title)}</h1>
      <p><strong>A</strong>: ${a.subject.title}. ${a.subject.why}</p>
      <p><strong>B</strong>: ${b.subject.title}. ${b.subject.why}</p>
      <nav
        aria-label="On this page"><a href="#figures">Figures</a> <a href="#pictures">Pictures</a> <a href="#downtime">Downtime</a> <a href="#verdicts">Verdicts</a> <a href="#about">About this page</a></nav>
    </header>
    <main id="main" tabindex="-1">
    <section id="figures" aria-labelledby="figures-title"><h2 id="figures-title">Figures</h2><div class="scroll"><table class="compared"><thead><tr><th scope="col">Figure</th><th scope="col" class="number">A</th><th scope="col" class="number">B</th><th scope="col" class="number">B against A</th></tr></thead><tbody>${figures
      .map(({ name, a, b, difference }) =>
        html`
          <tr class="${difference === "same" || difference.startsWith("not told") ? "" : "different"}">
            <td>${name}</td>
            <td class="number">${a}</td>
            <td class="number">${b}</td>
            <td class="number">${keepTogether(difference)}</td>
          </tr>
        `
      )}</tbody></table></div>
    <div class="pair">${named.map(([name, { subject }]) =>
      html`<div><h3>${name}</h3>${convergenceSection(subject.judgement.convergence)}</div>`
    )}</div>
    ${differingSettings(a.facts, b.facts)}</section>
    <section id="pictures" aria-labelledby="pictures-title" tabindex="-1"><h2 id="pictures-title">Over time</h2>
    ${chartTools(set, shorter([a.timeline.end, b.timeline.end]))}
    ${NO_SCRIPT}
    ${named.map(([name, { timeline }]) => html`<h3>${name}</h3>${phaseStrips({ ...timeline, end })}`)}
    ${set.charts.map(chartFigure)}
    <div class="pair">${named.map(([name, { timeline }]) =>
      timeline.latencies &&
      html`<div><h3>${name}: how long page requests took</h3>${latencyBars(timeline.latencies)}</div>`
    )}</div></section>
    <section id="downtime" aria-labelledby="downtime-title"><h2 id="downtime-title">Where the downtime went</h2><div class="pair">${named
      .map(([name, { timeline }]) => html`<div><h3>${name}</h3>${waterfall(timeline)}</div>`)}</div></section>
    ${rulesSection([a, b])}
    <section id="about" aria-labelledby="about-title"><h2 id="about-title">About this page</h2>
    <ul class="notes">${named.map(([name, { subject, timeline }]) =>
      [...subject.notes, ...timeline.notes].map((note) => html`<li>${name}: ${note}.</li>`)
    )}<li>A's times count from ${describeClock(a.timeline)}, B's from ${describeClock(
      b.timeline,
    )}. Bytes are in units of 1024.</li></ul>
    <p>Made again with ${shellCommand(command)}</p></section>
    </main>
  `;
  return renderPage({
    title,
    body,
    data: { axes: set.axes, charts: set.charts, end: Math.round(end) },
    script: "run",
    plots: set.charts.length > 0,
  });
}
