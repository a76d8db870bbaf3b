/**
 * Threads, as far as a log shows them: which thread traced an event, and what the next event of the same thread is.
 *
 * Logs up to 10.0 carry thread ids. Later logs do not; there the role table says which thread can have traced an
 * event (facts/qemu-11.1.md 2). Events whose thread the table does not tell are passed over: "next" means next among
 * those that it does.
 *
 * @module
 */
import type { Catalog, EventView, Side } from "../trace/mod.ts";
import type { Where } from "./select.ts";

/** Who traces an event: the migration thread, the main loop, the return path's thread, or the loader. */
const ROLE = { none: 0, migration: 1, main: 2, returnPath: 3, load: 4, read: 5 } as const;
type Role = (typeof ROLE)[keyof typeof ROLE];

const MIGRATION =
  /^(savevm_(section|send|command|state_(header|setup|iterate|resume|complete))|qemu_savevm_(send|query)|migration_(thread|rate_limit|bitmap_sync|completion|precopy_complete|throttle$|dirty_limit_guest)|migrate_(pending|transferred)|migration_block_activation|postcopy_(start|discard|preempt_enabled)|multifd_send_sync_main$|vmstate_downtime_(save|checkpoint)|vmstate_save$|ram_(save_iterate_big_wait|save_complete|postcopy_send)|cpu_throttle_set)/;
const MAIN =
  /^(migration_(cancel|cleanup|socket|set_outgoing|file_outgoing|fd_outgoing|exec_outgoing|call_notifiers)|migrate_fd_(cancel|cleanup)|savevm_state_cleanup|open_return_path|cpr_|cpu_throttle_dirty_sync)/;
const RETURN_PATH = /^source_return_path_thread/;
const LOAD =
  /^(qemu_loadvm_|loadvm_|vmstate_load$|vmstate_downtime_(load|checkpoint)|ram_load_(start|complete)$|process_incoming_migration|migrate_set_state|migrate_global_state_post_load|migration_block_activation|postcopy_ram_listen_thread_(start|exit))/;

/** Of those, what whoever reads the stream traces for each section: in postcopy that is the listen thread in the end. */
const READ =
  /^(qemu_loadvm_state_section(_startfull|_partend)?|loadvm_process_command|vmstate_load|ram_load_(start|complete)|postcopy_ram_listen_thread_exit|loadvm_state_cleanup)$/;

/** States that the main loop sets on the source; the migration thread sets the others. */
const MAIN_STATES = new Set([
  "setup",
  "cancelling",
  "cancelled",
  "failed",
  "failing",
  "postcopy-recover-setup",
]);

function roleOf(side: Side, name: string): Role {
  if (side === "destination") return READ.test(name) ? ROLE.read : LOAD.test(name) ? ROLE.load : ROLE.none;
  if (MIGRATION.test(name)) return ROLE.migration;
  if (MAIN.test(name)) return ROLE.main;
  return RETURN_PATH.test(name) ? ROLE.returnPath : ROLE.none;
}

/** The roles of a catalog's events, by declaration index; reckoned once. */
const ROLES: Readonly<Record<Side, WeakMap<Catalog, Uint8Array>>> = {
  source: new WeakMap(),
  destination: new WeakMap(),
};

function rolesOf(side: Side, catalog: Catalog): Uint8Array {
  const known = ROLES[side].get(catalog);
  if (known !== undefined) return known;
  const roles = Uint8Array.from(catalog.declarations, ({ name }) => roleOf(side, name));
  ROLES[side].set(catalog, roles);
  return roles;
}

const TIMERS = /^(migration_bitmap_sync_(start|end)|migration_throttle|cpu_throttle_set)$/;
const TIMERS_OF = new WeakMap<Catalog, Uint8Array>();

function timersOf(catalog: Catalog): Uint8Array {
  let timers = TIMERS_OF.get(catalog);
  if (timers === undefined) {
    timers = Uint8Array.from(catalog.declarations, ({ name }) => TIMERS.test(name) ? 1 : 0);
    TIMERS_OF.set(catalog, timers);
  }
  return timers;
}

/** What waits for the next event of a lane. */
export interface Follower {
  follow(event: EventView): void;
}

const LANES_MAX = 64;

/** Sorts the events of one side into lanes, one per thread. */
export class Lanes {
  readonly #roles: Uint8Array;
  readonly #isDestination: boolean;
  readonly #setState: number;
  readonly #setup: number;
  readonly #activation: number;
  readonly #throttleSync: number;
  readonly #listen: number;
  readonly #unpacked: number;
  /** Emptied by count: an array whose length is set to 0 gives its memory away, to be asked for again at once. */
  readonly #waiting: Follower[][] = [];
  readonly #waiters = new Int32Array(LANES_MAX);
  readonly #byThread = new Map<number, number>();
  /** The number of the event in its lane, for `previous`. */
  readonly counts = new Float64Array(LANES_MAX);
  /** The lane of the event that is being judged; 0 when its thread is not known. */
  current = 0;
  #migrationThread = 0;
  /** What looks like a thread is the process, as in simpletrace: the main loop's timer has the migration thread's id. */
  #isProcess = false;
  /** Events of a sync that the main loop's timer made, still to come (logs without thread ids). */
  #timerSync = 0;
  readonly #waits: number;
  /** By declaration index: 1 for what the timer's sync traces. */
  readonly #timers: Uint8Array;
  /** Whether the timer's own tracepoint was seen. */
  #showsTimer = false;
  #isWaiting = false;
  /** Whether the listen thread reads too, or it alone: the main thread is done when the package is loaded. */
  #listening: "no" | "too" | "alone" = "no";

  constructor(side: Side, catalog: Catalog) {
    this.#isDestination = side === "destination";
    this.#roles = rolesOf(side, catalog);
    const indexOf = (name: string) => catalog.get(name)?.index ?? -1;
    this.#setState = indexOf("migrate_set_state");
    this.#setup = indexOf("savevm_state_header");
    this.#activation = indexOf("migration_block_activation");
    this.#throttleSync = indexOf("cpu_throttle_dirty_sync");
    this.#listen = indexOf("postcopy_ram_listen_thread_start");
    this.#waits = indexOf("migration_rate_limit_pre");
    this.#timers = timersOf(catalog);
    this.#unpacked = indexOf("loadvm_handle_cmd_packaged_main");
  }

  /** A migration begins: nothing is expected of any thread any more. */
  begin(): void {
    this.#waiters.fill(0);
    this.#migrationThread = 0;
    this.#timerSync = 0;
    this.#isWaiting = false;
    this.#listening = "no";
  }

  /** Another log begins: other threads, too. */
  renew(): void {
    this.begin();
    this.#byThread.clear();
    this.counts.fill(0);
    this.current = 0;
    this.#isProcess = this.#showsTimer = false;
  }

  /** Finds the lane of an event, and tells those who waited for it. */
  enter(event: EventView): void {
    const lane = this.#laneOf(event);
    this.current = lane;
    if (lane === 0) return;
    this.counts[lane] = (this.counts[lane] as number) + 1;
    const waiters = this.#waiters[lane] as number;
    if (waiters === 0) return;
    this.#waiters[lane] = 0;
    const waiting = this.#waiting[lane] as Follower[];
    for (let i = 0; i < waiters; i++) (waiting[i] as Follower).follow(event);
  }

  /** Asks for the next event of the lane of the event that is being judged. */
  await(follower: Follower): void {
    const lane = this.current;
    if (lane === 0) return;
    const count = (this.#waiters[lane] as number)++;
    (this.#waiting[lane] ??= [])[count] = follower;
  }

  #laneOf(event: EventView): number {
    const { index } = event.declaration;
    const thread = this.#isProcess ? 0 : event.thread;
    let role = this.#roles[index] as number;
    if (this.#isDestination) {
      if (role === ROLE.none) return 0;
      if (thread !== 0) return this.#laneOfThread(thread);
      if (index === this.#listen) this.#listening = "too";
      else if (index === this.#unpacked && this.#listening === "too") {
        this.#listening = "alone";
        return 0;
      }
      if (this.#listening === "no") return 1;
      return this.#listening === "alone" && role === ROLE.read ? 2 : 0;
    }
    if (index === this.#setState) {
      const state = event.text(0);
      if (thread === 0) role = MAIN_STATES.has(state) ? ROLE.none : ROLE.migration;
      else role = thread === this.#migrationThread ? ROLE.migration : ROLE.none;
    }
    // Without thread ids: a cont activates the block devices as well.
    if (thread === 0 && index === this.#activation && event.text(0) === "active") role = ROLE.none;
    if (role !== ROLE.migration) {
      if (index === this.#throttleSync) {
        this.#showsTimer = true;
        this.#timerSync = 2;
        if (thread !== 0 && thread === this.#migrationThread) this.#isProcess = true;
      }
      if (role === ROLE.none) return 0;
      return role === ROLE.main ? 2 : 3;
    }
    if (index === this.#setup) this.#migrationThread = thread;
    if (thread !== 0) return thread === this.#migrationThread ? 1 : 0;
    if (this.#timerSync === 0) return this.#mayBeTimers(index) ? 0 : 1;
    return this.#isTimerSync(event.declaration.name) ? 0 : 1;
  }

  /** Without thread ids, and without the timer's tracepoint: what comes in a wait may be a sync of the timer. */
  #mayBeTimers(index: number): boolean {
    const isTimers = this.#timers[index] === 1;
    // Whatever else the thread traces ends its wait, should the event that says so be off.
    this.#isWaiting = index === this.#waits || (this.#isWaiting && isTimers);
    return this.#isWaiting && isTimers && !this.#showsTimer;
  }

  /** Without thread ids: the sync that follows the timer's tracepoint, with the throttling it causes, is main's. */
  #isTimerSync(name: string): boolean {
    if (name.startsWith("migration_bitmap_sync_")) {
      this.#timerSync = name.endsWith("end") ? 1 : 2;
      return true;
    }
    if (this.#timerSync === 1 && (name === "migration_throttle" || name === "cpu_throttle_set")) return true;
    if (this.#timerSync === 1) this.#timerSync = 0;
    return false;
  }

  #laneOfThread(thread: number): number {
    const known = this.#byThread.get(thread);
    if (known !== undefined) return known;
    if (this.#byThread.size >= LANES_MAX - 1) return 0;
    const lane = this.#byThread.size + 1;
    this.#byThread.set(thread, lane);
    return lane;
  }
}

/** Whether an event is among resolved ones, by declaration index. */
export type Table = readonly (readonly (Where | null)[] | undefined)[];

/** Whether a table selects an event. */
export function selects(table: Table, event: EventView): boolean {
  const tests = table[event.declaration.index];
  if (tests === undefined) return false;
  for (const test of tests) if (test === null || test.matches(event)) return true;
  return false;
}
