/**
 * Arbitraries of fast-check for scenarios and their parts, for campaigns and for others' tests.
 *
 * @module
 */
export { anyFeatures, type Features, type OperatorCommand, type Part } from "./features.ts";
export { anyLink, anyLinkRate, type LinkInput } from "./link.ts";
export { mutateScenario } from "./mutate_scenario.ts";
export { anyParameters, anyParameterValue, legalCapabilities } from "./parameters.ts";
export {
  anyFaults,
  anyGuest,
  anyOperator,
  anyScenario,
  anyScenarioInput,
  type ScenarioOptions,
} from "./scenario.ts";
export {
  anyDirtyRate,
  anyPageRange,
  anySize,
  anyWorkload,
  type PhaseInput,
  type WorkloadInput,
} from "./workload.ts";
