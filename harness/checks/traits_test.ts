/**
 * What facts tell of a migration's kind, and where what did not arrive had been sent.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import type { RunFacts } from "../trace/mod.ts";
import { readLog } from "../trace/mod.ts";
import { catalogFor } from "./catalog_for.ts";
import { Judge } from "./judge.ts";
import type { Trait } from "./rule.ts";
import { RULES } from "./rules/mod.ts";
import { toldTrait } from "./traits.ts";

const TABLE: readonly (readonly [because: string, Trait, RunFacts, told: boolean | undefined])[] = [
  ["without the capability there is no postcopy", "postcopy", { capabilities: {} }, false],
  ["with it the operator decides", "postcopy", { capabilities: { "postcopy-ram": true } }, undefined],
  ["nothing is known", "postcopy", {}, undefined],
  ["a capability is the trait", "multifd", { capabilities: { multifd: true } }, true],
];

Deno.test("facts tell what a migration can be", async (t) => {
  for (const [because, trait, facts, told] of TABLE) {
    await t.step(because, () => assertEquals(toldTrait(trait, facts), told));
  }
});

/** What the destination lacks, the rule that counts it, and the source's events that it should have had. */
const LOST: readonly (readonly [rule: string, lacks: RegExp, sent: RegExp])[] = [
  ["ram-sections-arrive", /:ram_load_complete /, /:savevm_section_end ram,/],
  ["devices-all-arrive", /:qemu_loadvm_state_section 4/, /:vmstate_save /],
];

Deno.test("what did not arrive is shown where it was sent", async (t) => {
  const linesOf = (file: string) =>
    gunzipSync(Deno.readFileSync(`recordings/precopy-bw64-dr31/${file}.trace.gz`)).toString("latin1").split(
      "\n",
    );
  const source = linesOf("src");
  const catalog = catalogFor("10.0");
  for (const [id, lacks, sent] of LOST) {
    await t.step(id, () => {
      const destination = linesOf("dst");
      destination.splice(destination.findLastIndex((line) => lacks.test(line)), 1);
      const facts = { version: "10.0", capabilities: {}, parameters: {}, unlogged: [] };
      const judge = new Judge(facts, { rules: RULES.filter((rule) => rule.id === id) });
      readLog(catalog, source.join("\n"), judge.side("source", catalog));
      readLog(catalog, destination.join("\n"), judge.side("destination", catalog));
      const [verdict] = judge.finish().verdicts;
      const at = verdict?.evidence[0]?.at;
      assertEquals([verdict?.outcome, at?.side], ["fail", "source"], verdict?.note);
      assertEquals(at?.line, source.findLastIndex((line) => sent.test(line)) + 1);
    });
  }
});
