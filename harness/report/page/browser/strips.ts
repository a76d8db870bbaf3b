/**
 * Keeps the strips of phases above the charts at the same stretch of time as they are, and marks a moment in them.
 *
 * @module
 */
/// <reference lib="dom" />

/** About what a letter of a bar's label takes, in pixels. */
const LETTER = 6.4;
const SVG = "http://www.w3.org/2000/svg";

/** Places every bar of the strips for a stretch of time. */
export function placeStrips(from: number, to: number): void {
  const room = document.querySelector(".strips .track")?.getBoundingClientRect().width ?? 0;
  const share = (at: number) => 100 * (at - from) / (to - from);
  for (const bar of document.querySelectorAll<SVGElement>(".strips .bar")) {
    const [start, stop] = [share(Number(bar.dataset["from"])), share(Number(bar.dataset["to"]))];
    const isTick = bar.classList.contains("tick");
    // What begins and ends outside would stand beside the track, or as a sliver at its edge.
    bar.setAttribute("display", stop < -0.5 || start > 100 ? "none" : "inline");
    bar.setAttribute("x", `${isTick ? start : Math.max(0, start)}%`);
    if (isTick) continue;
    const width = Math.max(0, Math.min(100, stop) - Math.max(0, start));
    bar.setAttribute("width", `${width}%`);
    // Half a word says less than none; its title and the label of the strip have it whole.
    const text = bar.querySelector("text");
    const isRoom = width / 100 * room >= (text?.textContent.length ?? 0) * LETTER + 8;
    text?.setAttribute("display", isRoom ? "inline" : "none");
  }
  for (const line of document.querySelectorAll<SVGElement>(".strips .marker")) {
    const x = `${share(Number(line.dataset["at"]))}%`;
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
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
