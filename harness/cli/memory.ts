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
 * Lets the space for young objects grow to its bound at once, in threads that are still to be started: what a case of a
 * campaign makes is garbage when the next one begins, and costs nothing if it was never copied. The task `fuzz` has the
 * bound for that, `switchover` one that is right for logs.
 */
export function letYoungGrow(): void {
  setFlagsFromString("--semi-space-growth-factor=32");
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
