/**
 * Keeps the process small while it reads logs of any length, however it was started.
 *
 * @module
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Keeps V8's space for young objects from growing to 16 MB and more. The task `switchover` says so on V8's command line
 * (`--max-semi-space-size`), which can no longer be said to a process that runs; that the space does not grow by any
 * factor can.
 */
export function keepYoungSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/**
 * Lets it grow again, where thousands of runs are made one after the other: each leaves more than half a megabyte, and
 * a space of a few runs is copied again and again. Threads that start from now on may grow beyond what the task says.
 */
export function letYoungGrow(): void {
  setFlagsFromString("--semi-space-growth-factor=16");
  setFlagsFromString("--max-semi-space-size=16");
}

let sweep: (() => void) | undefined;

/** Collects all garbage at once. */
export function collectGarbage(): void {
  if (sweep === undefined) {
    // Only contexts that are made after the flag was set have the function.
    setFlagsFromString("--expose-gc");
    sweep = runInNewContext("gc") as () => void;
  }
  sweep();
}
