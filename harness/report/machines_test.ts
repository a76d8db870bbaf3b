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
  "migration_bitmap_sync_end dirty_pages 0",
  "migration_bitmap_sync_start ",
  "migration_bitmap_sync_start ",
);
const SUBJECT: ReportSubject = {
  title: 'a <b> & "c"',
  figures: FIGURES,
  judgement: BROKEN,
  notes: [],
  files: { source: "logs/src, one #2.trace" },
};

Deno.test("renderJunit makes a suite with a failure and a skipped case, and escapes", () => {
  const text = renderJunit([SUBJECT]);
  assertStringIncludes(
    text,
    '<testsuite name="a &lt;b&gt; &amp; &quot;c&quot;" tests="2" failures="1" errors="0" skipped="1">',
  );
  assertMatch(
    text,
    /name="bitmap-sync-alternates"><failure type="failure" message="migration_bitmap_sync_start again, while that of line 4 /,
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
      artifactLocation: { uri: "logs/src,%20one%20%232.trace" },
      region: { startLine: 5 },
    },
  }]);
  assert(Array.isArray(result?.["relatedLocations"]));
});

Deno.test("renderAnnotations writes one workflow command a violation, escaped", () => {
  const text = renderAnnotations([SUBJECT]);
  assertStringIncludes(text, "::error file=logs/src%2C one #2.trace,line=5,title=bitmap-sync-alternates::");
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

/** What SARIF 2.1.0 requires of the objects that are written, by the path of the object (sections 3.13 to 3.52). */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  "": ["version", "runs"],
  "runs.*": ["tool"],
  "runs.*.tool": ["driver"],
  "runs.*.tool.driver": ["name"],
  "runs.*.tool.driver.rules.*": ["id"],
  "runs.*.tool.driver.rules.*.shortDescription": ["text"],
  "runs.*.tool.driver.rules.*.help": ["text"],
  "runs.*.results.*": ["message"],
  "runs.*.results.*.message": ["text"],
  "runs.*.results.*.locations.*.physicalLocation": ["artifactLocation"],
  "runs.*.results.*.codeFlows.*": ["threadFlows"],
  "runs.*.results.*.codeFlows.*.message": ["text"],
  "runs.*.results.*.codeFlows.*.threadFlows.*": ["locations"],
  "runs.*.results.*.codeFlows.*.threadFlows.*.locations.*.location.message": ["text"],
};

/** Every object of a document by its path, lists as `*`. */
function objectsOf(value: unknown, path = ""): [string, Record<string, unknown>][] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => objectsOf(item, `${path}.*`));
  }
  if (typeof value !== "object" || value === null) return [];
  const inside = Object.entries(value).flatMap(([name, item]) =>
    objectsOf(item, path === "" ? name : `${path}.${name}`)
  );
  return [[path, value as Record<string, unknown>], ...inside];
}

Deno.test("makeSarif writes what SARIF 2.1.0 requires, with the smallest trace as a code flow", () => {
  const { verdicts } = BROKEN;
  const lines = [{ trace: 1, side: "source" as const, line: 2, name: "migration_bitmap_sync_start" }];
  const smallest = { lines, of: 3, needs: "nothing", isMinimal: true, judged: 40 } as const;
  const judgement = { ...BROKEN, verdicts: verdicts.map((verdict) => ({ ...verdict, smallest })) };
  const log = makeSarif([{ ...SUBJECT, judgement }]);
  const objects = objectsOf(log);
  for (const [path, names] of Object.entries(REQUIRED)) {
    const found = objects.filter(([where]) => where === path);
    assert(found.length > 0, `nothing at ${path}`);
    for (const [, object] of found) {
      for (const name of names) assert(object[name] !== undefined, `${path}.${name} is missing`);
    }
  }
  for (const [path, region] of objects) {
    if (path.endsWith(".region")) assert(Number(region["startLine"]) >= 1, path);
  }
  const ids = objects.filter(([path]) => path === "runs.*.tool.driver.rules.*").map(([, { id }]) => id);
  assertEquals(new Set(ids).size, ids.length);
  // RFC 3986: no blank and no bracket in a URI reference.
  for (const [, { uri }] of objects) if (uri !== undefined) assertMatch(String(uri), /^[^\s<>"{}|\\^`[\]]+$/);
});
