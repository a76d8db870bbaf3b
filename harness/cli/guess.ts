/**
 * Tells from the first lines of a log which side traced it and which QEMU version.
 *
 * @module
 */
import {
  type Catalog,
  CATALOG_NAMES,
  type CatalogName,
  catalogOf,
  guessCatalog,
  type OtherView,
  readerFor,
  type Side,
  type TraceFormat,
} from "../trace/mod.ts";

/** Events that one side alone traces, by the beginning of their names. */
const OF_SOURCE =
  /^(?:savevm_|migration_thread_|migrate_pending|migrate_transferred|migration_bitmap|qemu_savevm_|migration_rate_limit|migration_precopy_complete|migration_completion|save_(?!xbzrle)|ram_save|source_return_path|vmstate_save|migrate_global_state_pre_save|migration_socket_outgoing|multifd_send|migrate_fd_|migration_cleanup|migration_cancel)/;
const OF_DESTINATION =
  /^(?:loadvm_|qemu_loadvm_|process_incoming|ram_load|vmstate_load|postcopy_ram_(?:incoming|enable|fault|listen)|postcopy_place|migration_incoming|migrate_global_state_post_load|migration_set_incoming|migration_socket_incoming|multifd_recv|migrate_send_rp|migration_ioc_process_incoming)/;

/** Newest first among those whose lines look alike: to 10.0 with a thread id, from 10.1 with an ISO 8601 time. */
const WITH_THREAD: readonly CatalogName[] = ["10.0", "9.2", "9.0", "8.2", "8.2-dev", "7.2"];
const WITHOUT_THREAD: readonly CatalogName[] = ["11.1", "11.0-dev", "10.2", "10.1"];

/** What the first lines of the logs of one migration tell. */
export interface LogGuess {
  readonly catalog: CatalogName;
  /** For each log; `undefined` where it shows no event that only one side traces. */
  readonly sides: readonly (Side | undefined)[];
}

/** The first bytes of a trace, and their format. */
export interface TraceHead {
  readonly head: Uint8Array;
  readonly format: TraceFormat;
}

interface Tally {
  events: number;
  /** Lines of an event's shape that the catalog cannot read. */
  bad: number;
  source: number;
  destination: number;
}

/**
 * Guesses from the heads of the logs of one migration, whose versions are taken to be the same.
 *
 * @param known The catalog, where it need not be guessed.
 */
export function guessLogs(heads: readonly TraceHead[], known?: CatalogName): LogGuess {
  const whole = heads.map((one) =>
    one.format === "simpletrace" ? one : { ...one, head: wholeLines(one.head) }
  );
  // A time in ISO 8601 is the mark of 10.1 and later; other formats than the log do not tell.
  const isNew = whole.some(({ head, format }) =>
    format === "log" && !/^\d+@\d+\.\d{6}:/m.test(new TextDecoder().decode(head.subarray(0, 1 << 14)))
  );
  const first = isNew ? WITHOUT_THREAD : WITH_THREAD;
  const names = known === undefined
    ? [...first, ...CATALOG_NAMES.filter((name) => !first.includes(name))]
    : [known];
  let best: { catalog: CatalogName; tallies: Tally[]; score: number } | undefined;
  for (const catalog of names) {
    const tallies = whole.map((one) => tally(catalog, one));
    const score = tallies.reduce((sum, { events, bad }) => sum + events - bad, 0);
    if (best === undefined || score > best.score) best = { catalog, tallies, score };
  }
  return { catalog: best?.catalog ?? "10.0", sides: (best?.tallies ?? []).map(sideOf) };
}

/** A last line that is cut off is left out, unless it is all there is. */
function wholeLines(head: Uint8Array): Uint8Array {
  const end = head.lastIndexOf(10);
  return end === -1 ? head : head.subarray(0, end + 1);
}

function sideOf({ source, destination }: Tally): Side | undefined {
  if (source === destination) return undefined;
  return source > destination ? "source" : "destination";
}

function tally(catalog: CatalogName, { head, format }: TraceHead): Tally {
  const found: Tally = { events: 0, bad: 0, source: 0, destination: 0 };
  const reader = readerFor(format, catalogOf(catalog), {
    event({ declaration: { name } }) {
      found.events++;
      if (OF_SOURCE.test(name)) found.source++;
      else if (OF_DESTINATION.test(name)) found.destination++;
    },
    other({ kind }: OtherView) {
      if (kind === "unknown-event" || kind === "mismatch") found.bad++;
    },
  });
  reader.push(head);
  reader.end();
  return found;
}

/** A note on a catalog that reads the logs worse than another does; nothing if none is better. */
export function betterCatalog(catalog: Catalog, heads: readonly TraceHead[]): string | undefined {
  const read = new Map<string, number>();
  const others = [...CATALOG_NAMES].reverse().map((name) => catalogOf(name)).filter((one) => one !== catalog);
  for (const { head, format } of heads) {
    // Other formats are rare, and a wrong catalog shows there as lines that are not read.
    if (format !== "log") return undefined;
    for (const { catalog: { name }, events, misfits } of guessCatalog(head, [catalog, ...others])) {
      read.set(name, (read.get(name) ?? 0) + events - misfits);
    }
  }
  const own = read.get(catalog.name) ?? 0;
  const [best] = [...read].sort(([, a], [, b]) => b - a);
  if (best === undefined || best[1] <= own) return undefined;
  return `the catalog ${catalog.name} does not fit: ${best[0]} reads ${
    best[1] - own
  } more lines of the start`;
}

/** The catalog of a QEMU version such as `10.0.2`; `undefined` when there is none of it. */
export function catalogOfVersion(version: string): CatalogName | undefined {
  const release = /^\d+\.\d+/.exec(version)?.[0];
  return CATALOG_NAMES.find((name) => name === version) ?? CATALOG_NAMES.find((name) => name === release);
}
