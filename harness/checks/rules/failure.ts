/**
 * Cancelling, failure, and the notifiers that tell of them, on the source.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { CANCELLING_BEFORE_THE_CLEANUP, CANCELLING_ENDS_THE_LOOP, onceDecided } from "./late_states.ts";
import { AFTER_LOOP, CANCEL, CLEANUP, RAM_START, state } from "./words.ts";

const MIGRATION_C = "QEMU migration/migration.c";

export const FAILURE_RULES: readonly Rule[] = [
  {
    id: "cancel-order",
    claim: "Cancelled: the command, cancelling, the thread leaves its loop, cleanup, cancelled",
    why: "A migration that is called cancelled while its thread still runs may yet complete",
    source: `${MIGRATION_C}, migration_cancel(); facts/precopy.md 1.9`,
    facts: ["precopy R11"],
    category: "ordering",
    side: "source",
    when: { ends: ["cancelled"] },
    pattern: {
      kind: "order",
      steps: [CANCEL, state("cancelling"), state("cancelled")],
      complete: true,
    },
  },
  {
    id: "cancelled-after-cleanup",
    claim: "A migration that wrote to its stream is called cancelled only after its handlers were cleaned up",
    why: "Whoever sees cancelled may migrate again, into handlers that are still in use",
    source:
      `${MIGRATION_C}, migration_cleanup(); before any stream it is cancelled at once (facts/precopy.md 1.9)`,
    facts: ["precopy R11"],
    category: "ordering",
    side: "source",
    pattern: ledger(() => ({ wrote: 0, cleaned: 0 }), [
      { on: on("savevm_state_header"), take: (s) => void (s.wrote = 1) },
      { on: on("savevm_state_cleanup"), take: (s) => void (s.cleaned = 1) },
      {
        on: state("cancelled"),
        take: (s) => s.wrote === 0 ? undefined : s.cleaned === 1,
        says: () => "cancelled before savevm_state_cleanup",
      },
    ]),
  },
  {
    id: "cancel-loop-order",
    claim: "A cancelled migration's thread leaves its loop once the state is cancelling, before the cleanup",
    why: "A thread that outlives the cleanup writes to a closed stream",
    source:
      `${MIGRATION_C}, migration_iteration_finish(); facts/precopy.md 11.1 R11; a thread sets a state before it traces it (migrate_set_state)`,
    facts: ["precopy R11"],
    category: "ordering",
    side: "source",
    when: { ends: ["cancelled"] },
    pattern: CANCELLING_BEFORE_THE_CLEANUP,
  },
  {
    id: "file-error-order",
    claim: "A stream error is stored before the thread says that the stream broke",
    why: "Whoever sees the failure must find the error",
    source: `${MIGRATION_C}, migration_detect_error(); facts/precopy.md 1.9`,
    facts: ["precopy R12"],
    category: "ordering",
    side: "source",
    versions: { from: "9.1" },
    pattern: {
      kind: "order",
      steps: [on("migrate_error"), on("migration_thread_file_err")],
    },
  },
  {
    id: "file-error-fails",
    claim: "A stream error makes the state failed, or failing, before the thread says that the stream broke",
    why: "A thread that leaves its loop in state active leaves the migration hanging",
    source:
      `${MIGRATION_C}, migration_detect_error(); facts/precopy.md 1.9; a channel of multifd may have failed it, and traces that later`,
    facts: ["precopy R12"],
    category: "ordering",
    side: "source",
    pattern: onceDecided({
      event: on("migration_thread_file_err"),
      others: state("failed", "failing"),
      over: CLEANUP,
      says: "no failure came before",
    }),
  },
  {
    id: "file-error-is-told",
    claim: "A stream error is followed by the end of the loop",
    why: "A thread that goes on after an error spins on a broken stream",
    source: `${MIGRATION_C}, migration_detect_error(); facts/precopy.md 1.9`,
    facts: ["precopy R12"],
    category: "ordering",
    side: "source",
    pattern: { kind: "next", after: on("migration_thread_file_err"), next: AFTER_LOOP },
  },
  {
    id: "connect-failure-sends-nothing",
    claim: "When the connection fails nothing is written and no migration thread runs",
    why: "There is no channel to write to",
    source: `${MIGRATION_C}, migration_connect(); recordings no-listener, q111-no-listener`,
    facts: ["precopy R13"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "never-after",
      after: on("migration_socket_outgoing_error"),
      // A paused postcopy takes another resume.
      until: on("migration_socket_outgoing_connected"),
      event: anyOf(on("savevm_state_header"), AFTER_LOOP, state("active", "completed")),
    },
  },
  {
    id: "cancelling-ends-the-loop",
    claim: "After cancelling no cycle ends but the one that was about to, and no switchover goes through",
    why: "A cancel that the loop does not see lets the migration go on",
    source:
      `${MIGRATION_C}, migration_detect_error(), which looks before migration_rate_limit() ends the cycle; facts/precopy.md 11.1 R14`,
    facts: ["precopy R14"],
    category: "ordering",
    side: "source",
    when: { without: ["colo"] },
    pattern: CANCELLING_ENDS_THE_LOOP,
  },
  {
    id: "cancelling-one-section",
    claim: "After cancelling RAM sections are started at most once more",
    why: "A cancel that the loop does not see lets the migration go on",
    source: `${MIGRATION_C}, migration_thread(); facts/precopy.md 11.1 R14`,
    facts: ["precopy R14"],
    category: "ordering",
    side: "source",
    when: { ends: ["cancelled"], without: ["colo"] },
    pattern: ledger(() => ({ cancelling: 0, sections: 0 }), [
      {
        on: state("cancelling"),
        take: (s) => {
          s.cancelling = 1;
        },
      },
      {
        on: RAM_START,
        take: (s) => s.cancelling === 1 ? ++s.sections <= 1 : undefined,
        says: (s) => `RAM section number ${s.sections} after cancelling`,
      },
    ], { end: (s) => s.cancelling === 1 && s.sections === 0 ? true : undefined }),
  },
  {
    id: "failed-never-completes",
    claim: "A migration that failed or was cancelled does not complete, and one that completed does neither",
    why: "Management would start the guest on both sides, or on none",
    source: `${MIGRATION_C}, migration_completion(); facts/postcopy-colo-cpr.md 11 R17`,
    facts: ["postcopy R17"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "never-after",
      event: state("completed", "cancelled"),
      after: state("failed", "failing"),
    },
  },
  {
    id: "notifier-0-early",
    claim: "Whoever asked to be told of a migration's setup is told before the stream's header",
    why: "A device that learns of it later has missed its chance to refuse",
    source: "facts/qemu-11.1.md 7, migration_call_notifiers type 0",
    facts: ["qemu-11.1 7"],
    category: "ordering",
    side: "source",
    versions: { from: "11.1" },
    pattern: {
      kind: "order",
      steps: [on("migration_call_notifiers", { type: 0 }), on("savevm_state_header")],
    },
  },
  {
    id: "notifiers-in-order",
    claim: "Notifiers are called for setup, then once for the end: done, or failed",
    why: "A device that is told twice undoes what it did",
    source: "facts/qemu-11.1.md 7",
    facts: ["qemu-11.1 7"],
    category: "ordering",
    side: "source",
    versions: { from: "11.1" },
    pattern: {
      kind: "order",
      steps: [on("migration_call_notifiers", { type: 0 }), on("migration_call_notifiers", { type: [2, 3] })],
    },
  },
  {
    id: "notifier-end-once",
    claim: "The end of a migration is notified at most once",
    why: "A device that is told twice undoes what it did",
    source: "facts/qemu-11.1.md 7",
    facts: ["qemu-11.1 7"],
    category: "ordering",
    side: "source",
    versions: { from: "11.1" },
    when: { without: ["colo"] },
    pattern: { kind: "count", event: on("migration_call_notifiers", { type: [2, 3] }), atMost: 1 },
  },
  {
    id: "notifier-success-last",
    claim: "Success is notified after the handlers were cleaned up",
    why: "A device that hears of success takes the migration's resources to be free",
    source: "facts/qemu-11.1.md 7, migration_call_notifiers type 2",
    facts: ["qemu-11.1 7"],
    category: "ordering",
    side: "source",
    versions: { from: "11.1" },
    pattern: {
      kind: "order",
      steps: [on("savevm_state_cleanup"), on("migration_call_notifiers", { type: 2 })],
    },
  },
  {
    id: "notifier-failure-early",
    claim: "Failure is notified after the loop and before the cleanup",
    why: "A device must be able to undo its part before the guest runs on",
    source: "facts/qemu-11.1.md 7, migration_call_notifiers type 3",
    facts: ["qemu-11.1 7"],
    category: "ordering",
    side: "source",
    versions: { from: "11.1" },
    // Where the connection fails there is no thread, and nobody was told of a migration.
    pattern: {
      kind: "never-after",
      after: AFTER_LOOP,
      until: on("migration_call_notifiers", { type: 3 }),
      event: on("migration_cleanup"),
    },
    when: { ends: ["failed", "cancelled"], without: ["colo"] },
  },
];
