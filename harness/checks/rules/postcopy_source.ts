/**
 * Postcopy on the source: start, discards, the package, requested pages, completion.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on, type Selector } from "../select.ts";
import { checkpoint, ESTIMATE, state, SYNC_END } from "./words.ts";

const MIGRATION_C = "QEMU migration/migration.c, postcopy_start()";
const SAVEVM_C = "QEMU migration/savevm.c";
const POSTCOPY_RAM_C = "QEMU migration/postcopy-ram.c";
const START = on("postcopy_start");
const RANGE = on("postcopy_discard_send_range");
const FINISH = on("postcopy_discard_send_finish");
const DISCARD = on("qemu_savevm_send_postcopy_ram_discard");
const DISCARDED = on("ram_postcopy_send_discard_bitmap");
const LISTEN = on("savevm_send_postcopy_listen");
const RUN = on("savevm_send_postcopy_run");
const PACKAGED = on("qemu_savevm_send_packaged");

function command(
  id: string,
  what: string,
  event: Selector,
  number: number,
  facts: readonly string[] = [],
): Rule {
  return {
    id,
    claim: `${what} is command ${number}, next on the wire`,
    why: "The destination would take anything else for another command",
    source: `${SAVEVM_C}, qemu_savevm_command_send(); facts/postcopy-colo-cpr.md 11 R4`,
    facts: ["postcopy R4", ...facts],
    category: "ordering",
    side: "source",
    pattern: { kind: "next", after: event, next: on("savevm_command_send", { command: number }) },
  };
}

export const POSTCOPY_SOURCE_RULES: readonly Rule[] = [
  command(
    "advise-is-a-command",
    "The advice that postcopy may come",
    on("qemu_savevm_send_postcopy_advise"),
    3,
    [
      "postcopy R6",
    ],
  ),
  command("listen-is-a-command", "The order to listen for pages", LISTEN, 4),
  command("run-is-a-command", "The order to run the guest", RUN, 5),
  command("discard-is-a-command", "The order to discard pages", DISCARD, 6),
  command("package-is-a-command", "The package", PACKAGED, 7),
  command("resume-is-a-command", "The order to resume", on("savevm_send_postcopy_resume"), 9),
  command("recv-bitmap-is-a-command", "The request for what was received", on("savevm_send_recv_bitmap"), 10),
  command("colo-is-a-command", "The order to prepare for COLO", on("savevm_send_colo_enable"), 8, [
    "postcopy R6",
  ]),
  {
    id: "advise-before-setup",
    claim: "The destination is told that postcopy may come between the header and the handlers' setup",
    why: "It must empty its memory before anything is loaded into it",
    source: `${SAVEVM_C}, qemu_savevm_send_postcopy_advise(); facts/postcopy-colo-cpr.md 11 R6`,
    facts: ["postcopy R6"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "order",
      steps: [on("savevm_state_header"), on("qemu_savevm_send_postcopy_advise"), on("savevm_state_setup")],
    },
    when: { with: ["postcopy-ram"] },
  },
  {
    id: "postcopy-starts-once",
    claim: "Postcopy starts at most once in a migration",
    why: "The guest cannot leave twice",
    source: `${MIGRATION_C}; facts/postcopy-colo-cpr.md 11 R35`,
    facts: ["postcopy R35"],
    category: "ordering",
    side: "source",
    pattern: { kind: "count", event: START, atMost: 1 },
  },
  {
    id: "postcopy-start-sets-run",
    claim: "Starting postcopy goes on at once to stop the guest",
    why: "What is sent in between is counted neither here nor there",
    source: `${MIGRATION_C}; facts/postcopy-colo-cpr.md 11 R35`,
    facts: ["postcopy R35"],
    category: "ordering",
    side: "source",
    pattern: { kind: "next", after: START, next: on("postcopy_start_set_run") },
  },
  {
    id: "postcopy-after-setup",
    claim: "Postcopy starts only after setup is complete",
    why: "The destination must know the blocks before it is asked to fault on them",
    source: `${MIGRATION_C}; facts/postcopy-colo-cpr.md 11 R35`,
    facts: ["postcopy R35"],
    category: "ordering",
    side: "source",
    pattern: { kind: "order", steps: [on("migration_thread_setup_complete"), START] },
  },
  {
    id: "postcopy-needs-the-capability",
    claim: "Postcopy starts only where the destination was advised of it",
    why: "A destination that was not advised has no way to fault",
    source: `${MIGRATION_C}; facts/postcopy-colo-cpr.md 1.2`,
    facts: ["postcopy R35"],
    category: "ordering",
    side: "source",
    when: { with: ["postcopy-ram"] },
    pattern: { kind: "order", steps: [on("qemu_savevm_send_postcopy_advise"), START] },
  },
  {
    id: "postcopy-states-10",
    claim: "Preempt is settled before the state says postcopy",
    why: "A page request that comes before would find no channel",
    source: `${MIGRATION_C}; facts/postcopy-colo-cpr.md 11 R36`,
    facts: ["postcopy R36"],
    category: "ordering",
    side: "source",
    versions: { from: "10.0" },
    when: { without: ["paused"] },
    pattern: {
      kind: "order",
      steps: [on("postcopy_preempt_enabled"), state("postcopy-active", "postcopy-device")],
    },
  },
  {
    id: "postcopy-device-then-active",
    claim:
      "The state goes from postcopy-device to postcopy-active once the destination has loaded its devices",
    why: "Until then a failure can still be undone",
    source: `${MIGRATION_C} of 10.2; facts/postcopy-colo-cpr.md 11 R36`,
    facts: ["postcopy R36"],
    category: "ordering",
    side: "source",
    versions: { from: "10.2" },
    when: { without: ["paused"] },
    pattern: {
      kind: "order",
      steps: [
        state("postcopy-device"),
        on("source_return_path_thread_pong", { val: 66 }),
        state("postcopy-active"),
      ],
    },
  },
  {
    id: "discards-after-stop",
    claim:
      "Pages are discarded after the guest was stopped and its iterable state saved, before the second ping",
    why: "A page that is discarded while the guest runs may be written again",
    source: `${POSTCOPY_RAM_C}; facts/postcopy-colo-cpr.md 11 R37`,
    facts: ["postcopy R37"],
    category: "ordering",
    side: "source",
    versions: { from: "8.2" },
    pattern: {
      kind: "order",
      steps: [checkpoint("src-iterable-saved"), anyOf(RANGE, DISCARD, FINISH)],
    },
  },
  {
    id: "discards-end-before-ping",
    claim: "All discards are sent before their end is traced, and then the second ping",
    why: "A destination that answers the ping has thrown away all that is stale",
    source: `${POSTCOPY_RAM_C}; facts/postcopy-colo-cpr.md 11 R37`,
    facts: ["postcopy R37"],
    category: "ordering",
    side: "source",
    pattern: { kind: "never-after", after: DISCARDED, event: anyOf(RANGE, DISCARD, FINISH) },
  },
  {
    id: "discard-then-ping",
    claim: "The end of the discards comes before the second ping",
    why: "A destination that answers the ping has thrown away all that is stale",
    source: `${POSTCOPY_RAM_C}; facts/postcopy-colo-cpr.md 11 R37`,
    facts: ["postcopy R37"],
    category: "ordering",
    side: "source",
    when: { with: ["postcopy-ram"] },
    pattern: { kind: "order", steps: [DISCARDED, on("savevm_send_ping", { val: 2 })] },
  },
  {
    id: "discard-counts",
    claim: "A block's discards are counted: its ranges, and one command for each twelve of them",
    why: "A range that is not sent stays on the destination, stale",
    source: `${POSTCOPY_RAM_C}, postcopy_discard_send_finish(); facts/postcopy-colo-cpr.md 11 R38`,
    facts: ["postcopy R38"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ ranges: 0, commands: 0 }), [
      { on: RANGE, take: (s) => void s.ranges++ },
      { on: DISCARD, take: (s) => void s.commands++ },
      {
        on: FINISH,
        args: ["nwords", "ncmds"],
        take: (s, _m, words, commands) => {
          const held = words === s.ranges && commands === s.commands && commands === Math.ceil(words / 12);
          s.ranges = 0;
          s.commands = 0;
          return held;
        },
        says: (_s, words, commands) => `it says ${words} ranges in ${commands} commands`,
      },
    ]),
  },
  {
    id: "discard-finishes-each-block-once",
    claim: "The discards of each block are finished once",
    why: "A block that is finished twice was discarded twice",
    source: `${POSTCOPY_RAM_C}; facts/postcopy-colo-cpr.md 11 R38`,
    facts: ["postcopy R38"],
    category: "ordering",
    side: "source",
    pattern: { kind: "count", event: FINISH, key: ["ramblock"], atMost: 1 },
  },
  {
    id: "discard-command-full",
    claim: "A command discards 1 to 12 ranges",
    why: "More do not fit, none is no command",
    source: `${POSTCOPY_RAM_C}; facts/postcopy-colo-cpr.md 1.4`,
    facts: ["postcopy R38"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({}), [{
      on: DISCARD,
      args: ["len"],
      take: (_s, _m, ranges) => ranges >= 1 && ranges <= 12,
      says: (_s, ranges) => `${ranges} ranges`,
    }]),
  },
  {
    id: "package-order",
    claim: "Listen, devices, ping 3, run, the package, ping 4, preempt settled: in this order",
    why: "The destination runs the package as it stands",
    source: `${MIGRATION_C}; facts/postcopy-colo-cpr.md 11 R39`,
    facts: ["postcopy R39"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "order",
      steps: [
        LISTEN,
        on("savevm_send_ping", { val: 3 }),
        RUN,
        PACKAGED,
        on("savevm_send_ping", { val: 4 }),
        on("postcopy_preempt_enabled"),
      ],
    },
  },
  {
    id: "package-complete",
    claim: "A postcopy that completed sent listen, run and the package",
    why: "Without any of them the destination cannot run",
    source: `${MIGRATION_C}; facts/postcopy-colo-cpr.md 11 R39`,
    facts: ["postcopy R39"],
    category: "ordering",
    side: "source",
    when: { with: ["postcopy"], ends: ["completed"] },
    pattern: { kind: "order", complete: true, steps: [START, LISTEN, RUN, PACKAGED] },
  },
  {
    id: "devices-in-the-package",
    claim: "In postcopy devices are saved between listen and run",
    why: "Outside the package they would be loaded after the guest runs",
    source: `${MIGRATION_C}; facts/postcopy-colo-cpr.md 11 R39`,
    facts: ["postcopy R39"],
    category: "ordering",
    side: "source",
    when: { with: ["postcopy"] },
    pattern: { kind: "between", event: on("vmstate_save"), open: LISTEN, close: RUN },
  },
  {
    id: "downtime-ends-after-the-package",
    claim: "The downtime of a postcopy ends after the package was sent",
    why: "The guest runs on the destination from here on",
    source: `${MIGRATION_C}; facts/postcopy-colo-cpr.md 1.2`,
    facts: ["postcopy R12"],
    category: "ordering",
    side: "source",
    versions: { from: "8.2" },
    when: { with: ["postcopy"] },
    pattern: { kind: "order", steps: [PACKAGED, checkpoint("src-downtime-end")] },
  },
  {
    id: "no-sync-in-postcopy",
    claim: "Once pages are discarded no bitmap sync finds anything new",
    why: "The guest does not run here any more: what is found now would be sent over what it wrote there",
    source: "QEMU migration/ram.c, ram_state_pending_exact(); facts/postcopy-colo-cpr.md 1.6",
    facts: ["precopy R50"],
    category: "ordering",
    side: "source",
    pattern: { kind: "never-after", after: on("postcopy_preempt_enabled"), event: SYNC_END },
  },
  {
    id: "postcopy-completion-order",
    claim: "A postcopy's completion: nothing left, the end sections, the destination's farewell, completed",
    why: "Pages that are still asked for must be sent before the source goes",
    source: "QEMU migration/migration.c, migration_completion_postcopy(); facts/postcopy-colo-cpr.md 1.2",
    facts: ["postcopy R16", "precopy R58"],
    category: "ordering",
    side: "source",
    when: { with: ["postcopy"] },
    pattern: {
      kind: "order",
      steps: [
        on("migration_thread_low_pending"),
        on("migration_completion_postcopy_end"),
        on("migration_completion_postcopy_end_after_complete"),
        state("completed"),
      ],
    },
  },
  {
    id: "postcopy-completes-on-nothing",
    claim: "A postcopy completes only when nothing is pending",
    why: "The destination would wait for a page that never comes",
    source: "QEMU migration/migration.c, migration_iteration_run(); facts/precopy.md 1.5",
    facts: ["precopy R31", "postcopy R16"],
    category: "invariant",
    side: "source",
    versions: { from: "10.2" },
    when: { with: ["postcopy-ram", "postcopy"] },
    pattern: ledger(() => ({}), [{
      on: on("migration_thread_low_pending"),
      args: ["pending"],
      take: (_s, _m, pending) => pending === 0,
      says: (_s, pending) => `${pending} bytes are pending`,
    }]),
  },
  {
    id: "no-cancel-in-postcopy",
    claim: "A postcopy under way is not cancelled",
    why: "The only guest is half here, half there",
    source: "QEMU migration/migration.c, migration_cancel() of 10.0 and later; facts/precopy.md 1.10",
    facts: ["precopy R1"],
    category: "ordering",
    side: "source",
    versions: { from: "10.0" },
    when: { with: ["postcopy"] },
    pattern: {
      kind: "never-after",
      after: state("postcopy-active"),
      event: state("cancelled"),
    },
  },
  {
    id: "preempt-channel-before-start",
    claim: "The channel for urgent pages is there before postcopy starts",
    why: "The first fault needs it",
    source: `${POSTCOPY_RAM_C}, postcopy_preempt_wait_channel(); facts/postcopy-colo-cpr.md 11 R62`,
    facts: ["postcopy R62"],
    category: "ordering",
    side: "source",
    versions: { from: "8.0" },
    when: { with: ["preempt"] },
    pattern: { kind: "order", steps: [on("postcopy_preempt_new_channel"), START] },
  },
  {
    id: "estimate-falls-in-postcopy",
    claim: "In postcopy the estimate never rises",
    why: "No page becomes dirty on the source any more",
    source: "QEMU migration/ram.c; facts/postcopy-colo-cpr.md 1.6",
    facts: ["precopy R30"],
    category: "invariant",
    side: "source",
    when: { without: ["paused", "dirty-bitmaps"] },
    pattern: ledger(() => ({ started: 0, last: Infinity }), [
      { on: on("postcopy_preempt_enabled"), take: (s) => void (s.started = 1) },
      {
        on: ESTIMATE,
        args: ["size|total"],
        take: (s, _m, size) => {
          if (s.started === 0) return undefined;
          const held = size <= s.last;
          s.last = size;
          return held;
        },
        says: (_s, size) => `${size} bytes are pending, more than before`,
      },
    ]),
  },
];
