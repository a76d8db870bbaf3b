/**
 * Keeps the strips of phases above the charts at the same stretch of time as they are, and marks a moment in them.
 *
 * @module
 */
/// <reference lib="dom" />

import { PAPER_WIDTH, SVG } from "./data.ts";

/** From the middle of a mark to where a label may stand, in pixels. */
const TICK = 9;
/** About what a letter of a bar's label takes, in pixels. */
const LETTER = 7.2;

/** What a strip leaves free at its sides. */
const MARGIN = 98;

/** Places every bar of the strips for a stretch of time, on the screen or on paper. */
export function placeStrips(from: number, to: number, isPaper = false): void {
  const track = document.querySelector(".strips .track");
  const room = isPaper ? PAPER_WIDTH - MARGIN : track?.getBoundingClientRect().width ?? 0;
  const share = (at: number) => 100 * (at - from) / (to - from);
  for (const bar of document.querySelectorAll<SVGElement>(".strips .bar")) {
    const [start, stop] = [share(Number(bar.dataset["from"])), share(Number(bar.dataset["to"]))];
    const isTick = bar.classList.contains("tick");
    // What begins and ends outside would stand beside the track, or as a sliver at its edge.
    bar.setAttribute("display", stop < -0.5 || start > 100 ? "none" : "inline");
    bar.setAttribute("x", `${isTick ? start : Math.max(0, start)}%`);
    if (isTick) {
      bar.dataset["x"] = String(start / 100 * room);
      continue;
    }
    const width = Math.max(0, Math.min(100, stop) - Math.max(0, start));
    bar.setAttribute("width", `${width}%`);
    // Half a word says less than none; its title and the label of the strip have it whole.
    const text = bar.querySelector("text");
    const isRoom = width / 100 * room >= (text?.textContent.length ?? 0) * LETTER + 8;
    text?.setAttribute("display", isRoom ? "inline" : "none");
  }
  for (const strip of document.querySelectorAll(".strips .ticks")) nameTicks(strip, room);
  for (const line of document.querySelectorAll<SVGElement>(".strips .marker")) {
    const x = `${share(Number(line.dataset["at"]))}%`;
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  }
}

/** Shows a command beside its mark where it stays clear of its neighbours: to the right, or else to the left. */
function nameTicks(track: Element, room: number): void {
  const ticks = [...track.querySelectorAll<SVGElement>(".tick[display=inline]")];
  // Where the last label or mark ends.
  let end = -TICK;
  for (const [at, tick] of ticks.entries()) {
    const text = tick.querySelector("text");
    const x = Number(tick.dataset["x"]);
    const width = (text?.textContent.length ?? 0) * LETTER + TICK;
    const next = Number(ticks[at + 1]?.dataset["x"] ?? room + 2 * TICK) - TICK;
    const isRight = x + width <= next;
    const isLeft = !isRight && x - width >= end;
    text?.setAttribute("display", isRight || isLeft ? "inline" : "none");
    text?.setAttribute("x", isLeft ? String(-TICK) : String(TICK));
    text?.setAttribute("text-anchor", isLeft ? "end" : "start");
    end = isRight ? x + width : x + TICK;
  }
}

/** Draws a line at a moment through all strips; takes it away without one. */
export function markStrips(at?: number): void {
  for (const line of document.querySelectorAll(".strips .marker")) line.remove();
  if (at === undefined) return;
  for (const track of document.querySelectorAll(".strips .track")) {
    const line = document.createElementNS(SVG, "line");
    line.setAttribute("class", "marker");
    line.setAttribute("y2", "22");
    line.dataset["at"] = String(at);
    track.append(line);
  }
}
