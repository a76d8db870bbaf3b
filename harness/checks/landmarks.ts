/**
 * The events by which a stream finds its way through a log: where a migration begins and ends, and who sends it.
 *
 * @module
 */
import type { Catalog, Side } from "../trace/mod.ts";
import { versionOrder } from "./version.ts";

/** What a process does in a migration. */
export const SENDS = 1;
export const LOADS = 2;
/** Events that only who sends a stream has, or who loads one, at its beginning. */
const COURSES: Readonly<Record<string, number>> = {
  savevm_state_header: SENDS,
  savevm_state_setup: SENDS,
  loadvm_state_setup: LOADS,
  qemu_loadvm_state_section: LOADS,
};

/** Events of a migration that a savevm, which goes from setup to completed as well, does not have. */
const MIGRATES =
  /^(migration_(set_outgoing_channel|thread_(setup_complete|after_loop)|completion_vm_stop|cleanup)|migrate_fd_cleanup)$/;

/** Declaration indices in one catalog, for one side; -1 for what this version does not have. */
export interface Landmarks {
  readonly setState: number;
  /** What every migration begins with, should its setup not be in the log. */
  readonly marker: number;
  readonly cleanup: number;
  /** The virtual CPUs start or stop, with the state that they stop for. */
  readonly vmState: number;
  /** What a source traces before any migration. */
  readonly before: readonly number[];
  /** Whether a load begins with state active: up to 8.1 its setup is not traced. */
  readonly startsActive: boolean;
  /** By declaration index: what an event says of what this process does; 0 where it says nothing. */
  readonly courses: Uint8Array;
  /** By declaration index: 1 for what a savevm does not have. */
  readonly migrates: Uint8Array;
}

/** Reckoned once for each catalog: thousands of short traces are judged by it. */
const KNOWN: Readonly<Record<Side, WeakMap<Catalog, Landmarks>>> = {
  source: new WeakMap(),
  destination: new WeakMap(),
};

/** The landmarks of a side in a catalog. */
export function landmarksOf(side: Side, catalog: Catalog): Landmarks {
  const known = KNOWN[side].get(catalog);
  if (known !== undefined) return known;
  const indexOf = (name: string) => catalog.get(name)?.index ?? -1;
  const activation = indexOf("migration_block_activation");
  const older = [indexOf("vm_state_notify"), indexOf("runstate_set")];
  const found: Landmarks = {
    setState: indexOf("migrate_set_state"),
    marker: side === "source" ? indexOf("savevm_state_header") : -1,
    cleanup: indexOf(side === "source" ? "savevm_state_cleanup" : "loadvm_state_cleanup"),
    vmState: indexOf("vm_state_notify"),
    before: activation === -1 ? older : [activation],
    startsActive: side === "destination" && versionOrder(catalog.name) < versionOrder("8.2-dev"),
    courses: Uint8Array.from(catalog.declarations, ({ name }) => COURSES[name] ?? 0),
    migrates: Uint8Array.from(catalog.declarations, ({ name }) => MIGRATES.test(name) ? 1 : 0),
  };
  KNOWN[side].set(catalog, found);
  return found;
}
