/**
 * Shrinking leaves what breaks the rule and little else.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { keep, readLog } from "../trace/mod.ts";
import { catalogFor } from "./catalog_for.ts";
import type { Kept } from "./excerpt.ts";
import type { Rule } from "./rule.ts";
import { RULES } from "./rules/mod.ts";
import { shrinkFailure, type ShrinkSubject } from "./shrink.ts";
import type { SmallestTrace } from "./verdict.ts";

function recorded(tamper: (log: string) => string): ShrinkSubject {
  const url = new URL("../../recordings/precopy-bw64-dr31/src.trace.gz", import.meta.url);
  const log = tamper(gunzipSync(Deno.readFileSync(url)).toString("latin1"));
  const catalog = catalogFor("10.0");
  const kept: Kept[] = [];
  readLog(catalog, log, {
    event: (event) => void kept.push({ trace: 0, side: "source", line: event.line, record: keep(event) }),
  });
  return { traces: [{ side: "source", catalog }], kept, events: kept.length, facts: {}, samples: [] };
}

function ruleOf(id: string): Rule {
  const rule = RULES.find((one) => one.id === id);
  assert(rule !== undefined);
  return rule;
}

const CASES: readonly (readonly [
  what: string,
  rule: string,
  tamper: (log: string) => string,
  names: readonly string[],
  needs: SmallestTrace["needs"],
])[] = [
  [
    "one number",
    "threshold-is-a-multiple-of-bandwidth",
    (log) => log.replace("max_size 20487222", "max_size 20487223"),
    ["migrate_transferred"],
    "facts",
  ],
  [
    "a repeated start",
    "bitmap-sync-alternates",
    (log) => log.replace(/^(.*migration_bitmap_sync_start.*\n)/m, "$1$1"),
    // An end and a state, lest the log look like one in which these are switched off.
    [
      "migration_bitmap_sync_start",
      "migration_bitmap_sync_start",
      "migration_bitmap_sync_end",
      "migrate_set_state",
    ],
    "nothing",
  ],
];

Deno.test("shrinkFailure leaves the smallest trace that breaks the rule at the same event", async (t) => {
  for (const [what, id, tamper, names, needs] of CASES) {
    await t.step(what, () => {
      const subject = { ...recorded(tamper), facts: { capabilities: {}, parameters: {} } };
      const left = shrinkFailure(subject, ruleOf(id));
      assertEquals(left?.lines.map(({ name }) => name), names);
      assertEquals([left?.needs, left?.isMinimal], [needs, true]);
    });
  }
});

/** Postcopy is allowed: only the log tells whether it was begun. */
const FACTS = { capabilities: { "postcopy-ram": true } };
const RISE = ["size 251293696 (pre = 251293696", "size 351293440 (pre = 351293440"] as const;

Deno.test("shrinkFailure needs the run's facts where the trace alone cannot meet the conditions", () => {
  const subject = recorded((log) => log.replace(...RISE));
  const rule = ruleOf("estimates-only-fall");
  // That there are no dirty bitmaps no trace shows.
  assertEquals(shrinkFailure(subject, rule), undefined);
  const left = shrinkFailure({ ...subject, facts: FACTS }, rule);
  assertEquals([left?.needs, left?.isMinimal], ["facts", true]);
  const names = left?.lines.map(({ name }) => name) ?? [];
  assertEquals(names.filter((name) => name === "migrate_pending_estimate").length, 2);
  // Without postcopy, says the rule too: only a log that shows migrations as a whole shows that.
  assert(new Set(names).size >= 7, names.join());
  const off = shrinkFailure({ ...subject, facts: { capabilities: {} } }, rule);
  assertEquals(off?.lines.map(({ name }) => name), [
    "migrate_set_state",
    "migration_bitmap_sync_start",
    "migration_bitmap_sync_end",
    "migrate_pending_estimate",
    "migrate_pending_estimate",
  ]);
});

Deno.test("shrinkFailure stops at its budget and says so", () => {
  const subject = { ...recorded((log) => log.replace(...RISE)), facts: FACTS };
  const left = shrinkFailure(subject, ruleOf("estimates-only-fall"), 2000);
  assertEquals(left?.isMinimal, false);
  assert((left?.lines.length ?? 0) < subject.kept.length);
});

Deno.test("shrinkFailure of a rule that holds is undefined", () => {
  const [rule] = RULES;
  assert(rule !== undefined);
  assertEquals(shrinkFailure(recorded((log) => log), rule), undefined);
});
