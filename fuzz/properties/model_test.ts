/**
 * A run with more records than a worker has room for is held against the laws as far as they fit.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, type Scenario, simulate } from "../../mod.ts";
import { JUDGED_BY_PAGES } from "./guest_laws.ts";
import { modelTarget } from "./model.ts";

Deno.test("a run of rounds that send next to nothing is given up earlier, and judged up to there", () => {
  // Case 48783 of seed 20261142, cut to five of its thirty seconds: with next to nothing claimed, no round is the last.
  // The guest is quick until the first threshold, or one of the syncs in a row before it would find nothing.
  const scenario = {
    why: "half a million rounds fill the memory of a worker",
    profile: "11.1" as const,
    time_limit_ms: 5000,
    capabilities: { xbzrle: true },
    guest: { ram_bytes: 12263424, accelerator: "kvm" as const, filled: [{ start_page: 374, pages: 2620 }] },
    workload: [
      {
        kind: "random" as const,
        duration_ms: 200,
        start_page: 374,
        pages: 1146,
        rate_pages_per_second: 1_000_000,
      },
      { kind: "random" as const, start_page: 374, pages: 1146, rate_pages_per_second: 28479 },
    ],
    parameters: {
      "avail-switchover-bandwidth": 1000,
      "max-bandwidth": 466214500,
      "downtime-limit": 2,
      "xbzrle-cache-size": 16777216,
    },
  };
  const runs: { readonly limit: number; readonly records: number }[] = [];
  const target = modelTarget((asked: Scenario) => {
    const run = simulate(asked);
    runs.push({ limit: asked.time_limit_ms, records: run.source.length + run.destination.length });
    return run;
  });

  target.check({ scenario, laws: ["in-time-order", "pages-conserved"] });

  assertEquals(runs.map(({ limit }) => limit), [5000, 1250]);
  assert((runs[0]?.records ?? 0) > 400_000, "the whole run is too long");
  assert((runs[1]?.records ?? Infinity) <= 400_000, "what is judged fits");
});

Deno.test("a run of more deltas than a worker has room for is not judged page by page", () => {
  // Case 54381 of seed 20261142, cut to a fifteenth: its pages are deltas, which normal and zero pages leave out.
  const scenario = makeScenario({
    why: "millions of deltas fill the memory of a worker",
    profile: "11.1",
    time_limit_ms: 2000,
    capabilities: { xbzrle: true },
    guest: { ram_bytes: 8388608, filled: [{ start_page: 767, pages: 1000 }] },
    workload: [{ kind: "sweep", start_page: 767, pages: 1000, rate_pages_per_second: 844_007 }],
    parameters: { "max-bandwidth": 1759313920, "downtime-limit": 0, "xbzrle-cache-size": 16777216 },
  });
  const run = simulate(scenario);
  const { normalPages, duplicatePages } = run.outcome;
  assert(normalPages + duplicatePages < 30_000 && run.source.length < 30_000, "by other counts it is small");
  const again = (): never => {
    throw new Error("simulated by pages");
  };
  assertEquals(JUDGED_BY_PAGES.broken({ scenario, run, simulate: again }), undefined);
});
