/**
 * The document of the rules is current, and leaves no statement of the facts without a rule or a reason.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { NOT_IMPLEMENTED } from "./fact_coverage.ts";
import { RULES } from "./rules/mod.ts";
import { forgottenFacts, rulesDocument } from "./rules_document.ts";

Deno.test("docs/rules.md is what deno task rules writes", () => {
  const written = Deno.readTextFileSync(new URL("../../docs/rules.md", import.meta.url));
  assert(written === rulesDocument(RULES), "run deno task rules");
});

Deno.test("every statement of the facts has a rule or a reason, and not both", () => {
  assertEquals(forgottenFacts(RULES), []);
  const known = new Set(RULES.flatMap(({ facts }) => facts));
  assertEquals(Object.keys(NOT_IMPLEMENTED).filter((fact) => known.has(fact)), []);
});

Deno.test("a statement without a rule is noticed", () => {
  const without = RULES.filter(({ facts }) => !facts.includes("precopy R16"));
  assertEquals(forgottenFacts(without), ["precopy R16"]);
});

Deno.test("there are at least 150 ordering rules and 60 invariants", () => {
  assert(RULES.filter(({ category }) => category === "ordering").length >= 150);
  assert(RULES.filter(({ category }) => category === "invariant").length >= 60);
});
