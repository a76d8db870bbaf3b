/**
 * What a run leaves behind for those who make other cases of its scenario: how much there was of it, and when things
 * happened.
 *
 * It follows from the scenario, so it may be forgotten and reckoned again.
 *
 * @module
 */
import { makeScenario, type ScenarioInput, type SimulatedRun } from "../../mod.ts";
import type { Simulate } from "./law.ts";

/** Of one scenario. */
export interface Trail {
  /** Records and samples: what a judge has to look at. */
  readonly size: number;
  /** Milliseconds in which something was traced, in their order, thinned out. */
  readonly moments: readonly number[];
}

/** Moments of a run that are kept at most. */
const MOMENTS_MAX = 48;

const TRAILS = new WeakMap<ScenarioInput, Trail>();

/** Keeps the trail of a run that is at hand. */
export function noteTrail(scenario: ScenarioInput, { source, destination, samples }: SimulatedRun): Trail {
  const all = new Set<number>();
  for (const { at } of source) all.add(Math.floor(at / 1000));
  for (const { at } of destination) all.add(Math.floor(at / 1000));
  const sorted = [...all].sort((a, b) => a - b);
  const every = Math.ceil(sorted.length / MOMENTS_MAX);
  // Beginnings and ends are where most happens: they are kept whole.
  const moments = sorted.filter((_, index) =>
    index % every === 0 || index < MOMENTS_MAX / 4 || index >= sorted.length - MOMENTS_MAX / 4
  );
  const trail = { size: source.length + destination.length + samples.length, moments };
  TRAILS.set(scenario, trail);
  return trail;
}

/** The trail of a scenario, from a new run if none is at hand. */
export function trailOf(scenario: ScenarioInput, simulate: Simulate): Trail {
  const known = TRAILS.get(scenario);
  if (known !== undefined) return known;
  try {
    return noteTrail(scenario, simulate(makeScenario(scenario)));
  } catch {
    // A run that crashes has no trail, and its scenario is kept by nobody.
    return { size: 0, moments: [] };
  }
}
