/**
 * The life of a migration on the source: setup, states, failure, cancelling, cleanup.
 *
 * @module
 */
import type { Rule } from "../rule.ts";
import { anyOf, on, type Selector } from "../select.ts";
import { onceDecided } from "./late_states.ts";
import { AFTER_LOOP, CLEANUP, ESTIMATE, state, SYNC_START } from "./words.ts";

const MIGRATION_C = "QEMU migration/migration.c";

function atMostOnce(id: string, what: string, event: Selector, why: string): Rule {
  return {
    id,
    claim: `${what} at most once in a migration`,
    why,
    source: `${MIGRATION_C}; facts/precopy.md 11.1 R6`,
    facts: ["precopy R6"],
    category: "ordering",
    side: "source",
    pattern: { kind: "count", event, atMost: 1 },
  };
}

export const LIFECYCLE_RULES: readonly Rule[] = [
  {
    id: "channel-before-stream",
    claim: "A migration is set up, gets its channel, and only then writes the stream's header",
    why: "A header before the channel would be written nowhere",
    source: `${MIGRATION_C}, migration_connect(); facts/precopy.md 1.2`,
    facts: ["precopy R3"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "order",
      steps: [state("setup"), on("migration_set_outgoing_channel"), on("savevm_state_header")],
    },
  },
  {
    id: "setup-order",
    claim: "Header, handlers' setup, first sync, setup complete, first estimate: in this order",
    why: "What is sent before the dirty log is on would miss the guest's writes",
    source: `${MIGRATION_C}, migration_thread(); facts/precopy.md 1.3`,
    facts: ["precopy R4", "postcopy R1", "postcopy R2"],
    category: "ordering",
    side: "source",
    when: { without: ["snapshot"] },
    pattern: {
      kind: "order",
      steps: [
        on("savevm_state_header"),
        on("savevm_state_setup"),
        SYNC_START,
        on("migration_thread_setup_complete"),
        ESTIMATE,
      ],
    },
  },
  {
    id: "active-by-setup-complete",
    claim:
      "When setup is complete the state is active, unless the migration has been cancelled or has failed by then",
    why: "Management waits for active before it shows progress, or starts postcopy",
    source:
      `${MIGRATION_C}, migration_thread(); facts/precopy.md 1.3; a thread sets a state before it traces it (migrate_set_state)`,
    facts: ["precopy R4", "postcopy R2"],
    category: "invariant",
    side: "source",
    pattern: onceDecided({
      event: on("migration_thread_setup_complete"),
      own: state("active", "wait-unplug"),
      others: state("cancelling", "failed", "failing"),
      over: anyOf(ESTIMATE, on("savevm_state_iterate"), CLEANUP),
      says: "no state came before setup was complete",
    }),
  },
  {
    id: "stream-head-complete",
    claim: "A completed migration wrote its header, set up its handlers and said when setup was complete",
    why: "Without them the destination has nothing to load",
    source: `${MIGRATION_C}, migration_thread(); facts/precopy.md 1.3`,
    facts: ["precopy R4", "postcopy R1"],
    category: "ordering",
    side: "source",
    when: { ends: ["completed"] },
    pattern: {
      kind: "order",
      complete: true,
      steps: [
        state("setup"),
        on("savevm_state_header"),
        on("savevm_state_setup"),
        state("active"),
        on("migration_thread_setup_complete"),
      ],
    },
  },
  {
    id: "setup-complete-after-active",
    claim: "Right after it sets active the migration thread says that setup is complete, or gives up",
    why: "Setup time ends here; anything between would be counted as setup",
    source:
      `${MIGRATION_C}, migration_thread(); facts/precopy.md 11.1 R5; a setup whose bytes cannot be written fails after active`,
    facts: ["precopy R5"],
    category: "ordering",
    side: "source",
    when: { without: ["snapshot"] },
    pattern: {
      kind: "next",
      after: state("active"),
      next: anyOf(on("migration_thread_setup_complete"), state("failed", "failing"), AFTER_LOOP),
    },
  },
  atMostOnce(
    "header-once",
    "The stream's header is written",
    on("savevm_state_header"),
    "A second header in one stream cannot be loaded",
  ),
  atMostOnce(
    "setup-once",
    "The handlers are set up",
    on("savevm_state_setup"),
    "A second setup would start the dirty log anew and lose what it knew",
  ),
  atMostOnce(
    "setup-complete-once",
    "Setup is said to be complete",
    on("migration_thread_setup_complete"),
    "The setup time would be measured twice",
  ),
  atMostOnce(
    "after-loop-once",
    "The migration thread leaves its loop",
    AFTER_LOOP,
    "A thread that leaves twice runs the finishing step twice",
  ),
  atMostOnce("cleanup-once", "The migration is cleaned up", CLEANUP, "A second cleanup frees what is gone"),
  atMostOnce(
    "state-cleanup-once",
    "The handlers are cleaned up",
    on("savevm_state_cleanup"),
    "A second cleanup frees what is gone",
  ),
  atMostOnce(
    "precopy-complete-once",
    "Precopy is declared complete",
    on("migration_precopy_complete"),
    "Devices are notified twice",
  ),
  {
    id: "switchover-start-once",
    claim: "The destination is told of the switchover at most once",
    why: "It would prepare for the devices' state twice",
    source:
      "QEMU migration/savevm.c, qemu_savevm_send_switchover_start(); once per checkpoint in COLO of 10.x",
    facts: ["precopy R6"],
    category: "ordering",
    side: "source",
    when: { without: ["colo"] },
    pattern: { kind: "count", event: on("savevm_send_switchover_start"), atMost: 1 },
  },
  {
    id: "vm-stop-once",
    claim: "The guest is stopped for the switchover at most once",
    why: "A second stop means that it ran again in between, with its memory already sent",
    source: `${MIGRATION_C}, migration_completion(); facts/precopy.md 1.8`,
    facts: ["precopy R6"],
    category: "ordering",
    side: "source",
    pattern: { kind: "count", event: on("migration_completion_vm_stop"), atMost: 1 },
  },
  {
    id: "dirty-log-before-sync",
    claim: "Dirty logging is switched on before the first bitmap sync",
    why: "A sync without a dirty log finds nothing, and the guest's writes are lost",
    source: "QEMU system/memory.c, memory_global_dirty_log_start(); facts/precopy.md 1.3",
    facts: ["precopy R7"],
    category: "ordering",
    side: "source",
    when: { without: ["snapshot", "cpr"] },
    pattern: { kind: "order", steps: [on("global_dirty_changed", { bitmask: 1 }), SYNC_START] },
  },
  {
    id: "dirty-log-once",
    claim: "Dirty logging for migration is switched on at most once",
    why: "A second start means that the first was not seen, and its bits may be lost",
    source: "QEMU system/memory.c, memory_global_dirty_log_start(); facts/precopy.md 11.1 R7",
    facts: ["precopy R7"],
    category: "ordering",
    side: "source",
    pattern: { kind: "count", event: on("global_dirty_changed", { bitmask: 1 }), atMost: 1 },
  },
  {
    id: "nothing-after-loop",
    claim: "After it has left its loop the migration thread sends nothing more",
    why: "The stream may be closed at any moment from here on",
    source:
      `${MIGRATION_C}, migration_iteration_finish(); facts/precopy.md 1.8; COLO checkpoints run there by design`,
    facts: ["precopy R8", "postcopy R18"],
    category: "ordering",
    side: "source",
    when: { without: ["colo"] },
    pattern: {
      kind: "never-after",
      after: AFTER_LOOP,
      event: anyOf(
        ESTIMATE,
        on("savevm_state_iterate"),
        on("savevm_section_start"),
        on("savevm_section_end"),
        on("savevm_command_send"),
        on("migrate_transferred"),
        on("migration_rate_limit_pre"),
        on("migration_thread_low_pending"),
        on("migration_completion_vm_stop"),
        SYNC_START,
        state("completed", "device", "pre-switchover", "postcopy-active"),
      ),
    },
  },
  {
    id: "cleanup-order",
    claim: "The thread leaves its loop, the migration is cleaned up, then the handlers",
    why: "Cleaning up under a running thread frees what it uses",
    source: `${MIGRATION_C}, migration_cleanup(); facts/precopy.md 1.9`,
    facts: ["precopy R9", "postcopy R18"],
    category: "ordering",
    side: "source",
    versions: { from: "9.2" },
    pattern: { kind: "order", steps: [CLEANUP, on("savevm_state_cleanup")] },
  },
  {
    id: "loop-before-cleanup",
    claim: "A migration that wrote a stream is cleaned up only after its thread has left the loop",
    why: "Cleaning up under a running thread frees what it uses",
    source: `${MIGRATION_C}, migration_cleanup(); facts/precopy.md 11.1 R9`,
    facts: ["precopy R9"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "never-after",
      after: on("savevm_state_cleanup"),
      event: anyOf(AFTER_LOOP, ESTIMATE, on("savevm_section_start"), on("savevm_state_iterate")),
    },
  },
  {
    id: "cleanup-order-old",
    claim: "The handlers are cleaned up, then the migration",
    why: "The stream is closed last",
    source: `${MIGRATION_C}, migrate_fd_cleanup() of 8.1 to 9.1; facts/precopy.md 11.1 R10; recordings q72-*`,
    facts: ["precopy R10"],
    category: "ordering",
    side: "source",
    versions: { to: "9.1" },
    pattern: { kind: "order", steps: [on("savevm_state_cleanup"), on("migrate_fd_cleanup")] },
  },
];
