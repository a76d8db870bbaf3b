/**
 * The judge before logs that are not whole: a part of a right trace is not wrong.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { RandomStream } from "../base/mod.ts";
import { judgeRun } from "../checks/mod.ts";
import type { Run } from "../trace/mod.ts";
import { recordedRuns } from "./mutants.ts";

/** Ways in which people's logs are not whole. */
const CUTS: readonly (readonly [string, (run: Run, random: RandomStream) => Run])[] = [
  ["the source's log is still being written", (run, random) => ({
    ...run,
    source: run.source.slice(0, random.below(run.source.length + 1)),
  })],
  ["the destination's log is still being written", (run, random) => ({
    ...run,
    destination: run.destination.slice(0, random.below(run.destination.length + 1)),
  })],
  ["the source's log was rotated", (run, random) => ({
    ...run,
    source: run.source.slice(random.below(run.source.length + 1)),
  })],
  ["the destination's log was rotated", (run, random) => ({
    ...run,
    destination: run.destination.slice(random.below(run.destination.length + 1)),
  })],
  [
    "there is the source's log alone",
    ({ facts, source }) => ({ facts, source, destination: [], samples: [] }),
  ],
  ["nothing is known besides the versions", (run) => {
    const { version, destinationVersion } = run.facts;
    return {
      ...run,
      facts: {
        ...(version === undefined ? {} : { version }),
        ...(destinationVersion === undefined ? {} : { destinationVersion }),
      },
    };
  }],
  ["the lines carry no thread", (run) => ({
    ...run,
    source: run.source.map((record) => ({ ...record, thread: 0 })),
    destination: run.destination.map((record) => ({ ...record, thread: 0 })),
  })],
  ["the lines carry no time", (run) => ({
    ...run,
    source: run.source.map((record) => ({ ...record, at: -1 })),
    destination: run.destination.map((record) => ({ ...record, at: -1 })),
  })],
];

Deno.test("a part of a right trace is not wrong", async (t) => {
  const runs = recordedRuns(new URL("../../recordings/", import.meta.url));
  for (const [what, cut] of CUTS) {
    await t.step(what, () => {
      const alarms: string[] = [];
      for (const { name, run } of runs) {
        const random = new RandomStream(1, `${what}/${name}`);
        const { verdicts } = judgeRun(cut(run, random));
        for (const { rule, outcome, note, knownDefect } of verdicts) {
          if (outcome === "fail" && knownDefect === undefined) alarms.push(`${name}: ${rule.id}: ${note}`);
        }
      }
      assertEquals(alarms, []);
    });
  }
});

Deno.test("a rotated log may begin with any line of the device phase", () => {
  const runs = recordedRuns(new URL("../../recordings/", import.meta.url));
  const alarms: string[] = [];
  for (const { name, run } of runs) {
    if (!/^(q111-)?precopy-bw64-dr31$/.test(name)) continue;
    const stopped = run.source.findLastIndex(({ declaration }) => declaration.name === "vm_state_notify");
    for (let from = stopped; from < run.source.length; from += 3) {
      for (const { rule, outcome } of judgeRun({ ...run, source: run.source.slice(from) }).verdicts) {
        if (outcome === "fail") alarms.push(`${name} from ${from}: ${rule.id}`);
      }
    }
  }
  assertEquals(alarms, []);
});
