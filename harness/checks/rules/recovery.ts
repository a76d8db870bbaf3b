/**
 * Pause and recovery of a postcopy whose connection broke.
 *
 * @module
 */
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { state } from "./words.ts";

const MIGRATION_C = "QEMU migration/migration.c";
const RAM_C = "QEMU migration/ram.c";

const PAUSED = state("postcopy-paused");
const RECOVER = state("postcopy-recover");
const SYNC_START = on("ram_dirty_bitmap_sync_start");
const SYNC_WAIT = on("ram_dirty_bitmap_sync_wait");
const SYNC_DONE = on("ram_dirty_bitmap_sync_complete");
const REQUEST = on("ram_dirty_bitmap_request");
const BEGIN = on("ram_dirty_bitmap_reload_begin");
const DONE = on("ram_dirty_bitmap_reload_complete");

export const RECOVERY_RULES: readonly Rule[] = [
  {
    id: "pause-closes-the-path",
    claim: "The source closes its return path before it calls itself paused",
    why: "A resume opens a new one: the old thread would steal its messages",
    source: `${MIGRATION_C}, postcopy_pause(); facts/postcopy-colo-cpr.md 11 R63`,
    facts: ["postcopy R63"],
    category: "ordering",
    side: "source",
    versions: { from: "8.2" },
    pattern: {
      kind: "order",
      steps: [on("migration_return_path_end_before"), on("migration_return_path_end_after"), PAUSED],
    },
  },
  {
    id: "paused-sends-nothing",
    claim: "While the migration is paused nothing is sent",
    why: "There is no channel to send it on",
    source: `${MIGRATION_C}, postcopy_pause(); facts/postcopy-colo-cpr.md 1.7`,
    facts: ["postcopy R63"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "never-after",
      after: PAUSED,
      until: RECOVER,
      event: anyOf(on("savevm_section_start"), on("savevm_command_send"), on("savevm_state_iterate")),
    },
  },
  {
    id: "destination-pause-order",
    claim: "The destination notices the broken connection before it calls itself paused",
    why: "A pause without a cause is never left",
    source: "QEMU migration/savevm.c, postcopy_pause_incoming(); facts/postcopy-colo-cpr.md 11 R63",
    facts: ["postcopy R63"],
    category: "ordering",
    side: "destination",
    pattern: { kind: "order", steps: [on("postcopy_pause_incoming"), PAUSED] },
  },
  ...[
    ["postcopy_pause_incoming", "postcopy_pause_incoming_continued", "incoming"],
    ["postcopy_pause_fault_thread", "postcopy_pause_fault_thread_continued", "fault-thread"],
    ["postcopy_pause_fast_load", "postcopy_pause_fast_load_continued", "fast-load"],
  ].map(([first, second, name]): Rule => ({
    id: `pause-${name}-alternates`,
    claim: `A pause of the destination's ${name?.replace("-", " ")} is left before the next begins`,
    why: "A thread that pauses twice is woken once",
    source: "QEMU migration/savevm.c, postcopy_pause_incoming(); facts/postcopy-colo-cpr.md 11 R64",
    facts: ["postcopy R64"],
    category: "ordering",
    side: "destination",
    pattern: {
      kind: "alternates",
      first: on(first as "postcopy_pause_incoming"),
      second: on(second as "postcopy_pause_incoming_continued"),
    },
  })),
  {
    id: "resume-handshake",
    claim: "Recover, prepare, exchange of bitmaps, resume: in this order",
    why: "A resume without the bitmaps sends too much or too little",
    source: `${MIGRATION_C}, postcopy_do_resume(); facts/postcopy-colo-cpr.md 11 R65`,
    facts: ["postcopy R65"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "order",
      steps: [
        RECOVER,
        on("savevm_state_resume_prepare"),
        SYNC_START,
        SYNC_WAIT,
        SYNC_DONE,
        on("ram_state_resume_prepare"),
        on("savevm_send_postcopy_resume"),
        on("source_return_path_thread_resume_ack"),
      ],
    },
  },
  {
    id: "bitmap-sync-of-resume-alternates",
    claim: "An exchange of bitmaps that begins also ends before the next begins",
    why: "Two exchanges at once mix their bitmaps",
    source: `${RAM_C}, ram_dirty_bitmap_sync_all(); facts/postcopy-colo-cpr.md 11 R65`,
    facts: ["postcopy R65"],
    category: "ordering",
    side: "source",
    pattern: { kind: "alternates", first: SYNC_START, second: SYNC_DONE },
  },
  {
    id: "bitmap-reload-follows-request",
    claim: "Each bitmap that is asked for is reloaded",
    why: "A block without its bitmap is sent again whole, or not at all",
    source: `${RAM_C}, ram_dirty_bitmap_reload(); facts/postcopy-colo-cpr.md 11 R66`,
    facts: ["postcopy R66"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "answered",
      first: REQUEST,
      then: BEGIN,
      key: ["str", "str"],
      onlyAsked: true,
      excused: PAUSED,
    },
  },
  {
    id: "bitmap-reload-alternates",
    claim: "A bitmap's reload begins and ends in turn, per block",
    why: "Half a bitmap is worse than none",
    source: `${RAM_C}, ram_dirty_bitmap_reload(); facts/postcopy-colo-cpr.md 11 R66`,
    facts: ["postcopy R66"],
    category: "ordering",
    side: "source",
    pattern: { kind: "alternates", first: BEGIN, second: DONE, key: ["str", "str"] },
  },
  {
    id: "bitmaps-before-the-exchange-ends",
    claim: "All bitmaps are reloaded before their exchange is complete",
    why: "A bitmap that comes later changes what is being sent",
    source: `${RAM_C}, ram_dirty_bitmap_sync_all(); facts/postcopy-colo-cpr.md 11 R66`,
    facts: ["postcopy R66"],
    category: "ordering",
    side: "source",
    pattern: { kind: "between", event: anyOf(REQUEST, BEGIN, DONE), open: SYNC_START, close: SYNC_DONE },
  },
  {
    id: "resume-ack-before-active",
    claim: "The state is postcopy-active again only after the destination has acknowledged the resume",
    why: "What is sent before is lost",
    source: `${MIGRATION_C}, source_return_path_thread(); facts/postcopy-colo-cpr.md 11 R65`,
    facts: ["postcopy R65"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "never-after",
      after: RECOVER,
      until: on("source_return_path_thread_resume_ack"),
      event: state("postcopy-active"),
    },
  },
  {
    id: "requests-again-after-resume",
    claim: "Pages that are still missing are asked for again only after the order to resume",
    why: "Before it nobody reads them",
    source: "QEMU migration/savevm.c, loadvm_postcopy_handle_resume(); facts/postcopy-colo-cpr.md 11 R68",
    facts: ["postcopy R68"],
    category: "ordering",
    side: "destination",
    pattern: { kind: "order", steps: [on("loadvm_postcopy_handle_resume"), on("postcopy_page_req_sync")] },
  },
  {
    id: "destination-recovers-after-pause",
    claim: "The destination recovers only from a pause",
    why: "A recovery of a load that runs has two streams",
    source: "QEMU migration/savevm.c, loadvm_postcopy_handle_resume(); facts/postcopy-colo-cpr.md 1.1",
    facts: ["postcopy R64"],
    category: "ordering",
    side: "destination",
    pattern: { kind: "order", steps: [PAUSED, RECOVER] },
  },
];
