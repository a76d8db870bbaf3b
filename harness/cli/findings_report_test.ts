/**
 * Findings for build servers, and the progress line: hostile texts, terminals and logs.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Io } from "./command.ts";
import { junitOf, type PlacedFinding, sarifOf } from "./findings_report.ts";
import { progressLine } from "./progress.ts";

const FINDING: PlacedFinding = {
  target: "log",
  seed: 1,
  index: 7,
  rule: "crash",
  bucket: "log-crash",
  message: `<b>&"'\u0000]]>\nsecond line`,
  shrinks: 2,
  files: ["input.trace"],
  folder: "out/findings/log crash",
};

Deno.test("junitOf counts a test for each target and a failure for each finding, whatever stands in them", () => {
  const xml = junitOf([{ target: "log", cases: 100 }], [FINDING]);
  assert(xml.includes(`<testsuites tests="2" failures="1">`));
  assert(!xml.includes("<b>") && !xml.includes("\u0000"));
  assertEquals(xml.match(/<testcase /g)?.length, 2);
  assertEquals(junitOf([{ target: "log", cases: 1 }], []).match(/<failure/g), null);
});

Deno.test("sarifOf gives each finding its rule and its place", () => {
  const { version, runs: [run] } = JSON.parse(sarifOf([FINDING, { ...FINDING, bucket: "log-crash-2" }]));
  assertEquals([version, run.tool.driver.rules, run.results.length], ["2.1.0", [{ id: "crash" }], 2]);
  const [result] = run.results;
  assertEquals([result.ruleId, result.ruleIndex], ["crash", 0]);
  assertEquals(
    result.locations[0].physicalLocation.artifactLocation.uri,
    "out/findings/log%20crash/input.trace",
  );
});

function linesOf(live: boolean): string {
  let text = "";
  let now = 0;
  const progress = progressLine({ live, err: (part: string) => text += part } as unknown as Io, () => now);
  for (const done of [0, 500, 1000]) {
    progress.show({ done, all: 2000, secondsLeft: undefined, findings: 1, reached: done });
    now += 11_000;
  }
  progress.clear();
  return text;
}

Deno.test("progressLine draws over its line on a terminal, and writes a line now and then elsewhere", () => {
  const live = linesOf(true);
  assert(
    live.includes("\r\x1b[K1000 of 2000 cases, 45 a second, 1 findings, 1000 behaviours (+1000), 22 s left"),
    live,
  );
  assert(!live.includes("\n"));
  const quiet = linesOf(false);
  assert(!quiet.includes("\x1b") && !quiet.includes("\r"));
  assertEquals(quiet.split("\n").length, 3);
});
