/**
 * Random workloads: idle, sweeping, random, in bursts, in phases, of several tasks.
 *
 * @module
 */
import fc from "fast-check";
import type { ScenarioInput } from "../../mod.ts";

/** The workload of a scenario, as written. */
export type WorkloadInput = NonNullable<ScenarioInput["workload"]>;
/** One phase of it. */
export type PhaseInput = WorkloadInput[number];

/** Page writes a second: none to a hundred thousand, slow ones as likely as fast ones. */
export function anyDirtyRate(): fc.Arbitrary<number> {
  return fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 100_000 }));
}

/** @param pages Pages of pc.ram, which every range stays inside of. */
export function anyRange(pages: number): fc.Arbitrary<{ start_page: number; pages: number }> {
  return fc.integer({ min: 0, max: pages - 1 }).chain((start_page) =>
    fc.record({ start_page: fc.constant(start_page), pages: fc.integer({ min: 1, max: pages - start_page }) })
  );
}

/**
 * A workload of at most three tasks, each idle, sweeping or random to the end of the run or in phases that repeat.
 *
 * @param pages Pages of pc.ram.
 */
export function anyWorkload(pages: number): fc.Arbitrary<WorkloadInput> {
  const task = fc.oneof(
    { weight: 3, arbitrary: anyPhase(pages).map((phase) => [{ ...phase, duration_ms: null }]) },
    { weight: 1, arbitrary: fc.array(anyPhase(pages), { minLength: 1, maxLength: 3 }) },
  );
  return fc.array(task, { maxLength: 3 })
    .map((tasks) => tasks.flatMap((phases, task) => phases.map((phase) => ({ ...phase, task }))));
}

function anyPhase(pages: number): fc.Arbitrary<PhaseInput> {
  const lasting = { duration_ms: fc.integer({ min: 10, max: 3000 }) };
  const content = fc.constantFrom<"data" | "zeros" | "alternating">(
    "data",
    "data",
    "data",
    "zeros",
    "alternating",
  );
  const burst = fc.option(
    fc.record({ burst_pages: fc.integer({ min: 1, max: 4000 }), rest_ms: fc.integer({ min: 1, max: 1500 }) }),
    { freq: 4, nil: {} },
  );
  const writing = fc.tuple(
    anyRange(pages),
    fc.record({ ...lasting, rate_pages_per_second: anyDirtyRate(), content }),
    burst,
  ).map(([range, rest, pause]) => ({ ...range, ...rest, ...pause }));
  const hot = fc.integer({ min: 0, max: 100 });
  return fc.oneof(
    { weight: 1, arbitrary: fc.record({ ...lasting, kind: fc.constant("idle" as const) }) },
    { weight: 3, arbitrary: writing.map((phase) => ({ kind: "sweep" as const, ...phase })) },
    {
      weight: 2,
      arbitrary: fc.tuple(writing, fc.option(hot)).map(([phase, percent]) => ({
        kind: "random" as const,
        ...phase,
        ...(percent === null ? {} : { hot_pages: Math.ceil(phase.pages / 8), hot_percent: percent }),
      })),
    },
  );
}
