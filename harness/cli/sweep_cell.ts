/**
 * One cell of a sweep: the scenario with its knobs turned, run, and its figures.
 *
 * @module
 */
import { simulate } from "../model/mod.ts";
import { unmodelledCapabilities } from "../pipeline.ts";
import type { SweepCell } from "../report/mod.ts";
import { type Knob, parseScenario, turn } from "../scenario/mod.ts";

/** What every cell of a sweep starts from; plain data, so that it can be sent to a worker. */
export interface SweepPlan {
  /** The scenario's JSON value. */
  readonly scenario: unknown;
  readonly knobs: readonly Knob[];
}

/** Runs a cell. A scenario that is none at these values, or that the model does not have, is a cell with a reason. */
export function runCell(plan: SweepPlan, values: readonly number[]): SweepCell {
  const turned = plan.knobs.reduce(
    (scenario, knob, at) => turn(scenario, knob, values[at] ?? 0),
    plan.scenario,
  );
  const parsed = parseScenario(JSON.stringify(turned), "scenario");
  if (!parsed.ok) return { error: parsed.error[0]?.message ?? "This is no scenario" };
  const missing = unmodelledCapabilities(parsed.value);
  if (missing.length > 0) return { error: `The model does not have ${missing.join(", ")} yet` };
  const { outcome } = simulate(parsed.value, { trace: false, samples: false });
  const converged = outcome.source === "completed" && !outcome.timedOut;
  return {
    figures: {
      converged,
      status: outcome.source,
      totalTimeMs: converged ? outcome.totalTimeMs : null,
      downtimeMs: converged ? outcome.downtimeMs : null,
      transferredBytes: outcome.transferredBytes,
      iterations: outcome.iterations,
      guestSlowdownPercent: outcome.guestSlowdownPercent,
    },
  };
}
