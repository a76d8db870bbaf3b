/**
 * Shrinking: ends at a fixpoint, stays with the rule that was broken, and is quick on the model's cases.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Json, removals, simplerJson } from "../arbitraries/simpler_json.ts";
import type { Cause, FuzzTarget } from "../target.ts";
import { shrinkCase } from "./shrink.ts";
import { tryItem } from "./try_case.ts";

/** Breaks one of two rules: a list that holds a 7 in any place, or more than nine places. */
const TWO_RULES: FuzzTarget<Json> = {
  name: "two-rules",
  summary: "lists without a seven, and short",
  layer: "trace",
  weight: 1,
  arbitrary: fc.constant(null),
  check(item) {
    const text = JSON.stringify(item);
    if (text.includes("7")) throw new Error("seven");
    if (text.split(",").length > 9) throw new Error("long");
  },
  simpler: simplerJson,
  causeOf: (_item, error): Cause => ({ rule: (error as Error).message, phase: "", features: [] }),
  encode: (item) => ({ "case.json": new TextEncoder().encode(JSON.stringify(item)) }),
  decode: (files) => JSON.parse(new TextDecoder().decode(files["case.json"])),
};

/** Whole numbers of a size at which one of them more or less is seen in a sum of doubles. */
const anyJson: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 3 }).map((value) =>
  JSON.parse(JSON.stringify(value), (_key, part) => typeof part === "number" ? Math.trunc(part % 1e6) : part)
);

Deno.test("shrinkCase ends where no single removal keeps the failure, and never at another rule's failure", () => {
  fc.assert(fc.property(fc.array(anyJson, { maxLength: 8 }), fc.nat(8), (list, at) => {
    const item = [...list.slice(0, at), [17, 70], ...list.slice(at)];
    const { broken } = tryItem(TWO_RULES, item as Json);
    if (broken === undefined) return;
    const shrunk = shrinkCase(TWO_RULES, broken);
    assert(shrunk.isFixpoint);
    const rule = (candidate: Json) => tryItem(TWO_RULES, candidate).broken?.cause.rule;
    assertEquals(rule(shrunk.item), broken.cause.rule);
    for (const removal of removals(shrunk.item)) assert(rule(removal) !== broken.cause.rule);
  }));
});

Deno.test("simplerJson gives values that are simpler in one order, so that shrinking ends", () => {
  const weight = (value: Json): number => {
    if (typeof value === "number") return Math.abs(value) + 1;
    if (typeof value === "object" && value !== null) {
      return Object.values(value).reduce((sum: number, part) => sum + weight(part as Json), 2);
    }
    return value === true ? 2 : 1;
  };
  fc.assert(fc.property(anyJson, (value) => {
    for (const simpler of simplerJson(value)) {
      assert(weight(simpler) < weight(value), JSON.stringify([value, simpler]));
    }
  }));
});
