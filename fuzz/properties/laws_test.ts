/**
 * Each law holds of the model, and each is seen to fail of a model that breaks it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, type Scenario, simulate, type SimulatedRun } from "../../mod.ts";
import type { Simulate } from "./law.ts";
import { LAWS } from "./model.ts";

const SCENARIO = makeScenario({
  why: "a small migration that converges",
  guest: { ram_bytes: 1 << 20, filled: [{ start_page: 0, pages: 200 }] },
  workload: [
    { kind: "sweep", pages: 50, rate_pages_per_second: 500 },
    { kind: "sweep", task: 1, pages: 10, rate_pages_per_second: 0 },
  ],
  parameters: { "max-bandwidth": 4_000_000 },
  sampling_interval_ms: 20,
  time_limit_ms: 4000,
});

/** A run that differs from the right one in its first record. */
function withoutFirst(run: SimulatedRun): SimulatedRun {
  return { ...run, source: run.source.slice(1) };
}

/** A model that goes wrong for some scenarios. */
function wrongWhen(is: (scenario: Scenario) => boolean, wrong = withoutFirst): Simulate {
  return (scenario, options) => {
    const run = simulate(scenario, options);
    return is(scenario) ? wrong(run) : run;
  };
}

function withOutcome(change: Partial<SimulatedRun["outcome"]>): (run: SimulatedRun) => SimulatedRun {
  return (run) => ({ ...run, outcome: { ...run.outcome, ...change } });
}

/** A run that never decides to switch over. */
function withoutSwitchover(run: SimulatedRun): SimulatedRun {
  const source = run.source.filter(({ declaration }) => declaration.name !== "migration_thread_low_pending");
  return { ...run, source };
}

/** A run whose source never tells of its setup. */
function withoutSetup(run: SimulatedRun): SimulatedRun {
  const source = run.source.filter(({ declaration, values }) =>
    declaration.name !== "migrate_set_state" || values[0] !== "setup"
  );
  return { ...run, source };
}

/** How to break each law. A law that is not here fails the test. */
const BROKEN: Readonly<Record<string, Simulate>> = {
  "trace-reads-back": wrongWhen(() => true, (run) => ({
    ...run,
    source: run.source.map((record) =>
      record.declaration.name === "migrate_set_state" ? { ...record, values: ["active\nand more"] } : record
    ),
  })),
  "in-time-order": wrongWhen(() => true, (run) => ({ ...run, source: run.source.toReversed() })),
  "outcome-legal": wrongWhen(() => true, withOutcome({ destination: "failed" })),
  "pages-conserved": wrongWhen(() => true, withOutcome({ normalPages: 1 })),
  "counters-grow": wrongWhen(() => true, (run) => ({ ...run, samples: run.samples.toReversed() })),
  "judged": wrongWhen(() => true, withoutSetup),
  // A guest that is known to write 50 pages has 1000 dirty.
  "guest-known": wrongWhen(() => true, (run) => ({
    ...run,
    source: run.source.map((record) =>
      record.declaration.name === "migration_bitmap_sync_end"
        ? {
          ...record,
          values: record.values.map((value) => typeof value === "string" ? value : BigInt(value) + 1000n),
        }
        : record
    ),
  })),
  "judged-by-pages": (scenario, options) => {
    const run = simulate(scenario, options);
    return options?.perPageEvents === true ? withoutSetup(run) : run;
  },
  "same-again": (() => {
    let calls = 0;
    return wrongWhen(() => calls++ > 0);
  })(),
  "watching-changes-nothing": (scenario, options) => {
    const run = simulate(scenario, options);
    return options?.trace === false ? withOutcome({ iterations: 99 })(run) : run;
  },
  "sampling-changes-nothing": wrongWhen(({ sampling_interval_ms }) => sampling_interval_ms > 20),
  "time-limit-cuts": wrongWhen(({ time_limit_ms }) => time_limit_ms < 4000),
  "later-command-later": wrongWhen(({ operator }) => operator.length > 0),
  "later-fault-later": wrongWhen(({ faults }) => faults.length > 0),
  "idle-task-is-nothing": wrongWhen(({ workload }) => workload.some(({ task }) => task === 99)),
  "rate-zero-is-idle": wrongWhen(({ workload }) => workload.some(({ kind }) => kind === "idle")),
  "endless-is-long": wrongWhen(({ workload }) => workload.some(({ duration_ms }) => duration_ms !== null)),
  "same-rate-is-no-step": wrongWhen(({ link }) => link.steps.length > 0),
  "step-after-the-end": wrongWhen(({ link }) => link.steps.length > 0),
  "parameters-of-a-state-never-entered": wrongWhen(({ operator }) => operator.length > 0),
  "more-downtime-no-later": wrongWhen(
    ({ parameters }) => parameters["downtime-limit"] !== undefined,
    withoutSwitchover,
  ),
};

Deno.test("every law holds of the model and fails of one that breaks it", async (t) => {
  assertEquals(LAWS.map(({ id }) => id).sort(), Object.keys(BROKEN).sort());
  for (const law of LAWS) {
    await t.step(law.id, () => {
      const broken = BROKEN[law.id];
      assert(broken !== undefined);
      assertEquals(law.broken({ scenario: SCENARIO, run: simulate(SCENARIO), simulate }), undefined);
      const trial = { scenario: SCENARIO, run: broken(SCENARIO), simulate: broken };
      assert(law.broken(trial) !== undefined, `${law.id} does not see what breaks it`);
    });
  }
});
