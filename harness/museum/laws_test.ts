/**
 * The laws before random runs of the model, and each law before a run with a bug of the museum that breaks it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  CONSERVED,
  LAWS,
  type LawVerdict,
  MORE_BANDWIDTH,
  MORE_DOWNTIME,
  SATURATED,
  THROTTLED,
  WRITES_FOUND,
} from "../checks/mod.ts";
import { type BugId, simulate } from "../model/mod.ts";
import { makeScenario, PROFILE_NAMES, type ScenarioInput } from "../scenario/mod.ts";

/** A guest that writes steadily, and what is sent of it how fast. */
interface Steady {
  readonly profile: typeof PROFILE_NAMES[number];
  readonly accelerator: "tcg" | "kvm";
  readonly workingSetPages: number;
  readonly pagesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly downtimeMs: number;
  /** The first step of auto-converge; 0: it is off. */
  readonly throttle: number;
}

const STEADY: fc.Arbitrary<Steady> = fc.record({
  profile: fc.constantFrom(...PROFILE_NAMES),
  accelerator: fc.constantFrom("tcg", "kvm"),
  workingSetPages: fc.integer({ min: 1, max: 9000 }),
  pagesPerSecond: fc.integer({ min: 0, max: 15_000 }),
  bytesPerSecond: fc.integer({ min: 6_000_000, max: 120_000_000 }),
  downtimeMs: fc.integer({ min: 1, max: 1000 }),
  throttle: fc.constant(0),
});

function run(
  { profile, accelerator, workingSetPages, pagesPerSecond, bytesPerSecond, downtimeMs, throttle }: Steady,
  bugs: readonly BugId[] = [],
) {
  const input: ScenarioInput = {
    why: "a law",
    profile,
    guest: { accelerator, ram_bytes: 67108864, filled: [{ start_page: 1024, pages: 10000 }] },
    workload: [{
      kind: "sweep",
      start_page: 1024,
      pages: workingSetPages,
      rate_pages_per_second: pagesPerSecond,
    }],
    capabilities: { "auto-converge": throttle > 0 },
    parameters: {
      "max-bandwidth": bytesPerSecond,
      "downtime-limit": downtimeMs,
      ...(throttle > 0 ? { "cpu-throttle-initial": throttle } : {}),
    },
    time_limit_ms: 20_000,
  };
  return simulate(makeScenario(input), { bugs });
}

/** Holds a law before random runs; says how many of them it could judge. */
function hold<T>(cases: fc.Arbitrary<T>, judge: (input: T) => LawVerdict): void {
  let judged = 0;
  fc.assert(
    fc.property(cases, (input) => {
      const { outcome, note } = judge(input);
      if (outcome !== "unknown") judged++;
      assertEquals(outcome === "fail" ? note : "", "");
    }),
    { numRuns: 120, seed: 20261120 },
  );
  assert(judged >= 30, `the law could judge ${judged} of 120 runs only`);
}

const FACTOR = fc.double({ min: 1.05, max: 5, noNaN: true });

Deno.test(MORE_BANDWIDTH.id, () => {
  // The assumptions as numbers: the link carries the guest, a round over its pages takes the faster link two cycles,
  // and the threshold is at most an eighth of them.
  const cases = fc.record({
    steady: STEADY,
    bytesPerSecond: fc.integer({ min: 6_000_000, max: 60_000_000 }),
    load: fc.double({ min: 0, max: 0.95, noNaN: true }),
    factor: FACTOR,
    patience: fc.double({ min: 0.05, max: 1, noNaN: true }),
  }).map(({ steady, bytesPerSecond, load, factor, patience }) => {
    const more = Math.min(80_000_000, Math.floor(bytesPerSecond * factor));
    const workingSetPages = Math.max(steady.workingSetPages, Math.ceil(more / 5 / 4096));
    const most = workingSetPages * 4096 / 8 / more * 1000;
    const downtimeMs = Math.max(1, Math.floor(most * patience));
    const pagesPerSecond = Math.floor(load * bytesPerSecond / 4104);
    return { less: { ...steady, bytesPerSecond, workingSetPages, downtimeMs, pagesPerSecond }, more };
  });
  hold(cases, ({ less, more }) => MORE_BANDWIDTH.judge(run(less), run({ ...less, bytesPerSecond: more })));
});

Deno.test(MORE_DOWNTIME.id, () => {
  hold(
    fc.tuple(STEADY, FACTOR),
    ([less, factor]) =>
      MORE_DOWNTIME.judge(run(less), run({ ...less, downtimeMs: Math.ceil(less.downtimeMs * factor) })),
  );
});

const THROTTLED_GUEST = fc.record({ guest: STEADY, throttle: fc.integer({ min: 0, max: 99 }) })
  .map(({ guest, throttle }) => ({ ...guest, throttle }));

Deno.test(SATURATED.id, () => hold(THROTTLED_GUEST, (guest) => SATURATED.judge(run(guest), guest)));

Deno.test(THROTTLED.id, () => {
  const fast = THROTTLED_GUEST.map((guest) => ({
    ...guest,
    throttle: Math.max(1, guest.throttle),
    pagesPerSecond: guest.pagesPerSecond + 8000,
    workingSetPages: 9000,
    bytesPerSecond: Math.ceil(guest.bytesPerSecond / 4),
  }));
  hold(fast, (guest) => THROTTLED.judge(run(guest), guest));
});

Deno.test(WRITES_FOUND.id, () => {
  const tcg = STEADY.map((guest) => ({ ...guest, accelerator: "tcg" as const }));
  hold(tcg, (guest) => WRITES_FOUND.judge(run(guest), guest));
});

Deno.test(CONSERVED.id, () => hold(THROTTLED_GUEST, (guest) => CONSERVED.judge(run(guest))));

const GUEST: Steady = {
  profile: "10.0",
  accelerator: "tcg",
  workingSetPages: 8000,
  pagesPerSecond: 5000,
  bytesPerSecond: 33_554_432,
  downtimeMs: 300,
  throttle: 0,
};

Deno.test("each law sees a run with a bug that breaks it", async (t) => {
  const table: [law: string, bug: BugId, judge: (bugs: readonly BugId[]) => LawVerdict][] = [
    [
      MORE_BANDWIDTH.id,
      "exact-at-every-pass",
      (bugs) => MORE_BANDWIDTH.judge(run(GUEST), run({ ...GUEST, bytesPerSecond: 40_000_000 }, bugs)),
    ],
    [
      MORE_DOWNTIME.id,
      "limit-per-host-page",
      (bugs) =>
        MORE_DOWNTIME.judge(run({ ...GUEST, downtimeMs: 400 }, bugs), run({ ...GUEST, downtimeMs: 410 })),
    ],
    [SATURATED.id, "first-sync-counts-all", (bugs) => SATURATED.judge(run(GUEST, bugs), GUEST)],
    [THROTTLED.id, "throttle-timer-rearmed", (bugs) => {
      const guest = { ...GUEST, workingSetPages: 9000, pagesPerSecond: 20000, throttle: 99 };
      return THROTTLED.judge(run({ ...guest, bytesPerSecond: 24_000_000 }, bugs), guest);
    }],
    [
      WRITES_FOUND.id,
      "writes-lost-after-sync",
      (bugs) => WRITES_FOUND.judge(run({ ...GUEST, downtimeMs: 20 }, bugs), GUEST),
    ],
    [CONSERVED.id, "zero-pages-skipped", (bugs) => CONSERVED.judge(run(GUEST, bugs))],
    [CONSERVED.id, "pages-counted-twice", (bugs) => CONSERVED.judge(run(GUEST, bugs))],
  ];
  for (const [law, bug, judge] of table) {
    await t.step(`${law}: ${bug}`, () => {
      assertEquals(judge([]).outcome, "pass");
      assertEquals(judge([bug]).outcome, "fail");
    });
  }
  assertEquals(new Set(table.map(([law]) => law)).size, LAWS.length);
});

Deno.test("a law that saw nothing says so", () => {
  const unfinished = run({ ...GUEST, pagesPerSecond: 15_000, bytesPerSecond: 8_000_000 });
  assertEquals(MORE_BANDWIDTH.judge(unfinished, run(GUEST)).outcome, "unknown");
  assertEquals(MORE_DOWNTIME.judge(unfinished, run(GUEST)).outcome, "unknown");
  assertEquals(THROTTLED.judge(run(GUEST), GUEST).outcome, "unknown");
  const nothing = { ...run(GUEST), source: [], samples: [] };
  assertEquals(WRITES_FOUND.judge(run({ ...GUEST, accelerator: "kvm" }), GUEST).outcome, "unknown");
  assertEquals(SATURATED.judge(nothing, GUEST).outcome, "unknown");
  assertEquals(CONSERVED.judge(nothing).outcome, "unknown");
});
