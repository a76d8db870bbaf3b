/**
 * Verdicts for machines: JUnit, SARIF and annotations of one failed and one known-bad rule.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { catalogFor, Judge, type Judgement, RULES } from "../checks/mod.ts";
import { readLog } from "../trace/mod.ts";
import { renderAnnotations } from "./annotations.ts";
import { renderJunit } from "./junit.ts";
import { makeSarif } from "./sarif.ts";
import type { ReportSubject } from "./screen.ts";

const FIGURES = {
  source: null,
  destination: null,
  iterations: null,
  totalTimeMs: null,
  downtimeMs: null,
  transferredBytes: null,
} as const;

function judged(...log: readonly string[]): Judgement {
  const rules = RULES.filter(({ id }) => ["bitmap-sync-alternates", "rate-limit-wait-range"].includes(id));
  const judge = new Judge({ version: "10.0" }, { rules });
  const catalog = catalogFor("10.0");
  const text = log.map((line, index) => `1@1.00000${index}:${line}\n`).join("");
  readLog(catalog, text, judge.side("source", catalog));
  return judge.finish();
}

const BROKEN = judged(
  "migrate_set_state new state setup",
  "migration_bitmap_sync_start ",
  "migration_bitmap_sync_start ",
);
const SUBJECT: ReportSubject = {
  title: 'a <b> & "c"',
  figures: FIGURES,
  judgement: BROKEN,
  notes: [],
  files: { source: "logs/src, one.trace" },
};

Deno.test("renderJunit makes a suite with a failure and a skipped case, and escapes", () => {
  const text = renderJunit([SUBJECT]);
  assertStringIncludes(
    text,
    '<testsuite name="a &lt;b&gt; &amp; &quot;c&quot;" tests="2" failures="1" errors="0" skipped="1">',
  );
  assertMatch(
    text,
    /name="bitmap-sync-alternates"><failure type="failure" message="the one of line 2 is still open"/,
  );
  assertMatch(text, /name="rate-limit-wait-range"><skipped message="[^"]+"\/>/);
  assert(!text.includes("\u0001"));
});

Deno.test("makeSarif places the result in the trace's file, with the earlier event", () => {
  const log = makeSarif([SUBJECT]) as {
    version: string;
    runs: [{ tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }];
  };
  assertEquals(log.version, "2.1.0");
  const [{ tool, results }] = log.runs;
  const [result] = results;
  assertEquals(results.length, 1);
  assertEquals(result?.["ruleId"], "bitmap-sync-alternates");
  assertEquals(tool.driver.rules[Number(result?.["ruleIndex"])]?.id, "bitmap-sync-alternates");
  assertEquals(result?.["locations"], [{
    physicalLocation: {
      artifactLocation: { uri: "logs/src,%20one.trace" },
      region: { startLine: 3 },
    },
  }]);
  assert(Array.isArray(result?.["relatedLocations"]));
});

Deno.test("renderAnnotations writes one workflow command a violation, escaped", () => {
  const text = renderAnnotations([SUBJECT]);
  assertStringIncludes(text, "::error file=logs/src%2C one.trace,line=3,title=bitmap-sync-alternates::");
  assertEquals(text.trimEnd().split("\n").length, 1);
});

Deno.test("a run that keeps the rules has no result and no annotation", () => {
  const judgement = judged(
    "migrate_set_state new state setup",
    "migration_bitmap_sync_start ",
    "migration_bitmap_sync_end dirty_pages 0",
  );
  const subject = { ...SUBJECT, judgement };
  assertEquals(renderAnnotations([subject]), "");
  assertEquals((makeSarif([subject])["runs"] as { results: unknown[] }[])[0]?.results, []);
  assertStringIncludes(renderJunit([subject]), 'failures="0"');
});
