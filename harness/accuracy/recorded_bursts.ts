/**
 * Where a bursty guest of a recording stands when the migration starts.
 *
 * A reading of its counter in the middle of a burst tells when that burst began. Between bursts it only tells how many
 * there were; then the guest's start tells the rest, for it boots in the same time whenever it is started, within what
 * the readings leave open: on a busy host it boots later.
 *
 * @module
 */
import type { RecordedEntry, RecordedInputs } from "./recorded_inputs.ts";

/**
 * From the start of the process to the guest's first write of its workload, in seconds: the median of 118 guests under
 * TCG (nine of ten: 0.067 and more) and 3 under KVM whose counter rises steadily, counted back from its readings before
 * the migration.
 */
const BOOT_SECONDS = { tcg: 0.0776, kvm: 3.47 } as const;

/** Bursts of a workload. */
export interface Bursts {
  readonly pages: number;
  /** Pages a second within a burst. */
  readonly rate: number;
  readonly restMs: number;
}

/** Where they stand at the `migrate` command. */
export interface BurstState {
  /** Pages that have been written. */
  readonly written: number;
  /** What is left of the present burst, in pages; 0 between bursts. */
  readonly left: number;
  /** Milliseconds from the end of the present burst, or from now, to the next one. */
  readonly restMs: number;
}

/** Reads it off the inputs before the migration. */
export function burstsAtStart({ meta, entries, start }: RecordedInputs, bursts: Bursts): BurstState {
  const before = entries.filter(({ t, side, touches }) =>
    side === "src" && touches !== undefined && t < start
  );
  const seconds = bursts.pages / bursts.rate;
  const period = seconds + bursts.restMs / 1000;
  const began = beganAt(before, bursts, started(entries, start) + BOOT_SECONDS[meta.accel]);
  const round = Math.floor((start - began.at) / period);
  const into = start - began.at - round * period;
  const counted = began.written + Math.max(0, round) * bursts.pages;
  if (round < 0) return { written: counted, left: 0, restMs: (began.at - start) * 1000 };
  if (into >= seconds) return { written: counted + bursts.pages, left: 0, restMs: (period - into) * 1000 };
  const done = Math.round(into * bursts.rate);
  return { written: counted + done, left: bursts.pages - done, restMs: bursts.restMs };
}

/** The start of a burst, and what was written before it. */
function beganAt(
  readings: readonly RecordedEntry[],
  { pages, rate, restMs }: Bursts,
  first: number,
): { at: number; written: number } {
  const within = readings.findLast(({ touches = 0 }) => touches % pages !== 0);
  if (within !== undefined) {
    const { t, touches = 0 } = within;
    return { at: t - touches % pages / rate, written: touches - touches % pages };
  }
  const last = readings.at(-1);
  const written = last?.touches ?? 0;
  const by = first + written / pages * (pages / rate + restMs / 1000);
  if (last === undefined || written === 0) return { at: Math.max(by, last?.t ?? by), written };
  // The one before had ended by the first reading of this count, and the next had not begun by the last.
  const seen = readings.find(({ touches }) => touches === written) ?? last;
  return { at: Math.min(Math.max(by, last.t), seen.t + restMs / 1000), written };
}

/** When the source's process was started. */
function started(entries: readonly RecordedEntry[], start: number): number {
  return entries.find(({ side, note }) => side === "src" && note === "start")?.t ?? start;
}
