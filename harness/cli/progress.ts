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
      const grown = reached - (growth[0]?.reached ?? reached);
      const parts: Part[] = [
        { text: all === undefined ? `${done} cases` : `${done} of ${all} cases`, weight: 4 },
        { text: `${Math.round(rate)} a second`, weight: 1 },
        { text: `${findings} finding${findings === 1 ? "" : "s"}`, weight: 3 },
        ...(reached === 0 ? [] : [{ text: `${reached} behaviours (+${grown})`, weight: 0 }]),
        ...(left === undefined ? [] : [{ text: `${duration(left)} left`, weight: 2 }]),
      ];
      io.err(io.live ? `${erase}${fitLine(parts, io.columns?.("err"))}` : `${fitLine(parts)}\n`);
    },
    say: (text) => io.err(`${erase}${text}`),
    clear: () => io.live ? io.err(erase) : undefined,
  };
}

/** A piece of the line, and how sorely it would be missed. */
interface Part {
  readonly text: string;
  readonly weight: number;
}

/** The pieces as a line that has room: one that goes on in the next row could not be drawn over. */
function fitLine(parts: readonly Part[], columns = Infinity): string {
  let kept = parts;
  const line = () => kept.map(({ text }) => text).join(", ");
  while (line().length >= columns && kept.length > 1) {
    const least = Math.min(...kept.map(({ weight }) => weight));
    kept = kept.filter(({ weight }) => weight > least);
  }
  return line().slice(0, Math.max(0, columns - 1));
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
