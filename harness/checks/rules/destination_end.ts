/**
 * The end of loading on the destination: checkpoints, start of the guest, cleanup, errors.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { checkpoint, state } from "./words.ts";

const SAVEVM_C = "QEMU migration/savevm.c";
const MIGRATION_C = "QEMU migration/migration.c";
const POST_MAIN = on("qemu_loadvm_state_post_main");
const LOADED = checkpoint("dst-precopy-loadvm-completed");
const CO_END = on("process_incoming_migration_co_end");
const CLEANUP = on("loadvm_state_cleanup");

/** The last section that was counted: shares are traced behind their sections. */
function lastSection({ line }: { readonly line: number }) {
  return { side: "destination" as const, line, name: "qemu_loadvm_state_section" };
}

export const DESTINATION_END_RULES: readonly Rule[] = [
  {
    id: "nothing-loaded-after-completion",
    claim: "After a precopy destination has completed nothing is loaded any more",
    why: "The guest runs: what is loaded now overwrites what it has done",
    source: `${SAVEVM_C}, qemu_loadvm_state_main(); facts/precopy.md 8`,
    facts: ["precopy 8"],
    category: "ordering",
    side: "destination",
    when: { without: ["postcopy", "colo"] },
    pattern: {
      kind: "never-after",
      after: state("completed"),
      event: anyOf(on("qemu_loadvm_state_section"), on("vmstate_load"), on("ram_load_complete")),
    },
  },
  {
    id: "global-state-before-the-end",
    claim: "The run state is loaded before the stream ends",
    why: "It says whether the guest is to run",
    source: "QEMU migration/global_state.c, global_state_post_load(); facts/precopy.md 11.6 R98",
    facts: ["precopy R98"],
    category: "ordering",
    side: "destination",
    when: { without: ["colo"] },
    pattern: { kind: "never-after", after: CO_END, event: on("migrate_global_state_post_load") },
  },
  {
    id: "load-ends-in-order",
    claim: "The main load is over, its checkpoint is passed, the coroutine ends: one after the other",
    why: "The guest is started on the word of these",
    source: `${MIGRATION_C}, process_incoming_migration_co(); facts/precopy.md 11.6 R92`,
    facts: ["precopy R92"],
    category: "ordering",
    side: "destination",
    versions: { from: "8.2" },
    when: { without: ["colo"] },
    pattern: { kind: "order", steps: [POST_MAIN, LOADED, CO_END, checkpoint("dst-precopy-bh-enter")] },
  },
  {
    id: "loaded-then-coroutine-ends",
    claim: "Right after the load's checkpoint its coroutine ends",
    why: "What happens between is downtime that nobody counts",
    source: `${MIGRATION_C}, process_incoming_migration_co(); facts/precopy.md 11.6 R92`,
    facts: ["precopy R92"],
    category: "ordering",
    side: "destination",
    versions: { from: "8.2" },
    pattern: { kind: "next", after: LOADED, next: anyOf(CO_END, state("failed", "colo")) },
  },
  {
    id: "destination-checkpoints-in-order",
    claim: "The destination's checkpoints come in order: loaded, entered, announced, started",
    why: "A guest that runs before the network knows is unreachable",
    source: `${MIGRATION_C}, process_incoming_migration_bh(); facts/precopy.md 7.1`,
    facts: ["precopy R91", "precopy R93"],
    category: "ordering",
    side: "destination",
    versions: { from: "8.2" },
    when: { without: ["postcopy", "colo"] },
    pattern: {
      kind: "order",
      steps: [
        LOADED,
        checkpoint("dst-precopy-bh-enter"),
        checkpoint("dst-precopy-bh-announced"),
        checkpoint("dst-precopy-bh-vm-started"),
        state("completed"),
      ],
    },
  },
  {
    id: "destination-checkpoints-complete",
    claim: "A completed load has passed all its checkpoints",
    why: "A phase of the downtime that is missing was not run, or not measured",
    source: `${MIGRATION_C}, process_incoming_migration_bh(); facts/precopy.md 7.1`,
    facts: ["precopy R91"],
    category: "ordering",
    side: "destination",
    versions: { from: "8.2" },
    when: { ends: ["completed"], without: ["postcopy", "colo"] },
    pattern: {
      kind: "order",
      complete: true,
      steps: [
        LOADED,
        checkpoint("dst-precopy-bh-enter"),
        checkpoint("dst-precopy-bh-announced"),
        checkpoint("dst-precopy-bh-vm-started"),
      ],
    },
  },
  {
    id: "destination-checkpoints-once",
    claim: "The destination passes each checkpoint once",
    why: "A phase that is run twice starts the guest twice",
    source: `${MIGRATION_C}; facts/precopy.md 7.1`,
    facts: ["precopy R91", "postcopy R48"],
    category: "ordering",
    side: "destination",
    versions: { from: "8.2" },
    when: { without: ["colo"] },
    pattern: { kind: "count", event: on("vmstate_downtime_checkpoint"), key: ["checkpoint"], atMost: 1 },
  },
  {
    id: "blocks-active-before-start",
    claim: "The destination announces itself, activates its disks, then starts the guest",
    why: "A guest that starts before its disks are active fails its first write",
    source: `${MIGRATION_C}, process_incoming_migration_bh(); facts/precopy.md 11.6 R93`,
    facts: ["precopy R93"],
    category: "ordering",
    side: "destination",
    versions: { from: "10.0" },
    when: { without: ["postcopy", "colo"] },
    pattern: {
      kind: "never-after",
      after: checkpoint("dst-precopy-bh-vm-started"),
      event: anyOf(
        on("migration_block_activation", { name: "active" }),
        checkpoint("dst-precopy-bh-announced"),
      ),
      until: state("completed"),
    },
  },
  {
    id: "destination-cleans-up-before-shut",
    claim: "Completed, cleaned up, and only then the farewell to the source",
    why: "The farewell lets the source go: the destination must need nothing of it any more",
    source: `${MIGRATION_C}, migration_incoming_state_destroy(); facts/precopy.md 11.6 R94`,
    facts: ["precopy R94"],
    category: "ordering",
    side: "destination",
    versions: { from: "9.2" },
    when: { with: ["return-path"], ends: ["completed"], without: ["colo"] },
    pattern: { kind: "order", steps: [CLEANUP, on("migrate_send_rp_message", { msg_type: 1 })] },
  },
  {
    id: "cleanup-after-completed",
    claim: "A completed load is cleaned up after its state says so",
    why: "Management must find the state before what it describes is gone",
    source: `${MIGRATION_C}, migration_incoming_state_destroy(); facts/precopy.md 11.6 R94`,
    facts: ["precopy R94"],
    category: "ordering",
    side: "destination",
    versions: { from: "9.2" },
    when: { ends: ["completed"], without: ["colo"] },
    pattern: { kind: "order", steps: [state("completed"), CLEANUP] },
  },
  {
    id: "cleanup-before-loaded-old",
    claim: "The handlers are cleaned up before the load's checkpoint",
    why: "It is where these versions end the load",
    source: `${SAVEVM_C} of 8.2 to 9.1, qemu_loadvm_state(); facts/precopy.md 11.6 R95`,
    facts: ["precopy R95"],
    category: "ordering",
    side: "destination",
    versions: { from: "8.2", to: "9.1" },
    when: { without: ["postcopy", "colo"] },
    pattern: { kind: "order", steps: [CLEANUP, LOADED] },
  },
  {
    id: "load-error-fails",
    claim: "A load that ends with an error makes the state failed, never completed",
    why: "Half a guest must not run",
    source: `${MIGRATION_C}, process_incoming_migration_co(); facts/precopy.md 11.6 R99`,
    facts: ["precopy R99"],
    category: "invariant",
    side: "destination",
    pattern: ledger(() => ({ ret: 0, seen: 0 }), [
      {
        on: CO_END,
        args: ["ret"],
        take: (s, _m, ret) => {
          s.ret = ret;
          s.seen = 1;
        },
      },
      {
        on: state("completed"),
        take: (s) => s.seen === 0 ? undefined : s.ret >= 0,
        says: (s) => `completed after the load ended with ${s.ret}`,
      },
      {
        on: state("failed"),
        take: (s) => s.seen === 0 ? undefined : s.ret < 0,
        says: (s) => `failed although the load ended with ${s.ret}`,
      },
    ]),
  },
  {
    id: "load-error-is-told",
    claim: "The result of the load and of its coroutine agree",
    why: "An error that is lost between them starts half a guest",
    source: `${MIGRATION_C}, process_incoming_migration_co(); facts/precopy.md 8`,
    facts: ["precopy R99"],
    category: "invariant",
    side: "destination",
    pattern: ledger(() => ({ ret: NaN }), [
      { on: POST_MAIN, args: ["ret"], take: (s, _m, ret) => void (s.ret = ret) },
      {
        on: CO_END,
        args: ["ret"],
        take: (s, _m, ret) => Number.isNaN(s.ret) ? undefined : (s.ret < 0) === (ret < 0),
        says: (s, ret) => `the load ended with ${s.ret}, its coroutine with ${ret}`,
      },
    ]),
  },
  {
    id: "downtime-load-after-full",
    claim: "A device's share of the downtime is traced once for each device that is loaded",
    why: "A device without its share hides in another's",
    source: `${SAVEVM_C}, qemu_loadvm_section_start_full(); facts/precopy.md 11.6 R89`,
    facts: ["precopy R89", "postcopy R24"],
    category: "invariant",
    side: "destination",
    versions: { from: "8.2" },
    when: { ends: ["completed"], without: ["colo"] },
    pattern: ledger(() => ({ full: 0, loads: 0, line: 0 }), [
      {
        on: on("qemu_loadvm_state_section", { section_type: 4 }),
        take: (s, m) => {
          s.full++;
          s.line = m.line;
        },
      },
      {
        on: on("vmstate_downtime_load", { type: "non-iterable" }),
        take: (s) => ++s.loads <= s.full,
        says: (s) => `${s.loads} devices' shares after ${s.full} devices`,
      },
    ], {
      end: (s) => s.full === 0 ? undefined : s.full === s.loads,
      endSays: (s) => `${s.full} devices were loaded, ${s.loads} shares traced`,
      endAt: lastSection,
    }),
  },
  {
    id: "downtime-load-after-end",
    claim: "An iterable's share of the downtime is traced once for each end section that is loaded",
    why: "A share without its section measures something else",
    source: `${SAVEVM_C}, qemu_loadvm_section_part_end(); facts/precopy.md 11.6 R89`,
    facts: ["precopy R89", "postcopy R24"],
    category: "invariant",
    side: "destination",
    versions: { from: "8.2" },
    when: { ends: ["completed"], without: ["colo"] },
    pattern: ledger(() => ({ ends: 0, loads: 0, line: 0 }), [
      {
        on: on("qemu_loadvm_state_section", { section_type: 3 }),
        take: (s, m) => {
          s.ends++;
          s.line = m.line;
        },
      },
      {
        on: on("vmstate_downtime_load", { type: "iterable" }),
        take: (s) => ++s.loads <= s.ends,
        says: (s) => `${s.loads} shares after ${s.ends} end sections`,
      },
    ], {
      end: (s) => s.ends === 0 ? undefined : s.ends === s.loads,
      endSays: (s) => `${s.ends} end sections were loaded, ${s.loads} shares traced`,
      endAt: lastSection,
    }),
  },
];
