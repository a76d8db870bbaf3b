/**
 * Tells from the first lines of a log which side traced it and which QEMU version.
 *
 * @module
 */
import {
  CATALOG_NAMES,
  type CatalogName,
  catalogOf,
  type OtherView,
  readLog,
  type Side,
} from "../trace/mod.ts";

/** Events that one side alone traces, by the beginning of their names. */
const OF_SOURCE =
  /^(?:savevm_|migration_thread_|migrate_pending|migrate_transferred|migration_bitmap|qemu_savevm_|migration_rate_limit|migration_precopy_complete|migration_completion|save_(?!xbzrle)|ram_save|source_return_path|vmstate_save|migrate_global_state_pre_save|migration_socket_outgoing|multifd_send|migrate_fd_|migration_cleanup|migration_cancel)/;
const OF_DESTINATION =
  /^(?:loadvm_|qemu_loadvm_|process_incoming|ram_load|vmstate_load|postcopy_ram_(?:incoming|enable|fault|listen)|postcopy_place|migration_incoming|migrate_global_state_post_load|migration_set_incoming|migration_socket_incoming|multifd_recv|migrate_send_rp|migration_ioc_process_incoming)/;

/** Newest first among those whose lines look alike: to 10.0 with a thread id, from 10.1 with an ISO 8601 time. */
const WITH_THREAD: readonly CatalogName[] = ["10.0", "9.2", "9.0", "8.2", "8.2-dev", "7.2"];
const WITHOUT_THREAD: readonly CatalogName[] = ["11.1", "11.0-dev", "10.2", "10.1"];

/** What the first lines tell. */
export interface LogGuess {
  /** `undefined` when they hold no event that only one side traces. */
  readonly side: Side | undefined;
  readonly catalog: CatalogName;
  /** Lines among the first that this catalog reads as events. */
  readonly events: number;
}

/** Guesses from the head of a log. A last line that is cut off is left out, unless it is all there is. */
export function guessLog(start: Uint8Array): LogGuess {
  const end = start.lastIndexOf(10);
  const head = end === -1 ? start : start.subarray(0, end + 1);
  const isThreaded = /^\d+@\d+\.\d{6}:/m.test(new TextDecoder().decode(head.subarray(0, 1 << 14)));
  const first = isThreaded ? WITH_THREAD : WITHOUT_THREAD;
  let best: LogGuess & { bad: number } = { side: undefined, catalog: "10.0", events: 0, bad: Infinity };
  for (const catalog of [...first, ...CATALOG_NAMES.filter((name) => !first.includes(name))]) {
    const tried = tryCatalog(catalog, head);
    if (tried.events - tried.bad > best.events - best.bad) best = tried;
  }
  return { side: best.side, catalog: best.catalog, events: best.events };
}

function tryCatalog(catalog: CatalogName, head: Uint8Array): LogGuess & { bad: number } {
  let events = 0;
  let bad = 0;
  let source = 0;
  let destination = 0;
  readLog(catalogOf(catalog), head, {
    event({ declaration: { name } }) {
      events++;
      if (OF_SOURCE.test(name)) source++;
      else if (OF_DESTINATION.test(name)) destination++;
    },
    other({ kind }: OtherView) {
      if (kind === "unknown-event" || kind === "mismatch") bad++;
    },
  });
  const side = source === destination ? undefined : source > destination ? "source" : "destination";
  return { side, catalog, events, bad };
}

/** The catalog of a QEMU version such as `10.0.2`; `undefined` when there is none of it. */
export function catalogOfVersion(version: string): CatalogName | undefined {
  const release = /^\d+\.\d+/.exec(version)?.[0];
  return CATALOG_NAMES.find((name) => name === version) ?? CATALOG_NAMES.find((name) => name === release);
}
