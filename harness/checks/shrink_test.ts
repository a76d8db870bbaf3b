/**
 * Shrinking leaves what breaks the rule and little else.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { keep, readLog, type Run, type TraceRecord } from "../trace/mod.ts";
import { catalogFor } from "./catalog_for.ts";
import { judgeRun } from "./judge.ts";
import { RULES } from "./rules/mod.ts";
import { shrinkFailure } from "./shrink.ts";

function recorded(tamper: (log: string) => string): Run {
  const url = new URL("../../recordings/precopy-bw64-dr31/src.trace.gz", import.meta.url);
  const log = tamper(gunzipSync(Deno.readFileSync(url)).toString("latin1"));
  const source: TraceRecord[] = [];
  readLog(catalogFor("10.0"), log, { event: (event) => void source.push(keep(event)) });
  return {
    facts: { version: "10.0", capabilities: {}, parameters: {} },
    source,
    destination: [],
    samples: [],
  };
}

const CASES: readonly (readonly [string, string, (log: string) => string, readonly string[]])[] = [
  [
    "one number",
    "threshold-is-a-multiple-of-bandwidth",
    (log) => log.replace("max_size 20487222", "max_size 20487223"),
    ["migrate_transferred"],
  ],
  [
    "a repeated start",
    "bitmap-sync-alternates",
    (log) => log.replace(/^(.*migration_bitmap_sync_start.*\n)/m, "$1$1"),
    ["migration_bitmap_sync_start", "migration_bitmap_sync_start"],
  ],
  [
    "a rise between two estimates",
    "estimates-only-fall",
    (log) => log.replace("size 251293696 (pre = 251293696", "size 351293440 (pre = 351293440"),
    ["migrate_set_state", "migrate_pending_estimate", "migrate_pending_estimate"],
  ],
];

Deno.test("shrinkFailure leaves the smallest trace that breaks the rule at the same event", async (t) => {
  for (const [what, id, tamper, names] of CASES) {
    await t.step(what, () => {
      const rule = RULES.find((one) => one.id === id);
      assert(rule !== undefined);
      const run = recorded(tamper);
      const left = shrinkFailure(run, rule);
      assertEquals(left.map(({ name }) => name), names);
      const whole = judgeRun(run, { rules: [rule] }).verdicts[0]?.evidence[0]?.at;
      assertEquals(left.at(-1)?.line, whole?.line);
    });
  }
});

Deno.test("shrinkFailure of a rule that holds is empty", () => {
  const [rule] = RULES;
  assert(rule !== undefined);
  assertEquals(shrinkFailure(recorded((log) => log), rule), []);
});
