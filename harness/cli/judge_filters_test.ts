/**
 * The judge before logs in which events were switched off: what was not logged is no fault of the migration.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../base/mod.ts";
import { judgeRun, type RuleVerdict } from "../checks/mod.ts";
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
  "savevm-then-migrated",
  "q111-stored-then-migrated",
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

/** What is known of a log without a word about what was switched on. */
function untold({ unlogged: _unlogged, ...facts }: RunFacts): RunFacts {
  return facts;
}

/** What is known of two bare logs: nothing but the versions, which their events tell. */
function bare({ version = "", destinationVersion }: RunFacts): RunFacts {
  return destinationVersion === undefined ? { version } : { version, destinationVersion };
}

/** The false alarms of all shapes, with each choice of events that `choices` makes of those that a run has. */
function alarmsOf(
  of: readonly ((facts: RunFacts) => RunFacts)[],
  choices: (
    names: readonly string[],
    shape: string,
  ) => Iterable<readonly [what: string, isOn: (name: string) => boolean]>,
): string[] {
  const found: string[] = [];
  for (const { name, run } of RUNS.filter(({ name }) => SHAPES.includes(name))) {
    for (const [what, isOn] of choices(namesIn(run), name)) {
      for (const facts of of.map((known) => known(run.facts))) {
        found.push(...alarms(withEvents(run, isOn, facts)).map((alarm) => `${name}, ${what}: ${alarm}`));
      }
    }
  }
  return found;
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

Deno.test("an event that was not switched on is no fault of the migration, though nobody says that it was not", () => {
  const choices = (names: readonly string[]) =>
    names.map((off) => [`without ${off}`, (name: string) => name !== off] as const);
  assertEquals(alarmsOf([bare], choices), []);
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
  /postcopy/,
  /^process_incoming/,
  /state/,
  /bitmap/,
  /return_path/,
  /runstate_set|vm_state_notify/,
];

Deno.test("whole groups of events are on or off", () => {
  const choices = function* () {
    for (const pattern of PATTERNS) {
      yield [`only ${pattern}`, (name: string) => pattern.test(name)] as const;
      yield [`without ${pattern}`, (name: string) => !pattern.test(name)] as const;
    }
  };
  assertEquals(alarmsOf([untold, bare], choices), []);
});

/** Sets of events for each shape, and how many of all events they hold. */
const SHARES = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97];

Deno.test("events are picked by hand, and no two people pick the same", () => {
  const choices = function* (names: readonly string[], shape: string) {
    const random = new RandomStream(1, shape);
    for (const share of SHARES) {
      const picked = new Set(names.filter(() => random.below(1000) < 1000 * share));
      yield [[...picked].join(), (name: string) => picked.has(name)] as const;
    }
  };
  assertEquals(alarmsOf([untold, bare], choices), []);
});

Deno.test("one side's log was made without events", () => {
  const found: string[] = [];
  for (const { name, run } of RUNS.filter(({ name }) => SHAPES.includes(name))) {
    for (const pattern of PATTERNS) {
      const few = withEvents(run, (one) => pattern.test(one), bare(run.facts));
      for (const side of ["source", "destination"] as const) {
        const part = { ...run, facts: bare(run.facts), [side]: few[side] };
        found.push(...alarms(part).map((alarm) => `${name}, ${side} with ${pattern}: ${alarm}`));
      }
    }
  }
  assertEquals(found, []);
});

/** Events that come once in a migration, and one that comes often. */
const LOST: readonly (readonly [event: string, comesOnce: boolean])[] = [
  ["migration_thread_setup_complete", true],
  ["migration_completion_vm_stop", true],
  ["migration_bitmap_sync_end", false],
  ["savevm_section_end", false],
  ["migration_rate_limit_post", false],
];

Deno.test("a single line that is missing is missed; where it may have been off, a rule is open and says so", async (t) => {
  const { run } = RUNS.find(({ name }) => name === "precopy-bw64-dr31") ?? {};
  assert(run !== undefined);
  for (const [event, comesOnce] of LOST) {
    await t.step(event, () => {
      const at = run.source.findLastIndex(({ declaration }) => declaration.name === event);
      const source = run.source.toSpliced(at, 1);
      assert(at !== -1);
      assert(alarms({ ...run, source }).length > 0, "it is known to be on, and nothing failed");
      const { verdicts } = judgeRun({ ...run, source, facts: untold(run.facts) });
      const isOpen = ({ outcome, absent = [] }: RuleVerdict) =>
        outcome === "unknown" && absent.includes(event);
      const isFound = ({ outcome }: RuleVerdict) => outcome === "fail";
      assert(
        verdicts.some(comesOnce ? isOpen : isFound),
        verdicts.filter(isOpen).map(({ note }) => note).join(),
      );
    });
  }
});
