/**
 * The judge: rules as data, the engine that holds traces against them, verdicts with evidence.
 *
 * @module
 */
export { catalogFor } from "./catalog_for.ts";
export type { Convergence, ConvergenceVerdict, Iteration, Remedy } from "./convergence.ts";
export { Judge, type JudgeOptions } from "./judge.ts";
export { judgeRun } from "./judge_run.ts";
export * from "./laws.ts";
export type { Pattern } from "./pattern.ts";
export { MIXED_REASON } from "./parties.ts";
export type { Conditions, Ending, KnownDefect, Rule, Trait } from "./rule.ts";
export { RULES } from "./rules/mod.ts";
export { completed, eventsOf, Excerpt, missingLines, Surroundings } from "./excerpt.ts";
export { shrinkFailure, type ShrinkSubject } from "./shrink.ts";
export * from "./verdict.ts";
export { showVersions, versionOrder, type VersionRange } from "./version.ts";
export { type Hunt, hunt, type NamedRun, type OperatorScore, type Survivor } from "./mutants/hunt.ts";
export type { Operator } from "./mutants/operator.ts";
export { OPERATORS } from "./mutants/operators.ts";
