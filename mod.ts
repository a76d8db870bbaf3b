/**
 * switchover: a test harness and fuzzing suite for QEMU live migration.
 *
 * Four things can be done with it from code. Simulate a migration and judge the run ({@linkcode judgeScenario}); judge
 * a trace of a real QEMU ({@linkcode Judge} with {@linkcode LogReader}); read and write traces by the catalogs of each
 * QEMU version ({@linkcode catalogOf}, {@linkcode readLog}, {@linkcode printLog}); and draw random scenarios for tests
 * of your own ({@linkcode anyScenario}).
 *
 * @example Does a guest that writes 8000 pages a second fit through 64 MiB/s?
 * ```ts
 * import { judgeScenario, makeScenario } from "./mod.ts";
 * const scenario = makeScenario({
 *   why: "half of what the limit lets through",
 *   workload: [{ kind: "sweep", pages: 16000, rate_pages_per_second: 8000 }],
 *   parameters: { "max-bandwidth": 64 << 20 },
 * });
 * const { run, judgement } = judgeScenario(scenario);
 * if (run.outcome.source !== "completed") throw new Error(judgement.convergence[0]?.why);
 * ```
 * @module
 */
export * from "./harness/base/mod.ts";
export * from "./harness/trace/mod.ts";
export * from "./harness/scenario/mod.ts";
export {
  catalogFor,
  CONSERVED,
  type Convergence,
  type ConvergenceVerdict,
  type Evidence,
  type GuestKnown,
  type Iteration,
  Judge,
  type Judgement,
  judgeRun,
  LAWS,
  type LawVerdict,
  MORE_BANDWIDTH,
  MORE_DOWNTIME,
  type Outcome as CheckOutcome,
  type Remedy,
  type Rule,
  RULES,
  type RuleVerdict,
  SATURATED,
  THROTTLED,
  WRITES_FOUND,
} from "./harness/checks/mod.ts";
export {
  type BugId,
  clockPhase,
  MODELLED_CAPABILITIES,
  MUSEUM,
  type Outcome,
  simulate,
  type SimulatedRun,
  type SimulateOptions,
} from "./harness/model/mod.ts";
export { type JudgedRun, judgeScenario, reportOf, unmodelledCapabilities } from "./harness/pipeline.ts";
export {
  ANSI,
  comparePage,
  makeDocument,
  PLAIN,
  renderScreen,
  type ReportSubject,
  runPage,
  type RunPageInput,
  type Timeline,
  timelineOf,
  TimelineRecorder,
} from "./harness/report/mod.ts";
export * from "./fuzz/arbitraries/mod.ts";
