/**
 * Three published ways to predict a precopy migration, implemented plainly, to hold the model's errors against.
 *
 * Each gets what its authors give it: memory, bandwidth, the guest's writing and the downtime limit. None knows of
 * cycles, thresholds from measured bandwidth, throttles or operators. The first two do not know of zero pages either;
 * in their favour, memory is taken without them.
 *
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import { pagesDirtied, type Phase, type Scenario } from "../scenario/mod.ts";

/** What a baseline says of a migration. Milliseconds, bytes. */
export interface Prediction {
  readonly converges: boolean;
  readonly totalMs: number;
  readonly downtimeMs: number;
  readonly transferred: number;
  /** Passes over memory, the last included. */
  readonly iterations: number;
}

/** What a baseline is given. */
export interface Given {
  readonly memoryPages: number;
  readonly zeroPages: number;
  /** Bytes per millisecond. */
  readonly bandwidth: number;
  readonly downtimeLimitMs: number;
  /** Page writes per millisecond, rests included. */
  readonly writes: number;
  /** Different pages written in an interval of milliseconds. */
  readonly dirtied: (milliseconds: number) => number;
}

/** A way to predict. */
export interface Baseline {
  readonly id: string;
  readonly source: string;
  readonly predict: (given: Given) => Prediction;
}

/** A page and its header. */
const WIRE_PAGE = PAGE_SIZE + 8;
/** What an unlimited stream reached on the recording machine: 440 MB/s (precopy-nonzero-unlimited). */
const UNLIMITED_BYTES_PER_MS = 440_000;
/** A prediction that is not done by then does not converge (the deadline of Gudkov's script, an hour). */
const DEADLINE_MS = 3_600_000;
const ROUNDS_MAX = 10_000;

/** The three baselines. */
export const BASELINES: readonly Baseline[] = [
  {
    id: "geometric series",
    source: "the textbook: each round sends what the round before it left dirty, at a constant rate",
    predict: ({ memoryPages, zeroPages, bandwidth, downtimeLimitMs, writes }) => {
      const dirtyRatio = writes * PAGE_SIZE / bandwidth;
      return rounds(
        (memoryPages - zeroPages) * PAGE_SIZE,
        (bytes) => bytes * dirtyRatio,
        bandwidth,
        downtimeLimitMs,
      );
    },
  },
  {
    id: "SimGrid",
    source:
      "SimGrid, src/plugins/vm/VmLiveMigration.cpp: dirty memory capped by a working set of 90 % of RAM",
    predict: ({ memoryPages, zeroPages, bandwidth, downtimeLimitMs, writes }) => {
      const memory = (memoryPages - zeroPages) * PAGE_SIZE;
      const cap = 0.9 * memory;
      const updated = (bytes: number): number => Math.min(cap, bytes / bandwidth * writes * PAGE_SIZE);
      return rounds(memory, updated, bandwidth, downtimeLimitMs);
    },
  },
  {
    id: "dirty vector",
    source:
      "Gudkov, scripts/predict_migration.py (qemu-devel, April 2023): pages dirtied as a measured function of time",
    predict: predictFromVector,
  },
];

/** Sends `memory`, then what became dirty meanwhile, until the rest fits into the downtime limit. */
function rounds(
  memory: number,
  dirtied: (bytes: number) => number,
  bandwidth: number,
  downtimeLimitMs: number,
): Prediction {
  let bytes = memory;
  let totalMs = 0;
  let transferred = 0;
  for (let iterations = 1; iterations <= ROUNDS_MAX && totalMs <= DEADLINE_MS; iterations++) {
    const milliseconds = bytes / bandwidth;
    totalMs += milliseconds;
    transferred += bytes;
    if (iterations > 1 && milliseconds <= downtimeLimitMs) {
      return { converges: true, totalMs, downtimeMs: milliseconds, transferred, iterations };
    }
    bytes = dirtied(bytes);
  }
  return { converges: false, totalMs, downtimeMs: 0, transferred, iterations: ROUNDS_MAX };
}

/** Interval lengths at which the dirty vector is measured: dense at first, then every half second of its minute. */
const VECTOR_MS: readonly number[] = [
  ...[125, 250, 375, 500, 750, 1000],
  ...Array.from({ length: 118 }, (_, index) => 1500 + 500 * index),
];

function predictFromVector(given: Given): Prediction {
  const { memoryPages, zeroPages, bandwidth, downtimeLimitMs } = given;
  const dirtyAfter = dirtyVector(given);
  let zero = zeroPages;
  let normal = memoryPages - zeroPages;
  let totalMs = 0;
  let transferred = 0;
  for (let iterations = 1; totalMs <= DEADLINE_MS; iterations++) {
    const bytes = normal * WIRE_PAGE + zero * 8;
    const milliseconds = bytes / bandwidth;
    totalMs += milliseconds;
    transferred += bytes;
    if (milliseconds <= downtimeLimitMs) {
      return { converges: true, totalMs, downtimeMs: milliseconds, transferred, iterations };
    }
    zero = 0;
    normal = dirtyAfter(milliseconds);
  }
  return { converges: false, totalMs, downtimeMs: 0, transferred, iterations: ROUNDS_MAX };
}

/**
 * Pages dirty after a time, piecewise linear through the measured points. To the left the slope of the first two is
 * kept (a jump at 0), to the right that of the last two, up to the pages that are not zero.
 */
function dirtyVector({ memoryPages, zeroPages, dirtied }: Given): (milliseconds: number) => number {
  const measured = VECTOR_MS.map((at) => ({ at, pages: dirtied(at) }));
  const slope = (a: { at: number; pages: number }, b: { at: number; pages: number }): number =>
    (b.pages - a.pages) / (b.at - a.at);
  const [first, second] = measured;
  const last = measured.at(-1);
  const before = measured.at(-2);
  if (first === undefined || second === undefined || last === undefined || before === undefined) {
    return () => 0;
  }
  const jump = Math.max(0, first.pages - slope(first, second) * first.at);
  const points = [{ at: 0, pages: jump }, ...measured];
  const most = memoryPages - zeroPages;
  return (milliseconds) => {
    if (milliseconds >= last.at) {
      return Math.min(most, last.pages + slope(before, last) * (milliseconds - last.at));
    }
    const index = points.findIndex(({ at }) => at > milliseconds);
    const from = points[index - 1];
    const to = points[index];
    if (from === undefined || to === undefined) return 0;
    return from.pages + slope(from, to) * (milliseconds - from.at);
  };
}

/** Reads off a scenario what the baselines are given. The guest's own always-dirty pages are left out. */
export function givenBy(scenario: Scenario): Given {
  const { guest, parameters, link } = scenario;
  const memoryPages = guest.ram_bytes / PAGE_SIZE;
  const filled = guest.filled.reduce((sum, { pages }) => sum + pages, 0);
  const limit = Number(parameters["max-bandwidth"] ?? 134_217_728) / 1000;
  const wire = link.rate_bytes_per_second === null ? Infinity : link.rate_bytes_per_second / 1000;
  const bandwidth = Math.min(limit === 0 ? UNLIMITED_BYTES_PER_MS : limit, wire);
  const phase = guest.running ? scenario.workload.find(({ task }) => task === 0) : undefined;
  return {
    memoryPages,
    zeroPages: memoryPages - filled,
    bandwidth,
    downtimeLimitMs: Number(parameters["downtime-limit"] ?? 300),
    writes: phase === undefined ? 0 : meanRate(phase) / 1000,
    dirtied: (milliseconds) => phase === undefined ? 0 : uniquePages(phase, milliseconds),
  };
}

function meanRate(phase: Phase): number {
  if (phase.kind === "idle") return 0;
  if (phase.kind === "vector") return uniquePages(phase, 1000);
  const { rate_pages_per_second: rate, burst_pages, rest_ms } = phase;
  return burst_pages === null ? rate : burst_pages / (burst_pages / rate + rest_ms / 1000);
}

function uniquePages(phase: Phase, milliseconds: number): number {
  if (phase.kind === "idle") return 0;
  if (phase.kind === "vector") return pagesDirtied(phase.intervals_ms, phase.dirty_pages, milliseconds);
  const writes = meanRate(phase) * milliseconds / 1000;
  const { pages } = phase;
  return phase.kind === "sweep" ? Math.min(pages, writes) : pages * (1 - Math.exp(-writes / pages));
}
