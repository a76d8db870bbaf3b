/**
 * What a worker of a campaign does: tries ranges of cases that it is handed, and reports what it has done.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import type { FuzzTarget } from "../target.ts";
import type { Range } from "./ranges.ts";
import { type Failure, tryCase } from "./try_case.ts";

/** What a worker is told: try these cases. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  readonly range: Range;
}

/** What a worker tells: these cases are tried, with these failures. */
export interface Report {
  readonly target: string;
  readonly range: Range;
  readonly failures: readonly Failure[];
}

/** Reports are at least this far apart, unless a case fails: what is not reported is lost with the process. */
const REPORT_EVERY_MS = 50;

/** Makes this worker try cases of these targets. */
export function serve(targets: readonly FuzzTarget[]): void {
  self.onmessage = ({ data }: MessageEvent<Order>) => {
    const target = targets.find(({ name }) => name === data.target);
    if (target === undefined) throw new Error(`There is no fuzz target ${data.target}`);
    tryRange(target, data);
  };
}

function tryRange(target: FuzzTarget, { seed, range }: Order): void {
  let { from } = range;
  let reported = performance.now();
  for (let index = from; index < range.to; index++) {
    const failure = tryCase(target, seed, index);
    const now = performance.now();
    if (failure === undefined && index + 1 < range.to && now - reported < REPORT_EVERY_MS) continue;
    const failures = failure === undefined ? [] : [failure];
    self.postMessage({ target: target.name, range: { from, to: index + 1 }, failures } satisfies Report);
    from = index + 1;
    reported = now;
  }
}
