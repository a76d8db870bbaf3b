/**
 * The museum: every bug shows, some rule catches it, none objects without it, and the page is the one written last.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MUSEUM, simulate } from "../model/mod.ts";
import { makeScenario } from "../scenario/mod.ts";
import { differs, judgeMuseum } from "./matrix.ts";
import { makeDocument, printPage, printSummary, printTable } from "./print_museum.ts";

const ROWS = judgeMuseum(() => 0);

Deno.test("every bug of the museum is caught, and its stage offends no rule without it", async (t) => {
  assert(ROWS.length >= 24, "the museum holds at least 24 bugs");
  for (const { exhibit, caught, offended } of ROWS) {
    await t.step(`${exhibit.id}: ${caught[0]?.id}`, () => {
      assertEquals(offended, [], "the stage must be clean without the bug");
      assert(caught.length > 0, "no rule objects");
    });
  }
});

Deno.test("a bug changes the run on its stage, and a run without bugs is the same with an empty list", () => {
  for (const { exhibit: { id }, stage: { scenario, perPageEvents = false } } of ROWS) {
    const bug = MUSEUM.find((exhibit) => exhibit.id === id)?.id;
    assert(bug !== undefined);
    const healthy = simulate(scenario, { perPageEvents });
    assert(differs(healthy, simulate(scenario, { perPageEvents, bugs: [bug] })), id);
    assert(!differs(healthy, simulate(scenario, { perPageEvents, bugs: [] })), id);
  }
});

Deno.test("a scenario cannot switch a bug on", () => {
  try {
    makeScenario(JSON.parse('{ "why": "it tries", "bugs": ["mbps-of-last-cycle"] }'));
  } catch (error) {
    return assertStringIncludes(String(error), "bugs");
  }
  throw new Error("the scenario was accepted");
});

Deno.test("a bug that nothing catches and a stage that offends are told", () => {
  const [row] = ROWS;
  assert(row !== undefined);
  const free = { ...row, caught: [], wallMs: null };
  assertStringIncludes(printTable([free]), "NOT CAUGHT");
  assertStringIncludes(printPage([free]), "**not caught**");
  assertStringIncludes(printSummary([free]), "0 of 1 bugs caught");
  const offending = { ...row, offended: ["bitmap-sync-alternates"] };
  assertStringIncludes(printTable([offending]), "OFFENDS WITHOUT THE BUG: bitmap-sync-alternates");
  assertStringIncludes(printSummary([offending]), "0 of 1 bugs caught");
  assertEquals(JSON.parse(JSON.stringify(makeDocument([free]))).bugs[0].caught, []);
});

Deno.test("docs/museum.md is what deno task museum writes", () => {
  assertEquals(Deno.readTextFileSync(new URL("../../docs/museum.md", import.meta.url)), printPage(ROWS));
});
