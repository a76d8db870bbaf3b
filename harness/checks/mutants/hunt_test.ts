/**
 * Mutants of the model's own words are caught, and a judge that knows no rule catches none.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { keep, PER_PAGE, readLog, type Run, type TraceRecord } from "../../trace/mod.ts";
import { catalogFor } from "../catalog_for.ts";
import { hunt } from "./hunt.ts";
import { OPERATORS } from "./operators.ts";

function recorded(name: string, version: string): Run {
  const records = (file: string) => {
    const kept: TraceRecord[] = [];
    const url = new URL(`../../../recordings/${name}/${file}.trace.gz`, import.meta.url);
    readLog(catalogFor(version), gunzipSync(Deno.readFileSync(url)), {
      event: (event) => void kept.push(keep(event)),
    });
    return kept;
  };
  const facts = { version, capabilities: {}, parameters: {}, guestRan: true, unlogged: PER_PAGE };
  return { facts, source: records("src"), destination: records("dst"), samples: [] };
}

Deno.test("there are at least 25 operators, each named once", () => {
  const names = OPERATORS.map(({ name }) => name);
  assert(names.length >= 25);
  assertEquals(names.filter((name, index) => names.indexOf(name) !== index), []);
});

Deno.test("97 of 100 mutants of a recording are caught", () => {
  const runs = [
    { name: "precopy-bw64-dr31", run: recorded("precopy-bw64-dr31", "10.0") },
    { name: "q111-precopy-bw64-dr31", run: recorded("q111-precopy-bw64-dr31", "11.1") },
  ];
  const { mutants, caught, survivors } = hunt(runs, 1, 1);
  assert(mutants >= 80, `${mutants} mutants`);
  assert(caught >= 0.97 * mutants, survivors.map(({ operator, run }) => `${operator} in ${run}`).join("; "));
});

Deno.test("an operator that breaks nothing survives: the hunt can fail", () => {
  const run = recorded("precopy-bw64-dr31", "10.0");
  const idle = { name: "change nothing", breaks: "nothing", apply: (given: Run) => given };
  const { caught, survivors } = hunt([{ name: "it", run }], 1, 1, [idle]);
  assertEquals([caught, survivors.length], [0, 1]);
});

Deno.test("a survivor is told which rule would have caught it, and why it does not judge", () => {
  const run = recorded("precopy-bw64-dr31", "10.0");
  const source = run.source.filter(({ declaration }) => !declaration.name.startsWith("migrate_pending_"));
  const runs = [{ name: "whole", run }, { name: "without sizes", run: { ...run, source } }];
  const { survivors } = hunt(
    runs,
    1,
    1,
    OPERATORS.filter(({ name }) => name === "a decision on another size"),
  );
  assertEquals(survivors.map((survivor) => survivor.run), ["without sizes"]);
  assertStringIncludes(survivors[0]?.reason ?? "", "which catches it elsewhere, is unknown here: ");
});

Deno.test("the same seed makes the same mutants", () => {
  const runs = [{ name: "it", run: recorded("precopy-bw64-dr31", "10.0") }];
  assertEquals(hunt(runs, 1, 7, OPERATORS.slice(0, 8)), hunt(runs, 1, 7, OPERATORS.slice(0, 8)));
});
