/**
 * Loading on the destination.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { state } from "./words.ts";

const SAVEVM_C = "QEMU migration/savevm.c";
const MIGRATION_C = "QEMU migration/migration.c";
const SECTION = on("qemu_loadvm_state_section");
const STARTFULL = on("qemu_loadvm_state_section_startfull");
const PARTEND = on("qemu_loadvm_state_section_partend");
const COMMAND = on("loadvm_process_command");
const COMMAND_DONE = on("qemu_loadvm_state_section_command");
const POST_MAIN = on("qemu_loadvm_state_post_main");
const SETUP = on("loadvm_state_setup");
const CLEANUP = on("loadvm_state_cleanup");

function nextIs(
  id: string,
  claim: string,
  why: string,
  fact: readonly string[],
  after: ReturnType<typeof on>,
  next: ReturnType<typeof on>,
  more: Partial<Rule> = {},
): Rule {
  return {
    id,
    claim,
    why,
    source: `${SAVEVM_C}, qemu_loadvm_state_main(); facts/precopy.md 8`,
    facts: fact,
    category: "ordering",
    side: "destination",
    pattern: { kind: "next", after, next },
    ...more,
  };
}

const STATES = {
  "setup": ["active", "failed"],
  "active": ["completed", "failed", "postcopy-active", "postcopy-device", "colo"],
  "postcopy-device": ["postcopy-active", "failed"],
  "postcopy-active": ["completed", "failed", "postcopy-paused"],
  "postcopy-paused": ["postcopy-recover", "failed", "cancelling"],
  "postcopy-recover": ["postcopy-active", "postcopy-paused", "failed"],
  "colo": ["completed", "failed"],
} as const;

export const DESTINATION_RULES: readonly Rule[] = [
  {
    id: "destination-states",
    claim: "The destination's state moves from setup over active to completed or failed, or through postcopy",
    why: "A state out of line means that two threads decided the load's fate at once",
    source: `${MIGRATION_C}, process_incoming_migration_co(); facts/precopy.md 1.10`,
    facts: ["precopy R82", "postcopy R20"],
    category: "ordering",
    side: "destination",
    pattern: {
      kind: "states",
      event: on("migrate_set_state"),
      arg: "new_state",
      initial: ["setup", "active"],
      edges: STATES,
    },
  },
  {
    id: "destination-state-once",
    claim: "The destination enters setup, active, completed and failed at most once each",
    why: "A load that ends twice ended wrongly once",
    source: `${MIGRATION_C}, process_incoming_migration_co(); facts/precopy.md 1.10`,
    facts: ["precopy R82"],
    category: "ordering",
    side: "destination",
    pattern: {
      kind: "count",
      event: state("setup", "active", "completed", "failed"),
      key: ["new_state"],
      atMost: 1,
    },
  },
  {
    id: "load-begins-in-order",
    claim: "Listening, connected, active, handlers set up, first section: in this order",
    why: "A section that is read before the handlers are set up has nobody to take it",
    source: `${SAVEVM_C}, qemu_loadvm_state(); facts/precopy.md 11.6 R82`,
    facts: ["precopy R82", "postcopy R20"],
    category: "ordering",
    side: "destination",
    versions: { from: "8.2" },
    pattern: {
      kind: "order",
      steps: [on("migration_set_incoming_channel"), state("active"), SETUP, SECTION],
    },
  },
  {
    id: "load-setup-once",
    claim: "The handlers are set up once, and cleaned up at most once",
    why: "A second setup forgets what was loaded",
    source: `${SAVEVM_C}, qemu_loadvm_state_setup(); facts/precopy.md 8`,
    facts: ["precopy R82", "postcopy R20"],
    category: "ordering",
    side: "destination",
    when: { without: ["colo"] },
    pattern: { kind: "alternates", first: SETUP, second: CLEANUP, mayStayOpen: true },
  },
  nextIs(
    "section-full-is-named",
    "A section that starts, or holds a whole device, is named next",
    "The name decides who loads it",
    ["precopy R83", "postcopy R21"],
    on("qemu_loadvm_state_section", { section_type: [1, 4] }),
    anyOf(STARTFULL, CLEANUP, POST_MAIN),
  ),
  nextIs(
    "section-part-is-numbered",
    "A section that continues, or ends, is numbered next",
    "The number decides who loads it",
    ["precopy R83", "postcopy R21"],
    on("qemu_loadvm_state_section", { section_type: [2, 3] }),
    anyOf(PARTEND, CLEANUP, POST_MAIN),
  ),
  nextIs(
    "section-command-is-a-command",
    "A command section holds a command",
    "A command that is skipped leaves the destination behind the source",
    ["precopy R83", "postcopy R21"],
    on("qemu_loadvm_state_section", { section_type: 8 }),
    anyOf(COMMAND, COMMAND_DONE, POST_MAIN),
  ),
  nextIs(
    "section-eof-ends-the-load",
    "At the end of the stream the load is over",
    "What is read behind the end is not the stream's",
    ["precopy R83", "postcopy R21"],
    on("qemu_loadvm_state_section", { section_type: 0 }),
    anyOf(
      POST_MAIN,
      on("postcopy_ram_listen_thread_exit"),
      COMMAND_DONE,
      on("loadvm_handle_cmd_packaged_main"),
    ),
    { when: { without: ["colo"] } },
  ),
  {
    id: "section-types-known",
    claim: "Only section types of the stream format are read",
    why: "An unknown type means that the stream was not read from where it was written to",
    source: `${SAVEVM_C}, qemu_loadvm_state_main(); facts/precopy.md 8`,
    facts: ["precopy 8"],
    category: "invariant",
    side: "destination",
    when: { ends: ["completed"] },
    pattern: ledger(() => ({}), [{
      on: SECTION,
      args: ["section_type"],
      take: (_s, _m, type) => [0, 1, 2, 3, 4, 8].includes(type),
      says: (_s, type) => `type ${type}`,
    }]),
  },
  {
    id: "part-was-introduced",
    claim: "A section that continues was introduced by name before",
    why: "Its number means nothing otherwise",
    source: `${SAVEVM_C}, qemu_loadvm_section_part_end(); facts/precopy.md 11.6 R84`,
    facts: ["precopy R84", "postcopy R22"],
    category: "invariant",
    side: "destination",
    pattern: ledger(() => ({ ids: new Set<number>() }), [
      {
        on: STARTFULL,
        args: ["section_id"],
        take: (s, _m, id) => {
          if (s.ids.size < 65536) s.ids.add(id);
        },
      },
      {
        on: PARTEND,
        args: ["section_id"],
        take: (s, _m, id) => s.ids.has(id),
        says: (_s, id) => `section ${id} was never introduced`,
      },
    ]),
  },
  {
    id: "section-introduced-once",
    claim: "A section is introduced by name once",
    why: "A second introduction makes a second handler of the same number",
    source: `${SAVEVM_C}, qemu_loadvm_section_start_full(); facts/postcopy-colo-cpr.md 11 R22`,
    facts: ["postcopy R22"],
    category: "ordering",
    side: "destination",
    when: { without: ["colo"] },
    pattern: { kind: "count", event: STARTFULL, key: ["section_id"], atMost: 1 },
  },
  nextIs(
    "section-is-loaded",
    "A section that is named or numbered is loaded next",
    "What is not read stays in the stream and is taken for the next header",
    ["precopy R85", "postcopy R23"],
    anyOf(STARTFULL, PARTEND),
    // A section that cannot be loaded, in the package of postcopy: the package is given up.
    anyOf(on("vmstate_load"), POST_MAIN, CLEANUP, on("loadvm_handle_cmd_packaged_main")),
  ),
  {
    id: "loaded-under-its-name",
    claim: "A section is loaded by the handler that it names",
    why: "Another handler takes the bytes for its own",
    source: `${SAVEVM_C}, vmstate_load(); facts/precopy.md 11.6 R85`,
    facts: ["precopy R85", "postcopy R23"],
    category: "invariant",
    side: "destination",
    when: { without: ["postcopy"] },
    pattern: ledger(() => ({ open: NaN }), [
      { on: STARTFULL, args: ["idstr"], take: (s, _m, id) => void (s.open = id) },
      { on: PARTEND, take: (s) => void (s.open = NaN) },
      {
        on: on("vmstate_load"),
        args: ["idstr"],
        take: (s, _m, id) => {
          if (Number.isNaN(s.open)) return undefined;
          const held = s.open === id;
          s.open = NaN;
          return held;
        },
        says: () => "the section that was introduced bears another name",
      },
    ]),
  },
  {
    id: "load-has-a-section",
    claim: "What is loaded was named by a section before, once for each load",
    why: "A load without its section reads what belongs to another",
    source: `${SAVEVM_C}, qemu_loadvm_section_start_full(), _part_end(); facts/precopy.md 11.6 R84, R85`,
    facts: ["precopy R84", "precopy R85", "postcopy R23"],
    category: "invariant",
    side: "destination",
    // Whichever thread reads it: in postcopy two read at a time, and later logs do not say which.
    pattern: ledger(() => ({ names: new Map<number, number>(), due: new Map<number, number>(), lost: 0 }), [
      {
        on: STARTFULL,
        args: ["section_id", "idstr"],
        take: (s, _m, section, id) => {
          if (s.names.size >= 65536 || s.due.size >= 65536) s.lost = 1;
          if (s.lost === 1) return;
          s.names.set(section, id);
          s.due.set(id, (s.due.get(id) ?? 0) + 1);
        },
      },
      {
        on: PARTEND,
        args: ["section_id"],
        take: (s, _m, section) => {
          const id = s.names.get(section);
          if (id !== undefined) s.due.set(id, (s.due.get(id) ?? 0) + 1);
        },
      },
      {
        on: on("vmstate_load"),
        args: ["idstr"],
        take: (s, _m, id) => {
          if (s.lost === 1) return undefined;
          const due = s.due.get(id) ?? 0;
          if (due > 1) s.due.set(id, due - 1);
          else s.due.delete(id);
          return due > 0;
        },
        says: () => "no section that was read before it, and not loaded yet, bears its name",
      },
    ]),
  },
  {
    id: "named-section-is-loaded",
    claim: "In a completed load each section that is introduced is loaded under its name",
    why: "A device that is named and not loaded keeps the state of its reset",
    source: `${SAVEVM_C}, qemu_loadvm_section_start_full(); facts/precopy.md 11.6 R85`,
    facts: ["precopy R85", "postcopy R23"],
    category: "ordering",
    side: "destination",
    when: { ends: ["completed"] },
    pattern: { kind: "answered", first: STARTFULL, then: on("vmstate_load"), key: ["idstr", "idstr"] },
  },
  {
    id: "loads-are-sections",
    claim: "A completed load has loaded as many sections as it named or numbered",
    why: "A section that was not loaded is a device, or pages, in the state of before",
    source: `${SAVEVM_C}, qemu_loadvm_section_start_full(), _part_end(); facts/precopy.md 11.6 R85`,
    facts: ["precopy R85", "postcopy R23"],
    category: "invariant",
    side: "destination",
    when: { ends: ["completed"] },
    pattern: { kind: "balance", plus: anyOf(STARTFULL, PARTEND), minus: on("vmstate_load"), equals: [0, 0] },
  },
  {
    id: "ram-load-alternates",
    claim: "Loading RAM begins and ends in turn",
    why: "Two loads at once write the same pages",
    source: "QEMU migration/ram.c, ram_load(); facts/precopy.md 11.6 R86",
    facts: ["precopy R86"],
    category: "ordering",
    side: "destination",
    versions: { from: "9.2" },
    pattern: { kind: "alternates", first: on("ram_load_start"), second: on("ram_load_complete") },
  },
  {
    id: "ram-load-counts",
    claim: "RAM sections are loaded one by one: 1, 2, 3",
    why: "A number that is skipped is a section that was not loaded",
    source: "QEMU migration/ram.c, ram_load(); facts/precopy.md 11.6 R87",
    facts: ["precopy R87"],
    category: "invariant",
    side: "destination",
    pattern: ledger(() => ({ last: 0 }), [{
      on: on("ram_load_complete"),
      args: ["seq_iter"],
      take: (s, _m, number) => {
        const held = s.last === 0 || number === s.last + 1;
        s.last = number;
        return held;
      },
      says: (s) => `number ${s.last} does not follow the one before`,
    }]),
  },
  {
    id: "ram-load-without-error",
    claim: "In a completed load no RAM section ends with an error",
    why: "Pages that were not loaded are zero",
    source: "QEMU migration/ram.c, ram_load(); facts/precopy.md 8",
    facts: ["precopy 8"],
    category: "invariant",
    side: "destination",
    when: { ends: ["completed"], without: ["paused"] },
    pattern: ledger(() => ({}), [{
      on: on("ram_load_complete"),
      args: ["ret"],
      take: (_s, _m, ret) => ret === 0,
      says: (_s, ret) => `exit_code ${ret}`,
    }]),
  },
  {
    id: "commands-end",
    claim: "Each command that is begun is done before the next section of its thread",
    why: "A command that is not finished blocks the stream",
    source: `${SAVEVM_C}, loadvm_process_command(); facts/precopy.md 11.6 R96`,
    facts: ["precopy R96"],
    category: "ordering",
    side: "destination",
    when: { without: ["postcopy", "colo"] },
    pattern: { kind: "alternates", first: COMMAND, second: COMMAND_DONE, mayStayOpen: true },
  },
];
