/**
 * Random scenarios, as a swarm: each case draws first which features there are at all, then their values.
 *
 * Features that are all a little likely at once hide each other: a migration that is cancelled early shows nothing of
 * its switchover. Sizes are small, so that a case takes milliseconds.
 *
 * @module
 */
import fc from "fast-check";
import {
  makeScenario,
  PROFILE_NAMES,
  type ProfileName,
  type Scenario,
  type ScenarioInput,
} from "../../mod.ts";
import { anyLink } from "./link.ts";
import { anyRange, anyWorkload } from "./workload.ts";

/** What a random scenario is kept to. */
export interface ScenarioOptions {
  /** The profiles to draw from; all unless given. */
  readonly profiles?: readonly ProfileName[];
}

const MIB_PAGES = 256;
/** Virtual time after which the operator gives up, so that every run ends. */
const PATIENCE_MS = 8000;
const TIME_LIMIT_MS = 30_000;

/** What a case may have; each is there or not. */
const FEATURES = [
  "filled",
  "workload",
  "link",
  "capabilities",
  "parameters",
  "operator",
  "fault",
  "guest",
] as const;
type Feature = typeof FEATURES[number];

/** A valid scenario with every default filled in. It always ends: by itself, by a fault or cancelled. */
export function anyScenario(options: ScenarioOptions = {}): fc.Arbitrary<Scenario> {
  return anyScenarioInput(options).map(makeScenario);
}

/** A valid scenario as it would be written: short, for the folder of a finding. */
export function anyScenarioInput(
  { profiles = PROFILE_NAMES }: ScenarioOptions = {},
): fc.Arbitrary<ScenarioInput> {
  const head = fc.record({
    features: fc.subarray([...FEATURES]),
    mebibytes: fc.integer({ min: 8, max: 96 }),
    profile: fc.constantFrom(...profiles),
    seed: fc.nat(1000),
    transport: fc.constantFrom<"unix" | "tcp">("unix", "tcp"),
  });
  return head.chain(({ features, mebibytes, profile, seed, transport }) => {
    const pages = mebibytes * MIB_PAGES;
    const has = (feature: Feature) => features.includes(feature);
    const when = <T>(feature: Feature, value: fc.Arbitrary<T>, none: T) =>
      has(feature) ? value : fc.constant(none);
    return fc.record({
      filled: when("filled", fc.array(anyRange(pages), { maxLength: 2 }), []),
      guest: when("guest", anyGuest(), {}),
      workload: when("workload", anyWorkload(pages), []),
      link: when("link", anyLink(), {}),
      capabilities: when("capabilities", anyCapabilities(), {}),
      parameters: when("parameters", anyParameters(), {}),
      operator: when("operator", anyOperator(), []),
      faults: when("fault", anyFault(), []),
    }).map(({ filled, guest, operator, ...rest }): ScenarioInput => ({
      why: "a random scenario",
      profile,
      seed,
      transport,
      guest: { ...guest, ram_bytes: mebibytes << 20, filled },
      ...rest,
      operator: [...operator, { at_ms: PATIENCE_MS, execute: "migrate_cancel" }],
      time_limit_ms: TIME_LIMIT_MS,
    }));
  });
}

function anyGuest(): fc.Arbitrary<{ running?: boolean; vcpus?: number; accelerator?: "tcg" | "kvm" }> {
  return fc.record({
    running: fc.constantFrom(true, true, false),
    vcpus: fc.integer({ min: 1, max: 4 }),
    accelerator: fc.constantFrom<"tcg" | "kvm">("tcg", "kvm"),
  }, { requiredKeys: [] });
}

function anyCapabilities(): fc.Arbitrary<Record<string, boolean>> {
  return fc.subarray([
    "auto-converge",
    "return-path",
    "pause-before-switchover",
    "late-block-activate",
    "events",
  ])
    .chain((names) => fc.boolean().map((ack) => ({ names, ack: ack && names.includes("return-path") })))
    .map(({ names, ack }) =>
      Object.fromEntries([...names, ...ack ? ["switchover-ack"] : []].map((name) => [name, true]))
    );
}

/** A limit in bytes per second: none, or from a megabyte to a gigabyte. */
function anyBandwidth(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 1000 }).map((megabytes) => megabytes * 1_000_000),
  );
}

function anyParameters(): fc.Arbitrary<Record<string, number | boolean>> {
  return fc.record({
    "max-bandwidth": anyBandwidth(),
    "avail-switchover-bandwidth": anyBandwidth(),
    "downtime-limit": fc.integer({ min: 0, max: 4000 }),
    "cpu-throttle-initial": fc.integer({ min: 1, max: 60 }),
    "cpu-throttle-increment": fc.integer({ min: 1, max: 50 }),
    "max-cpu-throttle": fc.integer({ min: 60, max: 99 }),
    "throttle-trigger-threshold": fc.integer({ min: 1, max: 100 }),
    "cpu-throttle-tailslow": fc.boolean(),
  }, { requiredKeys: [] }) as fc.Arbitrary<Record<string, number | boolean>>;
}

type Action = NonNullable<ScenarioInput["operator"]>[number];

function anyOperator(): fc.Arbitrary<Action[]> {
  const at_ms = fc.integer({ min: 0, max: 6000 });
  const set = fc.record({
    at_ms,
    execute: fc.constant("migrate-set-parameters" as const),
    arguments: fc.oneof(
      anyBandwidth().map((value) => ({ "max-bandwidth": value })),
      fc.integer({ min: 1, max: 4000 }).map((value) => ({ "downtime-limit": value })),
      anyBandwidth().map((value) => ({ "avail-switchover-bandwidth": value })),
    ),
  });
  const command = fc.record({
    at_ms,
    execute: fc.constantFrom<Action["execute"]>("migrate_cancel", "stop", "cont", "migrate-continue"),
  });
  return fc.array(fc.oneof<fc.Arbitrary<Action>[]>(set as fc.Arbitrary<Action>, command), { maxLength: 3 });
}

function anyFault(): fc.Arbitrary<NonNullable<ScenarioInput["faults"]>[number][]> {
  return fc.record({
    at_ms: fc.integer({ min: 0, max: 3000 }),
    kind: fc.constantFrom<"destination-dies" | "network-cut" | "no-listener">(
      "destination-dies",
      "network-cut",
      "no-listener",
    ),
  }).map((fault) => [fault]);
}
