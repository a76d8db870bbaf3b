/**
 * Sessions of an operator against a running migration: what is legal has its effect, what is not changes nothing.
 *
 * @module
 */
import { assert } from "@std/assert";
import fc from "fast-check";
import { anyOperatorSession, RunningMigration, type SessionModel } from "./operator_session.ts";
import { type ScenarioInput, simulate } from "../../mod.ts";
import type { Simulate } from "./law.ts";

const SLOW: ScenarioInput = {
  why: "a migration that takes its time, with a pause before the switchover",
  guest: { ram_bytes: 4 << 20, filled: [{ start_page: 0, pages: 1000 }] },
  workload: [{ kind: "sweep", pages: 200, rate_pages_per_second: 1000 }],
  parameters: { "max-bandwidth": 20_000_000, "downtime-limit": 50 },
};
const SCENARIOS: readonly ScenarioInput[] = [
  SLOW,
  { ...SLOW, capabilities: { "pause-before-switchover": true } },
  { ...SLOW, capabilities: { "pause-before-switchover": true, "return-path": true }, profile: "11.1" },
];

function verdictOf(run: Simulate): { failed: boolean; report: string } {
  const property = fc.property(fc.constantFrom(...SCENARIOS), anyOperatorSession(), (scenario, commands) => {
    const setup = (): { model: SessionModel; real: RunningMigration } => ({
      model: { status: "none", running: true },
      real: new RunningMigration(scenario, run),
    });
    fc.modelRun(setup, commands);
  });
  const details = fc.check(property, { numRuns: 40, seed: 20261120 });
  return { failed: details.failed, report: fc.defaultReportMessage(details) ?? "" };
}

Deno.test("what an operator says has its effect where QEMU takes it, and none where QEMU refuses it", () => {
  const { failed, report } = verdictOf(simulate);
  assert(!failed, report);
});

Deno.test("a monitor that takes what QEMU refuses is found out", () => {
  const eager: Simulate = (scenario, options) => {
    const operator = scenario.operator.map((action) =>
      action.execute === "migrate-continue" ? { ...action, execute: "migrate_cancel" as const } : action
    );
    return simulate({ ...scenario, operator }, options);
  };
  assert(verdictOf(eager).failed);
});
