/**
 * The guest as its own counter has it: the writes of a scenario in pieces, from each reading to the next.
 *
 * What the guest did during a migration is no input of the cases. Where full cycles differ, a guest that writes as the
 * recorded one did shows how much of that was the guest's doing.
 *
 * @module
 */
import type { Phase, Scenario } from "../scenario/mod.ts";
import type { RecordedInputs } from "./recorded_inputs.ts";

/** A reading: milliseconds after `migrate`, and the writes so far. */
type Reading = readonly [ms: number, writes: number];

/**
 * Puts the counter in the place of the rate of before.
 *
 * @param untilMicros When a throttle stepped in, whose doing the counter shows too; from there on the rate is that of before.
 * @returns null where the guest sweeps no pages without rest, or was not read twice.
 */
export function countedGuest(
  scenario: Scenario,
  { entries, start }: RecordedInputs,
  untilMicros: number | null,
): Scenario | null {
  const [sweep] = scenario.workload;
  if (sweep?.kind !== "sweep" || sweep.burst_pages !== null) return null;
  const readings = entries.flatMap(({ t, side, touches = 0 }): Reading[] =>
    side === "src" && touches > 0 ? [[(t - start) * 1000, touches]] : []
  );
  const until = untilMicros === null ? Infinity : untilMicros / 1000;
  const moments = [0];
  for (const [ms] of readings) {
    const moment = Math.round(ms);
    if (moment > (moments.at(-1) ?? 0) && moment < until) moments.push(moment);
  }
  if (moments.length < 2) return null;
  const counts = moments.map((ms) => Math.round(countAt(readings, ms)));
  const workload = scenario.workload.flatMap((phase) =>
    moments.map((from, index) => {
      const to = moments[index + 1];
      const count = counts[index] ?? 0;
      const piece = { from, to: to ?? null, done: count, next: (counts[index + 1] ?? count) - count };
      return pieceOf(phase, piece);
    })
  );
  return { ...scenario, workload };
}

interface Piece {
  readonly from: number;
  /** null for the last one. */
  readonly to: number | null;
  /** Writes before it, and in it. */
  readonly done: number;
  readonly next: number;
}

/** A phase's writes in one piece. */
function pieceOf(phase: Phase, { from, to, done, next }: Piece): Phase {
  if (phase.kind !== "sweep") return phase;
  const draws = phase.draws === null ? null : { ...phase.draws, written: done };
  const moved: Phase = { ...phase, draws, offset_pages: done % (2 * phase.pages) };
  if (to === null) return moved;
  // Half a write more than there were keeps the last one in its piece.
  return { ...moved, duration_ms: to - from, rate_pages_per_second: (next + 0.5) / (to - from) * 1000 };
}

/** The counter at a moment, on the line between the readings around it. */
function countAt(readings: readonly Reading[], ms: number): number {
  const after = readings.findIndex(([at]) => at >= ms);
  const index = after < 1 ? (after === 0 ? 1 : readings.length - 1) : after;
  const [from, count] = readings[index - 1] ?? [0, 0];
  const [to, next] = readings[index] ?? [0, 0];
  return to === from ? next : count + (next - count) * (ms - from) / (to - from);
}
