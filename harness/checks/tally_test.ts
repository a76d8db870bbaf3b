/**
 * A rule's sum over migrations: the worst outcome, with the reason that belongs to it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { RULES } from "./rules/mod.ts";
import { type Applies, Tally } from "./tally.ts";

const YES: Applies = { answer: "yes", reason: "" };
const DOUBTED: Applies = { answer: "unknown", reason: "not known whether this is a migration with postcopy" };
const OTHER: Applies = { answer: "no", reason: "for migrations by multifd" };
const SILENT = "nothing that it speaks about was logged";

for (
  const [name, migrations, outcome, note] of [
    ["a violation of a rule that may not apply", [[DOUBTED, 1]], "unknown", DOUBTED.reason],
    ["the same after a migration that kept it", [[YES, 0], [DOUBTED, 1]], "unknown", DOUBTED.reason],
    ["a rule that may not apply, and is kept", [[DOUBTED, 0]], "unknown", DOUBTED.reason],
    ["a rule that does not apply", [[OTHER, 0]], "unknown", OTHER.reason],
    ["a rule that was kept once", [[OTHER, 0], [YES, 0]], "pass", ""],
    ["a rule that was broken once", [[YES, 1], [DOUBTED, 1]], "fail", ""],
    ["a rule that no migration came by", [], "unknown", SILENT],
  ] as const satisfies readonly [string, readonly [Applies, number][], string, string][]
) {
  Deno.test(`${name}: ${outcome}`, () => {
    const [rule] = RULES;
    assert(rule !== undefined);
    const tally = new Tally(rule);
    for (const [applies, violations] of migrations) tally.close(applies, 1, violations, [], undefined, 10);
    const verdict = tally.verdict();
    assertEquals([verdict.outcome, verdict.note], [outcome, note]);
  });
}
