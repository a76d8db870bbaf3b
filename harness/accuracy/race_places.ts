/**
 * Where threads race: places of which QEMU does not say what comes first. Named once, each with its reason.
 *
 * What a place takes out of a side's sequence is compared as a sequence of its own, unless the place drops it.
 *
 * @module
 */

/** One place. */
export interface RacePlace {
  readonly side: "source" | "destination";
  readonly id: string;
  readonly reason: string;
  /**
   * Marks the events of the place.
   *
   * @param names All names of the side.
   * @param mark Takes the index of an event that belongs to the place.
   */
  readonly find: (names: readonly string[], mark: (index: number) => void) => void;
  /** Where the place has several sequences: the one that a name belongs to. */
  readonly lane?: (name: string) => string;
  /** Whether its events are left out of the comparison rather than compared apart. */
  readonly drops?: boolean;
  /** Whether one run's events may go on where the other's end: how many there are is what the race decides. */
  readonly isOpen?: boolean;
}

const byName = (names: readonly string[]): RacePlace["find"] => {
  const wanted = new Set(names);
  return (all, mark) => {
    for (const [index, name] of all.entries()) if (wanted.has(name)) mark(index);
  };
};

const RETURN_PATH_THREAD = byName([
  "source_return_path_thread_entry",
  "source_return_path_thread_loop_top",
  "source_return_path_thread_pong",
  "source_return_path_thread_switchover_acked",
  "source_return_path_thread_shut 0",
  "source_return_path_thread_shut 1",
  "source_return_path_thread_bad_end",
  "source_return_path_thread_end",
  "open_return_path_on_source",
  "open_return_path_on_source_continue",
]);

/** All places. */
export const RACE_PLACES: readonly RacePlace[] = [
  {
    side: "source",
    id: "return-path",
    reason: "The return path thread reads what the destination says, whenever it says it",
    find: (names, mark) => {
      RETURN_PATH_THREAD(names, mark);
      for (const [index, name] of names.entries()) {
        // The error that it reports as it ends badly.
        if (name === "migrate_error" && names[index + 1] === "source_return_path_thread_bad_end") mark(index);
      }
    },
    // It may begin before the main thread has told that it was made.
    lane: (name) => name.startsWith("open_return_path_on_source") ? "return-path-opened" : "return-path",
  },
  {
    side: "source",
    id: "operator",
    reason: "A command of the operator comes while the migration thread is anywhere in its cycle",
    find: byName([
      "migration_cancel",
      "migrate_set_state cancelling",
      "runstate_set paused",
      "vm_state_notify paused",
    ]),
  },
  {
    side: "source",
    id: "interrupted-cycle",
    reason:
      "A cancel, a kill or a broken connection catches the migration thread anywhere in its cycle, and a cancel the channels of multifd as they write or as they wait: what of the last cycle has been done is left out",
    drops: true,
    find: (names, mark) => {
      let start = 0;
      // A source may migrate more than once: each migration begins with its state setup.
      for (let end = 1; end <= names.length; end++) {
        if (end < names.length && names[end] !== "migrate_set_state setup") continue;
        markLastCycle(names, start, end, mark);
        start = end;
      }
    },
  },
  {
    side: "source",
    id: "throttle-timer",
    reason: "The extra sync of auto-converge comes from a timer of the main loop, every five seconds",
    find: (names, mark) => {
      let wanted: readonly string[] = [];
      for (const [index, name] of names.entries()) {
        if (name === "cpu_throttle_dirty_sync") wanted = [name, ...TIMER_SYNC];
        if (wanted.length === 0) continue;
        if (name === wanted[0]) wanted = wanted.slice(1);
        else continue;
        mark(index);
      }
    },
  },
  {
    side: "source",
    id: "throttle",
    reason:
      "A period counts if it is longer than 1000 ms, and passes of ten cycles last just that: the scheduler decides at which sync the throttle steps, and with that how often until the migration converges or is cancelled",
    isOpen: true,
    find: (names, mark) => {
      for (const [index, name] of names.entries()) {
        if (name === "migration_throttle" || name.startsWith("cpu_throttle_set ")) mark(index);
      }
    },
  },
  {
    side: "source",
    id: "big-wait",
    reason:
      "Whether a stretch of sending lasts more than 50 ms is decided by the speed of the host and its other work",
    drops: true,
    find: (names, mark) => {
      for (let index = 0; index < names.length; index++) {
        if (names[index] !== "ram_save_iterate_big_wait") continue;
        mark(index);
        // One section became two there: what stands between them goes with it.
        let end = index + 1;
        while (BETWEEN_SECTIONS.has(names[end] ?? "")) end++;
        if (names[end] !== "savevm_section_start ram") continue;
        for (let between = index + 1; between <= end; between++) mark(between);
      }
    },
  },
  {
    side: "source",
    id: "unwaited-cycle",
    reason:
      "Where no wait ends a cycle of 100 ms, the section ends it that is over first after that: how many sections go into it is the speed of the host",
    drops: true,
    find: (names, mark) => {
      let before = "";
      for (const [index, name] of names.entries()) {
        if (CHANNEL_EVENT.test(name)) continue;
        if (name === "migrate_transferred" && before === "savevm_section_end ram") mark(index);
        before = name;
      }
    },
  },
  {
    side: "source",
    id: "log-clear",
    reason:
      "A chunk's log is cleared in the section that comes to its first page, and the wake-ups and the 50 ms decide which one that is",
    find: byName(["migration_bitmap_clear_dirty", "kvm_clear_dirty_log"]),
  },
  ...(["source", "destination"] as const).map((side): RacePlace => ({
    side,
    id: `dirty-ring-${side}`,
    reason:
      "KVM's own threads empty the dirty ring, whenever it is full or a second has passed; the model has no entries that fill it one by one",
    drops: true,
    find: (names, mark) => {
      for (const [index, name] of names.entries()) {
        if (name.startsWith("kvm_dirty_ring_")) mark(index);
      }
    },
  })),
  {
    side: "source",
    id: "vcpu-sleeps",
    reason: "A vCPU under a dirty limit sleeps when its ring is full, wherever the migration thread is",
    find: byName(["dirtylimit_vcpu_execute", "dirtylimit_throttle_pct", "dirtyrate_do_calculate_vcpu"]),
  },
  {
    side: "source",
    id: "send-channels",
    reason: "Each channel of multifd is a thread with a connection of its own; one is compared with itself",
    lane: (name) => `channel ${name.slice(name.lastIndexOf(" ") + 1)}`,
    find: (names, mark) => {
      for (const [index, name] of names.entries()) {
        if (CHANNEL_EVENT.test(name)) mark(index);
      }
    },
  },
  ...(["source", "destination"] as const).map((side): RacePlace => ({
    side,
    id: `syncs-${side}`,
    reason:
      "A section of multifd ends when the channels have written a cycle's bytes: their speed decides in which one the search passes the end of the list, where they are synced",
    find: (names, mark) => {
      const wanted = side === "source" ? /^multifd_send_sync_main/ : /^multifd_recv_sync_main/;
      for (const [index, name] of names.entries()) if (wanted.test(name)) mark(index);
    },
  })),
  {
    side: "destination",
    id: "receive-channels",
    reason: "Each channel of multifd is read by a thread of its own, far ahead of the main stream at times",
    lane: (name) => `channel ${name.slice(name.lastIndexOf(" ") + 1)}`,
    find: (names, mark) => {
      for (const [index, name] of names.entries()) {
        if (/^multifd_recv_(?:unfill|thread_start|thread_end) /.test(name)) mark(index);
      }
    },
  },
  {
    side: "destination",
    id: "cut-channels",
    reason:
      "Whether a channel of multifd that is told to end was just reading, which is an error then, depends on the moment",
    drops: true,
    find: byName(["multifd_recv_terminate_threads 1"]),
  },
  {
    side: "destination",
    id: "interrupted-load",
    reason: "A cancel, a kill or a broken connection catches the load anywhere in a stretch of RAM",
    drops: true,
    find: (names, mark) => {
      if (names.includes("qemu_loadvm_state_section 3")) return;
      const isLast = (index: number): boolean =>
        LOADING.has(names[index] ?? "") || RING_EVENT.test(names[index] ?? "");
      let index = names.findLastIndex((name) => name === "ram_load_start");
      if (index < 0) return;
      while (isLast(index + 1)) index++;
      for (; isLast(index); index--) if (!RING_EVENT.test(names[index] ?? "")) mark(index);
    },
  },
];

/** Marks the last cycle of a migration that did not come to its switchover. */
function markLastCycle(
  names: readonly string[],
  start: number,
  end: number,
  mark: (index: number) => void,
): void {
  let last = -1;
  for (let index = start; index < end; index++) {
    if (names[index] === "vmstate_downtime_checkpoint src-downtime-start") return;
    if (CYCLE_END.has(names[index] ?? "")) last = index;
  }
  if (last < 0) return;
  let isCancelled = false;
  let isCycle = true;
  for (let index = last + 1; index < end; index++) {
    const name = names[index] ?? "";
    if (name === "migrate_set_state cancelling") isCancelled = true;
    // What channels do in between is their own sequence, but an error of one that a cancel has caught as it wrote: all
    // the others then end with the same.
    const isCaught = isCancelled && name.startsWith("multifd_send_error ");
    if (isCaught || isCycle && (IN_CYCLE.has(name) || isCancelled && name === "migrate_error")) mark(index);
    else if (!CHANNEL_EVENT.test(name) && !RING_EVENT.test(name)) isCycle = false;
  }
}

/** What a channel's thread traces on the source. */
const CHANNEL_EVENT = /^multifd_send_(?:fill|ram_fill|thread_start|thread_end|error) /;
/** What KVM's threads trace, whatever the others do. */
const RING_EVENT = /^kvm_dirty_ring_/;
/** What ends one cycle of the migration thread's loop and begins the next. */
const CYCLE_END: ReadonlySet<string> = new Set(["migrate_transferred", "migration_thread_setup_complete"]);
/** What a cycle consists of. */
const IN_CYCLE: ReadonlySet<string> = new Set([
  "migrate_pending_estimate",
  "qemu_savevm_query_pending",
  "savevm_state_iterate",
  "savevm_section_start ram",
  "savevm_section_end ram",
  "migration_bitmap_clear_dirty",
  "kvm_clear_dirty_log",
  "ram_save_iterate_big_wait",
  "migration_rate_limit_pre",
  "migration_rate_limit_post",
  "migration_cancel",
  "migrate_set_state cancelling",
]);
/** What ends a section after 50 ms and comes before the next one begins. */
const BETWEEN_SECTIONS: ReadonlySet<string> = new Set([
  "savevm_section_end ram",
  "migrate_transferred",
  "migrate_pending_estimate",
  "qemu_savevm_query_pending",
  "savevm_state_iterate",
]);
const TIMER_SYNC = ["migration_bitmap_sync_start", "migration_bitmap_sync_end"] as const;
/** What loading a stretch of RAM consists of. */
const LOADING: ReadonlySet<string> = new Set([
  "qemu_loadvm_state_section 2",
  "qemu_loadvm_state_section_partend",
  "vmstate_load ram",
  "ram_load_start",
  "ram_load_complete",
]);

/** One side's sequence: without the races, and those of each place. */
export interface Lanes {
  readonly main: readonly string[];
  readonly places: ReadonlyMap<string, readonly string[]>;
  /** Of these places one run's sequence may go on where the other's ends. */
  readonly open: ReadonlySet<string>;
}

/** Takes the races of a side out of its sequence. An event belongs to the first place that finds it. */
export function splitRaces(side: RacePlace["side"], names: readonly string[]): Lanes {
  const placeOf = new Map<number, RacePlace>();
  for (const place of RACE_PLACES) {
    if (place.side !== side) continue;
    place.find(names, (index) => {
      if (!placeOf.has(index)) placeOf.set(index, place);
    });
  }
  const main: string[] = [];
  const places = new Map<string, string[]>();
  const open = new Set<string>();
  for (const [index, name] of names.entries()) {
    const place = placeOf.get(index);
    if (place === undefined) main.push(name);
    else if (place.drops !== true) {
      const lane = place.lane?.(name) ?? place.id;
      if (place.isOpen === true) open.add(lane);
      const found = places.get(lane);
      if (found === undefined) places.set(lane, [name]);
      else found.push(name);
    }
  }
  return { main, places, open };
}
