/**
 * Operators on the source's trace.
 *
 * @module
 */
import { argument, either, named, oneOf, places, withRecords } from "./edit.ts";
import {
  changes,
  deletes,
  exchanges,
  hasCompleted,
  movesBefore,
  type Operator,
  repeats,
} from "./operator.ts";
import {
  checkpoint,
  END,
  ESTIMATE,
  EXACT,
  has,
  isOrdinary,
  POST,
  PRE,
  RUNS,
  START,
  state,
  SYNC_END,
  SYNC_START,
  TRANSFERRED,
} from "./picks.ts";

/** Operators on the source's trace. */
export const SOURCE_OPERATORS: readonly Operator[] = [
  deletes("delete a sync's end", "a sync that starts ends", "source", SYNC_END),
  deletes("delete a sync's start", "a sync that ends was started", "source", SYNC_START),
  deletes("delete a section's end", "a section that starts ends", "source", END, hasCompleted),
  deletes("delete a section's start", "a section that ends was started", "source", START),
  deletes(
    "delete a device's save",
    "a device's section holds the device",
    "source",
    named("vmstate_save"),
    hasCompleted,
  ),
  deletes(
    "delete a downtime checkpoint",
    "a completed migration passes five checkpoints",
    "source",
    either(
      ...["start", "end"].map((word) => checkpoint(`src-downtime-${word}`)),
      checkpoint("src-vm-stopped"),
      checkpoint("src-iterable-saved"),
      checkpoint("src-non-iterable-saved"),
    ),
    isOrdinary,
  ),
  deletes("delete state active", "active comes between setup and the switchover", "source", state("active")),
  deletes(
    "delete state device",
    "the guest is stopped in state device",
    "source",
    state("device"),
    isOrdinary,
  ),
  deletes(
    "delete setup complete",
    "setup is said to be complete",
    "source",
    named("migration_thread_setup_complete"),
    hasCompleted,
  ),
  deletes(
    "delete the handlers' setup",
    "handlers are set up",
    "source",
    named("savevm_state_setup"),
    hasCompleted,
  ),
  deletes(
    "delete precopy complete",
    "precopy is declared complete",
    "source",
    named("migration_precopy_complete"),
    isOrdinary,
  ),
  deletes(
    "delete a rate limit's end",
    "a wait that begins ends",
    "source",
    POST,
    (run) => places(run, "source", POST).length > 1,
  ),
  deletes(
    "delete an estimate",
    "each pass begins with an estimate",
    "source",
    ESTIMATE,
    (run) => places(run, "source", ESTIMATE).length > 3 && has(run, "savevm_state_iterate"),
    "an estimate that postcopy's start, or an exact count right behind it, makes superfluous leaves no gap",
  ),
  deletes("delete a command", "what is sent as a command is one", "source", named("savevm_command_send")),
  exchanges(
    "exchange a sync's start and end",
    "a sync starts before it ends",
    "source",
    SYNC_START,
    SYNC_END,
  ),
  exchanges("exchange a section's start and end", "a section starts before it ends", "source", START, END),
  exchanges("exchange a wait's begin and end", "a wait begins before it ends", "source", PRE, POST),
  exchanges("exchange setup and active", "setup comes first", "source", state("setup"), state("active")),
  exchanges(
    "exchange stop and devices saved",
    "the guest is stopped before its devices are saved",
    "source",
    checkpoint("src-vm-stopped"),
    checkpoint("src-non-iterable-saved"),
  ),
  exchanges(
    "exchange inactive disks and precopy complete",
    "disks are inactive before precopy is complete",
    "source",
    named("migration_block_activation", { name: "inactive" }),
    named("migration_precopy_complete"),
  ),
  exchanges(
    "exchange cleanup and the loop's end",
    "the loop ends before the cleanup",
    "source",
    named("migration_thread_after_loop"),
    named("savevm_state_cleanup"),
  ),
  repeats("repeat a sync's start", "a sync ends before the next", "source", SYNC_START),
  repeats("repeat a section's start", "a section ends before the next", "source", START),
  repeats(
    "repeat the decision",
    "the switchover is decided once",
    "source",
    named("migration_thread_low_pending"),
  ),
  repeats("repeat the header", "a stream has one header", "source", named("savevm_state_header")),
  repeats(
    "repeat a checkpoint",
    "each checkpoint is passed once",
    "source",
    either(checkpoint("src-downtime-start"), checkpoint("src-vm-stopped"), checkpoint("src-iterable-saved")),
  ),
  repeats("repeat a device", "each device is accounted for once", "source", named("vmstate_downtime_save")),
  repeats("repeat the completion", "a migration completes once", "source", state("completed")),
  movesBefore(
    "complete before the devices",
    "devices are saved before completion",
    "source",
    state("completed"),
    named("vmstate_save"),
  ),
  movesBefore(
    "end the downtime before the stop",
    "the downtime ends last",
    "source",
    checkpoint("src-downtime-end"),
    checkpoint("src-vm-stopped"),
  ),
  movesBefore(
    "set up the handlers after the first sync",
    "handlers are set up before the first sync",
    "source",
    SYNC_START,
    named("savevm_state_setup"),
  ),
  movesBefore(
    "save a device while the guest runs",
    "devices are saved after the guest was stopped",
    "source",
    named("vmstate_save"),
    checkpoint("src-downtime-start"),
  ),
  movesBefore(
    "leave the loop before completion",
    "nothing is done after the loop",
    "source",
    named("migration_thread_after_loop"),
    state("device"),
    isOrdinary,
  ),
  changes(
    "bandwidth off by one",
    "bandwidth is bytes over milliseconds",
    "source",
    TRANSFERRED,
    "bandwidth",
    1,
  ),
  changes(
    "threshold off by one",
    "the threshold is bandwidth times the limit",
    "source",
    TRANSFERRED,
    "size",
    1,
  ),
  changes(
    "a cycle of 99 ms",
    "a cycle lasts 100 ms",
    "source",
    TRANSFERRED,
    "time_spent",
    (record) => 99 - argument(record, "time_spent"),
  ),
  changes(
    "a cycle's bytes off by one",
    "bandwidth and threshold follow from the bytes",
    "source",
    TRANSFERRED,
    "transferred|tranferred",
    101,
  ),
  changes("an estimate of no whole page", "pending is whole pages", "source", ESTIMATE, "size|total", 1),
  changes(
    "an estimate above its parts",
    "pending is the sum of its parts",
    "source",
    either(ESTIMATE, EXACT),
    "size|total",
    4096,
  ),
  changes(
    "an exact count below its estimate",
    "a sync only adds pages",
    "source",
    EXACT,
    "size|total",
    (record) => -argument(record, "size|total") - 4096,
  ),
  changes(
    "a decision on another size",
    "the decision is on the size asked last",
    "source",
    named("migration_thread_low_pending"),
    "pending",
    4096,
  ),
  changes(
    "the first sync finds pages",
    "the first sync finds none",
    "source",
    (record) => SYNC_END(record) && argument(record, "dirty_pages") === 0,
    "dirty_pages",
    5,
    (run) =>
      argument(
          run.source[places(run, "source", SYNC_END)[0] ?? 0] ?? run.source[0] as never,
          "dirty_pages",
        ) === 0 && places(run, "source", SYNC_END).length === 1,
  ),
  changes(
    "a section ends under another id",
    "a section's id is the same at both ends",
    "source",
    END,
    "section_id",
    1000,
  ),
  changes("a wait of more than 100 ms", "a wait is at most 100 ms", "source", PRE, "ms", 100),
  changes(
    "a section ends with an error",
    "a completed migration has no error",
    "source",
    END,
    "ret",
    -105,
    (run) => hasCompleted(run) && !run.source.some(state("postcopy-paused")),
  ),
  changes(
    "a throttle above the maximum",
    "the throttle is at most 99 %",
    "source",
    named("cpu_throttle_set"),
    "new_throttle_pct",
    100,
  ),
  changes(
    "a ping of another value",
    "pings and pongs agree",
    "source",
    named("savevm_send_ping"),
    "val",
    40,
    (run) => run.destination.length > 0,
    "of a connection that breaks the last pongs are lost, whatever was asked",
  ),
  {
    name: "interleave two migrations",
    breaks: "a migration ends before the next begins",
    apply(run, random) {
      const setup = run.source.find(state("setup"));
      const found = places(run, "source", START);
      const at = oneOf(found.slice(0, Math.ceil(found.length / 2)), random);
      if (setup === undefined || at === undefined) return undefined;
      return withRecords(run, "source", run.source.toSpliced(at, 0, setup));
    },
  },
  {
    name: "send after the loop",
    breaks: "nothing is sent after the loop",
    apply(run, random) {
      const at = places(run, "source", named("migration_thread_after_loop")).at(-1);
      const section = oneOf(places(run, "source", START), random);
      const record = section === undefined ? undefined : run.source[section];
      if (at === undefined || record === undefined || has(run, "colo_send_message")) return undefined;
      return withRecords(run, "source", run.source.toSpliced(at + 1, 0, record));
    },
  },
  {
    name: "resume the source after completion",
    breaks: "the guest runs on one side",
    apply(run) {
      const running = run.source.find(RUNS);
      const at = places(run, "source", state("completed")).at(-1);
      if (running === undefined || at === undefined || has(run, "ram_write_tracking_ramblock_start")) {
        return undefined;
      }
      return withRecords(run, "source", run.source.toSpliced(at + 1, 0, running));
    },
  },
  {
    name: "fail, then complete",
    breaks: "a failed migration does not complete",
    apply(run) {
      const at = places(run, "source", state("completed")).at(-1);
      const completed = at === undefined ? undefined : run.source[at];
      if (at === undefined || completed === undefined) return undefined;
      return withRecords(run, "source", run.source.toSpliced(at, 0, { ...completed, values: ["failed"] }));
    },
  },
];
