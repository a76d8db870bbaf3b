/**
 * Pictures that are drawn without a script: phases as strips, latencies as bars.
 *
 * Positions are attributes in percent, so they need no inline style and stretch with the page.
 *
 * @module
 */
import type { Side } from "../../trace/mod.ts";
import { showCount, showMicros } from "./format.ts";
import { type Html, html, percent } from "./html.ts";
import type { Latencies } from "../latencies.ts";
import type { Interval, SideTimeline, Timeline } from "../timeline.ts";

/** A track of a page of usual width, and about what a letter takes, in pixels; the page's script measures anew. */
const TRACK = 820;
const LETTER = 7.2;
/** Phases that the table behind the strips lists. */
const PHASES_MAX = 500;
/** What a bar's pattern says, besides its words. */
const CLASS_OF_STATUS: Readonly<Record<string, string>> = {
  setup: "quiet",
  active: "busy",
  device: "down",
  "pre-switchover": "down",
  "postcopy-active": "post",
  "postcopy-device": "down",
  "postcopy-paused": "bad",
  completed: "done",
  failed: "bad",
  failing: "bad",
  cancelled: "bad",
  cancelling: "bad",
};

function strip(
  title: string,
  intervals: readonly Interval[],
  from: number,
  to: number,
  side: Side,
  plain?: string,
): Html {
  const span = Math.max(1, to - from);
  const bars = intervals.filter((one) => one.to > from || one.from >= from).map((one) => {
    const start = Math.max(from, one.from);
    const kind = plain ?? CLASS_OF_STATUS[one.label] ?? "quiet";
    const words = `${one.label}: ${showMicros(one.from)} to ${showMicros(one.to)} (${
      showMicros(one.to - one.from)
    })${one.line === 0 ? "" : `, line ${one.line}`}`;
    const isRoom = (one.to - start) / span * TRACK >= one.label.length * LETTER + 8;
    return html`
      <svg class="bar ${kind}" data-from="${one.from}" data-to="${one.to}" data-side="${side}"
        data-line="${one.line}" x="${percent(start - from, span)}" width="${percent(
          Math.max(0, one.to - start),
          span,
        )}" height="22" overflow="hidden">
        <title>${words}</title>
        <rect class="${kind}" width="100%" height="22" />
        <text x="5" y="15" display="${isRoom ? "inline" : "none"}">${one.label}</text>
      </svg>
    `;
  });
  // A strip without a bar would leave open whether it is empty or broken.
  const none = plain === undefined ? "no status traced" : "not seen to run";
  return html`
    <div
      class="strip"><span class="strip-name">${title}</span><svg class="track" height="22" width="100%" role="img" aria-label="${title}: ${intervals
        .map(({ label, from, to }) => `${label} from ${showMicros(from)} to ${showMicros(to)}`).join(", ") ||
        none}">${bars.length > 0 ? bars : html`<text class="none" x="5" y="15">${none}</text>`}</svg></div>
  `;
}

/** The status of both sides and where the guest runs, as strips over the time of the charts. */
export function phaseStrips({ source, destination, end, actions: all }: Timeline): Html {
  // A command from after the pictures' end (the recorder that quits both processes) would leave an empty strip.
  const actions = all.filter(({ at }) => at <= end);
  const ticks = actions.length === 0
    ? undefined
    : html`<div class="strip"><span class="strip-name">Operator</span>
<svg class="track ticks" height="22" width="100%" role="img" aria-label="Commands of the operator: ${
      actions.map(({ at, label }) => `${label} at ${showMicros(at)}`).join(", ")
    }">${
      actions.map(({ at, label }) =>
        html`
          <svg class="bar tick" data-from="${at}" data-to="${at}" x="${percent(
            at,
            Math.max(1, end),
          )}" width="12" height="22"
            overflow="visible">
            <title>${label}: ${showMicros(at)}</title>
            <path class="tick" d="M0 18 L6 5 L-6 5 Z" />
            <text x="9" y="15" display="none">${label}</text>
          </svg>
        `
      )
    }</svg></div>`;
  return html`<div class="strips" data-end="${Math.max(1, Math.round(end))}">
${source && strip("Source", source.phases, 0, end, "source")}
${destination && strip("Destination", destination.phases, 0, end, "destination")}
${source && strip("Guest on the source", source.guest, 0, end, "source", "busy")}
${destination && strip("Guest on the destination", destination.guest, 0, end, "destination", "busy")}
${ticks}</div>
${phaseTable(source, destination, actions)}`;
}

/** The same in words: a short phase has no room for its name in the strip. */
function phaseTable(
  source: SideTimeline | undefined,
  destination: SideTimeline | undefined,
  actions: Timeline["actions"],
): Html {
  const rows = [
    ...(source?.phases ?? []).map((phase) => ({ name: "source", ...phase })),
    ...(destination?.phases ?? []).map((phase) => ({ name: "destination", ...phase })),
    ...actions.map(({ at, label }) => ({ name: "operator", label, from: at, to: NaN })),
  ].sort((a, b) => a.from - b.from);
  if (rows.length === 0) return html``;
  return html`
    <details class="values phases">
      <summary>Phases and commands as a table (${rows.length})</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Side</th>
              <th scope="col">Phase or command</th>
              <th scope="col" class="number">From</th>
              <th scope="col" class="number">To</th>
              <th scope="col" class="number">Took</th>
            </tr>
          </thead>
          <tbody>${rows.slice(0, PHASES_MAX).map(({ name, label, from, to }) =>
            html`
              <tr>
                <td>${name}</td>
                <td>${label}</td>
                <td class="number">${showMicros(from)}</td>
                <td class="number">${showMicros(to)}</td>
                <td class="number">${showMicros(to - from)}</td>
              </tr>
            `
          )}</tbody>
        </table>
      </div>
      ${rows.length > PHASES_MAX ? html`<p>The first ${PHASES_MAX} of ${rows.length}.</p>` : ""}
    </details>
  `;
}

/** How many page requests took how long. */
export function latencyBars(
  { doublings, quantiles, count, least, most, mean, open, forgotten }: Latencies,
): Html {
  const largest = Math.max(1, ...doublings.map((one) => one.count));
  return html`
    <p>${showCount(count)} page request${count === 1 ? "" : "s"}: ${showMicros(least)} to ${showMicros(
      most,
    )}, ${showMicros(
      mean,
    )} on average; ${quantiles.map(({ share, micros }) => `${share * 100} % within ${showMicros(micros)}`)
      .join(", ")} (to within 4.5 percent).${open === 0
      ? ""
      : ` ${showCount(open)} were never answered in the trace.`}${forgotten === 0
      ? ""
      : ` ${showCount(forgotten)} more were open at a time than are kept.`}</p>
    <table class="bars">
      <thead>
        <tr>
          <th scope="col">Latency</th>
          <th scope="col">Requests</th>
          <th scope="col" class="number">Count</th>
        </tr>
      </thead>
      <tbody>${doublings.map((one) =>
        html`
          <tr>
            <td>${showMicros(one.micros)} to ${showMicros(one.micros * 2)}</td>
            <td class="when">
              <svg width="100%" height="14" aria-hidden="true">
                <rect class="device" width="${percent(one.count, largest)}" y="1" height="12" />
              </svg>
            </td>
            <td class="number">${showCount(one.count)}</td>
          </tr>
        `
      )}</tbody>
    </table>
  `;
}
