/**
 * What one side sent and the other took.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { firstLacking, keepLine, lastTaken, NO_LINES } from "./end_places.ts";

const SAVEVM_C = "QEMU migration/savevm.c";

/** Numbers of the stream's commands, by the names that the destination traces. */
const COMMANDS = {
  INVALID: 0,
  OPEN_RETURN_PATH: 1,
  PING: 2,
  POSTCOPY_ADVISE: 3,
  POSTCOPY_LISTEN: 4,
  POSTCOPY_RUN: 5,
  POSTCOPY_RAM_DISCARD: 6,
  PACKAGED: 7,
  ENABLE_COLO: 8,
  "(null)": 8,
  POSTCOPY_RESUME: 9,
  RECV_BITMAP: 10,
  SWITCHOVER_START: 11,
} as const;

export const BOTH_SIDES_RULES: readonly Rule[] = [
  {
    id: "devices-load-as-saved",
    claim: "The destination loads the devices that the source saved, in that order",
    why: "A device that is missing, or comes out of turn, is loaded before what it needs",
    source: `${SAVEVM_C}; facts/precopy.md 11.6 R90`,
    facts: ["precopy R90", "postcopy R25", "postcopy R26"],
    category: "invariant",
    side: "both",
    versions: { from: "8.2" },
    when: { without: ["colo"] },
    pattern: {
      kind: "pairs",
      source: on("vmstate_save"),
      sourceArgs: ["idstr"],
      destination: on("vmstate_downtime_load", { type: "non-iterable" }),
      destinationArgs: ["idstr"],
    },
  },
  {
    id: "ram-sections-arrive",
    claim: "The destination loads as many RAM sections as the source wrote, and the one of the setup",
    why: "A section that is lost is pages that are lost",
    source: "QEMU migration/ram.c, ram_load(); facts/precopy.md 11.6 R88",
    facts: ["precopy R88", "postcopy R25"],
    category: "invariant",
    side: "both",
    when: { ends: ["completed"], without: ["colo", "paused"] },
    pattern: ledger(
      () => ({ sent: 0, lines: NO_LINES(), loaded: 0, line: 0, setups: 0, destinations: 0, done: 0 }),
      [
        {
          side: "source",
          on: on("migrate_set_state", { new_state: "setup" }),
          take: (s) => void (s.setups += s.sent > 0 ? 2 : 1),
        },
        {
          side: "source",
          on: on("savevm_section_end", { id: "ram" }),
          take: (s, m) => keepLine(s.lines, s.sent++, m.line),
        },
        {
          side: "destination",
          on: on("ram_load_complete"),
          take: (s, m) => {
            s.loaded++;
            s.line = m.line;
          },
        },
        {
          side: "destination",
          on: on("migrate_set_state", { new_state: "active" }),
          take: (s) => void s.destinations++,
        },
        {
          side: "destination",
          on: on("migrate_set_state", { new_state: "completed" }),
          take: (s) => void (s.done = 1),
        },
      ],
      {
        end: (s) =>
          s.setups !== 1 || s.destinations !== 1 || s.done === 0 || s.loaded === 0
            ? undefined
            : s.loaded === s.sent + 1,
        endSays: (s) => `${s.sent} sections were written, ${s.loaded} loaded, with the one of the setup`,
        endAt: (s) =>
          firstLacking(s.lines, s.loaded - 1, "savevm_section_end") ?? lastTaken(s.line, "ram_load_complete"),
      },
    ),
  },
  {
    id: "devices-all-arrive",
    claim: "The destination loads as many whole devices as the source saved",
    why: "A device that is missing starts from nothing",
    source: `${SAVEVM_C}; facts/postcopy-colo-cpr.md 11 R26`,
    facts: ["postcopy R26"],
    category: "invariant",
    side: "both",
    when: { ends: ["completed"], without: ["colo"] },
    pattern: ledger(() => ({ saved: 0, lines: NO_LINES(), loaded: 0, line: 0, setups: 0, done: 0 }), [
      {
        side: "source",
        on: on("migrate_set_state", { new_state: "setup" }),
        // Devices that were saved before it are those of a migration whose beginning is not in the log.
        take: (s) => void (s.setups += s.saved > 0 ? 2 : 1),
      },
      { side: "source", on: on("vmstate_save"), take: (s, m) => keepLine(s.lines, s.saved++, m.line) },
      {
        side: "destination",
        on: on("qemu_loadvm_state_section", { section_type: 4 }),
        take: (s, m) => {
          s.loaded++;
          s.line = m.line;
        },
      },
      {
        side: "destination",
        on: on("migrate_set_state", { new_state: "completed" }),
        take: (s) => void s.done++,
      },
    ], {
      end: (s) =>
        s.setups !== 1 || s.done !== 1 || s.saved === 0 || s.loaded === 0 ? undefined : s.saved === s.loaded,
      endSays: (s) => `${s.saved} devices were saved, ${s.loaded} loaded`,
      endAt: (s) =>
        firstLacking(s.lines, s.loaded, "vmstate_save") ?? lastTaken(s.line, "qemu_loadvm_state_section"),
    }),
  },
  {
    id: "commands-arrive",
    claim: "The destination takes each command that the source sent, with its length",
    why: "A command that is lost leaves the destination behind the source",
    source: `${SAVEVM_C}, qemu_savevm_command_send(); facts/postcopy-colo-cpr.md 11 R27, R28`,
    facts: ["postcopy R27", "postcopy R28"],
    category: "invariant",
    side: "both",
    when: { without: ["paused", "colo"] },
    pattern: {
      kind: "pairs",
      source: on("savevm_command_send"),
      sourceArgs: ["command", "len"],
      destination: on("loadvm_process_command"),
      destinationArgs: ["s", "len"],
      destinationNumbers: COMMANDS,
      anyOrder: true,
    },
  },
  {
    id: "pings-arrive",
    claim: "The destination takes each ping that the source sent",
    why: "A ping that is lost is a pong that never comes",
    source: `${SAVEVM_C}, qemu_savevm_send_ping(); facts/precopy.md 11.5 R78`,
    facts: ["precopy R78", "postcopy R29"],
    category: "invariant",
    side: "both",
    when: { without: ["paused"] },
    pattern: {
      kind: "pairs",
      source: on("savevm_send_ping"),
      sourceArgs: ["val"],
      destination: on("loadvm_process_command_ping"),
      destinationArgs: ["val"],
      anyOrder: true,
    },
  },
  {
    id: "pongs-arrive",
    claim: "The source reads each pong that the destination sent",
    why: "A pong that is lost leaves the source waiting",
    source: "QEMU migration/migration.c, source_return_path_thread(); facts/postcopy-colo-cpr.md 11 R31",
    facts: ["precopy R78", "postcopy R31"],
    category: "invariant",
    side: "both",
    when: { without: ["paused"] },
    pattern: {
      kind: "pairs",
      source: on("source_return_path_thread_pong"),
      sourceArgs: [],
      destination: on("migrate_send_rp_message", { msg_type: 2 }),
      destinationArgs: [],
    },
  },
  {
    id: "page-requests-arrive",
    claim: "The source handles each page request that the destination sent",
    why: "A request that is lost is a guest that stands still",
    source: "QEMU migration/migration.c, migrate_handle_rp_req_pages(); facts/postcopy-colo-cpr.md 11 R56",
    facts: ["postcopy R56", "postcopy R31"],
    category: "invariant",
    side: "both",
    when: { without: ["paused"] },
    pattern: {
      kind: "pairs",
      source: on("migrate_handle_rp_req_pages"),
      sourceArgs: [],
      destination: on("migrate_send_rp_message", { msg_type: [3, 4] }),
      destinationArgs: [],
    },
  },
  {
    id: "global-state-arrives",
    claim: "The destination loads the run state that the source saved",
    why: "It starts the guest, or not, by it",
    source: "QEMU migration/global_state.c; facts/postcopy-colo-cpr.md 11 R97",
    facts: ["postcopy R97"],
    category: "invariant",
    side: "both",
    when: { without: ["colo"] },
    pattern: {
      kind: "pairs",
      source: on("migrate_global_state_pre_save"),
      sourceArgs: ["state"],
      destination: on("migrate_global_state_post_load"),
      destinationArgs: ["state"],
    },
  },
  {
    id: "multifd-packets-arrive",
    claim:
      "Each multifd packet arrives on the channel that it was sent on, with the same number, flags and size",
    why: "A packet on another channel is put together with the wrong pages",
    source: "QEMU migration/multifd.c; facts/precopy.md 11.7 R103",
    facts: ["precopy R103"],
    category: "invariant",
    side: "both",
    versions: { from: "9.2" },
    when: { ends: ["completed"] },
    pattern: {
      kind: "pairs",
      source: on("multifd_send_fill"),
      sourceArgs: ["id", "packet_num", "flags", "next_packet_size"],
      destination: on("multifd_recv_unfill"),
      destinationArgs: ["id", "packet_num", "flags", "next_packet_size"],
      anyOrder: true,
    },
  },
  {
    id: "multifd-syncs-arrive",
    claim: "The destination syncs its channels as often as the source did",
    why: "A sync that is missed lets an older page overwrite a newer one",
    source: "QEMU migration/multifd.c; facts/precopy.md 11.7 R108",
    facts: ["precopy R108"],
    category: "invariant",
    side: "both",
    versions: { from: "9.0" },
    when: { ends: ["completed"], without: ["mapped-ram"] },
    pattern: {
      kind: "pairs",
      source: on("multifd_send_sync_main"),
      sourceArgs: [],
      destination: on("multifd_recv_sync_main"),
      destinationArgs: [],
    },
  },
  {
    id: "discards-arrive",
    claim: "The destination discards as many ranges as the source sent, 16 bytes for each",
    why: "A page that should have been discarded is stale",
    source: `${SAVEVM_C}, qemu_savevm_send_postcopy_ram_discard(); facts/postcopy-colo-cpr.md 11 R42`,
    facts: ["postcopy R42"],
    category: "invariant",
    side: "both",
    when: { with: ["postcopy"], ends: ["completed"] },
    pattern: ledger(() => ({ sent: 0, taken: 0, started: 0, line: 0 }), [
      {
        side: "source",
        on: on("qemu_savevm_send_postcopy_ram_discard"),
        args: ["len"],
        take: (s, _m, ranges) => void (s.sent += ranges),
      },
      {
        side: "destination",
        on: on("loadvm_postcopy_ram_handle_discard_header"),
        args: ["len"],
        take: (s, m, bytes) => {
          s.taken += bytes;
          s.line = m.line;
        },
      },
      {
        side: "destination",
        on: on("loadvm_handle_cmd_packaged"),
        take: (s) => void s.started++,
      },
    ], {
      end: (s) => s.started !== 1 ? undefined : s.taken === 16 * s.sent,
      endSays: (s) => `${s.sent} ranges were sent, ${s.taken} bytes of them taken`,
      endAt: (s) => lastTaken(s.line, "loadvm_postcopy_ram_handle_discard_header"),
    }),
  },
  {
    id: "discards-name-the-same-blocks",
    claim: "Discards name the same blocks on both sides, in the same order",
    why: "Pages of the wrong block are thrown away",
    source: `${SAVEVM_C}, loadvm_postcopy_ram_handle_discard(); facts/postcopy-colo-cpr.md 11 R42`,
    facts: ["postcopy R42"],
    category: "invariant",
    side: "both",
    pattern: {
      kind: "pairs",
      source: on("qemu_savevm_send_postcopy_ram_discard"),
      sourceArgs: ["id"],
      destination: on("loadvm_postcopy_ram_handle_discard_header"),
      destinationArgs: ["ramid"],
    },
  },
  {
    id: "bitmaps-asked-arrive",
    claim: "The destination is asked for the received bitmaps that the source asked for",
    why: "A bitmap that is not sent back leaves the source guessing what arrived",
    source: `${SAVEVM_C}, qemu_savevm_send_recv_bitmap(); facts/postcopy-colo-cpr.md 11 R67`,
    facts: ["postcopy R67"],
    category: "invariant",
    side: "both",
    pattern: {
      kind: "pairs",
      source: on("savevm_send_recv_bitmap"),
      sourceArgs: ["name"],
      destination: on("loadvm_handle_recv_bitmap"),
      destinationArgs: ["s"],
    },
  },
  {
    id: "bitmaps-come-back",
    claim: "The source reloads the bitmaps that the destination sent back",
    why: "Pages that did arrive would be sent again, or those that did not never",
    source: "QEMU migration/ram.c, ram_dirty_bitmap_reload(); facts/postcopy-colo-cpr.md 11 R67",
    facts: ["postcopy R67"],
    category: "invariant",
    side: "both",
    pattern: {
      kind: "pairs",
      source: on("ram_dirty_bitmap_reload_begin"),
      sourceArgs: ["str"],
      destination: on("migrate_send_rp_recv_bitmap"),
      destinationArgs: ["name"],
    },
  },
  {
    id: "dirty-bitmap-chunks-arrive",
    claim: "The destination loads the chunks of block dirty bitmaps that the source sent",
    why: "A backup made from a bitmap with holes misses data",
    source: "QEMU migration/block-dirty-bitmap.c; facts/postcopy-colo-cpr.md 11 R87",
    facts: ["postcopy R87"],
    category: "invariant",
    side: "both",
    pattern: {
      kind: "pairs",
      source: on("send_bitmap_bits"),
      sourceArgs: ["start_sector", "nr_sectors"],
      destination: anyOf(on("dirty_bitmap_load_bits_enter")),
      destinationArgs: ["first_sector", "nr_sectors"],
    },
  },
  {
    id: "colo-messages-arrive",
    claim: "Each COLO message of one side is received by the other, in order",
    why: "A checkpoint goes on only when both agree on where they are",
    source: "QEMU migration/colo.c; facts/postcopy-colo-cpr.md 11 R75, R76",
    facts: ["postcopy R75", "postcopy R76"],
    category: "invariant",
    side: "both",
    pattern: {
      kind: "pairs",
      source: on("colo_send_message"),
      sourceArgs: ["msg"],
      destination: on("colo_receive_message"),
      destinationArgs: ["msg"],
    },
  },
  {
    id: "colo-answers-arrive",
    claim: "Each COLO message of the secondary is received by the primary, in order",
    why: "A checkpoint goes on only when both agree on where they are",
    source: "QEMU migration/colo.c; facts/postcopy-colo-cpr.md 11 R75, R76",
    facts: ["postcopy R75", "postcopy R76"],
    category: "invariant",
    side: "both",
    pattern: {
      kind: "pairs",
      source: on("colo_receive_message"),
      sourceArgs: ["msg"],
      destination: on("colo_send_message"),
      destinationArgs: ["msg"],
    },
  },
];
