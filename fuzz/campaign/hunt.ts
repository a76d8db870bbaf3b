/**
 * A hunt: a blind campaign over a model that has one bug of the museum, until a case breaks a law because of it.
 *
 * What campaigns are good for is what they find. The museum's own stages are written by people who know the bug; here
 * nobody tells the campaign where to look.
 *
 * @module
 */
import { type BugId, simulate } from "../../mod.ts";
import { featuresOf, MODEL, type ModelCase, modelTarget } from "../properties/model.ts";
import type { FuzzTarget } from "../target.ts";
import { shrinkCase } from "./shrink.ts";
import { drawCase, tryItem } from "./try_case.ts";

/** What one hunt came to. */
export interface Hunted {
  /** Cases until the first finding, that one included; those that were tried, if there was none. */
  readonly cases: number;
  /** What the clock says of the way there, without the shrinking. */
  readonly ms: number;
  /** Absent when the bug was not found. */
  readonly found?: Quarry;
}

/** What was found, shrunk. */
export interface Quarry {
  /** The law, with the rule of the judge if it was that one. */
  readonly rule: string;
  readonly message: string;
  /** The shrunk case: what it has, and its size as JSON without blanks. */
  readonly features: readonly string[];
  readonly bytes: number;
  readonly case: ModelCase;
  readonly shrinkMs: number;
  readonly isFixpoint: boolean;
}

/** The project's model with a bug. */
export function modelWith(bug: BugId): FuzzTarget<ModelCase> {
  return modelTarget((scenario, options) => simulate(scenario, { ...options, bugs: [bug] }));
}

/**
 * Tries the cases of a seed in turn.
 *
 * A case that fails without the bug as well is no finding: it tells nothing of the bug.
 *
 * @param limit Cases at most.
 * @param clock Milliseconds of processor time, or of any other clock.
 */
export function hunt(bug: BugId, seed: number, limit: number, clock: () => number): Hunted {
  const target = modelWith(bug);
  const start = clock();
  for (let index = 0; index < limit; index++) {
    const { broken } = tryItem(target, drawCase(target, seed, index));
    if (broken === undefined || tryItem(MODEL, broken.item).broken !== undefined) continue;
    const found = clock();
    const { item, error, isFixpoint } = shrinkCase(target, broken);
    return {
      cases: index + 1,
      ms: found - start,
      found: {
        rule: broken.cause.rule,
        message: String(error instanceof Error ? error.message : error),
        features: featuresOf(item.scenario),
        bytes: JSON.stringify(item.scenario).length,
        case: item,
        shrinkMs: clock() - found,
        isFixpoint,
      },
    };
  }
  return { cases: limit, ms: clock() - start };
}
