/**
 * A mechanism beside its absence: two scenarios, and the figure that must differ between them. For tests.
 *
 * @module
 */
import { makeScenario, type ScenarioInput } from "../../scenario/mod.ts";
import type { SimulatedRun } from "../outcome.ts";
import { simulate } from "../simulate.ts";

/** A figure of a run. */
export type Figure = (run: SimulatedRun) => number;

/** What a scenario has beside {@linkcode BASE}. */
export type Change = Partial<ScenarioInput>;

/** A mechanism, and what it changes. */
export interface Mechanism {
  /** What it does, and a recording that shows it. */
  readonly name: string;
  readonly figure: Figure;
  readonly on: Change;
  /** The base unless given. */
  readonly off?: Change;
  /** What the figure is with the mechanism, beside what it is without. */
  readonly is: "more" | "less";
}

/** A guest that converges at 32 MiB/s. */
export const BASE = {
  guest: { ram_bytes: 67_108_864, filled: [{ start_page: 1024, pages: 10_000 }] },
  workload: [{ kind: "sweep", start_page: 1024, pages: 8000, rate_pages_per_second: 5000 }],
  parameters: { "max-bandwidth": 33_554_432 },
} as const satisfies Change;

/** The base with another link, another workload, other parameters besides. */
export const change = {
  workload: (sweep: object): Change => ({ workload: [{ ...BASE.workload[0], ...sweep }] }),
  parameters: (more: Record<string, number | boolean | string>): Change => ({
    parameters: { ...BASE.parameters, ...more },
  }),
  guest: (more: object): Change => ({ guest: { ...BASE.guest, ...more } }),
};

/** Figures of a run's end. */
export const FIGURES = {
  totalMs: ({ outcome }) => outcome.totalTimeMs,
  downtimeMs: ({ outcome }) => outcome.downtimeMs,
  bytes: ({ outcome }) => outcome.transferredBytes,
  normalPages: ({ outcome }) => outcome.normalPages,
  iterations: ({ outcome }) => outcome.iterations,
  slowdown: ({ outcome }) => outcome.guestSlowdownPercent,
  completed: ({ outcome }) => Number(outcome.source === "completed"),
} as const satisfies Record<string, Figure>;

/** How often an event was traced on the source. */
export function countOf(name: string): Figure {
  return ({ source }) => source.filter(({ declaration }) => declaration.name === name).length;
}

/** Runs both scenarios. Returns what is wrong, or nothing. */
export function seenToMatter({ figure, on, off = {}, is }: Mechanism): string | null {
  const figureOf = (input: Change): number =>
    figure(simulate(makeScenario({ why: "a mechanism", ...BASE, ...input })));
  const [withIt, without] = [figureOf(on), figureOf(off)];
  const matters = is === "more" ? withIt > without : withIt < without;
  return matters ? null : `${withIt} with it is not ${is} than ${without} without`;
}
