/**
 * A worker of a sweep: told the plan once, then a cell at a time.
 *
 * @module
 */
import type { SweepCell } from "../report/mod.ts";
import { runCell, type SweepPlan } from "./sweep_cell.ts";

/** What a worker is told. */
export type ToWorker =
  | { readonly plan: SweepPlan }
  | { readonly cell: number; readonly values: readonly number[] };
/** What it answers. */
export interface FromWorker {
  readonly cell: number;
  readonly result: SweepCell;
}

/** The parts of a worker's global scope that are used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}

const scope = globalThis as unknown as WorkerScope;
let plan: SweepPlan | undefined;
scope.onmessage = ({ data }) => {
  if ("plan" in data) plan = data.plan;
  else if (plan !== undefined) scope.postMessage({ cell: data.cell, result: runCell(plan, data.values) });
};
