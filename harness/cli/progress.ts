/**
 * A line that tells how far a campaign is: drawn over on a terminal, now and then elsewhere.
 *
 * @module
 */
import type { Io } from "./command.ts";

const LIVE_EVERY_MS = 100;
const QUIET_EVERY_MS = 10_000;
/** Growth is told over the last so many seconds: what a campaign reached at first says nothing about now. */
const GROWTH_WINDOW_S = 60;

/** What the line tells. */
export interface ProgressState {
  readonly done: number;
  /** Cases in all, when that is known. */
  readonly all: number | undefined;
  /** Seconds that a campaign by time has left. */
  readonly secondsLeft: number | undefined;
  readonly findings: number;
  /** What the cases have reached so far, counted. */
  readonly reached: number;
}

/** A progress line on standard error. */
export interface Progress {
  show(state: ProgressState): void;
  /** Prints a text above the line. */
  say(text: string): void;
  clear(): void;
}

/**
 * Starts one.
 *
 * @param clock Milliseconds since some moment.
 */
export function progressLine(io: Io, clock: () => number = () => performance.now()): Progress {
  const start = clock();
  let shown = io.live ? -Infinity : start;
  let first: number | undefined;
  const growth: { at: number; reached: number }[] = [];
  const erase = io.live ? "\r\x1b[K" : "";
  return {
    show({ done, all, secondsLeft, findings, reached }) {
      first ??= done;
      const now = clock();
      if (now - shown < (io.live ? LIVE_EVERY_MS : QUIET_EVERY_MS)) return;
      shown = now;
      growth.push({ at: now, reached });
      while (growth.length > 2 && now - (growth[0]?.at ?? now) > GROWTH_WINDOW_S * 1000) growth.shift();
      const rate = (done - first) / Math.max(1, now - start) * 1000;
      const byCases = all === undefined || rate === 0 ? undefined : (all - done) / rate;
      const left = secondsLeft ?? byCases;
      const parts = [
        all === undefined ? `${done} cases` : `${done} of ${all} cases`,
        `${Math.round(rate)} a second`,
        `${findings} findings`,
        ...(reached === 0 ? [] : [`${reached} behaviours (+${reached - (growth[0]?.reached ?? reached)})`]),
        ...(left === undefined ? [] : [`${duration(left)} left`]),
      ];
      io.err(`${erase}${parts.join(", ")}${io.live ? "" : "\n"}`);
    },
    say: (text) => io.err(`${erase}${text}`),
    clear: () => io.live ? io.err(erase) : undefined,
  };
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
