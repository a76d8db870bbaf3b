/**
 * Rules that depend on whether the guest runs: a stop in between and a second migration are seen in the trace.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { catalogOf, visitRecords } from "../trace/mod.ts";
import { Judge } from "./judge.ts";
import { RULES } from "./rules/mod.ts";
import { BROAD } from "./testdata/synthesize.ts";
import { inWords } from "./testdata/trace_words.ts";
import type { Outcome } from "./verdict.ts";

const RUNS = "vm_state_notify running=1 reason_str=running";
const PAUSED = "vm_state_notify running=0 reason_str=paused";
const STOPPED = "vm_state_notify running=0 reason_str=finish-migrate";
const SETUP = "migrate_set_state new_state=setup";
const LOW = "migration_thread_low_pending";
const ACKED = "source_return_path_thread_switchover_acked";
const DONE = "migrate_set_state new_state=completed; savevm_state_cleanup";
const FAILED = "migrate_set_state new_state=failed; savevm_state_cleanup";
const SENDS = "migrate_set_state new_state=active; savevm_section_start";
const COUNTED = "? status=active ram.downtime-bytes=9 ram.postcopy-bytes=0";
/** A cycle of which a RAM section sends six million bytes, half of what the limit lets through. */
const TRICKLE =
  "migration_transferred_bytes qemu_file=0 multifd=0 rdma=0; migrate_transferred transferred=0; " +
  "savevm_section_start id=ram; migration_transferred_bytes qemu_file=6000000 multifd=0 rdma=0; " +
  "savevm_section_end id=ram ret=0";
const COUNTS = "migrate_transferred transferred=0";

const TABLE: readonly [rule: string, outcome: Outcome, words: string, because: string][] = [
  ["ack-before-the-switchover", "fail", `${SETUP}; ${LOW}; ${DONE}`, "the facts say that the guest ran"],
  ["ack-before-the-switchover", "fail", `${RUNS}; ${SETUP}; ${LOW}; ${DONE}`, "the trace says so too"],
  [
    "ack-before-the-switchover",
    "pass",
    `${RUNS}; ${SETUP}; ${ACKED}; ${LOW}; ${DONE}`,
    "it was acknowledged",
  ],
  ["ack-before-the-switchover", "unknown", `${RUNS}; ${SETUP}; ${PAUSED}; ${LOW}; ${DONE}`, "it was stopped"],
  ["ack-before-the-switchover", "unknown", `${PAUSED}; ${SETUP}; ${LOW}; ${DONE}`, "it was stopped before"],
  [
    "ack-before-the-switchover",
    "pass",
    `${RUNS}; ${SETUP}; ${ACKED}; ${LOW}; ${STOPPED}; ${DONE}; ${SETUP}; ${LOW}; ${DONE}`,
    "a second migration finds the guest as the first left it",
  ],
  [
    "ack-before-the-switchover",
    "fail",
    `${RUNS}; ${SETUP}; ${FAILED}; ${SETUP}; ${LOW}; ${DONE}`,
    "after a failure it runs on",
  ],
  ["no-downtime-bytes-while-running", "fail", `${RUNS}; ${SETUP}; ${SENDS}; ${COUNTED}; ${DONE}`, "it runs"],
  [
    "no-downtime-bytes-while-running",
    "unknown",
    `${RUNS}; ${SETUP}; ${STOPPED}; ${DONE}; ${SETUP}; ${SENDS}; ${COUNTED}; ${DONE}`,
    "a second migration of a guest that stands still counts all as downtime",
  ],
  [
    "no-downtime-bytes-while-running",
    "unknown",
    `${RUNS}; ${SETUP}; ${SENDS}; ${COUNTED}; +12ms; ${PAUSED}; +60ms; ${COUNTED}; ${DONE}`,
    "the answer came when the guest had been stopped",
  ],
  [
    "no-downtime-bytes-while-running",
    "fail",
    `${RUNS}; ${SETUP}; ${SENDS}; ${COUNTED}; +2000ms; ${PAUSED}; ${DONE}`,
    "nobody waits for an answer that long",
  ],
  ["section-ends-above-the-limit", "fail", `${SETUP}; ${TRICKLE}; ${DONE}`, "a section of the loop"],
  [
    "section-ends-above-the-limit",
    "unknown",
    `${SETUP}; ${LOW}; ${STOPPED}; ${TRICKLE}; ${DONE}`,
    "the section after the stop sends what is left, however little",
  ],
  [
    "counters-then-decide",
    "unknown",
    `${SETUP}; savevm_section_start id=ram; ${COUNTS}; ${COUNTS}; savevm_section_end id=ram; ${DONE}`,
    "within a huge page the thread counts and waits, and decides later",
  ],
  ["counters-then-decide", "fail", `${SETUP}; ${COUNTS}; ${COUNTS}; ${DONE}`, "between sections it decides"],
  ["guest-resumes-after-failure", "fail", `${SETUP}; ${STOPPED}; ${FAILED}`, "it stands still for good"],
  ["guest-resumes-after-failure", "pass", `${SETUP}; ${STOPPED}; ${RUNS}; ${FAILED}`, "it runs again"],
  [
    "guest-resumes-after-failure",
    "pass",
    `${SETUP}; ${STOPPED}; ${RUNS}; ${FAILED}; ${PAUSED}`,
    "it ran again, and then an operator stopped it",
  ],
];

Deno.test("what depends on the guest's running is read off the trace, migration by migration", async (t) => {
  const catalog = catalogOf("10.0");
  const facts = {
    version: "10.0",
    capabilities: { "switchover-ack": true, "return-path": true },
    parameters: {},
    transport: "unix",
    guestRan: true,
    unlogged: [],
  };
  for (const [id, outcome, words, because] of TABLE) {
    await t.step(`${id}: ${because}`, () => {
      const judge = new Judge(facts, { rules: RULES.filter((rule) => rule.id === id) });
      const { source, samples } = inWords(catalog, "source", [...BROAD.source, words].join("; "));
      for (const sample of samples) judge.sample(sample);
      visitRecords(source, judge.side("source", catalog));
      const [verdict] = judge.finish().verdicts;
      assertEquals(verdict?.outcome, outcome, verdict?.note);
    });
  }
});
