/**
 * The iterations of a run as a table: what each sent and what was dirtied meanwhile, with a link to its end.
 *
 * @module
 */
import type { Timeline } from "../timeline.ts";
import { showMicros, showValue } from "./format.ts";
import { type Html, html } from "./html.ts";

/** Rows that are shown; of more the first and the last, since the middle of a long run repeats itself. */
const ROWS_MAX = 200;

const HEADS = ["Iteration", "Took", "Sent", "Dirtied", "Dirty rate", "Bandwidth", "Remaining", "Threshold"];

/** A link to a moment in the pictures. */
export function momentLink(at: number, line: number, text: string): Html {
  return html`<a href="#pictures" data-jump="${
    Math.round(at)
  }" data-side="source" data-line="${line}">${text}</a>`;
}

/** The last decision of a run: when it was, and the line of its sync; `undefined` when there was none. */
export function lastDecision({ iterations }: Timeline): { at: number; line: number } | undefined {
  const [ends, , , lines] = iterations.columns;
  const [at, line] = [ends?.at(-1), lines?.at(-1)];
  return at === undefined || line === undefined || Number.isNaN(line) ? undefined : { at, line };
}

/** The table, folded. */
export function iterationTable({ iterations }: Timeline): Html {
  const [
    ends = [],
    starts = [],
    numbers = [],
    lines = [],
    sent = [],
    dirtied = [],
    pending = [],
    threshold = [],
    bandwidth = [],
  ] = iterations.columns;
  const rows = [...numbers.keys()].filter((at) => !Number.isNaN(numbers[at]));
  if (rows.length === 0) return html``;
  const isLong = rows.length > ROWS_MAX;
  const shown = isLong ? [...rows.slice(0, ROWS_MAX / 2), ...rows.slice(-ROWS_MAX / 2)] : rows;
  const row = (at: number) => {
    const end = ends[at] ?? NaN;
    const took = end - (starts[at] ?? NaN);
    const cells = [
      showMicros(took),
      showValue(sent[at] ?? NaN, "B"),
      showValue(dirtied[at] ?? NaN, "B"),
      showValue((dirtied[at] ?? NaN) / took * 1e6, "B/s"),
      showValue(bandwidth[at] ?? NaN, "B/s"),
      showValue(pending[at] ?? NaN, "B"),
      showValue(threshold[at] ?? NaN, "B"),
    ];
    const isUnder = (pending[at] ?? NaN) <= (threshold[at] ?? NaN);
    return html`<tr><td>${momentLink(end, lines[at] ?? 0, `${numbers[at]}`)}</td>${
      cells.map((text) => html`<td class="number">${text}</td>`)
    }<td>${isUnder ? "✓ under" : "over"}</td></tr>`;
  };
  return html`
    <details class="others"
      id="iterations"><summary>Iterations as a table (${rows.length})</summary><div class="scroll"><table>
    <thead><tr>${HEADS.map((head, at) =>
      html`<th scope="col" class="${at === 0 ? "" : "number"}">${head}</th>`
    )}<th scope="col">Threshold met</th></tr></thead>
    <tbody>${shown.map(row)}</tbody></table></div>${isLong
      ? html`<p>The first ${ROWS_MAX / 2} and the last ${ROWS_MAX / 2} of them.</p>`
      : ""}</details>
  `;
}
