/**
 * The kinds of features that scenarios are made of, as words, so that a campaign can tell which of them it drew.
 *
 * @module
 */
import { MODELLED_CAPABILITIES, PARAMETERS, PROFILE_NAMES, type ScenarioInput } from "../../mod.ts";

const KINDS: Readonly<Record<string, readonly string[]>> = {
  profile: PROFILE_NAMES,
  capability: MODELLED_CAPABILITIES,
  parameter: Object.keys(PARAMETERS),
  workload: ["idle", "sweep", "random", "vector"],
  link: ["rate", "latency", "jitter", "constant", "ramp", "sawtooth", "random-walk"],
  transport: ["tcp", "fd", "fd-pipe", "exec", "file"],
  operator: [
    ...["migrate", "migrate_cancel", "migrate-set-parameters", "migrate-continue", "stop", "cont", "yank"],
    "quit",
  ],
  fault: [
    ...["destination-dies", "destination-refuses", "source-dies", "network-cut", "no-listener"],
    "not-accepted",
  ],
  guest: ["accelerator", "dirty_ring_entries", "vcpus", "filled", "running", "ram_blocks", "devices"],
};

/** Every kind, as `fault network-cut`. */
export const SCENARIO_KINDS: readonly string[] = Object.entries(KINDS).flatMap(([part, names]) =>
  names.map((name) => `${part} ${name}`)
);

/** The kinds that a scenario has as it is written; what is not written has its default and is not counted. */
export function kindsOf(scenario: ScenarioInput): string[] {
  const { profile, capabilities, parameters, workload, link, transport, operator, faults, guest } = scenario;
  const found = new Set<string>();
  const add = (part: string, name: string | undefined): void => void found.add(`${part} ${name}`);
  if (profile !== undefined) add("profile", profile);
  for (const [name, isOn] of Object.entries(capabilities ?? {})) if (isOn) add("capability", name);
  for (const name of Object.keys(parameters ?? {})) add("parameter", name);
  for (const { kind } of workload ?? []) add("workload", kind);
  if (typeof link?.rate_bytes_per_second === "number") add("link", "rate");
  if (link?.latency_us !== undefined) add("link", "latency");
  if (link?.jitter_us !== undefined) add("link", "jitter");
  for (const { kind } of link?.steps ?? []) add("link", kind ?? "constant");
  if (transport !== undefined) add("transport", transport);
  for (const { execute } of operator ?? []) add("operator", execute);
  for (const { kind } of faults ?? []) add("fault", kind);
  for (const name of Object.keys(guest ?? {})) if (name !== "ram_bytes") add("guest", name);
  return [...found];
}
