/**
 * Operators on the destination's trace, and on both.
 *
 * @module
 */
import { either, exchanged, named, oneOf, places, withRecords } from "./edit.ts";
import { changes, deletes, hasCompleted, movesBefore, type Operator, repeats } from "./operator.ts";
import { checkpoint, has, RUNS, state } from "./picks.ts";

/** Operators on the destination's trace, and on both. */
export const DESTINATION_OPERATORS: readonly Operator[] = [
  deletes(
    "delete a section's name",
    "a section is named or numbered",
    "destination",
    either(named("qemu_loadvm_state_section_startfull"), named("qemu_loadvm_state_section_partend")),
  ),
  deletes(
    "delete a section's load",
    "a section is loaded",
    "destination",
    named("vmstate_load"),
    hasCompleted,
  ),
  deletes(
    "delete a RAM load's end",
    "RAM loads are numbered one by one",
    "destination",
    named("ram_load_complete"),
    (run) => hasCompleted(run) && run.destination.some(state("completed")),
  ),
  deletes(
    "delete a destination checkpoint",
    "a completed load passes its checkpoints",
    "destination",
    either(
      ...["loadvm-completed", "bh-enter", "bh-announced", "bh-vm-started"].map((word) =>
        checkpoint(`dst-precopy-${word}`)
      ),
    ),
    (run) =>
      run.destination.some(state("completed")) && !run.destination.some(named("loadvm_handle_cmd_packaged")),
  ),
  repeats(
    "repeat a RAM load's start",
    "a RAM load ends before the next",
    "destination",
    named("ram_load_start"),
  ),
  repeats(
    "introduce a section twice",
    "a section is introduced once",
    "destination",
    named("qemu_loadvm_state_section_startfull"),
  ),
  movesBefore(
    "run before loading",
    "the destination runs after its load",
    "destination",
    RUNS,
    named("qemu_loadvm_state_section"),
  ),
  movesBefore(
    "complete before loading",
    "the destination completes after its load",
    "destination",
    state("completed"),
    named("loadvm_state_setup"),
  ),
  changes(
    "a RAM load out of turn",
    "RAM loads are numbered one by one",
    "destination",
    named("ram_load_complete"),
    "seq_iter",
    1,
    (run) => places(run, "destination", named("ram_load_complete")).length > 2,
  ),
  changes(
    "an unknown section type",
    "section types are of the format",
    "destination",
    named("qemu_loadvm_state_section"),
    "section_type",
    20,
    (run) => run.destination.some(state("completed")),
  ),
  changes(
    "a part of an unknown section",
    "a part was introduced",
    "destination",
    named("qemu_loadvm_state_section_partend"),
    "section_id",
    1000,
  ),
  changes(
    "a load error that is lost",
    "a load that ends with an error fails",
    "destination",
    named("process_incoming_migration_co_end"),
    "ret",
    -22,
    (run) => run.destination.some(state("completed")),
  ),
  changes(
    "a command of another length",
    "commands arrive as sent",
    "destination",
    named("loadvm_process_command"),
    "len",
    1,
    (run) =>
      hasCompleted(run) && run.destination.some(state("completed")) &&
      !run.source.some(state("postcopy-paused")),
  ),
  changes(
    "a pong of another length",
    "a pong has four bytes",
    "destination",
    named("migrate_send_rp_message", { msg_type: 2 }),
    "len",
    1,
  ),
  {
    name: "load two devices in the wrong order",
    breaks: "devices load as they were saved",
    apply(run, random) {
      const found = places(run, "destination", named("vmstate_downtime_load", { type: "non-iterable" }));
      const at = random.below(Math.max(found.length - 1, 1));
      const [a, b] = [found[at], found[at + 1]];
      if (a === undefined || b === undefined || !has(run, "vmstate_save")) return undefined;
      const [first, second] = [run.destination[a], run.destination[b]];
      return first?.values[1] === second?.values[1] ? undefined : exchanged(run, "destination", a, b);
    },
  },
  {
    name: "lose a device on the way",
    breaks: "every device that was saved is loaded",
    apply(run, random) {
      if (!hasCompleted(run) || !run.destination.some(state("completed"))) return undefined;
      const at = oneOf(
        places(run, "destination", named("vmstate_downtime_load", { type: "non-iterable" })),
        random,
      );
      return at === undefined ? undefined : withRecords(run, "destination", run.destination.toSpliced(at, 1));
    },
  },
  {
    name: "lose a RAM section on the way",
    breaks: "every section that was sent is loaded",
    apply(run, random) {
      if (!hasCompleted(run) || !run.destination.some(state("completed"))) return undefined;
      const found = places(run, "destination", named("qemu_loadvm_state_section_partend"));
      const at = oneOf(found, random);
      if (at === undefined) return undefined;
      // The section, its number, its load and its result.
      const end = run.destination.findIndex((record, index) =>
        index > at && named("ram_load_complete")(record)
      );
      return end === -1
        ? undefined
        : withRecords(run, "destination", run.destination.toSpliced(at - 1, end - at + 2));
    },
  },
];
