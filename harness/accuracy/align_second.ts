/**
 * Where the guest's sweep stands when a second migration starts.
 *
 * The first one may have throttled the guest, so its rate before does not tell. Its counter does, which the recorder
 * read until just before the second `migrate`: an input of that migration. The sweep of the scenario is moved so that
 * the model's guest stands there at that moment.
 *
 * @module
 */
import { simulate } from "../model/mod.ts";
import type { Scenario } from "../scenario/mod.ts";
import type { RecordedInputs } from "./recorded_inputs.ts";

/** The scenario with its sweep moved; as it was where there is no second migration, or no counter. */
export function alignSecond(scenario: Scenario, inputs: RecordedInputs): Scenario {
  const again = scenario.operator.find(({ execute, from }) => execute === "migrate" && from === null);
  const [sweep] = scenario.workload;
  if (again === undefined || again.at_ms === 0 || sweep?.kind !== "sweep" || sweep.burst_pages !== null) {
    return scenario;
  }
  const counted = countedAt(inputs, inputs.start + again.at_ms / 1000);
  if (counted === null) return scenario;
  // All tasks of a recording's guest write at the same moments.
  const tasks = scenario.workload.length;
  const { guestWrites } = simulate({ ...scenario, time_limit_ms: again.at_ms }, {
    trace: false,
    samples: false,
  });
  const round = 2 * sweep.pages;
  const stands = sweep.offset_pages + guestWrites / tasks;
  const moved = Math.round(sweep.offset_pages + counted - stands) % round;
  const offset = moved < 0 ? moved + round : moved;
  // The count of writes stays near what it was: a round holds the same pages as the one before it.
  const draws = sweep.draws === null
    ? null
    : { ...sweep.draws, written: Math.max(0, sweep.draws.written - sweep.offset_pages % round) + offset };
  return {
    ...scenario,
    workload: [
      { ...sweep, offset_pages: offset, draws },
      ...scenario.workload.slice(1),
    ],
  };
}

/** The guest's counter at a moment, from its last two readings before. */
function countedAt({ entries }: RecordedInputs, moment: number): number | null {
  const readings = entries.filter(({ t, side, touches }) =>
    side === "src" && touches !== undefined && t < moment
  );
  const [before, last] = readings.slice(-2);
  if (before === undefined || last === undefined) return null;
  const [from = 0, to = 0] = [before.touches, last.touches];
  return to + (to - from) / (last.t - before.t) * (moment - last.t);
}
