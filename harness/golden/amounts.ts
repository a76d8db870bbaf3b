/**
 * Figures of a golden as people say them: what a figure is called, and by how much it is more or less than it was.
 *
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";

/** Bytes, in the units of the pages' memory: three digits that count, `1.22 MiB`. */
export function sayBytes(size: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let [value, unit] = [Math.abs(size), 0];
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${Number(value.toPrecision(value >= 1000 ? 4 : 3))} ${units[unit]}`;
}

/** Milliseconds; from a second on in seconds. No digit is dropped: a difference of one millisecond is one. */
function sayMillis(millis: number): string {
  const size = Math.abs(millis);
  return size < 1000 ? `${Number(size.toFixed(3))} ms` : `${Number((size / 1000).toFixed(3))} s`;
}

/** By how much a moment moved: three digits that count, in the largest unit of which there is one at least. */
export function sayShift(micros: number): string {
  const size = Math.abs(micros);
  return size < 1000 ? `${size} us` : sayMillis(Number((size / 1000).toPrecision(3)));
}

/** A moment as the log has it, so that its line is found by it. */
export function sayMoment(micros: number): string {
  return `${(micros / 1e6).toFixed(6)} s`;
}

/** Bytes that are whole pages, as pages: what was sent and dirtied is counted in them. */
export function sayPages(size: number): string {
  const pages = Math.abs(size) / PAGE_SIZE;
  return Number.isInteger(pages)
    ? `${pages} page${pages === 1 ? "" : "s"} (${sayBytes(size)})`
    : sayBytes(size);
}

/** A difference of a count: `312 more pages (1.22 MiB)`, `1 fewer page (4 KiB)`; bytes when it is no whole page. */
export function morePages(by: number): string {
  const word = by > 0 ? "more" : "fewer";
  const pages = Math.abs(by) / PAGE_SIZE;
  if (!Number.isInteger(pages)) return `${sayBytes(by)} ${by > 0 ? "more" : "less"}`;
  return `${pages} ${word} page${pages === 1 ? "" : "s"} (${sayBytes(by)})`;
}

/** How the figures of a run are called, and how a value and a change of each is said. */
export interface FigureWords {
  readonly name: string;
  readonly say: (value: number) => string;
  /** The word for a change: longer and shorter, more and less. */
  readonly up: string;
  readonly down: string;
}

/** The figures that goldens have; one that is not here is shown under its own name. */
export const FIGURE_WORDS: Readonly<Record<string, FigureWords>> = {
  totalTimeMs: { name: "total time", say: sayMillis, up: "longer", down: "shorter" },
  downtimeMs: { name: "downtime", say: sayMillis, up: "longer", down: "shorter" },
  transferredBytes: { name: "transferred", say: sayBytes, up: "more", down: "less" },
};
