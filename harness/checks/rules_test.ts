/**
 * Every rule can pass, and every rule can fail.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type RunFacts, visitRecords } from "../trace/mod.ts";
import { Judge } from "./judge.ts";
import type { Rule } from "./rule.ts";
import { RULES } from "./rules/mod.ts";
import { LEDGER_CASES } from "./testdata/ledger_cases.ts";
import { caseOf, type RuleCase } from "./testdata/synthesize.ts";
import type { Worded } from "./testdata/trace_words.ts";
import type { RuleVerdict } from "./verdict.ts";

function judge(rule: Rule, facts: RunFacts, { catalog }: RuleCase, trace: Worded): RuleVerdict {
  const one = new Judge({ unlogged: [], ...facts }, { rules: [rule] });
  for (const sample of trace.samples) one.sample(sample);
  if (rule.side !== "destination") visitRecords(trace.source, one.side("source", catalog));
  if (rule.side !== "source") visitRecords(trace.destination, one.side("destination", catalog));
  const [verdict] = one.finish().verdicts;
  assert(verdict !== undefined);
  return verdict;
}

Deno.test("every rule passes a trace that keeps it and fails one that breaks it", async (t) => {
  for (const rule of RULES) {
    await t.step(rule.id, () => {
      const made = caseOf(rule);
      const kept = judge(rule, made.facts, made, made.kept);
      assertEquals(`${kept.outcome} ${kept.note}`, "pass ");
      const broken = judge(rule, made.facts, made, made.broken);
      assertEquals(broken.outcome, "fail", broken.note);
      assert(broken.note !== "" && broken.evidence.length > 0);
    });
  }
});

Deno.test("no case is left over from a rule that is gone", () => {
  const ids = new Set(RULES.map(({ id }) => id));
  assertEquals(Object.keys(LEDGER_CASES).filter((id) => !ids.has(id)), []);
});

Deno.test("rules are named once, and say what, why and whence in whole sentences", () => {
  const ids = RULES.map(({ id }) => id);
  assertEquals(ids.filter((id, index) => ids.indexOf(id) !== index), []);
  for (const { id, claim, why, source, facts } of RULES) {
    assert(/^[a-z0-9.]+(-[a-z0-9.]+)*$/.test(id), id);
    for (const text of [claim, why]) {
      assert(/^\S.{8,}[^.]$/.test(text), `${id}: ${text}`);
    }
    assert(source !== "" && facts.length > 0, id);
  }
});
