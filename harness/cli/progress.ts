/**
 * A line that tells how far a long job is: drawn over on a terminal, now and then elsewhere.
 *
 * @module
 */
import type { Io } from "./command.ts";

const LIVE_EVERY_MS = 100;
const QUIET_EVERY_MS = 10_000;

/** A progress line on standard error. */
export interface Progress {
  /** @param all Cases in all, when that is known. */
  show(done: number, all: number | undefined, findings: number): void;
  /** Prints a text above the line. */
  say(text: string): void;
  clear(): void;
}

/** Starts one. */
export function progressLine(io: Io): Progress {
  const start = performance.now();
  let shown = io.live ? -Infinity : start;
  let first: number | undefined;
  const erase = io.live ? "\r\x1b[K" : "";
  return {
    show(done, all, findings) {
      first ??= done;
      const now = performance.now();
      if (now - shown < (io.live ? LIVE_EVERY_MS : QUIET_EVERY_MS)) return;
      shown = now;
      const rate = (done - first) / Math.max(1, now - start) * 1000;
      const left = all === undefined || rate === 0 ? "" : `, ${Math.ceil((all - done) / rate)} s left`;
      const of = all === undefined ? `${done}` : `${done} of ${all}`;
      io.err(
        `${erase}${of} cases, ${Math.round(rate)} a second, ${findings} findings${left}${
          io.live ? "" : "\n"
        }`,
      );
    },
    say: (text) => io.err(`${erase}${text}`),
    clear: () => io.live ? io.err(erase) : undefined,
  };
}
