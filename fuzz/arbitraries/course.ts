/**
 * Courses: the steady middle of migrations, which features drawn one by one seldom meet.
 *
 * A guest whose memory takes a while to send, a limit, writes that keep up with it or not quite: several rounds, cycles
 * that meet the limit, a throttle that steps. Around it the swarm draws what it likes. Rates are drawn as ratios of each
 * other, since rounds come of ratios.
 *
 * @module
 */
import fc from "fast-check";
import type { ScenarioInput } from "../../mod.ts";
import type { Features } from "./features.ts";
import { anySize } from "./workload.ts";

type Operator = NonNullable<ScenarioInput["operator"]>;

/** The frame of a course, and what it puts in the place of what the swarm drew. */
export interface Course {
  readonly pages: number;
  readonly time_limit_ms: number;
  readonly put: (input: ScenarioInput) => ScenarioInput;
}

/** Virtual milliseconds of the longest run: room for a throttle's first steps, each of a second and more. */
const TIME_MAX = 16_000;
/** The end of a run in which somebody waits for what may never come; nothing happens meanwhile, so it costs little. */
const PATIENCE_MS = 30_000;
/** Pages that a run sends at most, or so: more of them are more of the same, and cost seconds where each is traced. */
const SENT_MAX = 100_000;
/** Bytes of a full buffer of 32 pages with their headers, which is what is flushed at a time. */
const FLUSH_BYTES = 131_328;
const PAGE = 4096;

/** Draws one. */
export function anyCourse({ capabilities }: Pick<Features, "capabilities">): fc.Arbitrary<Course> {
  return fc.record({
    pages: fc.oneof(fc.integer({ min: 256, max: 4096 }), fc.integer({ min: 2048, max: 6144 })),
    // How long memory takes to be sent once.
    // A second is the boundary at which a sync ends a period, so there are passes on either side of it.
    passMs: fc.oneof(
      fc.integer({ min: 20, max: 400 }),
      fc.integer({ min: 400, max: 1600 }),
      fc.integer({ min: 1050, max: 1800 }),
    ),
    // Passes longer than a period, a guest that outruns them, and the throttle.
    isOutgrown: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, {
      weight: 1,
      arbitrary: fc.constant(true),
    }),
    passes: fc.integer({ min: 3, max: 14 }),
    // Writes for each hundred pages that can be sent.
    percent: fc.oneof(
      fc.integer({ min: 0, max: 25 }),
      fc.integer({ min: 5, max: 95 }),
      fc.integer({ min: 95, max: 400 }),
    ),
    sixteenths: fc.integer({ min: 1, max: 14 }),
    kind: fc.constantFrom("sweep", "sweep", "random", "as drawn"),
    way: fc.constantFrom("plain", "as drawn", "multifd", "xbzrle"),
    // The cache of xbzrle beside what is written.
    cacheShare: fc.constantFrom(1 / 8, 1 / 2, 1, 4),
    restrains: fc.constantFrom("auto-converge", "auto-converge", "auto-converge", "dirty-limit"),
    limiter: fc.constantFrom("max-bandwidth", "link", "both", "below the link", "whole flushes"),
    // How much more the wire carries than the limit lets through.
    spare: fc.constantFrom(2, 3, 4),
    // Whether nothing happens besides the script: what takes long comes only where nobody disturbs it.
    isAlone: fc.boolean(),
    // What a section has besides pages: RAM's end mark, its head and footer, or all of these.
    besides: fc.constantFrom(0, 8, 10, 18),
    downtimeMs: fc.option(anySize(1, 600)),
    script: fc.option(anyScript(capabilities), { freq: 3 }),
  }).map((drawn) => drawn.isOutgrown ? outgrown(drawn) : drawn).map(
    ({ pages, passMs, passes, script, ...rates }) => {
      const time_limit_ms = Math.min(TIME_MAX, passMs * passes + 500, longest(pages, passMs));
      // A throttle needs seconds to show, and its guest is busy enough.
      const then = rates.isOutgrown ? null : script;
      return {
        pages,
        time_limit_ms,
        put: (input) =>
          then?.(along(input, pages, passMs, rates), passMs) ?? along(input, pages, passMs, rates),
      };
    },
  );
}

/** Milliseconds in which so many pages, sent again and again, come to the most that a run sends. */
function longest(pages: number, passMs: number): number {
  return Math.ceil(passMs * SENT_MAX / pages);
}

/** The same, such that the throttle has something to do. */
function outgrown<D extends { readonly passMs: number; readonly passes: number; readonly percent: number }>(
  drawn: D,
): D {
  const { passMs, passes, percent } = drawn;
  return { ...drawn, passMs: 1050 + passMs % 500, passes: Math.max(6, passes), percent: 100 + percent };
}

interface Rates {
  readonly isOutgrown: boolean;
  readonly way: "plain" | "as drawn" | "multifd" | "xbzrle";
  readonly cacheShare: number;
  readonly restrains: "auto-converge" | "dirty-limit";
  readonly percent: number;
  readonly sixteenths: number;
  readonly kind: "sweep" | "random" | "as drawn";
  readonly limiter: "max-bandwidth" | "link" | "both" | "below the link" | "whole flushes";
  readonly spare: number;
  readonly isAlone: boolean;
  readonly besides: number;
  readonly downtimeMs: number | null;
}

/** The scenario with memory, writes and limits in their measure. */
function along(
  input: ScenarioInput,
  pages: number,
  passMs: number,
  rates: Rates,
): ScenarioInput {
  const { isOutgrown, percent, sixteenths, kind, limiter, besides, spare, isAlone, downtimeMs } = rates;
  const start_page = Math.floor(pages / 8);
  const filled = pages - start_page;
  const pagesPerSecond = filled * 1000 / passMs;
  const rate = Math.floor(pagesPerSecond * PAGE);
  const written = Math.max(1, Math.floor(filled * sixteenths / 16));
  const parameters: Record<string, string | number | boolean> = { ...input.parameters };
  if (limiter !== "link") parameters["max-bandwidth"] = limitOf(limiter, rate, besides);
  if (downtimeMs !== null) parameters["downtime-limit"] = downtimeMs;
  // Half of them at its hardest from the first step on: what a throttle lets through shows best where it is little.
  const isHard = sixteenths % 2 === 0;
  if (isOutgrown && isHard) parameters["cpu-throttle-initial"] = 99;
  const isLimited = isOutgrown && rates.restrains === "dirty-limit";
  if (isLimited) parameters["vcpu-dirty-limit"] = isHard ? 1 : Math.ceil(rate * sixteenths / 16 / 2 ** 20);
  const on = capabilitiesOf(input, rates, isLimited);
  if (rates.way === "xbzrle") parameters["xbzrle-cache-size"] = cacheFor(written * rates.cacheShare);
  const { ram_blocks: _other, ...drawn } = input.guest ?? {};
  const guest = isLimited ? { ...drawn, accelerator: "kvm" as const, dirty_ring_entries: 1024 } : drawn;
  const phase = {
    start_page,
    pages: written,
    rate_pages_per_second: Math.ceil(pagesPerSecond * percent / 100),
  };
  const { operator: _operator, faults: _faults, ...alone } = input;
  const wire = {
    link: rate,
    both: rate,
    "below the link": rate * spare,
    "max-bandwidth": null,
    "whole flushes": null,
  };
  return {
    ...(isAlone ? alone : input),
    guest: { ...guest, ram_bytes: pages * PAGE, filled: [{ start_page, pages: filled }] },
    ...(kind === "as drawn" ? {} : { workload: [{ kind, ...phase }] }),
    // What is to limit is not to wait for a slower wire.
    ...(wire[limiter] === null && input.link === undefined
      ? {}
      : { link: { ...input.link, rate_bytes_per_second: wire[limiter] } }),
    parameters,
    capabilities: on,
  };
}

/** How pages travel, and what holds back a guest that outruns them. */
function capabilitiesOf(
  { capabilities }: ScenarioInput,
  { isOutgrown, way }: Rates,
  isLimited: boolean,
): Record<string, boolean> {
  const {
    "auto-converge": converges,
    "dirty-limit": limits,
    multifd,
    xbzrle,
    "mapped-ram": mapped,
    "zero-copy-send": copyless,
    ...others
  } = capabilities ?? {};
  const restrained = isOutgrown
    ? { [isLimited ? "dirty-limit" : "auto-converge"]: true }
    : { "auto-converge": converges, "dirty-limit": limits };
  const sent = way === "as drawn"
    ? { multifd, xbzrle, "mapped-ram": mapped, "zero-copy-send": copyless }
    : way === "plain"
    ? {}
    : { [way]: true };
  const all = Object.entries({ ...others, ...restrained, ...sent });
  return Object.fromEntries(all.filter((one): one is [string, boolean] => one[1] === true));
}

/** The cache for so many pages, in bytes. */
function cacheFor(pages: number): number {
  return PAGE * 2 ** Math.max(0, Math.round(Math.log2(pages)));
}

/** The limit: as it comes, above the link's rate, or such that whole flushes reach it to the byte in a cycle. */
function limitOf(limiter: Rates["limiter"], rate: number, besides: number): number {
  if (limiter === "both") return rate * 2;
  if (limiter !== "whole flushes") return rate;
  return (FLUSH_BYTES * Math.max(1, Math.round(rate / 10 / FLUSH_BYTES)) + besides) * 10;
}

/** Something that operators do in several steps, each of which means little without the others. */
type Script = (input: ScenarioInput, passMs: number) => ScenarioInput;

function anyScript(capabilities: readonly string[]): fc.Arbitrary<Script> {
  const percent = fc.integer({ min: 5, max: 300 });
  const at = (passMs: number, share: number): number => Math.ceil(passMs * share / 100);
  const cancel = (at_ms: number): Operator[number] => ({ execute: "migrate_cancel", at_ms });
  const again = fc.tuple(percent, anySize(1, 1500)).map(([share, later]): Script => (input, passMs) => ({
    ...input,
    operator: [cancel(at(passMs, share)), { execute: "migrate", at_ms: at(passMs, share) + later }],
  }));
  const otherLimit = fc.tuple(percent, fc.integer({ min: 10, max: 400 })).map((
    [share, more],
  ): Script =>
  (input, passMs) => {
    const limit = Number(input.parameters?.["max-bandwidth"] ?? 134_217_728);
    const values = { "max-bandwidth": Math.ceil(limit * more / 100) };
    const change = {
      execute: "migrate-set-parameters" as const,
      at_ms: at(passMs, share),
      arguments: values,
    };
    return { ...input, operator: [change] };
  });
  // A guest that is never sent in full is sent on while it would wait.
  const after = (input: ScenarioInput, at_ms: number, passMs: number): ScenarioInput => {
    const most = longest((input.guest?.ram_bytes ?? PAGE) / PAGE, passMs);
    return {
      ...input,
      time_limit_ms: Math.max(input.time_limit_ms ?? 0, Math.min(most, (input.time_limit_ms ?? 0) + at_ms)),
    };
  };
  // What hangs is known by how long it does.
  const patient = (input: ScenarioInput, isPatient: boolean): ScenarioInput =>
    isPatient ? { ...input, time_limit_ms: PATIENCE_MS } : input;
  const inAnOutage = fc.tuple(percent, anySize(1, 3000), fc.boolean()).map((
    [share, later, isPatient],
  ): Script =>
  (input, passMs) => ({
    ...patient(input, isPatient),
    link: { ...input.link, steps: [{ at_ms: at(passMs, share), rate_bytes_per_second: 0 }] },
    operator: [cancel(at(passMs, share) + later)],
  }));
  const paused = fc.tuple(
    fc.oneof(
      anySize(0, 1000),
      fc.integer({ min: 1000, max: 3000 }),
      fc.integer({ min: 1000, max: 3000 }),
    ),
    fc.constantFrom("migrate_cancel", "migrate-continue", "migrate-continue"),
    fc.boolean(),
  ).map((
    [at_ms, execute, isPatient],
  ): Script =>
  (input, passMs) => ({
    ...patient(after(input, at_ms, passMs), isPatient),
    capabilities: { ...input.capabilities, "pause-before-switchover": true },
    operator: [{ execute, at_ms, from: "pre-switchover" }],
  }));
  const scripts = [again, otherLimit, inAnOutage, paused, paused];
  return fc.oneof(...(capabilities.includes("pause-before-switchover") ? [...scripts, paused] : scripts));
}
