/**
 * Which cases are beyond a bar.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { CaseComparison } from "./compare_runs.ts";
import { findOutliers } from "./find_outliers.ts";

const same = (value: number) => ({ model: value, real: value });
const WELL: CaseComparison = {
  name: "example",
  source: { equal: true, difference: "" },
  destination: { equal: true, difference: "" },
  fullCycles: { compared: 1, equal: 1, unmatched: 0, differences: [] },
  iterations: same(3),
  totalMs: same(1000),
  downtimeMs: same(100),
  transferred: same(1),
  normal: same(1),
  duplicate: same(1),
  downtimeBytes: same(40_000_000),
  syncError: 0,
  verdict: { model: "completed", real: "completed", equal: true },
};

/** What QEMU was given has no part in it. */
const RECORDED = {
  name: "x",
  inputs: "",
  figures: { status: "completed", totalMs: 0, downtimeMs: 0, transferred: 0 },
  syncs: null,
  modelAway: 0,
};

Deno.test("findOutliers names what is beyond its bar, and why if that is known", () => {
  const table: [change: Partial<CaseComparison>, what: string][] = [
    [{}, ""],
    [{ totalMs: { model: 1149, real: 1000 }, iterations: { model: 4, real: 3 } }, ""],
    [{ totalMs: { model: 1151, real: 1000 } }, "total ms 1151 / 1000"],
    [{ downtimeMs: { model: 8, real: 3 } }, ""],
    [{ downtimeMs: { model: 9, real: 3 } }, "downtime ms 9 / 3"],
    [{ iterations: { model: 5, real: 3 } }, "iterations 5 / 3"],
    [{ verdict: { model: "active", real: "completed", equal: false } }, "verdict active / completed"],
  ];
  for (const [change, what] of table) {
    const found = findOutliers([{
      comparison: { ...WELL, ...change },
      seeded: { source: true, destination: true, iterations: true },
      baselines: [],
      recorded: RECORDED,
      seedIterations: [],
      undetermined: [],
      undeterminedCycles: [],
      remarks: [],
    }]);
    assertEquals(found.map((outlier) => outlier.what).join(), what);
  }
  const [slow] = findOutliers([{
    comparison: { ...WELL, downtimeMs: { model: 400, real: 100 } },
    seeded: { source: true, destination: true, iterations: true },
    baselines: [],
    recorded: RECORDED,
    seedIterations: [],
    undetermined: ["the guest slept", "so did the host"],
    undeterminedCycles: [],
    remarks: ["the seeds differ"],
  }]);
  assertEquals(slow?.why, "the guest slept; so did the host; the seeds differ");
});
