/**
 * The return path: pings and pongs, the thread that reads them on the source, the messages of the destination.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { state } from "./words.ts";

const MIGRATION_C = "QEMU migration/migration.c";
const SAVEVM_C = "QEMU migration/savevm.c";
const OPEN = on("open_return_path_on_source");
const CONTINUE = on("open_return_path_on_source_continue");
const HEADER = on("savevm_state_header");
const PING = on("savevm_send_ping");
const THREAD = {
  entry: on("source_return_path_thread_entry"),
  top: on("source_return_path_thread_loop_top"),
  end: on("source_return_path_thread_end"),
  bad: on("source_return_path_thread_bad_end"),
  shut: on("source_return_path_thread_shut"),
} as const;
const BEFORE = on("migration_return_path_end_before");
const AFTER = on("migration_return_path_end_after");
const MESSAGES = anyOf(
  on("source_return_path_thread_pong"),
  on("source_return_path_thread_shut"),
  on("source_return_path_thread_resume_ack"),
  on("source_return_path_thread_switchover_acked"),
  on("migrate_handle_rp_req_pages"),
);

export const RETURN_PATH_RULES: readonly Rule[] = [
  {
    id: "return-path-opens-first",
    claim: "The return path is opened before the stream's header is written",
    why: "The destination answers the first ping at once",
    source: `${MIGRATION_C}, open_return_path_on_source(); facts/precopy.md 11.5 R74`,
    facts: ["precopy R74", "postcopy R5"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "never-after",
      after: HEADER,
      event: anyOf(OPEN, CONTINUE),
      until: state("postcopy-paused"),
    },
  },
  {
    id: "return-path-open-pairs",
    claim: "Opening the return path continues once its thread runs",
    why: "A migration that goes on without the thread never hears the destination",
    source: `${MIGRATION_C}, open_return_path_on_source(); facts/precopy.md 11.5 R74`,
    facts: ["precopy R74"],
    category: "ordering",
    side: "source",
    // On a resume 7.2 uses the thread that waits, and says nothing of going on.
    when: { without: ["paused"] },
    pattern: { kind: "alternates", first: OPEN, second: CONTINUE },
  },
  {
    id: "open-command-first",
    claim: "Header, the command that opens the return path, the first ping, setup: in this order",
    why: "The destination must have its end open before it is asked anything",
    source: `${MIGRATION_C}, migration_thread(); facts/precopy.md 1.3`,
    facts: ["precopy R75", "postcopy R5"],
    category: "ordering",
    side: "source",
    when: { with: ["return-path"] },
    pattern: {
      kind: "order",
      steps: [
        HEADER,
        on("savevm_send_open_return_path"),
        on("savevm_send_ping", { val: 1 }),
        on("savevm_state_setup"),
      ],
    },
  },
  {
    id: "open-is-a-command",
    claim: "Opening the return path is command 1, without data",
    why: "The destination would take anything else for another command",
    source: `${SAVEVM_C}, qemu_savevm_send_open_return_path(); facts/precopy.md 2.9`,
    facts: ["precopy R75", "postcopy R4"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "next",
      after: on("savevm_send_open_return_path"),
      next: on("savevm_command_send", { command: 1, len: 0 }),
    },
  },
  {
    id: "open-then-ping",
    claim: "The return path is tried with a ping as soon as it is open",
    why: "A path that does not answer must be found before it is needed",
    source: `${MIGRATION_C}, migration_thread(); facts/precopy.md 11.5 R75`,
    facts: ["precopy R75"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "next",
      after: on("savevm_command_send", { command: 1 }),
      next: on("savevm_send_ping", { val: 1 }),
    },
  },
  {
    id: "ping-is-a-command",
    claim: "Each ping is command 2 with four bytes",
    why: "The destination would take anything else for another command",
    source: `${SAVEVM_C}, qemu_savevm_send_ping(); facts/precopy.md 11.5 R76`,
    facts: ["precopy R76", "postcopy R4"],
    category: "ordering",
    side: "source",
    pattern: { kind: "next", after: PING, next: on("savevm_command_send", { command: 2, len: 4 }) },
  },
  {
    id: "pong-after-its-ping",
    claim: "Each pong answers a ping of the same value that came before",
    why: "A pong that nobody asked for answers an older stream",
    source: `${MIGRATION_C}, source_return_path_thread(); facts/precopy.md 11.5 R78`,
    facts: ["precopy R78", "postcopy R29", "postcopy R30"],
    category: "ordering",
    side: "source",
    when: { without: ["paused"] },
    pattern: {
      kind: "answered",
      first: PING,
      then: on("source_return_path_thread_pong"),
      key: ["val", "val"],
      onlyAsked: true,
      excused: anyOf(state("cancelling", "failed", "failing", "completed", "postcopy-paused"), THREAD.bad),
    },
  },
  {
    id: "return-path-thread-once",
    claim: "The return path's thread begins before it ends, and begins anew only after it ended",
    why: "Two readers of one path steal each other's messages",
    source: `${MIGRATION_C}, source_return_path_thread(); facts/precopy.md 11.5 R77`,
    facts: ["precopy R77", "postcopy R32"],
    category: "ordering",
    side: "source",
    pattern: { kind: "alternates", first: THREAD.entry, second: THREAD.end },
  },
  {
    id: "return-path-reads-in-thread",
    claim: "Messages are read only while the return path's thread runs",
    why: "A message that is read elsewhere is handled without the thread's locks",
    source: `${MIGRATION_C}, source_return_path_thread(); facts/precopy.md 11.5 R77`,
    facts: ["precopy R77", "postcopy R32"],
    category: "ordering",
    side: "source",
    pattern: { kind: "between", event: anyOf(THREAD.top, MESSAGES), open: THREAD.entry, close: THREAD.end },
  },
  {
    id: "return-path-one-message-a-turn",
    claim: "The return path's thread handles one message in each turn of its loop",
    why: "A message that is handled twice asks twice for the same page, or acknowledges twice",
    source: `${MIGRATION_C}, source_return_path_thread(); facts/precopy.md 11.5 R77`,
    facts: ["precopy R77", "postcopy R32"],
    category: "ordering",
    side: "source",
    pattern: ledger(() => ({ turns: 0, messages: 0 }), [
      {
        on: THREAD.top,
        take: (s) => {
          s.turns++;
          s.messages = 0;
        },
      },
      {
        on: MESSAGES,
        take: (s) => s.turns === 0 ? undefined : ++s.messages === 1,
        says: (s) => `message number ${s.messages} in one turn of the loop`,
      },
    ]),
  },
  {
    id: "bad-end-then-end",
    claim: "A return path that ends badly ends, at once",
    why: "A thread that goes on after an error waits for messages that never come",
    source: `${MIGRATION_C}, source_return_path_thread(); facts/precopy.md 11.5 R81`,
    facts: ["precopy R81", "postcopy R32"],
    category: "ordering",
    side: "source",
    pattern: { kind: "answered", first: THREAD.bad, then: THREAD.end },
  },
  {
    id: "bad-end-never-completes",
    claim: "After the return path ended badly the migration does not complete",
    why: "Nobody knows whether the destination has loaded the guest",
    source: `${MIGRATION_C}, close_return_path_on_source(); facts/precopy.md 11.5 R81`,
    facts: ["precopy R81"],
    category: "ordering",
    side: "source",
    when: { without: ["postcopy", "colo"] },
    pattern: { kind: "never-after", after: THREAD.bad, event: state("completed") },
  },
  {
    id: "shut-is-the-last-message",
    claim: "After the destination has shut the return path nothing more is read from it",
    why: "What comes after the farewell belongs to nobody",
    source: `${MIGRATION_C}, source_return_path_thread(); facts/postcopy-colo-cpr.md 11 R34`,
    facts: ["postcopy R34"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "never-after",
      after: THREAD.shut,
      event: anyOf(THREAD.top, MESSAGES),
      until: THREAD.entry,
    },
  },
  {
    id: "shut-zero-when-completed",
    claim: "A migration completes only if the destination shut the return path with 0",
    why: "Any other value is the destination's word that it could not load",
    source: `${MIGRATION_C}, source_return_path_thread(); facts/precopy.md 9`,
    facts: ["precopy R79"],
    category: "invariant",
    side: "source",
    when: { ends: ["completed"], without: ["colo"] },
    pattern: ledger(() => ({}), [{
      on: THREAD.shut,
      args: ["val"],
      take: (_s, _m, value) => value === 0,
      says: (_s, value) => `the destination said ${value}`,
    }]),
  },
  {
    id: "closing-waits-for-the-thread",
    claim: "Closing the return path begins, its thread ends, closing ends",
    why: "A path that is closed under its thread frees what the thread reads",
    source: `${MIGRATION_C}, close_return_path_on_source(); facts/precopy.md 11.5 R79`,
    facts: ["precopy R79", "postcopy R33"],
    category: "ordering",
    side: "source",
    when: { without: ["paused"] },
    pattern: { kind: "order", steps: [THREAD.end, AFTER] },
  },
  {
    id: "closing-alternates",
    claim: "Closing the return path begins and ends in turn",
    why: "A path that is closed twice was opened once",
    source: `${MIGRATION_C}, close_return_path_on_source(); facts/postcopy-colo-cpr.md 11 R33`,
    facts: ["precopy R79", "postcopy R33"],
    category: "ordering",
    side: "source",
    pattern: { kind: "alternates", first: BEFORE, second: AFTER },
  },
  {
    id: "shut-before-completed",
    claim: "With a return path the destination says goodbye before the source completes",
    why: "Only then does the source know that its guest is safe",
    source: `${MIGRATION_C}, await_return_path_close_on_source(); facts/precopy.md 11.5 R79`,
    facts: ["precopy R79", "precopy R68"],
    category: "ordering",
    side: "source",
    when: { with: ["return-path"], ends: ["completed"], without: ["colo", "paused"] },
    pattern: { kind: "order", steps: [THREAD.shut, THREAD.end, state("completed")], complete: true },
  },
  {
    id: "ack-before-the-switchover",
    claim: "With switchover-ack the acknowledgement comes before the decision to switch over",
    why: "A device that has not agreed is not ready to be stopped",
    source: `${MIGRATION_C}, migration_can_switchover(); facts/precopy.md 11.5 R80`,
    facts: ["precopy R80", "postcopy R98"],
    category: "ordering",
    side: "source",
    versions: { from: "8.1", to: "11.0-dev" },
    when: { with: ["switchover-ack"] },
    // A guest that stands still, whoever stopped it and when, is asked by nobody (facts/precopy.md 1.4).
    pattern: ledger(() => ({ acked: 0, runs: NaN }), [
      { on: on("source_return_path_thread_switchover_acked"), take: (s) => void (s.acked = 1) },
      { on: on("vm_state_notify"), args: ["running"], take: (s, _m, running) => void (s.runs = running) },
      // The run state is what is looked at, and it is set before everybody is told.
      { on: on("runstate_set", { new_state_str: "paused" }), take: (s) => void (s.runs = 0) },
      {
        on: on("migration_thread_low_pending"),
        take: (s, { guestRan }) => {
          const runs = Number.isNaN(s.runs) ? guestRan : s.runs === 1;
          return runs === true ? s.acked === 1 : undefined;
        },
        says: () => "the guest runs, and no acknowledgement has come",
      },
    ]),
  },
  {
    id: "ack-once",
    claim: "The switchover is acknowledged once",
    why: "A second acknowledgement would let the next migration switch over unasked",
    source: `${MIGRATION_C}, source_return_path_thread(); facts/precopy.md 11.5 R80`,
    facts: ["precopy R80"],
    category: "ordering",
    side: "source",
    versions: { from: "8.1", to: "11.0-dev" },
    pattern: { kind: "count", event: on("source_return_path_thread_switchover_acked"), atMost: 1 },
  },
  {
    id: "ping-is-answered",
    claim: "The destination answers each ping with a pong, before it loads anything else",
    why: "The source waits for it",
    source: `${SAVEVM_C}, loadvm_process_command(); facts/precopy.md 11.6 R97`,
    facts: ["precopy R97", "postcopy R29"],
    category: "ordering",
    side: "destination",
    pattern: {
      kind: "answered",
      first: on("loadvm_process_command_ping"),
      then: on("migrate_send_rp_message", { msg_type: 2 }),
    },
  },
  {
    id: "pong-is-four-bytes",
    claim: "Pongs and farewells carry four bytes, page requests 12 or more, an acknowledgement none",
    why: "The source refuses a message of another length and fails the migration",
    source: `${MIGRATION_C}, migrate_send_rp_message(); facts/precopy.md 9`,
    facts: ["precopy 9"],
    category: "invariant",
    side: "destination",
    pattern: ledger(() => ({}), [{
      on: on("migrate_send_rp_message"),
      args: ["msg_type", "len"],
      take: (_s, _m, type, len) => {
        if (type === 1 || type === 2 || type === 6) return len === 4;
        if (type === 3) return len >= 14;
        if (type === 4) return len === 12;
        return type === 7 ? len === 0 : undefined;
      },
      says: (_s, type, len) => `message ${type} of ${len} bytes`,
    }]),
  },
  {
    id: "shut-is-sent-last",
    claim: "After its farewell the destination sends nothing more on the return path",
    why: "Nobody reads it any more",
    source: `${MIGRATION_C}, migrate_send_rp_shut(); facts/postcopy-colo-cpr.md 11 R34`,
    facts: ["postcopy R34"],
    category: "ordering",
    side: "destination",
    when: { without: ["colo"] },
    pattern: {
      kind: "never-after",
      after: on("migrate_send_rp_message", { msg_type: 1 }),
      event: on("migrate_send_rp_message"),
    },
  },
];
