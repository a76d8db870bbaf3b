/**
 * A sweep as table, CSV, map and page, also when its texts are hostile.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { sweepPage } from "./page/sweep_page.ts";
import {
  type SweepCell,
  sweepCsv,
  type SweepFigures,
  sweepMap,
  type SweepResult,
  sweepTable,
  valuesOf,
} from "./sweep_result.ts";

const FIGURES: SweepFigures = {
  converged: true,
  status: "completed",
  totalTimeMs: 2200,
  downtimeMs: 8,
  transferredBytes: 1000,
  iterations: 6,
  guestSlowdownPercent: 12.345,
};
const NOT: SweepCell = {
  figures: { ...FIGURES, converged: false, status: "active", totalTimeMs: null, downtimeMs: null },
};
const YES: SweepCell = { figures: FIGURES };
const EVIL = `</script><script>alert(1)</script>"=1,2\n'`;

const RESULT: SweepResult = {
  scenario: "two by two",
  why: "small",
  axes: [{ name: "max-bandwidth", unit: "B/s", values: [1024, 2048] }, {
    name: "downtime-limit",
    unit: "ms",
    values: [30, 300],
  }],
  cells: [NOT, YES, YES, { error: EVIL }],
};

Deno.test("valuesOf counts the first axis fastest", () => {
  assertEquals([0, 1, 2, 3].map((cell) => valuesOf(RESULT.axes, cell)), [
    [1024, 30],
    [2048, 30],
    [1024, 300],
    [2048, 300],
  ]);
});

Deno.test("sweepMap draws the second axis upwards", () => {
  assertEquals(
    sweepMap(RESULT),
    [
      "downtime-limit",
      "        300 ms |#!",
      "         30 ms |.#",
      "               +--",
      "                max-bandwidth: 1 KiB/s to 2 KiB/s",
      "# converged   . not   ! no scenario at these values",
      "",
    ].join("\n"),
  );
});

Deno.test("sweepCsv quotes what would break a row", () => {
  const rows = sweepCsv(RESULT).split("\r\n");
  assertEquals(
    rows[0],
    "max-bandwidth,downtime-limit,converged,status,total_ms,downtime_ms,transferred_bytes,iterations,slowdown_percent,error",
  );
  assertEquals(rows[1], "1024,30,no,active,,,1000,6,12.3,");
  assertEquals(rows[4], `2048,300,,,,,,,,"</script><script>alert(1)</script>""=1,2\n'"`);
});

Deno.test("sweepTable aligns, and keeps control characters from the terminal", () => {
  const lines = sweepTable({ ...RESULT, cells: [NOT, YES, YES, { error: "a\x1b[31m" }] }).split("\n");
  assertEquals(
    lines[1],
    "         1024              30         no     active         -            -               1000           6              12.3",
  );
  assert(!lines.join("").includes("\x1b"));
});

Deno.test("sweepTable takes shorter columns where a terminal has no room for the longer ones", () => {
  const figures = {
    ...{ converged: true, status: "completed", totalTimeMs: 4110, downtimeMs: 3 },
    ...{ transferredBytes: 92_219_815, iterations: 6, guestSlowdownPercent: 0 },
  };
  const axes = [{ name: "max-bandwidth", unit: "B/s", values: [20971520] }, {
    name: "dirty-rate",
    unit: "",
    values: [1],
  }];
  const result = { scenario: "a", why: "b", axes, cells: [{ figures }] };
  const widest = (text: string) => Math.max(...text.split("\n").map(({ length }) => length));
  assert(widest(sweepTable(result)) > 80);
  const narrow = sweepTable(result, 80);
  assertEquals(widest(narrow), 80);
  assertMatch(narrow, /^ +20971520 +1 +completed +4110 +3 +88 +6 +0$/m);
});

Deno.test("sweepPage keeps hostile names as text and data", () => {
  const page = sweepPage({ ...RESULT, scenario: EVIL, why: EVIL }, { command: EVIL, rerun: EVIL });
  assertEquals(page.match(/<script\b/g)?.length, 2);
  assertNotMatch(page, /\s(?:src|style)="/);
  const [, json = ""] = /<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(page) ?? [];
  const data = JSON.parse(json);
  assertEquals(data.rerun, EVIL);
  assertEquals(data.state, [0, 1, 1, -1]);
  assertStringIncludes(page, "All 4 cells as a table");
  assert(page.length < 60_000, `${page.length}`);
});
