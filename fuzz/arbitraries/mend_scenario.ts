/**
 * Makes a valid scenario of an almost valid one, by taking out what is refused.
 *
 * What a scenario may hold together grows with the model; the arbitraries keep the plain rules by construction and leave
 * the rest to this, so that a new refusal breaks none of them.
 *
 * @module
 */
import * as v from "valibot";
import { checkScenario, type Scenario, SCENARIO_SCHEMA, type ScenarioInput } from "../../mod.ts";

/** Each step takes something out; what is refused after this many is given up. */
const STEPS_MAX = 12;

/** A valid scenario and its input. */
export interface Mended {
  readonly input: ScenarioInput;
  readonly scenario: Scenario;
}

/** The scenario without what is refused; `undefined` when nothing sensible is left. */
export function mendScenario(input: ScenarioInput): Mended | undefined {
  let current = input;
  for (let step = 0; step < STEPS_MAX; step++) {
    const parsed = v.safeParse(SCENARIO_SCHEMA, current);
    const path = parsed.success
      ? checkScenario(parsed.output)[0]?.path
      : (parsed.issues[0].path ?? []).map(({ key }) => key as string | number);
    if (parsed.success && path === undefined) return { input: current, scenario: parsed.output };
    const next = path === undefined ? undefined : without(current, path);
    if (next === undefined) return undefined;
    current = next;
  }
  return undefined;
}

/** Takes out the part of the scenario that a path lies in: an item of a list, a capability, a parameter, or a key. */
function without(input: ScenarioInput, path: readonly (string | number)[]): ScenarioInput | undefined {
  const [key = "", place] = path;
  if (!Object.hasOwn(input, key) || key === "why") return undefined;
  const draft = structuredClone(input) as unknown as Record<string, unknown>;
  const part = draft[key];
  if (Array.isArray(part) && typeof place === "number") part.splice(place, 1);
  else if (typeof part === "object" && part !== null && place !== undefined && Object.hasOwn(part, place)) {
    delete (part as Record<string, unknown>)[place];
  } else delete draft[key];
  return draft as unknown as ScenarioInput;
}
