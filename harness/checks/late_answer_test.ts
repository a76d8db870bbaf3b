/**
 * An answer that comes after the connection was given up was asked for all the same; one too many was not.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { catalogOf, visitRecords } from "../trace/mod.ts";
import { Judge } from "./judge.ts";
import { RULES } from "./rules/mod.ts";
import { inWords } from "./testdata/trace_words.ts";
import type { Outcome } from "./verdict.ts";

const BEGIN = "vm_state_notify running=1 reason_str=running; migrate_set_state new_state=setup";
const PING = "savevm_send_ping val=1";
const PONG = "source_return_path_thread_pong val=1";
const FAILED = "migrate_set_state new_state=failed";
const END = "savevm_state_cleanup";

const TABLE: readonly [outcome: Outcome, words: string, because: string][] = [
  ["pass", `${BEGIN}; ${PING}; ${PONG}; ${FAILED}; ${END}`, "it was answered in time"],
  ["unknown", `${BEGIN}; ${PING}; ${FAILED}; ${PONG}; ${END}`, "the answer was on its way"],
  ["fail", `${BEGIN}; ${PING}; ${FAILED}; ${PONG}; ${PONG}; ${END}`, "one answer is enough"],
  ["fail", `${BEGIN}; ${FAILED}; ${PONG}; ${PING}; ${END}`, "nobody had asked"],
];

Deno.test("pong-after-its-ping lets an answer pass that comes after the failure", async (t) => {
  const catalog = catalogOf("10.0");
  for (const [outcome, words, because] of TABLE) {
    await t.step(because, () => {
      const judge = new Judge({ version: "10.0", unlogged: [] }, {
        rules: RULES.filter(({ id }) => id === "pong-after-its-ping"),
      });
      const broad =
        "savevm_state_setup; migration_thread_setup_complete; migration_bitmap_sync_start; migration_bitmap_sync_end; " +
        "savevm_section_start; savevm_section_end; migration_thread_after_loop; vmstate_save; savevm_command_send; " +
        `${PING}; ${words}`;
      visitRecords(inWords(catalog, "source", broad).source, judge.side("source", catalog));
      const [verdict] = judge.finish().verdicts;
      assertEquals(verdict?.outcome, outcome, verdict?.note);
    });
  }
});
