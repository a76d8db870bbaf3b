/**
 * How a migration lets go: a cancel ends it soon, and a guest that was paused stays so.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { on, word } from "../select.ts";
import { AFTER_LOOP, CLEANUP, state } from "./words.ts";

const CANCELLING = word("cancelling");

/** A thread that is told to stop looks at its state at least every 100 ms; what hangs longer waits for something else. */
const CANCEL_MICROS_MAX = 10_000_000;

/** From cancelling to the end of it: by the log, and by the samples where the log shows none. */
const CANCEL_ENDS = ledger(() => ({ since: NaN, told: 0, connected: 0 }), [
  { on: state("active"), take: (s) => void (s.connected = 1) },
  // A connection that is still being made has no socket to shut down: cancelling lasts until that is given up.
  { on: state("cancelling"), take: (s, m) => void (s.since = s.connected === 1 ? m.at : NaN) },
  {
    on: state("cancelled", "failed", "completed"),
    take: (s, m) => {
      const held = s.since >= 0 && m.at >= 0 ? m.at - s.since <= CANCEL_MICROS_MAX : undefined;
      s.since = NaN;
      return held;
    },
    says: () => "the cancel took longer than ten seconds",
  },
  {
    side: "source",
    sample: ["status"],
    take: (s, m, status) => {
      if (status !== CANCELLING || s.told === 1 || !(m.at - s.since > CANCEL_MICROS_MAX)) {
        return undefined;
      }
      s.told = 1;
      return false;
    },
    says: () => "still cancelling after ten seconds",
  },
], { needsMoments: true, pastEnd: true });

export const ENDING_RULES: readonly Rule[] = [
  {
    id: "cancel-ends-soon",
    claim: "A migration that is being cancelled is cancelled within ten seconds",
    why: "The operator cannot try again, and a guest that was stopped for the switchover stands still",
    source:
      "QEMU migration/migration.c, migration_cancel(): it shuts the sockets down and wakes who waits; facts/precopy.md 1.9",
    facts: ["precopy 1.9"],
    category: "invariant",
    side: "source",
    versions: { from: "8.1" },
    when: { without: ["colo", "postcopy", "multifd"] },
    pattern: CANCEL_ENDS,
  },
  {
    id: "multifd-cancel-ends-soon",
    claim: "With multifd a migration that is being cancelled is cancelled within ten seconds",
    why: "The operator cannot try again, and may not know that only yank helps",
    source:
      "QEMU migration/migration.c, migration_cancel(): it shuts the main channel down and none of multifd; observed: QEMU 10.0.2 and 11.1.3 stayed in cancelling for as long as 14 s with a destination that stood still, and were cancelled at once by yank",
    facts: ["precopy 1.9"],
    category: "invariant",
    side: "source",
    versions: { from: "8.1" },
    when: { with: ["multifd"], without: ["colo", "postcopy"] },
    knownDefect: {
      text:
        "A cancel shuts down the main channel only: where the wire stands still, multifd's threads stay in their writes, " +
        "and the migration thread waits for one of them; yank ends all",
      versions: { from: "8.1" },
    },
    pattern: CANCEL_ENDS,
  },
  {
    id: "paused-guest-stays-paused",
    claim: "A migration that ends without success does not start a guest that it did not stop",
    why: "Whoever paused the guest relies on it: its disks may be in use elsewhere",
    source:
      "QEMU migration/migration.c, migration_iteration_finish(): it starts the guest only if it ran; facts/precopy.md 1.9",
    facts: ["precopy 1.9"],
    category: "invariant",
    side: "source",
    when: { without: ["colo", "snapshot", "cpr", "postcopy"] },
    pattern: ledger(() => ({ stopped: 0, finishing: 0, thread: 0 }), [
      {
        on: on("vm_state_notify", { running: 0, reason_str: "finish-migrate" }),
        take: (s) => void (s.stopped = 1),
      },
      {
        // A guest that runs is not started again, so this one stood still.
        on: on("vm_state_notify", { running: 1 }),
        // One that another thread starts was started by the operator.
        take: (s, m) => s.finishing === 0 || m.thread !== s.thread ? undefined : s.stopped === 1,
        says: () => "the migration did not stop the guest, and starts it",
      },
      {
        on: AFTER_LOOP,
        take: (s, m) => {
          s.finishing = 1;
          s.thread = m.thread;
        },
      },
      { on: CLEANUP, take: (s) => void (s.finishing = 0) },
    ]),
  },
];
