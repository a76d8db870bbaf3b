/**
 * Who runs the guest: never both sides outside COLO, and in the end exactly one if it ran before.
 *
 * Judged by what both QEMUs traced of their virtual CPUs (`vm_state_notify`); the stop at a process's exit is no
 * decision of the migration and is left out.
 *
 * @module
 */
import { ledger, type Step } from "../pattern.ts";
import type { KnownDefect, Rule } from "../rule.ts";
import { on, type Selector, word } from "../select.ts";
import { state } from "./words.ts";

const RUNS = on("vm_state_notify", { running: 1 });
const STOPS = on("vm_state_notify", { running: 0 });
/** The operator's cont after the end: QEMU itself never leaves postmigrate. A stream may be in a file, and nobody run. */
const CONTINUED = on("runstate_set", { current_state_str: "postmigrate", new_state_str: "running" });
const SHUTDOWN = word("shutdown");
const SYSTEM_C = "QEMU system/runstate.c, vm_state_notify()";

/** Whether each side's guest runs, whether the source's ran before, and whether the source reached COLO. */
const GUESTS = () => ({
  source: 0,
  destination: 0,
  ranBefore: 0,
  colo: 0,
  seen: 0,
  destinationFailed: 0,
  migrations: 0,
  loads: 0,
  loading: 0,
  continued: 0,
});
type Guests = ReturnType<typeof GUESTS>;

const GUEST_STEPS: readonly Step<Guests>[] = [
  {
    side: "source",
    on: RUNS,
    shows: true,
    take: (s) => {
      s.source = 1;
      s.seen = 1;
    },
  },
  {
    side: "source",
    on: STOPS,
    args: ["reason_str"],
    take: (s, _m, reason) => {
      if (reason !== SHUTDOWN) s.source = 0;
    },
  },
  {
    side: "source",
    on: state("setup"),
    take: (s) => {
      s.ranBefore = s.source;
      s.migrations++;
      s.loading = 0;
    },
  },
  { side: "source", on: CONTINUED, take: (s) => void (s.continued = 1) },
  { side: "source", on: state("colo"), take: (s) => void (s.colo = 1) },
  {
    side: "destination",
    on: state("setup"),
    take: (s) => {
      s.destinationFailed = 0;
      s.loads++;
    },
  },
  { side: "destination", on: state("active"), take: (s) => void (s.loading = 1) },
  {
    side: "destination",
    on: state("failed"),
    shows: true,
    take: (s) => void (s.destinationFailed = 1),
  },
  {
    side: "destination",
    on: RUNS,
    shows: true,
    take: (s) => {
      s.destination = 1;
      s.seen = 1;
    },
  },
  {
    side: "destination",
    on: STOPS,
    args: ["reason_str"],
    take: (s, _m, reason) => {
      if (reason !== SHUTDOWN) s.destination = 0;
    },
  },
];

function notBoth(
  id: string,
  claim: string,
  source: string,
  when: Rule["when"],
  knownDefect?: KnownDefect,
): Rule {
  return {
    id,
    claim,
    why: "Two guests with one identity write the same disks and answer for the same address: data is lost",
    source,
    facts: ["measured: cancel, failure"],
    category: "invariant",
    side: "both",
    ...(when === undefined ? {} : { when }),
    ...(knownDefect === undefined ? {} : { knownDefect }),
    // A side runs the guest, or has failed to load it, only where its log says so.
    pattern: ledger(GUESTS, GUEST_STEPS, {
      restsOnSeen: true,
      end: (s) =>
        s.seen === 0 || s.ranBefore === 0 || s.colo === 1 ? undefined : s.source + s.destination < 2,
      endSays: (s) =>
        `the guest runs on both sides in the end${
          s.continued === 1 ? ": a command ran the source's again after the migration" : ""
        }`,
    }),
  };
}

function afterwards(id: string, claim: string, why: string, after: Selector, until?: Selector): Rule {
  return {
    id,
    claim,
    why,
    source: `${SYSTEM_C}; facts/precopy.md 1.8`,
    facts: ["measured: cancel, failure"],
    category: "ordering",
    side: "source",
    when: { without: ["colo", "snapshot", "cpr"] },
    pattern: { kind: "never-after", after, event: RUNS, ...(until === undefined ? {} : { until }) },
  };
}

export const WHO_RUNS_RULES: readonly Rule[] = [
  notBoth(
    "one-guest-after-completion",
    "After a completed migration the guest does not run on both sides",
    `${SYSTEM_C}; facts/measured.md "Cancel, failure"`,
    { ends: ["completed"], without: ["snapshot", "colo"] },
  ),
  notBoth(
    "one-guest-after-cancel",
    "After a cancelled migration the guest does not run on both sides",
    `${SYSTEM_C}; facts/measured.md "Cancel, failure", recordings cancel-device*`,
    { ends: ["cancelled"], without: ["snapshot", "colo"] },
    {
      text:
        "A migrate_cancel that arrives in the device phase takes effect after the destination has the whole " +
        "stream: the source resumes and the destination runs too",
      versions: { from: "10.0" },
    },
  ),
  notBoth(
    "one-guest-after-failure",
    "After a failed migration the guest does not run on both sides",
    `${SYSTEM_C}; facts/measured.md "Cancel, failure"`,
    { ends: ["failed"], without: ["snapshot", "colo"] },
  ),
  notBoth(
    "one-guest-outside-colo",
    "When COLO is not reached the guest does not run on both sides",
    `${SYSTEM_C}; recording colo-broken-return-path; within the colo state both run by design`,
    { with: ["colo"], ends: ["failed", "completed", "cancelled"] },
    {
      text:
        "x-colo with a return path never starts before 11.0: the source fails and resumes while the destination, " +
        "which went to colo, runs too",
      versions: { from: "7.2", to: "10.2" },
    },
  ),
  {
    id: "some-guest-after-completion",
    claim: "After a completed migration of a running guest it runs on one side, or waits there loaded",
    why: "The source has given up its guest: if the destination could not load it, it is gone",
    source: `${SYSTEM_C}; facts/measured.md "Cancel, failure", recordings dst-missing-device*`,
    facts: ["measured: cancel, failure"],
    category: "invariant",
    side: "both",
    when: { ends: ["completed"], without: ["snapshot", "colo"] },
    knownDefect: {
      text:
        "Without a return path the source completes once all is written, before the destination has loaded it: " +
        "a destination that refuses the stream leaves no guest on either side",
      versions: { from: "7.2" },
    },
    // A side runs the guest, or has failed to load it, only where its log says so.
    pattern: ledger(GUESTS, GUEST_STEPS, {
      restsOnSeen: true,
      end: (s) => {
        if (s.seen === 0 || s.ranBefore === 0) return undefined;
        if (s.source + s.destination > 0) return true;
        // The destination of a later migration may show nothing of itself: one that loads since the last began is its own.
        const own = s.loading === 1 || s.loads >= s.migrations;
        return s.destinationFailed === 1 && own ? false : undefined;
      },
      endSays: () => "the source completed, the destination failed, and the guest runs nowhere",
    }),
  },
  {
    id: "guest-resumes-after-failure",
    claim: "A source that fails or is cancelled after it stopped the guest runs it again",
    why: "The guest stands still for good, although nothing is wrong with it",
    source: `${SYSTEM_C}; QEMU migration/migration.c, migration_iteration_finish(); facts/precopy.md 1.9`,
    facts: ["measured: cancel, failure"],
    category: "invariant",
    side: "source",
    when: { ends: ["failed", "cancelled"], without: ["postcopy", "colo", "cpr"] },
    // Once it runs again the migration has done its part: an operator may stop it then.
    pattern: ledger(() => ({ wasStopped: 0, ranAgain: 0 }), [
      { on: RUNS, take: (s) => void (s.ranAgain = 1) },
      {
        on: on("vm_state_notify", { running: 0, reason_str: "finish-migrate" }),
        take: (s) => {
          s.wasStopped = 1;
          s.ranAgain = 0;
        },
      },
    ], {
      end: (s) => s.wasStopped === 0 ? undefined : s.ranAgain === 1,
      endSays: () => "the guest was stopped for the switchover and does not run again",
    }),
  },
  afterwards(
    "guest-stays-stopped-after-completion",
    "After completion the source's guest does not run again",
    "The destination runs it: it would run twice",
    state("completed"),
    CONTINUED,
  ),
  {
    id: "guest-stopped-before-devices",
    claim: "No device is saved while the guest runs",
    why: "A device that changes while it is saved is torn",
    source: `${SYSTEM_C}; QEMU migration/savevm.c; facts/precopy.md 1.8`,
    facts: ["precopy 1.8"],
    category: "ordering",
    side: "source",
    when: { without: ["snapshot", "colo"] },
    pattern: {
      kind: "never-after",
      after: RUNS,
      until: STOPS,
      event: on("vmstate_save"),
    },
  },
  {
    id: "guest-stopped-between-checkpoints",
    claim: "The guest is stopped between the checkpoints that say so",
    why: "A downtime that is measured without the stop is no downtime",
    source: `${SYSTEM_C}; facts/precopy.md 1.8`,
    facts: ["precopy 7.1"],
    category: "ordering",
    side: "source",
    versions: { from: "8.2" },
    when: { without: ["snapshot", "colo"] },
    pattern: {
      kind: "between",
      event: on("vm_state_notify", { running: 0, reason_str: "finish-migrate" }),
      open: on("vmstate_downtime_checkpoint", { checkpoint: "src-downtime-start" }),
      close: on("vmstate_downtime_checkpoint", { checkpoint: "src-vm-stopped" }),
    },
  },
  {
    id: "destination-runs-after-loading",
    claim: "The destination runs the guest only after its main load is over",
    why: "A guest that runs before its devices are loaded runs on the wrong machine",
    source: `${SYSTEM_C}; QEMU migration/migration.c, process_incoming_migration_bh(); facts/precopy.md 8`,
    facts: ["precopy R92"],
    category: "ordering",
    side: "destination",
    when: { without: ["colo"] },
    pattern: { kind: "order", steps: [on("qemu_loadvm_state_post_main"), RUNS] },
  },
  {
    id: "destination-failed-stays-stopped",
    claim: "A destination that failed to load never runs the guest",
    why: "It would run half a guest",
    source: `${SYSTEM_C}; facts/precopy.md 8`,
    facts: ["precopy R99"],
    category: "ordering",
    side: "destination",
    pattern: { kind: "never-after", after: state("failed"), event: RUNS },
  },
  {
    id: "runstate-follows-vm-state",
    claim: "The virtual CPUs start after the run state is running",
    why: "Whoever asks for the state in between is told the wrong one",
    source: "QEMU system/cpus.c, vm_prepare_start()",
    facts: ["measured: Traces"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "never-after",
      after: on("runstate_set", { new_state_str: ["finish-migrate", "postmigrate", "shutdown", "paused"] }),
      until: on("runstate_set", { new_state_str: "running" }),
      event: RUNS,
    },
  },
];
