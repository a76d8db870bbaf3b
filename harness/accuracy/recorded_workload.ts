/**
 * The recorder's guest as phases of a workload.
 *
 * The guest is a boot sector. It fills pages from 4 MiB on, then writes one page after another at a steady rate, and
 * counts as it goes; the pages of the counters, its code and its stack are dirty all the time.
 *
 * @see recordings/README.md
 * @module
 */
import type { ScenarioInput } from "../scenario/mod.ts";
import { burstsAtStart, type BurstState } from "./recorded_bursts.ts";
import { median } from "./compare_runs.ts";
import type { RecordedEntry, RecordedInputs } from "./recorded_inputs.ts";

type PhaseInput = NonNullable<ScenarioInput["workload"]>[number];
type Range = { start_page: number; pages: number; random?: boolean };

/** The first page of the guest's workload: 4 MiB. */
const START_PAGE = 1024;
const PAGES_PER_MIB = 256;
/** The blob of random bytes: at 64 MiB (multifd-2ch: the zero pages between are whole packets). */
const BLOB_PAGE = 16384;
/** The page of the guest's counters. */
const COUNTERS_PAGE = 9;
/**
 * What the guest's generator of pseudo-random words starts from unless meta.json says otherwise. With it the encoded
 * pages of the eight recordings with XBZRLE have the bytes that QEMU counted; of a few thousand other seeds none gives
 * the first three sums of xbzrle-autoconverge.
 */
const SEED = 0x12345678;
/**
 * Pages that the guest writes with each page of its workload, its counters among them (full-precopy: saved after every sync),
 * and how many words of them change: the counters do, the others are written with what is there (full-xbzrle: page 9
 * is encoded each time, the others are skipped).
 */
const BUSY_PAGES: readonly (readonly [page: number, words: number])[] = [
  [6, 0],
  [COUNTERS_PAGE, 2],
];
/**
 * TCG besides writes what it reads of page tables, for each page that it has forgotten where to find: a whole sweep dirties
 * 8197 pages of 8192 under TCG, and 8194 under KVM (autoconverge-aggressive, autoconverge-kvm and others of both versions).
 */
const TABLE_PAGES: typeof BUSY_PAGES = [[16, 0], [17, 0], [18, 0]];
/**
 * KVM's dirty ring takes an entry for each store, and the counters take two: rings of 2048 and of 4096 entries fill as
 * fast as four entries a page make them (3.94 to 3.99 in six recordings with guests of 9800 and 16,000 pages/s).
 */
const STORED_TWICE: typeof BUSY_PAGES = [[COUNTERS_PAGE, 0]];

/** The phases, and the pages that are not zero when the migration starts. */
export interface DescribedWorkload {
  readonly phases: PhaseInput[];
  readonly filled: Range[];
  /** Pages that are zero and yet have memory of their own. */
  readonly touched: Range[];
}

/** Describes the guest of a recording. */
export function describeWorkload(inputs: RecordedInputs): DescribedWorkload {
  const { meta } = inputs;
  const workload = meta.workload ?? { mode: "idle" };
  const { mode, pages = 0, fill = 0, blob_mib = 0, kind = 1, mask, burst, off_ms = 0, us = 0, n = 1, seed } =
    workload;
  if (mode !== "sweep" && mode !== "random") {
    // A mask of 0 makes the guest write zeros.
    const written = range(START_PAGE, fill);
    return { phases: [], filled: mask === 0 ? [] : written, touched: mask === 0 ? written : [] };
  }
  const rate = burst === undefined ? rateBefore(inputs) : 1e6 / (us + WRITE_MICROS);
  const state = burst === undefined ? null : burstsAtStart(inputs, { pages: burst, rate, restMs: off_ms });
  const touches = state?.written ?? touchesAtStart(inputs, rate);
  const round = Math.floor(touches / pages);
  const swept = Math.min(touches, pages);
  const content = kind === 0 ? "zeros" as const : kind === 2 ? "alternating" as const : "data" as const;
  // Nobody but XBZRLE sees what the words of a sweep are.
  const draws = n === 0 || (mode === "sweep" && !meta.capabilities.src.includes("xbzrle"))
    ? null
    : { seed: seed ?? SEED, filled: fill, written: touches, counters_page: COUNTERS_PAGE };
  const common = { start_page: START_PAGE, pages, rate_pages_per_second: rate, content, words: n, draws };
  const bursts = burst === undefined ? {} : { burst_pages: burst, rest_ms: off_ms };
  const main: PhaseInput = mode === "sweep"
    // Two rounds keep the turn of data and zeros.
    ? { kind: "sweep", ...common, ...bursts, offset_pages: touches % (2 * pages) }
    : { kind: "random", ...common, ...bursts };
  const filled: Range[] = [];
  filled.push(...range(BLOB_PAGE, blob_mib * PAGES_PER_MIB).map((blob) => ({ ...blob, random: true })));
  if (content === "data" || mode === "random") {
    filled.push(...range(START_PAGE, Math.max(fill, mode === "random" ? 0 : swept)));
  } else {
    // Pages before the sweep's position have this round's content, those after it that of the round before.
    const at = touches % pages;
    const isData = (sweep: number): boolean => content === "alternating" && sweep % 2 === 0;
    if (isData(round)) filled.push(...range(START_PAGE, at));
    // The guest turns from data to zeros, or back, before the last page of a sweep: that one has been written already.
    const turned = content === "alternating" && round > 0 ? 1 : 0;
    if (round === 0 ? fill > 0 : isData(round - 1)) {
      filled.push(...range(START_PAGE + at, pages - at - turned));
    }
    if (isData(round)) filled.push(...range(START_PAGE + pages - turned, turned));
    filled.push(...range(START_PAGE + pages, fill - pages));
  }
  // A task each: they are written at the same moments as the workload's pages.
  const written = meta.accel === "tcg" ? [...BUSY_PAGES, ...TABLE_PAGES] : [...BUSY_PAGES, ...STORED_TWICE];
  const busy = written.filter(([page]) => draws === null || page !== draws.counters_page).map((
    [page, changed],
    index,
  ): PhaseInput => ({
    kind: "sweep",
    task: index + 1,
    start_page: page,
    pages: 1,
    rate_pages_per_second: rate,
    ...bursts,
    words: changed,
  }));
  const phases = [main, ...busy];
  return {
    phases: state === null ? phases : phases.flatMap((phase) => fromState(phase, state)),
    filled,
    touched: [],
  };
}

/** A phase of bursts that starts in the middle of one, or of the rest after it. */
function fromState(phase: PhaseInput, { left, restMs }: BurstState): PhaseInput[] {
  if (phase.kind !== "sweep" && phase.kind !== "random") return [phase];
  const rest = Math.round(restMs);
  const duration = Math.round(left / phase.rate_pages_per_second * 1000 + restMs);
  if (duration <= 0) return [phase];
  const { task = 0 } = phase;
  if (left === 0) return [{ kind: "idle", task, duration_ms: duration }, phase];
  const first = { ...phase, burst_pages: left, rest_ms: rest, duration_ms: duration };
  const { draws } = phase;
  const later = draws === null || draws === undefined
    ? phase
    : { ...phase, draws: { ...draws, written: (draws.written ?? 0) + left } };
  if (later.kind === "random") return [first, later];
  return [first, { ...later, offset_pages: ((later.offset_pages ?? 0) + left) % (2 * later.pages) }];
}

function range(start_page: number, pages: number): Range[] {
  return pages > 0 ? [{ start_page, pages }] : [];
}

/** What a write takes besides the guest's wait for the next one, in microseconds: the median of 105 steady guests. */
const WRITE_MICROS = 0.09;

/** Readings that are older than this say little of the guest's present rate, in seconds. */
const RECENT_SECONDS = 0.4;
/** Readings that lie closer together than this tell little of a rate. */
const APART_SECONDS = 0.015;
/**
 * A guest that was measured this near to the rate that it is set to has that rate (over 185 recordings nine of ten are
 * then off by 3.3 % at most; by 5.1 % where all within 5 % are taken for undisturbed).
 */
const SET_TOLERANCE = 0.02;

/**
 * Pages a second that the guest writes: the mean that was measured before the migration, or the median of what its
 * last readings tell from one to the next, if that is more. Other work of the host makes a guest slower for a moment,
 * and nothing makes it quicker. Over 133 recordings this is off by 0.27 % in the median and by 1.3 % at worst in three
 * of four; over 115 of a host that was busy all the time by 2.2 % and 4.9 %, the mean alone by 2.6 % and 5.2 %.
 *
 * A guest of TCG that is hardly slower than its own wait between two writes has the rate of that wait: over 225 of the
 * recordings of this project, until a throttle steps in, the median error is 0.17 % with this rule and 0.24 % without.
 */
export function rateBefore({ meta, entries, start }: RecordedInputs): number {
  const mean = meta.touches_per_s_before ?? 0;
  const rates: number[] = [];
  let before: RecordedEntry | undefined;
  for (const entry of entries) {
    const { t, side, touches = 0 } = entry;
    // The counter stands at 0 while the guest boots and fills its memory.
    if (side !== "src" || touches === 0 || t >= start || t < start - RECENT_SECONDS) continue;
    if (before !== undefined && t - before.t < APART_SECONDS) continue;
    if (before !== undefined) rates.push((touches - (before.touches ?? 0)) / (t - before.t));
    before = entry;
  }
  const measured = rates.length < 2 ? mean : Math.max(mean, median(rates));
  const set = 1e6 / ((meta.workload?.us ?? 0) + WRITE_MICROS);
  return meta.accel === "tcg" && Math.abs(measured / set - 1) < SET_TOLERANCE ? set : measured;
}

/** How many pages the guest had written when the migration started, from its own counter before that. */
export function touchesAtStart({ entries, start }: RecordedInputs, rate: number): number {
  let touches = 0;
  for (const entry of entries) {
    if (entry.t >= start) break;
    if (entry.side === "src" && entry.touches !== undefined) {
      touches = entry.touches + Math.round(rate * (start - entry.t));
    }
  }
  return touches;
}
