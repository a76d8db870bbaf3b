/**
 * Sections of devices on the source, and what follows them until completion.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Conditions, Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { AFTER_LOOP, checkpoint, state } from "./words.ts";

const MIGRATION_C = "QEMU migration/migration.c";
const SAVEVM_C = "QEMU migration/savevm.c";
const ORDINARY: Conditions = { without: ["snapshot", "colo"] };
const RP_BEFORE = on("migration_return_path_end_before");
const RP_AFTER = on("migration_return_path_end_after");

export const DEVICE_RULES: readonly Rule[] = [
  {
    id: "device-section-saves",
    claim: "A device that is saved ends its section next",
    why: "A section without an end swallows the next device",
    source: `${SAVEVM_C}, vmstate_save(); facts/precopy.md 11.4 R65`,
    facts: ["precopy R65", "postcopy R9"],
    category: "ordering",
    side: "source",
    when: ORDINARY,
    pattern: { kind: "next", after: on("vmstate_save"), next: on("savevm_section_end") },
  },
  {
    id: "device-save-in-section",
    claim: "A device is saved right after its section has begun",
    why: "What is written between header and state is taken for state",
    source: `${SAVEVM_C}, vmstate_save(); facts/precopy.md 11.4 R65`,
    facts: ["precopy R65", "postcopy R9"],
    category: "ordering",
    side: "source",
    when: ORDINARY,
    pattern: { kind: "previous", event: on("vmstate_save"), previous: on("savevm_section_start") },
  },
  {
    id: "device-saved-under-its-id",
    claim: "A device is saved in the section that bears its name",
    why: "The destination gives the state to the device that the section names",
    source: `${SAVEVM_C}, vmstate_save(); facts/precopy.md 11.4 R65`,
    facts: ["precopy R65", "postcopy R9"],
    category: "invariant",
    side: "source",
    when: ORDINARY,
    pattern: ledger(() => ({ open: NaN }), [
      { on: on("savevm_section_start"), args: ["id"], take: (s, _m, id) => void (s.open = id) },
      {
        on: on("vmstate_save"),
        args: ["idstr"],
        take: (s, _m, id) => Number.isNaN(s.open) ? undefined : s.open === id,
        says: () => "the section that is open bears another name",
      },
    ]),
  },
  {
    id: "section-id-names-one",
    claim: "A section id stands for one name throughout the stream",
    why: "The destination finds the handler by the id alone",
    source: `${SAVEVM_C}, save_section_header(); facts/precopy.md 11.2 R20`,
    facts: ["precopy R20"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ names: new Map<number, number>(), id: NaN, name: NaN }), [{
      on: anyOf(on("savevm_section_start"), on("savevm_section_end"), on("savevm_section_skip")),
      args: ["section_id", "id"],
      take: (s, _m, id, name) => {
        // Before the switchover it is RAM's, time and again.
        if (id === s.id && name === s.name) return true;
        const known = s.names.get(id);
        if (known !== undefined) {
          if (known !== name) return false;
          s.id = id;
          s.name = name;
          return true;
        }
        if (s.names.size < 4096) s.names.set(id, name);
        return undefined;
      },
      says: (_s, id) => `section ${id} bore another name before`,
    }]),
  },
  {
    id: "sections-end-well",
    claim: "In a completed migration no section ends with an error",
    why: "What was not written is missing on the destination",
    source: `${SAVEVM_C}, qemu_savevm_state_iterate(); facts/precopy.md 1.5`,
    facts: ["precopy 1.5"],
    category: "invariant",
    side: "source",
    when: { ends: ["completed"], without: ["paused"] },
    pattern: ledger(() => ({}), [{
      on: on("savevm_section_end"),
      args: ["ret"],
      take: (_s, _m, ret) => ret >= 0,
      says: (_s, ret) => `it ended with ${ret}`,
    }]),
  },
  {
    id: "skip-is-accounted",
    claim: "A device that is skipped has its share of the downtime traced next",
    why: "Even deciding to skip takes time that the guest stands still",
    source: `${SAVEVM_C}, vmstate_save(); facts/precopy.md 11.4 R66`,
    facts: ["precopy R66"],
    category: "ordering",
    side: "source",
    versions: { from: "8.2" },
    pattern: {
      kind: "next",
      after: on("savevm_section_skip"),
      next: on("vmstate_downtime_save", { type: "non-iterable" }),
    },
  },
  {
    id: "device-accounted-once",
    claim: "Each device has its share of the downtime traced once",
    why: "A device that is saved twice overwrites itself",
    source: `${SAVEVM_C}; facts/precopy.md 11.4 R67`,
    facts: ["precopy R67"],
    category: "ordering",
    side: "source",
    versions: { from: "8.2" },
    when: ORDINARY,
    pattern: {
      kind: "count",
      event: on("vmstate_downtime_save"),
      key: ["type", "idstr", "instance_id"],
      atMost: 1,
    },
  },
  {
    id: "device-section-once",
    claim: "Each device's section is written once",
    why: "A device that is loaded twice overwrites itself",
    source: `${SAVEVM_C}; facts/postcopy-colo-cpr.md 11 R9`,
    facts: ["precopy R67", "postcopy R9"],
    category: "invariant",
    side: "source",
    when: ORDINARY,
    pattern: ledger(() => ({ open: -1, saved: new Set<number>() }), [
      { on: on("savevm_section_start"), args: ["section_id"], take: (s, _m, id) => void (s.open = id) },
      {
        on: on("vmstate_save"),
        take: (s) => {
          if (s.open < 0) return undefined;
          const isFirst = !s.saved.has(s.open);
          if (s.saved.size < 65536) s.saved.add(s.open);
          return isFirst;
        },
        says: (s) => `section ${s.open} held a device before`,
      },
    ]),
  },
  {
    id: "device-times-fit",
    claim: "The shares of the downtime are not negative, and together no longer than the phase",
    why: "A share that is longer than the whole was measured with another clock",
    source: "facts/precopy.md 7.2",
    facts: ["precopy 7.2"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2" },
    when: { without: ["snapshot", "colo", "postcopy"] },
    pattern: ledger(() => ({ stopped: NaN, sum: 0 }), [
      { on: checkpoint("src-vm-stopped"), take: (s, m) => void (s.stopped = m.at) },
      {
        on: on("vmstate_downtime_save"),
        args: ["downtime"],
        take: (s, _m, micros) => {
          s.sum += micros;
          return micros >= 0;
        },
        says: (_s, micros) => `a share of ${micros} us`,
      },
      {
        on: checkpoint("src-non-iterable-saved"),
        take: (s, m) =>
          s.stopped >= 0 && m.at >= 0 && s.sum > 0 ? s.sum <= m.at - s.stopped + 1000 : undefined,
        says: (s) => `the shares add up to ${s.sum} us`,
      },
    ]),
  },
  {
    id: "completion-waits-for-the-destination",
    claim: "With a return path: devices saved, the path closed, the downtime over, completed",
    why: "A source that completes before the destination has loaded gives up the only guest there is",
    source: `${MIGRATION_C}, migration_completion(); facts/precopy.md 11.4 R68`,
    facts: ["precopy R68", "postcopy R17"],
    category: "ordering",
    side: "source",
    versions: { from: "9.0" },
    when: { with: ["return-path"], ends: ["completed"], without: ["postcopy", "colo", "paused"] },
    pattern: {
      kind: "order",
      complete: true,
      steps: [
        checkpoint("src-non-iterable-saved"),
        RP_BEFORE,
        RP_AFTER,
        checkpoint("src-downtime-end"),
        state("completed"),
      ],
    },
  },
  {
    id: "completed-then-leaves",
    claim: "Right after it sets completed the migration thread leaves its loop",
    why: "Nothing may be sent after completion",
    source: `${MIGRATION_C}, migration_thread(); facts/precopy.md 11.4 R70`,
    facts: ["precopy R70"],
    category: "ordering",
    side: "source",
    when: ORDINARY,
    pattern: {
      kind: "next",
      after: state("completed"),
      next: anyOf(AFTER_LOOP, checkpoint("src-downtime-end")),
    },
  },
  {
    id: "downtime-end-before-completed",
    claim: "The downtime ends before the state is completed",
    why: "Whoever sees completed reads the downtime",
    source: `${MIGRATION_C}, migration_completion_end(); facts/precopy.md 0.1`,
    facts: ["precopy R68"],
    category: "ordering",
    side: "source",
    versions: { from: "9.0" },
    when: ORDINARY,
    pattern: { kind: "order", steps: [checkpoint("src-downtime-end"), state("completed")] },
  },
  {
    id: "downtime-end-after-loop-8.2",
    claim: "In 8.2 the downtime ends after the migration thread has left its loop",
    why: "It is where that version reads the clock",
    source: `${MIGRATION_C} of 8.2, migration_calculate_complete(); facts/precopy.md 11.4 R69`,
    facts: ["precopy R69"],
    category: "ordering",
    side: "source",
    versions: { from: "8.2", to: "8.2" },
    when: { without: ["snapshot", "colo", "postcopy"] },
    pattern: { kind: "order", steps: [state("completed"), AFTER_LOOP, checkpoint("src-downtime-end")] },
  },
  {
    id: "global-state-once",
    claim: "The run state is saved at most once in a migration",
    why: "The destination starts the guest, or not, by it",
    source: "QEMU migration/global_state.c, global_state_pre_save(); facts/precopy.md 11.4 R71",
    facts: ["precopy R71", "postcopy R97"],
    category: "ordering",
    side: "source",
    when: ORDINARY,
    pattern: { kind: "count", event: on("migrate_global_state_pre_save"), atMost: 1 },
  },
  {
    id: "global-state-in-its-section",
    claim: "The run state is saved inside its section",
    why: "Elsewhere it would be taken for another device's state",
    source: "QEMU migration/global_state.c, global_state_pre_save(); facts/precopy.md 11.4 R71",
    facts: ["precopy R71"],
    category: "ordering",
    side: "source",
    when: ORDINARY,
    pattern: {
      kind: "between",
      event: on("migrate_global_state_pre_save"),
      open: on("savevm_section_start", { id: "globalstate" }),
      close: on("savevm_section_end", { id: "globalstate" }),
    },
  },
  {
    id: "no-iteration-between-devices",
    claim: "Once devices are saved RAM is not sent any more in precopy",
    why: "A device may have changed RAM; the destination has already loaded the device",
    source: `${SAVEVM_C}; facts/postcopy-colo-cpr.md 11 R10`,
    facts: ["postcopy R10"],
    category: "ordering",
    side: "source",
    when: { without: ["snapshot", "colo", "postcopy"] },
    pattern: {
      kind: "never-after",
      after: on("vmstate_save"),
      event: on("savevm_section_start", { id: "ram" }),
    },
  },
  {
    id: "blocks-active-again",
    claim: "A source that failed or was cancelled after its disks were inactivated activates them again",
    why: "The guest runs on and its disks refuse every write",
    source:
      "QEMU migration/migration.c, migration_iteration_finish(); facts/precopy.md 1.9, facts/postcopy-colo-cpr.md 11 R85",
    facts: ["postcopy R85"],
    category: "ordering",
    side: "source",
    versions: { from: "10.0" },
    when: { ends: ["failed", "cancelled"], without: ["colo", "postcopy"] },
    pattern: {
      kind: "answered",
      first: on("migration_block_activation", { name: "inactive" }),
      then: on("migration_block_activation", { name: "active" }),
    },
  },
  {
    id: "blocks-active-before-run",
    claim: "The source's guest does not run while its disks are inactive",
    why: "Its writes would fail",
    source: "QEMU migration/block-active.c; facts/postcopy-colo-cpr.md 11 R85",
    facts: ["postcopy R85"],
    category: "ordering",
    side: "source",
    versions: { from: "10.0" },
    when: { without: ["colo"] },
    pattern: {
      kind: "never-after",
      after: on("migration_block_activation", { name: "inactive" }),
      until: on("migration_block_activation", { name: "active" }),
      event: on("vm_state_notify", { running: 1 }),
    },
  },
];
