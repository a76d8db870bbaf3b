/**
 * Arbitrary scenarios: valid, small, and each of a few features only.
 *
 * @module
 */
import fc from "fast-check";
import { makeScenario, type ProfileName, type Scenario, type ScenarioInput } from "../../mod.ts";
import { anyCourse, type Course } from "./course.ts";
import { anyFeatures, type Features, type OperatorCommand } from "./features.ts";
import { anyLink } from "./link.ts";
import { mendScenario } from "./mend_scenario.ts";
import { anyParameters, legalCapabilities } from "./parameters.ts";
import { anyPageRange, anySize, anyWorkload } from "./workload.ts";

type GuestInput = NonNullable<ScenarioInput["guest"]>;
type ActionInput = NonNullable<ScenarioInput["operator"]>[number];
type FaultInput = NonNullable<ScenarioInput["faults"]>[number];

/** Pages of the largest guest: 16 MiB. What a migration does with more is more of the same. */
const PAGES_MAX = 4096;
/** Virtual milliseconds of the longest run: the throttle needs two periods of more than a second. */
const TIME_MAX = 6000;

const FROM = ["setup", "active", "pre-switchover", "device", "completed", "failed", "cancelled"] as const;

/** What a random scenario is kept to. */
export interface ScenarioOptions {
  /** The profiles to draw from; all unless given. */
  readonly profiles?: readonly ProfileName[];
}

/**
 * Scenarios of every kind, valid and with every default filled in.
 *
 * @example In a test of one's own
 * ```ts
 * import fc from "fast-check";
 * import { anyScenario, simulate } from "../../mod.ts";
 * fc.assert(
 *   fc.property(anyScenario(), (scenario) => simulate(scenario).outcome.downtimeMs >= 0),
 *   { numRuns: 10 },
 * );
 * ```
 */
export function anyScenario(options: ScenarioOptions = {}): fc.Arbitrary<Scenario> {
  return anyScenarioInput(options).map(makeScenario);
}

/** Scenarios as they would be written, without defaults filled in: `makeScenario` takes each of them. */
export function anyScenarioInput({ profiles }: ScenarioOptions = {}): fc.Arbitrary<ScenarioInput> {
  return anyFeatures(profiles).chain((features) => {
    const jumble = fc.record({ pages: anySize(1, PAGES_MAX), time_limit_ms: anySize(1, TIME_MAX) })
      .map((frame): Course => ({ ...frame, put: (input) => input }));
    return fc.tuple(
      fc.oneof(jumble, anyCourse(features)),
      fc.nat(1000),
    ).chain(([{ put, ...frame }, seed]) => anyScenarioOf(features, { ...frame, seed }).map(put));
  }).map((input) => mendScenario(seldomSampled(input))?.input ?? PLAIN);
}

/** Replies of a run at most, or so: a long one that was asked each millisecond would cost more than a hundred others. */
const SAMPLES_MAX = 1500;

function seldomSampled(input: ScenarioInput): ScenarioInput {
  const { sampling_interval_ms, time_limit_ms = 0 } = input;
  if (sampling_interval_ms === undefined) return input;
  return {
    ...input,
    sampling_interval_ms: Math.max(sampling_interval_ms, Math.ceil(time_limit_ms / SAMPLES_MAX)),
  };
}

/** For the case that nothing sensible is left of what was drawn. */
const PLAIN: ScenarioInput = { why: "drawn by a campaign", guest: { ram_bytes: 4096 } };

interface Frame {
  readonly pages: number;
  readonly time_limit_ms: number;
  readonly seed: number;
}

function anyScenarioOf(features: Features, frame: Frame): fc.Arbitrary<ScenarioInput> {
  const { profile, parts } = features;
  const { pages, time_limit_ms, seed } = frame;
  const has = (part: Features["parts"][number]): boolean => parts.includes(part);
  const capabilities = legalCapabilities(features.capabilities, profile);
  const guest = capabilities["dirty-limit"] === true
    ? fc.tuple(anyGuest(pages, features), anyRing).map(([one, ring]) => ({ ...one, ...ring }))
    : anyGuest(pages, features);
  return fc.record({
    why: fc.constant("drawn by a campaign"),
    profile: fc.constant(profile),
    seed: fc.constant(seed),
    time_limit_ms: fc.constant(time_limit_ms),
    capabilities: fc.constant(capabilities),
    guest,
    ...(has("workload") ? { workload: anyWorkload(pages, features) } : {}),
    ...(has("link") ? { link: anyLink(time_limit_ms, features) } : {}),
    ...(capabilities["mapped-ram"] === true
      ? { transport: fc.constant("file" as const) }
      : has("transport")
      ? { transport: fc.constantFrom(...features.transports) }
      : {}),
    ...(has("incoming") ? { incoming_after_ms: fc.option(anySize(0, 200)) } : {}),
    ...(has("parameters")
      ? { parameters: anyParameters(features.parameters).map(takenWith(capabilities)) }
      : {}),
    ...(has("operator") ? { operator: anyOperator(time_limit_ms, features, capabilities) } : {}),
    ...(has("faults") ? { faults: anyFaults(time_limit_ms, features) } : {}),
    ...(has("sampling") ? { sampling_interval_ms: anySize(1, 1000) } : {}),
  });
}

/** What the parameters may not be because of a capability. */
function takenWith(capabilities: Readonly<Record<string, boolean>>) {
  return (values: Readonly<Record<string, number | boolean | string>>) => {
    if (capabilities["zero-copy-send"] !== true) return values;
    const { "multifd-compression": _refused, ...rest } = values;
    return rest;
  };
}

/** What dirty-limit asks of a guest: KVM, and a ring small enough to be full now and then. */
const anyRing: fc.Arbitrary<Pick<GuestInput, "accelerator" | "dirty_ring_entries">> = fc.record({
  accelerator: fc.constant("kvm" as const),
  dirty_ring_entries: fc.integer({ min: 6, max: 13 }).map((bit) => 2 ** bit),
});

/** Guests with this many pages of RAM. */
export function anyGuest(
  pages: number,
  { parts }: Pick<Features, "parts"> = { parts: ["guest", "ram_blocks", "devices"] },
): fc.Arbitrary<GuestInput> {
  const has = (part: Features["parts"][number]): boolean => parts.includes(part);
  return fc.record({
    ram_bytes: fc.constant(pages * 4096),
    ...(has("guest")
      ? {
        accelerator: fc.constantFrom("tcg", "kvm"),
        vcpus: anySize(1, 4),
        filled: fc.array(anyPageRange(pages), { maxLength: 3 }),
        running: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, {
          weight: 1,
          arbitrary: fc.constant(false),
        }),
      }
      : {}),
    ...(has("ram_blocks") ? { ram_blocks: anyBlocks(pages) } : {}),
    ...(has("devices") ? { devices: anyDevices() } : {}),
  });
}

function anyBlocks(pages: number): fc.Arbitrary<NonNullable<GuestInput["ram_blocks"]>> {
  const block = (name: string, size: fc.Arbitrary<number>) =>
    size.chain((own) =>
      fc.record({
        name: fc.constant(name),
        pages: fc.constant(own),
        max_pages: fc.option(anySize(0, 64).map((more) => own + more)),
        filled: fc.array(anyPageRange(own), { maxLength: 2 }),
      })
    );
  const others = ["pc.bios", "pc.rom", "vga.vram"].map((name) => fc.option(block(name, anySize(1, 128))));
  return fc.tuple(block("pc.ram", fc.constant(pages)), ...others).map((blocks) =>
    blocks.filter((one) => one !== null)
  );
}

function anyDevices(): fc.Arbitrary<NonNullable<GuestInput["devices"]>> {
  const device = fc.record({
    bytes: anySize(0, 100_000),
    save_us: anySize(0, 20_000),
    load_us: anySize(0, 20_000),
    needed: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, {
      weight: 1,
      arbitrary: fc.constant(false),
    }),
  });
  return fc.array(device, { maxLength: 4 }).map((devices) =>
    devices.map((one, index) => ({ name: `0000:00:0${index}.0/device`, ...one }))
  );
}

/** A moment of the run: after its start or after the source's entry into a status. */
function anyMoment(timeMs: number): fc.Arbitrary<{ at_ms: number; from?: typeof FROM[number] | null }> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.record({ at_ms: anySize(0, timeMs) }) },
    {
      weight: 1,
      arbitrary: fc.record({ at_ms: anySize(0, Math.min(timeMs, 400)), from: fc.constantFrom(...FROM) }),
    },
  );
}

/**
 * What an operator does, in up to four commands.
 *
 * @param capabilities Those of the migration, which decide what parameters it takes.
 */
export function anyOperator(
  timeMs: number,
  { commands, parameters }: Pick<Features, "commands" | "parameters">,
  capabilities: Readonly<Record<string, boolean>> = {},
): fc.Arbitrary<ActionInput[]> {
  // A change that could be refused for what was set before it is left out of the names.
  const names = parameters.filter((name) =>
    !name.startsWith("cpu-throttle-initial") && name !== "max-cpu-throttle"
  );
  const changed = names.length === 0 ? ["downtime-limit"] : names;
  const action = (execute: OperatorCommand): fc.Arbitrary<ActionInput> =>
    execute === "migrate-set-parameters"
      ? fc.tuple(anyMoment(timeMs), anyParameters(changed).map(takenWith(capabilities))).map((
        [moment, values],
      ) => ({
        execute,
        ...moment,
        arguments: Object.keys(values).length === 0 ? { "downtime-limit": 500 } : values,
      }))
      : anyMoment(timeMs).map((moment) => ({ execute, ...moment }));
  return fc.array(fc.oneof(...commands.map(action)), { minLength: 1, maxLength: 4 });
}

/** Up to two things that break. */
export function anyFaults(timeMs: number, { faults }: Pick<Features, "faults">): fc.Arbitrary<FaultInput[]> {
  const section = fc.constantFrom("configuration", "ram", "0000:00:00.0/device", "cpu");
  const fault = fc.tuple(anyMoment(timeMs), fc.constantFrom(...faults), section).map((
    [moment, kind, section],
  ) => (
    { ...moment, kind, ...(kind === "destination-refuses" ? { section } : {}) }
  ));
  return fc.array(fault, { minLength: 1, maxLength: 2 });
}
