/**
 * What a sweep found: a grid of runs as a map, a table, CSV and JSON.
 *
 * @module
 */
import { safeText } from "./paint.ts";
import { showValue } from "./page/format.ts";

/** One knob of the grid. */
export interface SweepAxis {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** The figures of one cell. Milliseconds, bytes, percent. */
export interface SweepFigures {
  /** Whether the source completed within the scenario's time limit. */
  readonly converged: boolean;
  /** The source's last status. */
  readonly status: string;
  /** `null` unless it converged. */
  readonly totalTimeMs: number | null;
  readonly downtimeMs: number | null;
  readonly transferredBytes: number;
  readonly iterations: number;
  /** Share of the guest's time that auto-converge took from it. */
  readonly guestSlowdownPercent: number;
}

/** One cell: its figures, or why the scenario is none at these values. */
export type SweepCell =
  | { readonly figures: SweepFigures; readonly error?: undefined }
  | { readonly figures?: undefined; readonly error: string };

/** A finished sweep. The first axis runs fastest. */
export interface SweepResult {
  readonly scenario: string;
  /** Of the scenario. */
  readonly why: string;
  readonly axes: readonly SweepAxis[];
  readonly cells: readonly SweepCell[];
}

/** The shape of `sweep --json`, for its help. */
export const SWEEP_SHAPE = `{"scenario", "axes": [{"name", "unit", "values": […]}],
 "cells": [{"values": […], "converged", "status", "totalTimeMs", "downtimeMs", "transferredBytes",
   "iterations", "guestSlowdownPercent"} or {"values": […], "error"}]}`;

const COLUMNS:
  readonly (readonly [head: string, value: (figures: SweepFigures) => string | number | null])[] = [
    ["converged", ({ converged }) => converged ? "yes" : "no"],
    ["status", ({ status }) => status],
    ["total_ms", ({ totalTimeMs }) => totalTimeMs],
    ["downtime_ms", ({ downtimeMs }) => downtimeMs],
    ["transferred_bytes", ({ transferredBytes }) => transferredBytes],
    ["iterations", ({ iterations }) => iterations],
    ["slowdown_percent", ({ guestSlowdownPercent }) => Number(guestSlowdownPercent.toFixed(1))],
  ];

/** Maps that are drawn of a grid of more than two axes. */
const MAPS_MAX = 6;

/** The values of a cell, one for each axis. */
export function valuesOf(axes: readonly SweepAxis[], cell: number): number[] {
  let left = cell;
  return axes.map(({ values }) => {
    const value = values[left % values.length] ?? NaN;
    left = Math.floor(left / values.length);
    return value;
  });
}

/** How many cells the axes span. */
export function countCells(axes: readonly SweepAxis[]): number {
  return axes.reduce((count, { values }) => count * values.length, 1);
}

/** The document of `--json`. */
export function sweepDocument({ scenario, axes, cells }: SweepResult): Record<string, unknown> {
  return {
    scenario,
    axes,
    cells: cells.map((cell, index) => ({
      values: valuesOf(axes, index),
      ...(cell.figures ?? { error: cell.error }),
    })),
  };
}

/** Comma-separated values, as RFC 4180 has them; the axes first. */
export function sweepCsv({ axes, cells }: SweepResult): string {
  const head = [...axes.map(({ name }) => name), ...COLUMNS.map(([name]) => name), "error"];
  const rows = cells.map((cell, index) => [
    ...valuesOf(axes, index),
    ...COLUMNS.map(([, value]) => cell.figures === undefined ? "" : value(cell.figures) ?? ""),
    cell.error ?? "",
  ]);
  return [head, ...rows].map((row) => `${row.map((one) => csvField(String(one))).join(",")}\r\n`).join("");
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** For a terminal without room for the others: shorter heads, in larger units; the status tells what converged. */
const NARROW: typeof COLUMNS = [
  ["status", ({ status }) => status],
  ["total_ms", ({ totalTimeMs }) => totalTimeMs],
  ["down_ms", ({ downtimeMs }) => downtimeMs],
  ["sent_MiB", ({ transferredBytes }) => Math.round(transferredBytes / 1024 ** 2)],
  ["iters", ({ iterations }) => iterations],
  ["slow_%", ({ guestSlowdownPercent }) => Number(guestSlowdownPercent.toFixed(1))],
];

/** Every cell as a row, aligned; the columns are fewer and shorter where a terminal has no room for all. */
export function sweepTable(result: SweepResult, room = Infinity): string {
  const table = alignCells(result, COLUMNS);
  return table.indexOf("\n") <= room ? table : alignCells(result, NARROW);
}

function alignCells({ axes, cells }: SweepResult, columns: typeof COLUMNS): string {
  const rows = [
    [...axes.map(({ name }) => name), ...columns.map(([name]) => name)],
    ...cells.map((cell, index) => [
      ...valuesOf(axes, index).map(String),
      ...(cell.figures === undefined
        ? [safeText(cell.error)]
        : columns.map(([, value]) => String(cell.figures === undefined ? "" : value(cell.figures) ?? "-"))),
    ]),
  ];
  const width = axes.length + columns.length;
  const widths = Array.from(
    { length: width },
    (_, at) =>
      Math.max(...rows.map((row) => row.length < width && at >= axes.length ? 0 : row[at]?.length ?? 0)),
  );
  return rows.map((row) => `${row.map((text, at) => text.padStart(widths[at] ?? 0)).join("  ").trimEnd()}\n`)
    .join("");
}

/** How many cells of each kind. */
export function countSweep({ cells }: SweepResult): { converged: number; not: number; invalid: number } {
  const invalid = cells.filter(({ error }) => error !== undefined).length;
  const converged = cells.filter(({ figures }) => figures?.converged === true).length;
  return { converged, not: cells.length - converged - invalid, invalid };
}

/** The map in characters: the first axis across, the second up, `#` where it converges. */
export function sweepMap(result: SweepResult): string {
  const [across, up, ...others] = result.axes;
  if (across === undefined || up === undefined) return "";
  const layer = across.values.length * up.values.length;
  const layers = countCells(others);
  const maps: string[] = [];
  for (let at = 0; at < Math.min(layers, MAPS_MAX); at++) {
    const held = valuesOf(others, at).map((value, index) => {
      const axis = others[index];
      return `${axis?.name} ${showValue(value, axis?.unit ?? "")}`;
    });
    const title = held.length === 0 ? "" : `${held.join(", ")}\n`;
    maps.push(title + mapLayer(across, up, result.cells.slice(at * layer, (at + 1) * layer)));
  }
  const more = layers > MAPS_MAX ? `${layers - MAPS_MAX} more maps are left out\n` : "";
  return `${maps.join("\n")}${more}# converged   . not   ! no scenario at these values\n`;
}

function mapLayer(across: SweepAxis, up: SweepAxis, cells: readonly SweepCell[]): string {
  const labels = up.values.map((value) => showValue(value, up.unit));
  const width = Math.max(up.name.length, ...labels.map(({ length }) => length));
  const rows = up.values.map((_, row) => {
    const marks = across.values.map((_, column) => {
      const cell = cells[row * across.values.length + column];
      return cell?.figures === undefined ? "!" : cell.figures.converged ? "#" : ".";
    });
    return `${(labels[row] ?? "").padStart(width)} |${marks.join("")}\n`;
  });
  const first = showValue(across.values[0] ?? NaN, across.unit);
  const last = showValue(across.values.at(-1) ?? NaN, across.unit);
  return `${up.name.padStart(width)}\n${rows.reverse().join("")}${"".padStart(width)} +${
    "-".repeat(across.values.length)
  }\n${"".padStart(width)}  ${across.name}: ${first} to ${last}\n`;
}
