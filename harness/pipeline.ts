/**
 * The line of stages as one function: scenario, model, trace, checks, verdict.
 *
 * @module
 */
import { type Judgement, judgeRun } from "./checks/mod.ts";
import { MODELLED_CAPABILITIES, simulate, type SimulatedRun, type SimulateOptions } from "./model/mod.ts";
import type { ReportSubject, RunFigures } from "./report/mod.ts";
import type { Scenario } from "./scenario/mod.ts";

/** A run of the model and what the judge says of it. */
export interface JudgedRun {
  readonly scenario: Scenario;
  readonly run: SimulatedRun;
  readonly judgement: Judgement;
}

/** The capabilities that a scenario switches on and the model does not have. */
export function unmodelledCapabilities({ capabilities }: Scenario): string[] {
  return Object.keys(capabilities).filter((name) =>
    capabilities[name] && !MODELLED_CAPABILITIES.includes(name)
  );
}

/**
 * Runs a scenario and judges the run.
 *
 * @throws {RangeError} If the scenario needs a capability that the model does not have.
 */
export function judgeScenario(scenario: Scenario, options: SimulateOptions = {}): JudgedRun {
  const missing = unmodelledCapabilities(scenario);
  if (missing.length > 0) throw new RangeError(`The model does not have ${missing.join(", ")}`);
  const run = simulate(scenario, options);
  return { scenario, run, judgement: judgeRun(run) };
}

/** The figures of a run of the model. */
export function figuresOfRun({ outcome }: SimulatedRun): RunFigures {
  const completed = outcome.source === "completed";
  return {
    source: outcome.source,
    destination: outcome.destination,
    iterations: outcome.iterations,
    totalTimeMs: completed ? outcome.totalTimeMs : null,
    downtimeMs: completed ? outcome.downtimeMs : null,
    transferredBytes: outcome.transferredBytes,
  };
}

/** A judged run as the subject of a report. */
export function reportOf(title: string, { scenario, run, judgement }: JudgedRun): ReportSubject {
  const notes: string[] = [];
  if (run.outcome.timedOut) notes.push(`given up after the time limit of ${scenario.time_limit_ms} ms`);
  if (run.outcome.error !== null) notes.push(`the source's error: ${run.outcome.error}`);
  return { title, why: scenario.why, figures: figuresOfRun(run), judgement, notes };
}
