/**
 * The scales of the charts: which ticks they have, and how these are written.
 *
 * @module
 */
/// <reference lib="dom" />

import type uPlotClass from "uplot";
import { showMicros } from "../format.ts";

/** Ticks of time that are whole in their unit, in microseconds. */
export const TIME_STEPS: number[] = [0, 1, 2, 3, 4, 5, 6].flatMap((power) =>
  [1, 2, 5].map((step) => step * 10 ** power)
)
  .concat([10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200].map((seconds) => seconds * 1e6));

/** A number without the digits that are finer than a step. */
export function roundTo(value: number, step: number): number {
  const unit = Math.max(1, 10 ** Math.floor(Math.log10(step)));
  return Math.round(value / unit) * unit;
}

/** A moment on an axis; minutes and seconds once the picture shows minutes. */
export function showTick(at: number, span: number): string {
  if (span < 180e6) return at === 0 ? "0 s" : showMicros(at);
  const seconds = Math.round(at / 1e6);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Ticks of bytes that are whole in units of 1024. */
export const BYTE_STEPS: number[] = [0, 1, 2, 3, 4, 5].flatMap((power) =>
  [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 200, 256, 500, 512].map((size) =>
    size * 1024 ** power
  )
).sort((a, b) => a - b);

/** The range of a logarithmic scale: whole powers of its base around the values. */
export function powersAround(base: 2 | 10): uPlotClass.Scale.Range {
  const log = (value: number) => Math.log2(value) / Math.log2(base);
  return (_u, min, max) => {
    const least = min > 0 && Number.isFinite(min) ? min : 1;
    return [base ** Math.floor(log(least)), base ** Math.ceil(log(Math.max(max, least * base)))];
  };
}
