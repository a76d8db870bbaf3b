/**
 * The change that `check` names would have let a migration switch over: made in the scenario, it does.
 *
 * @module
 */
import { assert } from "@std/assert";
import { type Convergence, judgeRun, type Remedy } from "../checks/mod.ts";
import { simulate } from "../model/mod.ts";
import { parseScenario, type Scenario } from "../scenario/mod.ts";
import type { Run } from "../trace/mod.ts";

/** A cycle of the counters, after which a threshold is taken up, in microseconds. */
const CYCLE = 150_000;

/** Guests that write more than their link takes away, of three versions, two kinds and many rates. */
function* hopeless(): Generator<Scenario> {
  for (let seed = 0; seed < 24; seed++) {
    const scenario = {
      why: "Does not converge",
      profile: ["8.2-dev", "10.0", "11.1"][seed % 3],
      seed,
      guest: { ram_bytes: 134217728, filled: [{ start_page: 1024, pages: 6000 + 1000 * (seed % 7) }] },
      workload: [{
        kind: seed % 2 === 0 ? "sweep" : "random",
        start_page: 1024,
        pages: 6000 + 1000 * (seed % 7),
        rate_pages_per_second: 9000 + 3000 * (seed % 5),
      }],
      parameters: {
        "max-bandwidth": (20 + 5 * (seed % 4)) << 20,
        "downtime-limit": [20, 100, 300][seed % 3],
      },
      operator: [{ at_ms: 8000, execute: "migrate_cancel" }],
    };
    const parsed = parseScenario(JSON.stringify(scenario), "scenario");
    if (!parsed.ok) throw new Error(parsed.error[0]?.message);
    yield parsed.value;
  }
}

/** When an event came first or last, in microseconds after the setup; undefined when it did not. */
function timeOf({ source }: Run, name: string): number | undefined {
  const setup = source.find((record) => record.declaration.name === "migrate_set_state")?.at ?? 0;
  const found = source.findLast((record) => record.declaration.name === name);
  return found === undefined ? undefined : found.at - setup;
}

function convergenceOf(run: Run): Convergence {
  const last = judgeRun(run).convergence.at(-1);
  assert(last !== undefined);
  return last;
}

function switchoverWith(scenario: Scenario, name: Remedy["name"], value: number): number {
  const run = simulate({ ...scenario, parameters: { ...scenario.parameters, [name]: value } });
  return timeOf(run, "migration_thread_low_pending") ?? Infinity;
}

Deno.test("each single change that is named lets the migration switch over by its last decision", () => {
  let changes = 0;
  let tooSmall = 0;
  let limits = 0;
  for (const scenario of hopeless()) {
    const run = simulate(scenario);
    const { remedies, why } = convergenceOf(run);
    const decision = timeOf(run, "migration_bitmap_sync_end") ?? 0;
    for (const { name, value, arithmetic } of remedies) {
      // What a throttle does to the guest is an assumption, and said to be one.
      if (name === "cpu-throttle") continue;
      changes++;
      const at = switchoverWith(scenario, name, value);
      const what = `seed ${scenario.seed}: ${why}; ${name} ${value}: ${arithmetic}`;
      assert(
        at <= decision + CYCLE,
        `${what}; it switches over at ${at} us, the decision was at ${decision} us`,
      );
      if (name !== "downtime-limit") continue;
      limits++;
      if (switchoverWith(scenario, name, Math.floor(value / 2)) > decision + CYCLE) tooSmall++;
    }
  }
  assert(changes >= 30, `${changes} changes`);
  // Smaller ones do not do: at half of it most still wait. (A little less may do: a higher limit also counts
  // earlier in the round, when the guest has written less.)
  assert(tooSmall > limits / 2, `${tooSmall} of ${limits} downtime limits wait with half of it`);
});
