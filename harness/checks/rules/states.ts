/**
 * The source's states: which may follow which, and how often.
 *
 * @module
 */
import type { Rule } from "../rule.ts";
import { on } from "../select.ts";
import { CANCEL, state } from "./words.ts";

const STATE = on("migrate_set_state");
const MIGRATION_C = "QEMU migration/migration.c";

const PAUSED_EDGES = {
  "postcopy-paused": ["postcopy-recover-setup", "postcopy-recover", "cancelling"],
  "postcopy-recover-setup": ["postcopy-recover", "postcopy-paused", "cancelling"],
  "postcopy-recover": ["postcopy-active", "postcopy-paused", "cancelling"],
} as const;

function stateRule(
  id: string,
  versions: Rule["versions"],
  edges: Readonly<Record<string, readonly string[]>>,
): Rule {
  return {
    id,
    claim: "The source's state moves only along the edges that this version has, beginning with setup",
    why: "A state that is skipped or repeated means that two threads decided the migration's fate at once",
    source:
      `${MIGRATION_C}, migrate_set_state(); facts/precopy.md 1.10, facts/qemu-11.1.md 7; a process that exits cancels in any state`,
    facts: ["precopy R1", "precopy R15"],
    category: "ordering",
    side: "source",
    ...(versions === undefined ? {} : { versions }),
    when: { without: ["snapshot"] },
    pattern: { kind: "states", event: STATE, arg: "new_state", initial: ["setup"], edges },
  };
}

export const STATE_RULES: readonly Rule[] = [
  stateRule("source-states-9.2", { to: "9.2" }, {
    "setup": ["active", "wait-unplug", "failed", "cancelling"],
    "wait-unplug": ["active", "cancelling"],
    "active": ["pre-switchover", "completed", "postcopy-active", "failed", "cancelling", "colo"],
    "pre-switchover": ["device", "postcopy-active", "cancelling", "failed"],
    "device": ["completed", "failed", "cancelling"],
    "postcopy-active": ["completed", "postcopy-paused", "failed", "cancelling"],
    "cancelling": ["cancelled", "completed", "cancelling"],
    "colo": ["completed", "failed", "cancelling"],
    ...PAUSED_EDGES,
    // Channel threads of multifd report their own error beside the migration thread's.
    "failed": ["failed"],
  }),
  stateRule("source-states-10.0", { from: "10.0", to: "10.1" }, {
    "setup": ["active", "wait-unplug", "failed", "cancelling"],
    "wait-unplug": ["active", "cancelling"],
    "active": ["pre-switchover", "device", "failed", "cancelling", "colo"],
    "pre-switchover": ["device", "cancelling", "failed"],
    "device": ["completed", "postcopy-active", "failed", "cancelling", "colo"],
    "postcopy-active": ["completed", "postcopy-paused", "failed", "cancelling"],
    "cancelling": ["cancelled", "completed", "cancelling"],
    "colo": ["completed", "failed", "cancelling"],
    ...PAUSED_EDGES,
    // Channel threads of multifd report their own error beside the migration thread's.
    "failed": ["failed"],
  }),
  stateRule("source-states-10.2", { from: "10.2", to: "11.0-dev" }, {
    "setup": ["active", "wait-unplug", "failed", "failing", "cancelling"],
    "wait-unplug": ["active", "cancelling"],
    "active": ["pre-switchover", "device", "failed", "failing", "cancelling", "colo"],
    "pre-switchover": ["device", "cancelling", "failed", "failing"],
    "device": ["completed", "postcopy-active", "postcopy-device", "failed", "failing", "cancelling", "colo"],
    "postcopy-device": ["postcopy-active", "failed", "failing", "cancelling"],
    "postcopy-active": ["completed", "postcopy-paused", "failed", "failing", "cancelling"],
    "failing": ["failing", "failed", "cancelling"],
    "cancelling": ["cancelled", "completed", "cancelling"],
    "colo": ["completed", "failed", "failing", "cancelling"],
    ...PAUSED_EDGES,
    // Channel threads of multifd report their own error beside the migration thread's.
    "failed": ["failed"],
  }),
  stateRule("source-states-11.0", { from: "11.0" }, {
    "setup": ["active", "wait-unplug", "failing", "cancelling"],
    "wait-unplug": ["active", "cancelling"],
    "active": ["pre-switchover", "device", "failing", "cancelling"],
    "pre-switchover": ["device", "cancelling", "failing"],
    "device": ["completed", "postcopy-active", "postcopy-device", "failing", "cancelling", "colo"],
    "postcopy-device": ["postcopy-active", "failing", "cancelling"],
    "postcopy-active": ["completed", "postcopy-paused", "failing", "cancelling"],
    "failing": ["failing", "failed", "cancelling"],
    "cancelling": ["cancelled", "completed", "cancelling"],
    "colo": ["completed", "failing", "cancelling"],
    ...PAUSED_EDGES,
    // Channel threads of multifd report their own error beside the migration thread's.
    "failed": ["failed"],
  }),
  {
    id: "snapshot-states",
    claim: "A background snapshot goes from setup to active to completed, without a device state",
    why: "The guest runs on during the snapshot: a device phase would mean that it was stopped for good",
    source: "QEMU migration/migration.c, bg_migration_thread(); recording background-snapshot",
    facts: ["qemu-11.1 10"],
    category: "ordering",
    side: "source",
    when: { with: ["snapshot"] },
    pattern: {
      kind: "states",
      event: STATE,
      arg: "new_state",
      initial: ["setup"],
      edges: {
        "setup": ["active", "failed", "failing", "cancelling"],
        "active": ["completed", "failed", "failing", "cancelling"],
        "failing": ["failing", "failed"],
        "cancelling": ["cancelled", "cancelling"],
      },
    },
  },
  {
    id: "state-once",
    claim:
      "The source enters setup, active, pre-switchover, device, completed, failed and cancelled at most once each",
    why: "A state that comes twice was set by a thread that had lost the race for it",
    source: `${MIGRATION_C}, migrate_set_state(); facts/precopy.md 11.1 R2`,
    facts: ["precopy R2"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "count",
      event: state("setup", "active", "pre-switchover", "device", "completed", "cancelled"),
      key: ["new_state"],
      atMost: 1,
    },
  },
  {
    id: "failed-once",
    claim: "The source enters failed at most once",
    why: "A second failure means that somebody still worked on a migration that was over",
    source:
      `${MIGRATION_C}, migrate_set_state(); channel threads of multifd repeat it (recording multifd-dst-killed)`,
    facts: ["precopy R2"],
    category: "ordering",
    side: "source",
    when: { without: ["multifd"] },
    pattern: { kind: "count", event: state("failed"), atMost: 1 },
  },
  {
    id: "cancelling-once",
    claim: "The source starts cancelling at most once for each command, or its exit, that cancels",
    why: "Only a cancel takes a migration there: a second thread that does so has lost its way",
    source:
      `${MIGRATION_C}, migration_cancel(), which takes cancelling for a state to cancel, too; facts/precopy.md 11.1 R2`,
    facts: ["precopy R2"],
    category: "ordering",
    side: "source",
    when: { without: ["colo"] },
    pattern: { kind: "count", event: state("cancelling"), atMost: 1, per: CANCEL },
  },
];
