/**
 * Pictures that are drawn without a script: phases as strips, the downtime as a waterfall, latencies as bars.
 *
 * Positions are attributes in percent, so they need no inline style and stretch with the page.
 *
 * @module
 */
import type { Side } from "../../trace/mod.ts";
import type { DowntimeStep, SideDowntime } from "../downtime.ts";
import { showCount, showMicros } from "./format.ts";
import { type Html, html } from "./html.ts";
import type { Latencies } from "../latencies.ts";
import type { Interval, SideTimeline, Timeline } from "../timeline.ts";

/** Phases that the table behind the strips lists. */
const PHASES_MAX = 500;
/** Rows of a waterfall that are drawn one by one. */
const ROWS_MAX = 12;
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

/** An attribute in percent, four digits after the point. */
function percent(part: number, whole: number): string {
  return `${Number(Math.min(100, Math.max(0, 100 * part / whole)).toFixed(4))}%`;
}

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
    return html`
      <svg class="bar ${kind}" data-from="${one.from}" data-to="${one.to}" data-side="${side}"
        data-line="${one.line}" x="${percent(start - from, span)}" width="${percent(
          Math.max(0, one.to - start),
          span,
        )}" height="22" overflow="hidden">
        <title>${words}</title>
        <rect class="${kind}" width="100%" height="22" />
        <text x="5" y="15">${one.label}</text>
      </svg>
    `;
  });
  return html`
    <div
      class="strip"><span class="strip-name">${title}</span><svg class="track" height="22" width="100%" role="img" aria-label="${title}: ${intervals
        .map(({ label, from, to }) => `${label} from ${showMicros(from)} to ${showMicros(to)}`).join(", ") ||
        "nothing traced"}">${bars}</svg></div>
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
${phaseTable(source, destination)}`;
}

/** The same in words: a short phase has no room for its name in the strip. */
function phaseTable(...sides: readonly (SideTimeline | undefined)[]): Html {
  const rows = sides.flatMap((side, at) =>
    (side?.phases ?? []).map((phase) => ({ name: at === 0 ? "source" : "destination", ...phase }))
  ).sort((a, b) => a.from - b.from);
  if (rows.length === 0) return html``;
  return html`
    <details class="values phases">
      <summary>Phases as a table (${rows.length})</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Side</th>
              <th scope="col">Phase</th>
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

/** The moments between which the guest stands still; NaN where they are not known, or where it runs on both sides. */
export function standstill({ source, destination }: Timeline): { from: number; to: number } {
  const stop = source?.guest.at(-1)?.to ?? NaN;
  const isElsewhere = destination?.guest.some(({ from, to }) => from <= stop && to > stop) === true;
  const start = isElsewhere ? undefined : destination?.guest.find(({ from }) => from >= stop);
  return start === undefined ? { from: NaN, to: NaN } : { from: stop, to: start.from };
}

/** The downtime of both sides: a row per checkpoint and device, each with its bar. */
export function waterfall(timeline: Timeline): Html {
  const { source, destination } = timeline;
  const still = standstill(timeline);
  const isDown = Number.isFinite(still.from) && Number.isFinite(still.to);
  const guest: DowntimeStep[] = isDown
    ? [{ kind: "guest", label: "Guest stands still", from: still.from, to: still.to, line: 0 }]
    : [];
  const traced = [...(source?.downtime.steps ?? []), ...(destination?.downtime.steps ?? [])];
  if (guest.length + (source?.downtime.steps.length ?? traced.length) === 0) {
    return html`<p class="empty">No downtime was traced: the migration did not come to its
      switchover, or this QEMU traces no checkpoints, as those before 8.2.</p>`;
  }
  // In postcopy the source saves its RAM long after the guest runs again: that is no downtime any more.
  const isIn = (step: DowntimeStep) => step.kind === "checkpoint" || !isDown || step.from <= still.to;
  const all = [...guest, ...traced.filter(isIn)];
  const from = Math.min(...all.map((one) => one.from));
  const to = Math.max(
    ...all.map((one) => one.kind === "device" && isDown ? Math.min(one.to, still.to) : one.to),
  );
  const after = traced.filter((step) => !isIn(step));
  const span = { from, to };
  const side = (name: Side, downtime: SideDowntime | undefined) =>
    downtime && sideRows(name, { ...downtime, steps: downtime.steps.filter(isIn) }, span);
  return html`
    <p>From ${showMicros(from)} to ${showMicros(to)}: ${showMicros(to - from)}${isDown
      ? html`, of which the guest stood still for <strong>${showMicros(still.to - still.from)}</strong>`
      : ""}.</p>
    <div class="scroll">
      <table
        class="waterfall"><thead><tr><th scope="col">Step</th><th scope="col">When</th><th scope="col" class="number">Took</th></tr></thead>
    ${guest.length > 0 ? html`<tbody>${guest.map((one) => row(one, span, "both"))}</tbody>` : ""}
    ${side("source", source?.downtime)}
    ${side("destination", destination?.downtime)}
      </table>
    </div>
    ${after.length === 0
      ? ""
      : html`<p>After the guest ran again: ${
        after.map(({ label, from, to }) => `${label} from ${showMicros(from)} (${showMicros(to - from)})`)
          .slice(0, 8).join(", ")
      }${after.length > 8 ? ` and ${after.length - 8} more` : ""}.</p>`}
  `;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function sideRows(side: Side, { steps, leftOut }: SideDowntime, span: Span): Html {
  const title = side === "source" ? "Source" : "Destination";
  if (steps.length === 0) {
    return html`
      <tbody>
        <tr>
          <th colspan="3" scope="rowgroup">${title}: nothing traced</th>
        </tr>
      </tbody>
    `;
  }
  const devices = steps.filter(({ kind }) => kind === "device");
  const longest = new Set(devices.toSorted((a, b) => (b.to - b.from) - (a.to - a.from)).slice(0, ROWS_MAX));
  const shown = steps.filter((one) => one.kind !== "device" || longest.has(one));
  const rest = devices.filter((one) => !longest.has(one));
  const took = rest.reduce((sum, one) => sum + one.to - one.from, 0);
  const rows = (list: readonly DowntimeStep[]) => list.map((one) => row(one, span, side));
  const more = rest.length === 0 ? "" : html`
    <tr>
      <td colspan="3">
        <details>
          <summary>${rest.length} more devices, together ${showMicros(took)}</summary>
          <table>${rows(rest)}</table>
        </details>
      </td>
    </tr>
  `;
  const lost = leftOut === 0 ? "" : html`
    <tr>
      <td colspan="3">${showCount(leftOut)} devices past the bound are not kept.</td>
    </tr>
  `;
  return html`<tbody><tr><th colspan="3" scope="rowgroup">${title}</th></tr>${
    rows(shown)
  }${more}${lost}</tbody>`;
}

function row(step: DowntimeStep, { from, to }: Span, side: Side | "both"): Html {
  const span = Math.max(1, to - from);
  const place = step.line === 0 ? "" : `, line ${step.line}`;
  const words = `${showMicros(step.from)} to ${showMicros(step.to)}${place}`;
  const x = percent(step.from - from, span);
  const width = percent(Math.min(step.to, to) - step.from, span);
  return html`
    <tr class="${step.kind}" data-side="${side}" data-line="${step.line}">
      <td title="${step.label}">${step.label}</td>
      <td class="when">
        <svg width="100%" height="14" role="img" aria-label="${words}">
          <title>${words}</title>
          <rect class="${step.kind} ${side}" x="${x}" width="${width}" y="1" height="12" />
          <svg x="${x}" overflow="visible">
            <path class="edge" d="M0 0 V14" />
          </svg>
        </svg>
      </td>
      <td class="number">${showMicros(step.to - step.from)}</td>
    </tr>
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
