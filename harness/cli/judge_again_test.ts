/**
 * What the judge says of a run does not depend on the runs that it judged before.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { RandomStream } from "../base/mod.ts";
import { catalogFor, Judge, type Judgement, judgeRun, type Rule } from "../checks/mod.ts";
import { simulate } from "../model/mod.ts";
import { parseScenario } from "../scenario/mod.ts";
import { type Run, type Side, type TraceRecord, versionOf, visitRecords } from "../trace/mod.ts";
import { recordedRuns } from "./mutants.ts";

/** By a judge of its own, that has seen no other run. */
function judgeAlone(run: Run): Judgement {
  const { facts, samples, source, destination, earlierDestinations = [], laterDestinations = [] } = run;
  const judge = new Judge(facts);
  for (const sample of samples) judge.sample(sample);
  const destinations = [...earlierDestinations, destination, ...laterDestinations];
  const logs: [Side, readonly TraceRecord[]][] = [["source", source]];
  for (const records of destinations) logs.push(["destination", records]);
  for (const [side, records] of logs) {
    const catalog = catalogFor(versionOf(facts, side) ?? "");
    if (records.length > 0) visitRecords(records, judge.side(side, catalog));
  }
  return judge.finish();
}

/** A judgement as text: two thousand of them are compared faster so. */
function textOf(judgement: Judgement): string {
  return JSON.stringify(judgement, (key, value: unknown) => {
    if (key === "rule") return (value as Rule).id;
    if (key === "declaration") return (value as TraceRecord["declaration"]).name;
    return typeof value === "bigint" ? `${value}n` : value;
  });
}

/** Runs of all kinds: right ones, and ones of which every so many lines are lost, so that rules fail midway. */
function runs(): Run[] {
  const found = recordedRuns(new URL("../../recordings/", import.meta.url)).map(({ run }) => run);
  for (const [seed, guest] of [{ ram_bytes: 1 << 20 }, { ram_bytes: 8 << 20 }].entries()) {
    for (const profile of ["8.2", "10.0", "11.1"]) {
      const parsed = parseScenario(JSON.stringify({ why: "one of them", seed, guest, profile }), "again");
      if (parsed.ok) found.push(simulate(parsed.value));
    }
  }
  const random = new RandomStream(1, "again");
  const thinned = (records: readonly TraceRecord[], every: number) =>
    every === 0 ? records : records.filter(() => random.below(every) > 0);
  return found.flatMap((run) =>
    [0, 100, 10, 3].map((every) => ({
      ...run,
      source: thinned(run.source, every),
      destination: thinned(run.destination, every),
      samples: every === 3 ? [] : run.samples,
    }))
  );
}

Deno.test("judgeRun says of each run what a judge of its own says", () => {
  const all = runs();
  const alone = all.map((run) => textOf(judgeAlone(run)));
  const random = new RandomStream(2, "again");
  for (let times = 0; times < 2 * all.length; times++) {
    const one = times < all.length ? times : random.below(all.length);
    assertEquals(textOf(judgeRun(all[one] as Run)), alone[one], `run ${one} after ${times} others`);
  }
});
