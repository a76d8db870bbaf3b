/**
 * Arbitrary capabilities and parameters of a migration, such as QEMU takes.
 *
 * @module
 */
import fc from "fast-check";
import { holdsIn, type ParameterRule, PARAMETERS, type ProfileName, REFUSALS } from "../../mod.ts";
import { anySize } from "./workload.ts";

type Value = number | boolean | string;

/** Where QEMU's bounds are far from what matters: up to here, and now and then up to QEMU's own bound. */
const USUAL_MAX: Readonly<Record<string, number>> = {
  "max-bandwidth": 2 ** 34,
  "avail-switchover-bandwidth": 2 ** 34,
  "max-postcopy-bandwidth": 2 ** 34,
  "downtime-limit": 5000,
  "multifd-channels": 8,
  "xbzrle-cache-size": 2 ** 26,
  "vcpu-dirty-limit": 1000,
  "x-checkpoint-delay": 20_000,
  "announce-initial": 100,
  "announce-max": 500,
  "announce-rounds": 10,
  "announce-step": 100,
};

/** A legal value of a parameter. */
export function anyParameterValue(name: string): fc.Arbitrary<Value> {
  const rule = PARAMETERS[name];
  if (rule === undefined) throw new RangeError(`QEMU has no migration parameter ${name}`);
  return anyLegalValue(rule, USUAL_MAX[name]);
}

function anyLegalValue(rule: ParameterRule, usualMax: number | undefined): fc.Arbitrary<Value> {
  switch (rule.kind) {
    case "boolean":
      return fc.boolean();
    case "choice":
      return fc.constantFrom(...rule.choices);
    case "text":
      return fc.constant("");
    case "power-of-two": {
      const from = Math.log2(rule.min);
      return fc.integer({ min: from, max: Math.log2(usualMax ?? rule.min * 1024) }).map((bit) => 2 ** bit);
    }
    case "integer": {
      const all = anySize(rule.min, rule.max);
      if (usualMax === undefined || usualMax >= rule.max) return all;
      return fc.oneof({ weight: 9, arbitrary: anySize(rule.min, usualMax) }, { weight: 1, arbitrary: all });
    }
  }
}

/**
 * Values for parameters of these names. cpu-throttle-initial comes out no higher than max-cpu-throttle, as QEMU asks.
 */
export function anyParameters(names: readonly string[]): fc.Arbitrary<Record<string, Value>> {
  const each = Object.fromEntries(names.map((name) => [name, anyParameterValue(name)]));
  return fc.record(each, { requiredKeys: [] }).map((values) => {
    const given: Record<string, Value> = {};
    for (const [name, value] of Object.entries(values)) if (value !== undefined) given[name] = value;
    const initial = given["cpu-throttle-initial"] ?? PARAMETERS["cpu-throttle-initial"]?.default;
    if (Number(given["max-cpu-throttle"] ?? Infinity) < Number(initial)) {
      if (given["cpu-throttle-initial"] === undefined) delete given["max-cpu-throttle"];
      else given["cpu-throttle-initial"] = given["max-cpu-throttle"] ?? 99;
    }
    return given;
  });
}

/** The capabilities of these names, without those that QEMU refuses together. */
export function legalCapabilities(names: readonly string[], profile: ProfileName): Record<string, boolean> {
  const on = new Set(names);
  // What one refusal takes away may be what another one asks for, so this goes on until nothing is refused.
  for (let before = -1; before !== on.size;) {
    before = on.size;
    for (const refusal of REFUSALS) {
      if (!holdsIn(refusal, profile) || !refusal.all.every((name) => on.has(name))) continue;
      if (refusal.without !== undefined && on.has(refusal.without)) continue;
      const last = refusal.all.at(-1);
      if (last !== undefined) on.delete(last);
    }
  }
  return Object.fromEntries([...on].sort().map((name) => [name, true]));
}
