/**
 * Swarm testing: a case first draws which features exist in it at all, then their values.
 *
 * A case in which everything may happen mostly shows the commonest thing; a case without a workload, without a link
 * limit or without an operator reaches states that the others hide.
 *
 * @see Groce and others, "Swarm Testing", ISSTA 2012
 * @module
 */
import fc from "fast-check";
import {
  CAPABILITIES,
  isKnownIn,
  MODELLED_CAPABILITIES,
  PARAMETERS,
  PROFILE_NAMES,
  type ProfileName,
  type ScenarioInput,
} from "../../mod.ts";

/** The parts of a scenario that may be missing. */
export type Part =
  | "guest"
  | "ram_blocks"
  | "devices"
  | "workload"
  | "link"
  | "steps"
  | "latency"
  | "jitter"
  | "transport"
  | "incoming"
  | "parameters"
  | "operator"
  | "faults"
  | "sampling";

const PARTS: readonly Part[] = [
  "guest",
  "ram_blocks",
  "devices",
  "workload",
  "link",
  "steps",
  "latency",
  "jitter",
  "transport",
  "incoming",
  "parameters",
  "operator",
  "faults",
  "sampling",
];

const FAULTS: FaultKind[] = [
  "destination-dies",
  "destination-refuses",
  "source-dies",
  "network-cut",
  "no-listener",
  "not-accepted",
];

/** Which features a case may use. */
export interface Features {
  readonly profile: ProfileName;
  readonly parts: readonly Part[];
  readonly phases: readonly PhaseKind[];
  readonly transports: readonly ("tcp" | "fd" | "fd-pipe" | "exec" | "file")[];
  readonly contents: readonly ("data" | "zeros" | "alternating")[];
  readonly bursts: boolean;
  readonly capabilities: readonly string[];
  readonly parameters: readonly string[];
  readonly commands: readonly OperatorCommand[];
  readonly faults: readonly FaultKind[];
}

/** How a phase of the workload may write. */
export type PhaseKind = NonNullable<ScenarioInput["workload"]>[number]["kind"];
/** What may break. */
export type FaultKind = NonNullable<ScenarioInput["faults"]>[number]["kind"];

/** What the operator of a scenario may do. */
export type OperatorCommand =
  | "migrate"
  | "migrate_cancel"
  | "migrate-set-parameters"
  | "migrate-continue"
  | "stop"
  | "cont"
  | "yank"
  | "quit";

/**
 * Draws which features exist: each list is a subset, which may be empty where a feature may be missing. Capabilities
 * are those that the model has.
 */
export function anyFeatures(profiles: readonly ProfileName[] = PROFILE_NAMES): fc.Arbitrary<Features> {
  return fc.constantFrom(...profiles).chain((profile) => {
    const capabilities = MODELLED_CAPABILITIES.filter((name) => isKnownIn(CAPABILITIES[name] ?? {}, profile));
    const parameters = Object.keys(PARAMETERS).filter((name) => isKnownIn(PARAMETERS[name] ?? {}, profile));
    return fc.record({
      profile: fc.constant(profile),
      parts: fc.subarray([...PARTS]),
      phases: fc.subarray(["idle", "sweep", "random", "vector"] as const, { minLength: 1 }),
      transports: fc.subarray(["tcp", "fd", "fd-pipe", "exec", "file"] as const, { minLength: 1 }),
      contents: fc.subarray(["data", "zeros", "alternating"] as const, { minLength: 1 }),
      bursts: fc.boolean(),
      // Few at a time: most capabilities exclude others.
      capabilities: fc.subarray(capabilities, { maxLength: 5 }),
      parameters: fc.subarray(parameters, { maxLength: 8 }),
      commands: fc.subarray(
        [
          "migrate_cancel",
          "migrate-set-parameters",
          "migrate-continue",
          "stop",
          "cont",
          "yank",
          "quit",
          "migrate",
        ] as const,
        { minLength: 1 },
      ),
      faults: fc.subarray(FAULTS, { minLength: 1 }),
    });
  });
}
