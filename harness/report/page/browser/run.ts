/**
 * The script of a run's page and of a comparison: draws, zooms, and jumps from evidence to its moment.
 *
 * @module
 */
/// <reference lib="dom" />

import type { Chart } from "../chart.ts";
import { showMicros } from "../format.ts";
import { drawCharts, momentsOf } from "./charts.ts";
import { pageData } from "./data.ts";
import { markStrips, placeStrips } from "./strips.ts";

/** Around a moment that is jumped to, this much is shown: microseconds to each side. */
const AROUND = 2_500_000;

interface RunData {
  readonly axes: readonly (readonly number[])[];
  readonly charts: readonly Chart[];
  readonly end: number;
}

function start(): void {
  const { axes, charts, end } = pageData<RunData>();
  const drawn = drawCharts(charts, momentsOf(axes), end);
  const status = document.getElementById("marked");
  const all = document.getElementById("all");
  const back = document.getElementById("back");
  let from: HTMLElement | undefined;
  let range: readonly [number, number] = [0, end];

  document.addEventListener("zoomed", (event) => {
    range = (event as CustomEvent<readonly [number, number]>).detail;
    placeStrips(range[0], range[1]);
    if (all !== null) all.hidden = range[0] <= 0 && range[1] >= end;
  });
  placeStrips(0, end);
  addEventListener("resize", () => placeStrips(range[0], range[1]));
  addEventListener("beforeprint", () => placeStrips(range[0], range[1], true));
  addEventListener("afterprint", () => placeStrips(range[0], range[1]));

  all?.addEventListener("click", () => {
    drawn.zoom();
    drawn.mark();
    markStrips();
    for (const row of document.querySelectorAll(".marked-row")) row.classList.remove("marked-row");
    if (status !== null) status.textContent = "";
    if (back !== null) back.hidden = true;
    remember("");
  });
  // A page of evidence is long: who went to its moment gets back to where it was read.
  back?.addEventListener("click", () => {
    from?.scrollIntoView({ block: "center" });
    from?.focus({ preventScroll: true });
  });
  const part = document.querySelector<HTMLElement>(".tools [data-end]");
  part?.addEventListener("click", () => drawn.zoom(0, Number(part.dataset["end"])));
  const log = document.getElementById("log");
  log?.addEventListener("change", () => drawn.logarithmic((log as HTMLInputElement).checked));

  const jump = (link: HTMLElement): void => {
    const asked = Number(link.dataset["jump"]);
    // The guest may have been started long before its migration; at the edge the mark is at least in sight.
    const at = Math.min(end, Math.max(0, asked));
    const { side = "", line = "" } = link.dataset;
    if (end > 4 * AROUND) drawn.zoom(at - AROUND, at + AROUND);
    else drawn.zoom();
    drawn.mark(at);
    markStrips(at);
    placeStrips(range[0], range[1]);
    if (all !== null) all.hidden = false;
    const place = side === "" ? "" : line === "" ? ` (${side})` : ` (${side}, line ${line})`;
    const beyond = asked < 0 ? ", before the pictures begin" : asked > end ? ", after the pictures end" : "";
    if (status !== null) status.textContent = `Marked: ${showMicros(asked)}${place}${beyond}`;
    if (link.isConnected) from = link;
    if (back !== null) back.hidden = from === undefined;
    remember(`#at=${asked}`);
    for (const row of document.querySelectorAll<HTMLElement>(".waterfall tr")) {
      row.classList.toggle(
        "marked-row",
        line !== "" && row.dataset["line"] === line && row.dataset["side"] === side,
      );
    }
    const pictures = document.getElementById("pictures");
    pictures?.scrollIntoView({ block: "start" });
    pictures?.focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest<HTMLElement>("[data-jump]");
    if (link === null || link === undefined) return;
    event.preventDefault();
    jump(link);
  });
  // A link to a place can be sent on: #at=2201500 marks that moment.
  const heed = () => {
    const asked = /^#at=(-?\d+)$/.exec(location.hash)?.[1];
    if (asked === undefined) return;
    const link = document.createElement("a");
    link.dataset["jump"] = asked;
    jump(link);
  };
  addEventListener("hashchange", heed);
  heed();
}

/** Has the page's address name the moment that is marked. */
function remember(hash: string): void {
  try {
    history.replaceState(null, "", `${location.pathname}${location.search}${hash}`);
  } catch {
    // A page within a frame without an origin, as build servers show it, has no address to keep it in.
  }
}

start();
