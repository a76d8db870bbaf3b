/**
 * Knobs: one number of a scenario that can be turned from outside, by a short name or by its path.
 *
 * `dirty-rate` sets the rate of every phase that writes, `link-rate` and `ram` the link's rate and the size of pc.ram; a
 * parameter's own name sets that parameter; everything else is a path such as `workload[0].pages`.
 *
 * @module
 */
import { err, ok, type Result } from "../base/mod.ts";
import { type PathStep, schemaAt, stepOf } from "./describe_schema.ts";
import { didYouMean } from "./nearest_name.ts";
import { PARAMETERS } from "./parameters.ts";
import { SCENARIO_SCHEMA } from "./schema.ts";

/** Names for what is turned most, with their units and where they lead. */
const NAMED: Readonly<Record<string, { unit: string; path: readonly PathStep[] }>> = {
  "dirty-rate": { unit: "pages/s", path: ["workload", "*", "rate_pages_per_second"] },
  "link-rate": { unit: "B/s", path: ["link", "rate_bytes_per_second"] },
  "ram": { unit: "B", path: ["guest", "ram_bytes"] },
};

/** What follows from a key's name. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/bytes_per_second$|bandwidth$/, "B/s"],
  [/pages_per_second$/, "pages/s"],
  [/bytes$|cache-size$/, "B"],
  [/pages$/, "pages"],
  [/_ms$|downtime-limit$/, "ms"],
  [/_us$/, "µs"],
  [/percent$|throttle|threshold$/, "%"],
];

/** A number of a scenario that can be turned. */
export interface Knob {
  /** As it was named. */
  readonly name: string;
  /** Of its values: `B/s`, `ms`; empty when it has none. */
  readonly unit: string;
  /** What its values are multiples of; 0 for any number. */
  readonly step: number;
  /** Where it leads; more than one place for `dirty-rate`. */
  readonly paths: readonly (readonly PathStep[])[];
}

/**
 * Finds a knob in a scenario's JSON value.
 *
 * @param scenario As parsed from its file; a phase or a step that a path names must be there.
 * @returns The knob, or one sentence, without a full stop, that says why there is none.
 */
export function findKnob(scenario: unknown, name: string): Result<Knob, string> {
  const rule = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
  if (rule !== undefined) {
    if (rule.kind !== "integer" && rule.kind !== "power-of-two") return err(`${name} is no number`);
    return ok({ name, unit: unitOf(name), step: 1, paths: [["parameters", name]] });
  }
  const named = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  if (named !== undefined) {
    const paths = expand(scenario, named.path);
    if (paths.length === 0) return err(`${name} cannot be turned: no phase of the workload writes`);
    const schema = schemaAt(SCENARIO_SCHEMA, paths[0] ?? [], scenario);
    return ok({ name, unit: named.unit, step: (schema && stepOf(schema)) ?? 0, paths });
  }
  const path = readPath(name);
  const schema = path === undefined ? undefined : schemaAt(SCENARIO_SCHEMA, path, scenario);
  if (path === undefined || schema === undefined || !parentStands(scenario, path)) {
    const known = [...Object.keys(NAMED), ...Object.keys(PARAMETERS)];
    return err(
      `The scenario has no number "${name}"${
        didYouMean(name, known) ||
        "; name a parameter, dirty-rate, link-rate, ram or a path such as workload[0].pages"
      }`,
    );
  }
  // Parameters at a path of their own are found by their name above.
  const step = stepOf(schema);
  if (step === undefined) return err(`${name} is no number`);
  return ok({ name, unit: unitOf(String(path.at(-1))), step, paths: [path] });
}

/** A value that the knob can take: the nearest multiple of its step. */
export function snap({ step }: Knob, value: number): number {
  return step === 0 ? value : Math.round(value / step) * step;
}

/** A copy of a scenario's JSON value with the knob at a value. The result is not validated. */
export function turn(scenario: unknown, knob: Knob, value: number): unknown {
  const copy = structuredClone(scenario);
  for (const path of knob.paths) {
    let at = copy as Record<PathStep, unknown>;
    for (const step of path.slice(0, -1)) at = (at[step] ??= {}) as Record<PathStep, unknown>;
    at[path.at(-1) as PathStep] = value;
  }
  return copy;
}

function unitOf(key: string): string {
  return UNITS.find(([pattern]) => pattern.test(key))?.[1] ?? "";
}

/** `workload[0].pages` as steps; `undefined` when it is no path. */
function readPath(text: string): PathStep[] | undefined {
  const path: PathStep[] = [];
  for (const part of text.split(".")) {
    const match = /^([A-Za-z_$][\w$-]*)((?:\[\d{1,6}\])*)$/.exec(part);
    if (match === null) return undefined;
    path.push(match[1] ?? "");
    for (const [, index] of (match[2] ?? "").matchAll(/\[(\d+)\]/g)) path.push(Number(index));
  }
  return path;
}

/** Whether all that a path goes through is there, or is an object that may be left out. */
function parentStands(scenario: unknown, path: readonly PathStep[]): boolean {
  let at = scenario;
  for (const step of path.slice(0, -1)) {
    if (at === undefined) return typeof step === "string";
    if (typeof at !== "object" || at === null) return false;
    if (typeof step === "number" && !Array.isArray(at)) return false;
    at = (at as Record<PathStep, unknown>)[step];
    if (at === undefined && typeof step === "number") return false;
  }
  return at === undefined ? typeof path.at(-1) === "string" : typeof at === "object" && at !== null;
}

/** The paths that a `*` stands for: those of the list's members that have the key. */
function expand(scenario: unknown, path: readonly PathStep[]): PathStep[][] {
  const star = path.indexOf("*");
  if (star === -1) return [[...path]];
  let at = scenario;
  for (const step of path.slice(0, star)) at = (at as Record<PathStep, unknown> | undefined)?.[step];
  const key = path[star + 1] as PathStep;
  return (Array.isArray(at) ? at : []).flatMap((member, index) =>
    Object.hasOwn(member ?? {}, key) ? [[...path.slice(0, star), index, ...path.slice(star + 1)]] : []
  );
}
