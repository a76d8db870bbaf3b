/**
 * The judge before logs in which events were switched off: what was not logged is no fault of the migration.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { judgeRun } from "../checks/mod.ts";
import type { Run, RunFacts } from "../trace/mod.ts";
import { recordedRuns } from "./mutants.ts";

const RUNS = recordedRuns(new URL("../../recordings/", import.meta.url));
/** One of each shape: plain, older and newer, multifd, postcopy, failed. */
const SHAPES = [
  "precopy-bw64-dr31",
  "q72-precopy",
  "q111-precopy-bw64-dr31",
  "multifd-2ch",
  "postcopy-dst-killed",
  "kill-dst-active",
];

function namesIn({ source, destination }: Run): string[] {
  return [...new Set([...source, ...destination].map(({ declaration }) => declaration.name))].sort();
}

/** The run as its log would be with these events on only. */
function withEvents(run: Run, isOn: (name: string) => boolean, facts: RunFacts): Run {
  return {
    ...run,
    facts,
    source: run.source.filter(({ declaration }) => isOn(declaration.name)),
    destination: run.destination.filter(({ declaration }) => isOn(declaration.name)),
  };
}

function alarms(run: Run): string[] {
  return judgeRun(run).verdicts.filter(({ outcome, knownDefect }) =>
    outcome === "fail" && knownDefect === undefined
  ).map(({ rule, note }) => `${rule.id}: ${note}`);
}

function untold({ unlogged: _unlogged, ...facts }: RunFacts): RunFacts {
  return facts;
}

Deno.test("an event that the facts say was switched off is missed by no rule", () => {
  const found: string[] = [];
  for (const { name, run } of RUNS.filter(({ name }) => SHAPES.includes(name))) {
    for (const event of namesIn(run)) {
      const facts = { ...run.facts, unlogged: [...run.facts.unlogged ?? [], event] };
      found.push(
        ...alarms(withEvents(run, (one) => one !== event, facts)).map((alarm) =>
          `${name} without ${event}: ${alarm}`
        ),
      );
    }
  }
  assertEquals(found, []);
});

/** Events that come again and again: that none is there says by itself that they were switched off. */
const REPEATED = [
  "migrate_pending",
  "migrate_pending_estimate",
  "migration_bitmap_sync_start migration_bitmap_sync_end",
  "migration_rate_limit_post",
  "migration_rate_limit_pre",
  "multifd_send_fill",
  "multifd_send_ram_fill",
  "multifd_send_sync_main_signal",
  "qemu_loadvm_state_section",
  "qemu_loadvm_state_section_partend",
  "qemu_savevm_query_pending",
  "ram_load_complete",
  "ram_load_start",
  "savevm_section_end",
  "savevm_section_start",
  "savevm_state_iterate",
  "vmstate_downtime_load",
  "vmstate_downtime_save",
  "vmstate_load",
  "vmstate_save",
];

Deno.test("an event that comes again and again, and of which there is none, was switched off", () => {
  const found: string[] = [];
  for (const { name, run } of RUNS.filter(({ name }) => SHAPES.includes(name))) {
    for (const events of REPEATED.map((names) => names.split(" "))) {
      found.push(
        ...alarms(withEvents(run, (one) => !events.includes(one), untold(run.facts))).map((alarm) =>
          `${name} without ${events}: ${alarm}`
        ),
      );
    }
  }
  assertEquals(found, []);
});

/** What people type after -trace, alone and as what they leave out. */
const PATTERNS = [
  /^migra/,
  /^migrate_/,
  /^migration_/,
  /^savevm_/,
  /savevm/,
  /^qemu_loadvm/,
  /^loadvm_/,
  /loadvm/,
  /^vmstate_/,
  /^vmstate_downtime/,
  /^ram_/,
  /^multifd_/,
  /^postcopy_/,
  /^process_incoming/,
  /runstate_set|vm_state_notify/,
];

Deno.test("whole groups of events are on or off", () => {
  const found: string[] = [];
  for (const { name, run } of RUNS.filter(({ name }) => SHAPES.includes(name))) {
    for (const pattern of PATTERNS) {
      for (const isOn of [true, false]) {
        const part = withEvents(run, (one) => pattern.test(one) === isOn, untold(run.facts));
        found.push(
          ...alarms(part).map((alarm) => `${name}: ${isOn ? "only" : "without"} ${pattern}: ${alarm}`),
        );
      }
    }
  }
  assertEquals(found, []);
});

Deno.test("a single line that is missing is missed, whether its kind comes once or often", () => {
  const { run } = RUNS.find(({ name }) => name === "precopy-bw64-dr31") ?? {};
  assert(run !== undefined);
  for (
    const event of [
      "migration_thread_setup_complete",
      "migration_bitmap_sync_end",
      "savevm_section_end",
      "migration_completion_vm_stop",
      "migration_rate_limit_post",
    ]
  ) {
    const at = run.source.findLastIndex(({ declaration }) => declaration.name === event);
    const lost = { ...run, facts: untold(run.facts), source: run.source.toSpliced(at, 1) };
    assert(at !== -1 && alarms(lost).length > 0, `${event} is missing, and nothing failed`);
  }
});
