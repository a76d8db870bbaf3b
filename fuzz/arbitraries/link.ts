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
  const steps = fc.uniqueArray(anyStep(), { maxLength: 4, selector: ({ at_ms }) => at_ms })
    .map((list) => endWell([...list].sort((a, b) => a.at_ms - b.at_ms)));
  return fc.record({
    rate_bytes_per_second: anyLinkRate(),
    latency_us: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50_000 })),
    jitter_us: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, {
      weight: 1,
      arbitrary: fc.nat({ max: 2000 }),
    }),
    steps: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: steps }),
  });
}

type Step = NonNullable<LinkInput["steps"]>[number];

/** The slowest rate of a change that goes up and down. */
const RATE_MIN = 1_000_000;

/** A change of the rate: to another constant, an outage, or from then on up and down. */
function anyStep(): fc.Arbitrary<Step> {
  const at_ms = fc.integer({ min: 0, max: 5000 });
  const some = fc.integer({ min: RATE_MIN, max: 200_000_000 });
  const bounds = fc.tuple(some, some).map(([a, b]) => (
    { low_bytes_per_second: Math.min(a, b), high_bytes_per_second: Math.max(a, b) }
  ));
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ at_ms, rate_bytes_per_second: anyStepRate() }) },
    {
      weight: 1,
      arbitrary: fc.tuple(at_ms, bounds, fc.integer({ min: 20, max: 2000 })).map((
        [at_ms, range, period_ms],
      ) => (
        { kind: "sawtooth" as const, at_ms, ...range, period_ms }
      )),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(at_ms, bounds, fc.integer({ min: 10, max: 500 }), some).map(
        ([at_ms, range, interval_ms, step_bytes_per_second]) => (
          { kind: "random-walk" as const, at_ms, ...range, interval_ms, step_bytes_per_second }
        ),
      ),
    },
  );
}

function anyStepRate(): fc.Arbitrary<number | null> {
  return fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: anyLinkRate() });
}

function endWell(steps: Step[]): Step[] {
  const last = steps.at(-1);
  if (last === undefined || !("rate_bytes_per_second" in last) || last.rate_bytes_per_second !== 0) {
    return steps;
  }
  return [...steps.slice(0, -1), { at_ms: last.at_ms, rate_bytes_per_second: null }];
}
