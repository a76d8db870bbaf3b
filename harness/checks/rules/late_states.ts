/**
 * Promises about a state and what the migration thread traces because of it.
 *
 * A thread sets a state and traces it then, so of a state that another thread has set the trace may come a moment later
 * than what the migration thread makes of it. What it sets itself it has always traced before. Such a promise is broken
 * only when the state shows itself not to have been set: the thread goes on, or nobody traces it in the end.
 *
 * @see QEMU migration/migration.c, migrate_set_state()
 * @module
 */
import { type Ledger, ledger } from "../pattern.ts";
import { anyOf, on, type Selector } from "../select.ts";
import { AFTER_LOOP, CANCEL, CLEANUP, ESTIMATE, RAM_END, RAM_START, state, TRANSFERRED } from "./words.ts";

/** What a promise of this kind is made of. */
export interface Decided {
  /** What the thread traces only once a state is set. */
  readonly event: Selector;
  /** States that it sets itself before, and those that others may have set. */
  readonly own?: Selector;
  readonly others: Selector;
  /** What shows that no state was set: the thread goes on, or the migration is over. */
  readonly over: Selector;
  readonly says: string;
}

/** The event comes only when the state is set, whoever set it and whenever that is traced. */
export function onceDecided({ event, own = [], others, over, says }: Decided): Ledger {
  return ledger(() => ({ decided: 0, waits: 0, thread: 0 }), [
    {
      on: own,
      take: (s) => {
        const held = s.waits === 0 ? undefined : false;
        s.decided = 1;
        s.waits = 0;
        return held;
      },
      says: () => says,
    },
    {
      on: others,
      take: (s, m) => {
        const held = s.waits === 0 ? undefined : m.thread === 0 || m.thread !== s.thread;
        s.decided = 1;
        s.waits = 0;
        return held;
      },
      says: () => says,
    },
    {
      on: event,
      take: (s, m) => {
        if (s.decided === 1) return true;
        s.waits = 1;
        s.thread = m.thread;
        return undefined;
      },
    },
    {
      on: over,
      take: (s) => {
        const held = s.waits === 0 ? undefined : false;
        s.waits = 0;
        return held;
      },
      says: () => says,
    },
  ]);
}

/**
 * A cancelled migration's thread leaves its loop when the state is set, which is traced when the main thread comes to it:
 * before it cleans up, which it does itself.
 */
export const CANCELLING_BEFORE_THE_CLEANUP: Ledger = ledger(() => ({ asked: 0, left: 0 }), [
  { on: CANCEL, take: (s) => void (s.asked = 1) },
  { on: CLEANUP, take: (s) => void (s.asked = 0) },
  { on: AFTER_LOOP, take: (s) => void (s.left = 1) },
  {
    on: state("cancelling"),
    take: (s) => {
      const held = s.left === 0 || s.asked === 1;
      s.asked = 0;
      return held;
    },
    says: () => "the thread has left its loop, and no cancel is being carried out",
  },
]);

/**
 * The thread looks at the state between a section and the end of a cycle. A cancel that comes after the look lets the cycle
 * end, and nothing more.
 */
export const CANCELLING_ENDS_THE_LOOP: Ledger = ledger(() => ({ cancelling: 0, wentOn: 0 }), [
  { on: state("cancelling"), take: (s) => void (s.cancelling = 1) },
  {
    on: anyOf(
      ESTIMATE,
      on("savevm_state_iterate"),
      RAM_START,
      RAM_END,
      on("migration_rate_limit_pre"),
      on("migration_rate_limit_post"),
    ),
    take: (s) => void (s.wentOn = s.cancelling),
  },
  {
    on: TRANSFERRED,
    take: (s) => {
      if (s.cancelling === 0) return undefined;
      const held = s.wentOn === 0;
      s.wentOn = 1;
      return held;
    },
    says: () => "a cycle ends in a loop that should have been left",
  },
  {
    // Not migration_thread_low_pending: the pass that was under way may still come to its decision.
    on: on("migration_precopy_complete"),
    take: (s) => s.cancelling === 0,
    says: () => "the switchover goes through",
  },
], { fromAnywhere: true });
