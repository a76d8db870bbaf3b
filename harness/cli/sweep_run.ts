/**
 * Runs the cells of a sweep, on several workers at a time.
 *
 * Every cell depends on the plan and its values alone and is kept by its number, so the result is the same whatever the
 * number of workers and however often the sweep was interrupted.
 *
 * @module
 */
import { countCells, type SweepAxis, type SweepCell, valuesOf } from "../report/mod.ts";
import { runCell, type SweepPlan } from "./sweep_cell.ts";
import type { FromWorker, ToWorker } from "./sweep_worker.ts";

const WORKER = new URL("sweep_worker.ts", import.meta.url);

/** How a sweep is to run, besides what it is. */
export interface SweepOptions {
  readonly workers: number;
  readonly stop: AbortSignal;
  /** Cells that are done already, by their number; what is run is added. */
  readonly cells: (SweepCell | undefined)[];
  readonly onCell: (cell: number, result: SweepCell, done: number) => void;
}

/** Runs what is not done. @returns Whether all cells are done. */
export async function runSweep(
  plan: SweepPlan,
  axes: readonly SweepAxis[],
  { workers, stop, cells, onCell }: SweepOptions,
): Promise<boolean> {
  const all = countCells(axes);
  let done = 0;
  for (let cell = 0; cell < all; cell++) if (cells[cell] !== undefined) done++;
  let at = 0;
  const next = (): number | undefined => {
    while (at < all && cells[at] !== undefined) at++;
    return stop.aborted || at >= all ? undefined : at++;
  };
  const keep = (cell: number, result: SweepCell) => {
    cells[cell] = result;
    onCell(cell, result, ++done);
  };
  const left = all - done;
  if (Math.min(workers, left) <= 1) {
    for (let cell = next(); cell !== undefined; cell = next()) {
      keep(cell, runCell(plan, valuesOf(axes, cell)));
      // Lets a signal come in.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  } else {
    const lanes = Array.from({ length: Math.min(workers, left) }, () => runLane(plan, axes, next, keep));
    await Promise.all(lanes);
  }
  return done === all;
}

/** One worker: a cell at a time until none is left. */
function runLane(
  plan: SweepPlan,
  axes: readonly SweepAxis[],
  next: () => number | undefined,
  keep: (cell: number, result: SweepCell) => void,
): Promise<void> {
  const worker = new Worker(WORKER, { type: "module" });
  const tell = (message: ToWorker) => worker.postMessage(message);
  return new Promise<void>((resolve, reject) => {
    const give = () => {
      const cell = next();
      if (cell === undefined) resolve();
      else tell({ cell, values: valuesOf(axes, cell) });
    };
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      keep(data.cell, data.result);
      give();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`A worker of the sweep failed: ${event.message}`));
    };
    tell({ plan });
    give();
  }).finally(() => worker.terminate());
}
