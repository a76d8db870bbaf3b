/**
 * The downtime as a waterfall: a row per checkpoint and device of each side, drawn without a script, and what took longest.
 *
 * @module
 */
import type { Side } from "../../trace/mod.ts";
import type { DowntimeStep, SideDowntime } from "../downtime.ts";
import type { Timeline } from "../timeline.ts";
import { showCount, showMicros } from "./format.ts";
import { type Html, html, percent } from "./html.ts";

/** Rows of a waterfall that are drawn one by one. */
const ROWS_MAX = 12;
/** Devices of a side that are named above the waterfall, if they took this share of it. */
const NAMED_MAX = 2;
const NAMED_SHARE = 0.05;

/** The moments between which the guest stands still; NaN where they are not known, or where it runs on both sides. */
export function standstill({ source, destination }: Timeline): { from: number; to: number } {
  const stop = source?.guest.at(-1)?.to ?? NaN;
  const isElsewhere = destination?.guest.some(({ from, to }) => from <= stop && to > stop) === true;
  const start = isElsewhere ? undefined : destination?.guest.find(({ from }) => from >= stop);
  return start === undefined ? { from: NaN, to: NaN } : { from: stop, to: start.from };
}

/** What a waterfall shows, and what came after it. */
interface Fall {
  readonly guest: readonly DowntimeStep[];
  readonly sides: readonly (readonly [Side, SideDowntime])[];
  readonly after: readonly DowntimeStep[];
  readonly span: Span;
}

/** Takes the steps that belong to the downtime; `undefined` when none were traced. */
function fallOf(timeline: Timeline): Fall | undefined {
  const { source, destination } = timeline;
  const still = standstill(timeline);
  const isDown = Number.isFinite(still.from) && Number.isFinite(still.to);
  const guest: DowntimeStep[] = isDown
    ? [{ kind: "guest", label: "Guest stands still", from: still.from, to: still.to, line: 0 }]
    : [];
  const traced = [...(source?.downtime.steps ?? []), ...(destination?.downtime.steps ?? [])];
  if (guest.length + (source?.downtime.steps.length ?? traced.length) === 0) return undefined;
  const after: DowntimeStep[] = [];
  const sides = ([["source", source], ["destination", destination]] as const).flatMap(([name, side]) => {
    if (side === undefined) return [];
    // In postcopy RAM is saved and loaded long after the guest runs again: that is no downtime any more. Where it is
    // not known when it does, the side's last checkpoint comes with it.
    const checkpoints = side.downtime.steps.filter(({ kind }) => kind === "checkpoint");
    const end = isDown ? still.to : Math.max(...checkpoints.map(({ to }) => to));
    const isIn = (step: DowntimeStep) =>
      step.kind === "checkpoint" || step.from <= end || (!isDown && checkpoints.length === 0);
    after.push(...side.downtime.steps.filter((step) => !isIn(step)));
    return [[name, { ...side.downtime, steps: side.downtime.steps.filter(isIn) }] as const];
  });
  const all = [...guest, ...sides.flatMap(([, { steps }]) => steps)];
  const from = Math.min(...all.map((one) => one.from));
  const to = Math.max(
    ...all.map((one) => one.kind === "device" && isDown ? Math.min(one.to, still.to) : one.to),
  );
  return { guest, sides, after, span: { from, to } };
}

function longestFirst(steps: readonly DowntimeStep[]): DowntimeStep[] {
  return steps.filter(({ kind }) => kind === "device").sort((a, b) => (b.to - b.from) - (a.to - a.from));
}

/** The device that took longest, in a few words; `undefined` when none was traced. */
export function longestDevice(timeline: Timeline): string | undefined {
  const longest = fallOf(timeline)?.sides.flatMap(([side, { steps }]) =>
    longestFirst(steps).slice(0, 1).map((step) => ({ side, label: step.label, took: step.to - step.from }))
  ).sort((a, b) => b.took - a.took)[0];
  return longest && `longest: ${longest.label} on the ${longest.side}, ${showMicros(longest.took)}`;
}

/** The devices that matter, in a sentence. */
function describeLongest({ sides, span }: Fall): string {
  const enough = NAMED_SHARE * (span.to - span.from);
  const told = sides.flatMap(([side, { steps }]) => {
    const named = longestFirst(steps).filter(({ from, to }) => to - from >= enough).slice(0, NAMED_MAX);
    const list = named.map(({ label, from, to }) => `${label} (${showMicros(to - from)})`).join(" and ");
    return list === "" ? [] : [`on the ${side} ${list}`];
  });
  return told.length === 0 ? "" : ` Devices that took longest: ${told.join("; ")}.`;
}

/** Why it is not known how long the guest stood still. */
function describeUnknown({ source, destination }: Timeline): string {
  if (source === undefined) return "without the source's trace it is not known when the guest stopped";
  if (destination === undefined) {
    return "without the destination's trace it is not known when the guest went on";
  }
  return destination.guest.length === 0
    ? "the guest did not start on the destination"
    : "the guest ran on both sides";
}

/** The downtime of both sides: a row per checkpoint and device, each with its bar. */
export function waterfall(timeline: Timeline): Html {
  const fall = fallOf(timeline);
  if (fall === undefined) {
    return html`<p class="empty">No downtime was traced: the migration did not come to its
      switchover, or this QEMU traces no checkpoints, as those before 8.2.</p>`;
  }
  const { guest, sides, after, span } = fall;
  const still = guest.map(({ from, to }) =>
    html`, of which the guest stood still for <strong>${showMicros(to - from)}</strong>.`
  );
  return html`
    <p>From ${showMicros(span.from)} to ${showMicros(span.to)}: ${showMicros(
      span.to - span.from,
    )}${still[0] ?? `; ${describeUnknown(timeline)}.`}${describeLongest(fall)}</p>
    <div class="scroll">
      <table
        class="waterfall"><thead><tr><th scope="col">Step</th><th scope="col">When</th><th scope="col" class="number">Took</th></tr></thead>
    ${guest.length > 0 ? html`<tbody>${guest.map((one) => row(one, span, "both"))}</tbody>` : ""}
    ${sides.map(([name, downtime]) => sideRows(name, downtime, span))}
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
  const longest = new Set(longestFirst(steps).slice(0, ROWS_MAX));
  const shown = steps.filter((one) => one.kind !== "device" || longest.has(one));
  const rest = steps.filter((one) => one.kind === "device" && !longest.has(one));
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
