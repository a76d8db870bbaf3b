/**
 * Hunts: a blind campaign finds bugs of the museum in few cases, and nothing where there is no bug.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { BugId } from "../../mod.ts";
import { featuresOf, MODEL } from "../properties/model.ts";
import { hunt, modelWith } from "./hunt.ts";
import { median, pageOf, summaryOf } from "./museum_hunts.ts";
import { tryItem } from "./try_case.ts";

/** Bugs that the 44 have easier and harder ones than, which a few hundred cases find with any seed. */
const QUICK: readonly BugId[] = [
  "total-time-not-told",
  "completed-before-the-end",
  "multifd-number-assigned-twice",
];
const LIMIT = 600;

for (const bug of QUICK) {
  Deno.test(`a blind campaign finds ${bug} in ${LIMIT} cases, and shrinks it to what is needed`, () => {
    const { found, cases } = hunt(bug, 20261120, LIMIT, () => 0);
    assert(found !== undefined, `not found in ${cases} cases`);
    assert(found.isFixpoint);
    assertEquals(tryItem(modelWith(bug), found.case).broken?.cause.rule, found.rule);
    assertEquals(tryItem(MODEL, found.case).broken, undefined, "it fails without the bug, too");
    assertEquals(found.features, featuresOf(found.case.scenario));
    assert(found.features.length <= 4, `${found.features}`);
  });
}

Deno.test("the quick look of shrinking says no to most steps, and to none that fails", () => {
  let [no, failing] = [0, 0];
  for (const bug of QUICK) {
    const target = modelWith(bug);
    const { found } = hunt(bug, 20261120, LIMIT, () => 0);
    assert(found !== undefined);
    // The shrunk case, and with laws that it need not have: their names begin alike.
    for (const laws of [found.case.laws, ["judged", "judged-by-pages", ...found.case.laws]]) {
      const item = { ...found.case, laws };
      for (const one of [item, ...target.simpler?.(item) ?? []]) {
        if (target.isCase?.(one) === false) continue;
        const fails = tryItem(target, one).broken?.cause.rule === found.rule;
        const mayBreak = target.mayBreak?.(one, found.rule);
        assert(mayBreak === true || !fails, JSON.stringify(one));
        if (fails) failing++;
        else if (mayBreak === false) no++;
      }
    }
  }
  assert(failing > QUICK.length, `${failing} fail`);
  assert(no > 20, `${no} are told at once`);
});

Deno.test("a bug that is not found is told", () => {
  const lost = { bug: "lost", hunts: [{ cases: 7, ms: 20 }] };
  assertStringIncludes(pageOf([lost], [1], 7), "| lost | 0 of 1 | more than 7 | - | **not found** |");
  assertStringIncludes(summaryOf([lost]), "0 of 1 bugs found");
  assertEquals(median([5, 1, 9]), 5);
});
