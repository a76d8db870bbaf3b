/**
 * Arbitrary links: rates, delays, chance, and rates that change, ramp, saw and walk.
 *
 * @module
 */
import fc from "fast-check";
import type { ScenarioInput } from "../../mod.ts";
import type { Features } from "./features.ts";
import { anySize } from "./workload.ts";

/** The link of a scenario, as written. */
export type LinkInput = NonNullable<ScenarioInput["link"]>;
/** One change of its rate. */
export type LinkStepInput = NonNullable<LinkInput["steps"]>[number];

/** The fastest link that has a rate: 2 GiB a second. */
const RATE_MAX = 2 ** 31;

/** Bytes a second; null is as fast as the hosts can copy. */
export function anyLinkRate(): fc.Arbitrary<number | null> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 5, arbitrary: anySize(4096, RATE_MAX) },
  );
}

/**
 * Links whose rate changes up to five times, in the order of time; a rate of 0 is an outage.
 *
 * @param timeMs The time in which the changes fall.
 */
export function anyLink(
  timeMs = 5000,
  { parts }: Pick<Features, "parts"> = { parts: ["steps", "latency", "jitter"] },
): fc.Arbitrary<LinkInput> {
  return fc.record({
    rate_bytes_per_second: anyLinkRate(),
    ...(parts.includes("latency") ? { latency_us: anySize(0, 100_000) } : {}),
    ...(parts.includes("jitter") ? { jitter_us: anySize(0, 5000), relay: fc.boolean() } : {}),
    ...(parts.includes("steps") ? { steps: fc.array(anyStep(timeMs), { maxLength: 5 }) } : {}),
  }).map(({ steps, ...link }) => steps === undefined ? link : { ...link, steps: inTimeOrder(steps, link) });
}

type Change = { readonly gap: number; readonly step: LinkStepInput };

/** A change so long after the one before it; its own `at_ms` is not right yet. */
function anyStep(timeMs: number): fc.Arbitrary<Change> {
  const rate = anySize(4096, RATE_MAX);
  const bounds = fc.tuple(rate, rate).map(([a, b]) => (
    { low_bytes_per_second: Math.min(a, b), high_bytes_per_second: Math.max(a, b) }
  ));
  const length = anySize(1, timeMs);
  const at_ms = fc.constant(0);
  const constant = fc.record({
    at_ms,
    rate_bytes_per_second: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, {
      weight: 3,
      arbitrary: anyLinkRate(),
    }),
  });
  const ramp = fc.record({
    kind: fc.constant("ramp" as const),
    at_ms,
    duration_ms: length,
    rate_bytes_per_second: rate,
  });
  const sawtooth = fc.tuple(bounds, length).map(([range, period_ms]) => (
    { kind: "sawtooth" as const, at_ms: 0, ...range, period_ms }
  ));
  const walk = fc.tuple(bounds, length, rate).map(([range, interval_ms, step_bytes_per_second]) => (
    { kind: "random-walk" as const, at_ms: 0, ...range, interval_ms, step_bytes_per_second }
  ));
  const step = fc.oneof<fc.MaybeWeightedArbitrary<LinkStepInput>[]>(
    { weight: 4, arbitrary: constant },
    { weight: 1, arbitrary: ramp },
    { weight: 1, arbitrary: sawtooth },
    { weight: 1, arbitrary: walk },
  );
  return fc.record({ gap: length, step });
}

/** Puts the changes one after the other. A ramp starts from a rate, so after none it becomes a constant. */
function inTimeOrder(changes: readonly Change[], { rate_bytes_per_second }: LinkInput): LinkStepInput[] {
  let at_ms = 0;
  let hasRate = (rate_bytes_per_second ?? null) !== null;
  return changes.map(({ gap, step }) => {
    at_ms += gap;
    const starts = step.kind !== "ramp" || hasRate;
    hasRate = !("rate_bytes_per_second" in step) || step.rate_bytes_per_second !== null;
    if (starts || !("rate_bytes_per_second" in step)) return { ...step, at_ms };
    return { at_ms, rate_bytes_per_second: step.rate_bytes_per_second };
  });
}
