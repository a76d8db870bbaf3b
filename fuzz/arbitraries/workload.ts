/**
 * Arbitrary workloads and memory contents of a guest, ranges always inside its RAM.
 *
 * @module
 */
import fc from "fast-check";
import type { ScenarioInput } from "../../mod.ts";
import type { Features, PhaseKind } from "./features.ts";

/** The workload of a scenario, as written. */
export type WorkloadInput = NonNullable<ScenarioInput["workload"]>;
/** One phase of it. */
export type PhaseInput = WorkloadInput[number];
type PageRange = { readonly start_page: number; readonly pages: number };

/** Whole numbers from `min` to `max`, every order of magnitude as likely as the next; shrinks towards `min`. */
export function anySize(min: number, max: number): fc.Arbitrary<number> {
  const bits = Math.max(1, Math.ceil(Math.log2(max - min + 1)));
  return fc.oneof(
    ...Array.from(
      { length: bits },
      (_, bit) => fc.integer({ min, max: Math.min(max, min + 2 ** (bit + 1)) }),
    ),
  );
}

/** A range of pages inside `limit` pages. */
export function anyPageRange(limit: number): fc.Arbitrary<PageRange> {
  return fc.tuple(anySize(0, limit - 1), anySize(1, limit)).map(([start_page, pages]) => ({
    start_page,
    pages: Math.min(pages, limit - start_page),
  }));
}

/** Writes a second: most guests here write less than a link carries. */
export function anyDirtyRate(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 8, arbitrary: anySize(1, 40_000) },
    { weight: 1, arbitrary: fc.double({ min: 0.001, max: 20_000, noNaN: true }) },
  );
}

/**
 * Workloads of up to five phases on up to three tasks.
 *
 * @param pages Pages of the guest's RAM.
 */
export function anyWorkload(
  pages: number,
  { phases, contents, bursts }: Pick<Features, "phases" | "contents" | "bursts"> = {
    phases: ["idle", "sweep", "random", "vector"],
    contents: ["data", "zeros", "alternating"],
    bursts: true,
  },
): fc.Arbitrary<WorkloadInput> {
  const phase = fc.oneof(...phases.map((kind) => anyPhase(kind, pages, { contents, bursts })));
  return fc.array(phase, { minLength: 1, maxLength: 5 }).map(endEarlierPhases);
}

function anyPhase(
  kind: PhaseKind,
  pages: number,
  { contents, bursts }: Pick<Features, "contents" | "bursts">,
): fc.Arbitrary<PhaseInput> {
  const always = {
    task: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2) }),
    duration_ms: fc.option(anySize(1, 2000)),
  };
  if (kind === "idle") return fc.record({ kind: fc.constant(kind), ...always });
  if (kind === "vector") return anyVector(pages, always);
  const writing = fc.record({
    ...always,
    range: anyPageRange(pages),
    rate_pages_per_second: anyDirtyRate(),
    content: fc.constantFrom(...contents),
    words: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: anySize(0, 1024) }),
    burst: bursts ? fc.option(fc.tuple(anySize(1, pages), fc.nat(300))) : fc.constant(null),
    offset_pages: fc.nat(pages),
    hot: fc.option(fc.tuple(anySize(1, pages), fc.nat(100))),
  });
  return writing.map(({ range, burst, offset_pages, hot, ...rest }): PhaseInput => {
    const bursting = burst === null ? {} : { burst_pages: burst[0], rest_ms: burst[1] };
    if (kind === "sweep") return { kind, ...rest, ...range, offset_pages, ...bursting };
    const hotSet = hot === null ? {} : { hot_pages: Math.min(hot[0], range.pages), hot_percent: hot[1] };
    return { kind, ...rest, ...range, ...hotSet, ...bursting };
  });
}

type Always = {
  readonly task: fc.Arbitrary<number>;
  readonly duration_ms: fc.Arbitrary<number | null>;
};

/** As fast as other workloads write at most: no link here carries more, and a run of millions of rounds costs seconds. */
const WRITES_MAX_PER_MS = 40;

/** Distinct pages dirtied in intervals that were measured: both rise. */
function anyVector(pages: number, always: Always): fc.Arbitrary<PhaseInput> {
  const gains = fc.array(fc.tuple(anySize(1, 1000), anySize(0, pages)), { minLength: 1, maxLength: 5 });
  return fc.record({ ...always, gains, start_page: fc.nat(pages - 1) }).map(
    ({ gains, start_page, ...rest }) => {
      const intervals_ms: number[] = [];
      const dirty_pages: number[] = [];
      for (const [more, drawn] of gains) {
        const dirtied = Math.min(drawn, more * WRITES_MAX_PER_MS);
        intervals_ms.push((intervals_ms.at(-1) ?? 0) + more);
        dirty_pages.push(Math.min(pages - start_page, (dirty_pages.at(-1) ?? 0) + dirtied));
      }
      return { kind: "vector", ...rest, start_page, intervals_ms, dirty_pages };
    },
  );
}

/** A phase without an end would hide those of its task that follow, so only a task's last one keeps none. */
function endEarlierPhases(phases: readonly PhaseInput[]): PhaseInput[] {
  const lastOf = new Map(phases.map((phase, index) => [phase.task ?? 0, index]));
  return phases.map((phase, index) =>
    lastOf.get(phase.task ?? 0) === index ? phase : { ...phase, duration_ms: phase.duration_ms ?? 100 }
  );
}
