/**
 * Random links: fast and slow, with latency, with changes of the rate and outages.
 *
 * @module
 */
import fc from "fast-check";
import type { ScenarioInput } from "../../mod.ts";

/** The link of a scenario, as written. */
export type LinkInput = NonNullable<ScenarioInput["link"]>;

const MBIT = 125_000;

/** What a wire carries: a few megabits to tens of gigabits a second; null is as fast as the hosts copy. */
export function anyLinkRate(): fc.Arbitrary<number | null> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 3, arbitrary: fc.integer({ min: 50, max: 40_000 }).map((mbit) => mbit * MBIT) },
    { weight: 1, arbitrary: fc.integer({ min: 20 * MBIT, max: 4000 * MBIT }) },
  );
}

/**
 * A link with at most four changes of its rate in the first five seconds. An outage ends with the next change; the
 * last change is never one, so that a migration can end.
 */
export function anyLink(): fc.Arbitrary<LinkInput> {
  const step = fc.record({ at_ms: fc.integer({ min: 0, max: 5000 }), rate_bytes_per_second: anyStepRate() });
  const steps = fc.uniqueArray(step, { maxLength: 4, selector: ({ at_ms }) => at_ms })
    .map((list) => endWell([...list].sort((a, b) => a.at_ms - b.at_ms)));
  return fc.record({
    rate_bytes_per_second: anyLinkRate(),
    latency_us: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50_000 })),
    steps: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: steps }),
  });
}

type Step = NonNullable<LinkInput["steps"]>[number];

function anyStepRate(): fc.Arbitrary<number | null> {
  return fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: anyLinkRate() });
}

function endWell(steps: Step[]): Step[] {
  const last = steps.at(-1);
  if (last?.rate_bytes_per_second !== 0) return steps;
  return [...steps.slice(0, -1), { ...last, rate_bytes_per_second: null }];
}
