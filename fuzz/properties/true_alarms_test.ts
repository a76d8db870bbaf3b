/**
 * An alarm is expected where its cause is, not where it is not, and a judge that is silent is found out.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeScenario, type Scenario, simulate, type SimulatedRun } from "../../mod.ts";
import { JUDGED } from "./judge_law.ts";
import type { Trial } from "./law.ts";
import { trueAlarms } from "./true_alarms.ts";

const HANGS = "multifd-cancel-ends-soon";

/** A migration over a wire that stands still, cancelled half a second later, unless more is said. */
function cancelled(profile: Scenario["profile"], more: Partial<Parameters<typeof makeScenario>[0]>): Trial {
  const scenario = makeScenario({
    why: "a cancel while the wire stands still",
    profile,
    time_limit_ms: 12_000,
    capabilities: { multifd: true },
    guest: { ram_bytes: 64 << 20, filled: [{ pages: 16_000 }] },
    link: { rate_bytes_per_second: 0 },
    operator: [{ execute: "migrate_cancel", at_ms: 500 }],
    ...more,
  });
  return { scenario, run: simulate(scenario), simulate };
}

/** What is dirty, divided by no bandwidth at all. */
const NO_BANDWIDTH = {
  capabilities: {},
  guest: { ram_bytes: 512 << 10 },
  workload: [{ kind: "sweep", pages: 100, rate_pages_per_second: 1000 }],
  parameters: { "max-bandwidth": 10 },
  link: {},
  operator: [{
    execute: "migrate-set-parameters",
    at_ms: 1020,
    arguments: { "avail-switchover-bandwidth": 999 },
  }],
} as const;

const NOT_ACCEPTED = { faults: [{ kind: "not-accepted", at_ms: 11_500 }] } as const;

const TABLE: readonly (readonly [what: string, trial: Trial, alarms: readonly string[]])[] = [
  ["10.0, channels that stand still", cancelled("10.0", {}), [HANGS]],
  ["11.1, channels that stand still", cancelled("11.1", {}), [HANGS]],
  ["11.1, no multifd", cancelled("11.1", { capabilities: {} }), []],
  ["11.1, a wire that moves", cancelled("11.1", { link: { rate_bytes_per_second: 10_000_000 } }), []],
  ["10.0, nobody takes the call", cancelled("10.0", { ...NOT_ACCEPTED }), []],
  ["11.1, nobody takes the call", cancelled("11.1", { ...NOT_ACCEPTED }), []],
  [
    "11.1, nobody takes the call before the run ends",
    cancelled("11.1", {
      faults: [{ kind: "not-accepted", at_ms: 20_000 }],
    }),
    [],
  ],
  ["10.0, less than 1000 bytes a second", cancelled("10.0", NO_BANDWIDTH), [
    "expected-downtime-not-negative",
  ]],
  ["11.1, less than 1000 bytes a second", cancelled("11.1", NO_BANDWIDTH), []],
];

for (const [what, trial, alarms] of TABLE) {
  Deno.test(`the alarms are as expected: ${what}`, () => {
    assertEquals(trueAlarms(trial).map(({ rule }) => rule), alarms);
    assertEquals(JUDGED.broken(trial), undefined);
  });
}

Deno.test("a true alarm that is missing breaks the law", () => {
  const { scenario, run } = cancelled("11.1", {});
  // Of a run with colo the rule does not speak.
  const silent: SimulatedRun = {
    ...run,
    facts: { ...run.facts, capabilities: { multifd: true, "x-colo": true } },
  };
  assertEquals(JUDGED.broken({ scenario, run: silent, simulate })?.part, `${HANGS}-silent`);
});
