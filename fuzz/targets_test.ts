/**
 * Each fuzz target tries a few hundred cases with fixed seeds, and a case survives being written and read.
 *
 * @module
 */
import fc from "fast-check";
import { assertEquals } from "@std/assert";
import { TARGETS } from "./targets.ts";

for (const target of TARGETS) {
  Deno.test(`fuzz target ${target.name}: 300 cases hold`, () => {
    fc.assert(fc.property(target.arbitrary, (item) => target.check(item)), { numRuns: 300, seed: 20261120 });
  });

  Deno.test(`fuzz target ${target.name}: a case survives encode and decode`, () => {
    for (const item of fc.sample(target.arbitrary, { numRuns: 20, seed: 7 })) {
      assertEquals(target.decode(target.encode(item)), item);
    }
  });
}
