/**
 * Findings for build servers: hostile texts, and folders of any name.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { junitOf, type PlacedFinding, sarifOf } from "./findings_report.ts";

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

Deno.test("what is to be typed is quoted, and a place is a URI, whatever a folder is called", () => {
  const odd = { ...FINDING, folder: "out/#1 of 2?", message: "m" };
  const { runs: [{ results: [result] }] } = JSON.parse(sarifOf([odd]));
  assertEquals(
    result.locations[0].physicalLocation.artifactLocation.uri,
    "out/%231%20of%202%3F/input.trace",
  );
  assertEquals(result.message.text, "m\nReplay: deno task switchover fuzz replay 'out/#1 of 2?'");
  assert(junitOf([], [odd]).includes("fuzz replay &#39;out/#1 of 2?&#39;"));
});
