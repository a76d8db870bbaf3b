/**
 * Tells from the first lines of the logs of one migration which side traced each, and which QEMU version.
 *
 * Both sides are mostly of one version, and each then says something of the other's. In a live upgrade they are not:
 * as soon as the log of one side shows that, each is read by its own.
 *
 * @module
 */
import { versionOrder } from "../checks/mod.ts";
import {
  type Catalog,
  CATALOG_NAMES,
  type CatalogName,
  catalogOf,
  readerFor,
  type Side,
  SkewWatch,
  type TraceFormat,
} from "../trace/mod.ts";

/** Events that one side alone traces, by the beginning of their names. */
const OF_SOURCE =
  /^(?:savevm_|migration_thread_|migrate_pending|migrate_transferred|migration_bitmap|qemu_savevm_|migration_rate_limit|migration_precopy_complete|migration_completion|save_(?!xbzrle)|ram_save|source_return_path|vmstate_save|migrate_global_state_pre_save|migration_socket_outgoing|multifd_send|migrate_fd_|migration_cleanup|migration_cancel)/;
const OF_DESTINATION =
  /^(?:loadvm_|qemu_loadvm_|process_incoming|ram_load|vmstate_load|postcopy_ram_(?:incoming|enable|fault|listen)|postcopy_place|migration_incoming|migrate_global_state_post_load|migration_set_incoming|migration_socket_incoming|multifd_recv|migrate_send_rp|migration_ioc_process_incoming)/;

/** The shape of a log's lines: `tid@seconds:` up to 10.0, an ISO 8601 time from 10.1, or neither. */
type Shape = "tid" | "iso" | "untold";

/** The first bytes of a trace, and their format. */
export interface TraceHead {
  readonly head: Uint8Array;
  readonly format: TraceFormat;
}

/** How well one catalog reads the start of a log. */
interface Fit {
  readonly catalog: Catalog;
  /** Lines that it reads, less those that have the shape of an event and that it cannot read. */
  readonly score: number;
  /** Events that one side alone traces. */
  readonly source: number;
  readonly destination: number;
}

/** What the first lines of one log tell. */
export interface LogGuess {
  readonly side: Side | undefined;
  /** The catalog that reads the log best. */
  readonly own: CatalogName;
  readonly shape: Shape;
  /** One for each catalog, the preferred first among equals. */
  readonly fits: readonly Fit[];
}

/**
 * A catalog that reads so many lines more than the expected one shows another version; a line less may as well be
 * damaged.
 */
const TELLING = 2;
/** The first version whose lines have no thread. */
const ISO_FROM = versionOrder("10.1");

/** Reads the heads of the logs of one migration with each catalog. */
export function guessLogs(heads: readonly TraceHead[]): readonly LogGuess[] {
  return heads.map((one) => {
    const head = one.format === "simpletrace" ? one.head : wholeLines(one.head);
    const shape = one.format === "log" ? shapeOf(head) : "untold";
    // A format that does not tell has mostly been made from the log of a version with threads.
    const fits = preferredFirst(one.format === "log" ? shape : "tid").map((name) =>
      fitOf(catalogOf(name), { ...one, head })
    );
    const best = bestOf(fits);
    return { side: sideOf(best), own: best.catalog.name as CatalogName, shape, fits };
  });
}

/** Whether the logs are of different versions, for all that their lines look like. */
function isMixed(guesses: readonly LogGuess[]): boolean {
  const shapes = new Set(guesses.map(({ shape }) => shape));
  return shapes.has("tid") && shapes.has("iso");
}

/** The catalog of each log, where nothing else tells: one for all if one fits all. */
export function ownCatalogs(guesses: readonly LogGuess[]): readonly CatalogName[] {
  const [first] = guesses;
  const own = guesses.map((guess) => guess.own);
  if (first === undefined || isMixed(guesses)) return own;
  const { fits: preferred } = guesses.find(({ shape }) => shape === "iso") ?? first;
  const sums = preferred.map(({ catalog: { name } }) => ({
    name: name as CatalogName,
    score: guesses.reduce((sum, { fits }) => sum + scoreOf(fits, name), 0),
  }));
  const common = sums.reduce((best, one) => one.score > best.score ? one : best).name;
  return guesses.some((guess) => misfitOf(guess, common) >= TELLING) ? own : guesses.map(() => common);
}

/** The other catalogs that read all the logs as well and whose lines look alike: the events do not rule them out. */
export function asWell(guesses: readonly LogGuess[], taken: CatalogName): readonly CatalogName[] {
  const isAlike = ({ fits, shape }: LogGuess, name: string) =>
    scoreOf(fits, name) === scoreOf(fits, taken) &&
    isOfShape(name as CatalogName, shape === "iso" ? shape : "tid");
  const [first] = guesses;
  return (first?.fits ?? []).map(({ catalog: { name } }) => name as CatalogName)
    .filter((name) => name !== taken && guesses.every((guess) => isAlike(guess, name)));
}

/**
 * Whether a log is of another version than what else is known says.
 *
 * @param all The logs of the migration: where the lines of both sides differ in shape, one of them is newer.
 */
export function contradicts(guess: LogGuess, told: CatalogName, all: readonly LogGuess[]): boolean {
  if (misfitOf(guess, told) >= TELLING) return true;
  return isMixed(all) && guess.own !== told && guess.shape !== "untold" && !isOfShape(told, guess.shape) &&
    isOfShape(guess.own, guess.shape);
}

/** How many lines more the best catalog reads than another of the project. */
function misfitOf({ fits, own }: LogGuess, name: CatalogName): number {
  return scoreOf(fits, own) - scoreOf(fits, name);
}

/** What is to be said of a catalog that was asked for and reads a log worse than another; nothing if none is better. */
export function betterCatalog(catalog: Catalog, guess: LogGuess, head: TraceHead): string | undefined {
  // Other formats are rare, and a wrong catalog shows there as lines that are not read.
  if (head.format !== "log") return undefined;
  const { score } = fitOf(catalog, { ...head, head: wholeLines(head.head) });
  const more = scoreOf(guess.fits, guess.own) - score;
  if (more <= 0) return undefined;
  return `the catalog ${catalog.name} does not fit: ${guess.own} reads ${more} more lines of the start`;
}

/** What is to be said of a version that was told and contradicted. */
export function contradiction(guess: LogGuess, told: CatalogName): string {
  const more = misfitOf(guess, told);
  const why = more > 0
    ? `${guess.own} reads ${more} more lines of the start`
    : "its lines have another shape";
  return `told to be of QEMU ${told}, but ${why}: read and judged as QEMU ${guess.own}`;
}

/** The catalog of a QEMU version such as `10.0.2`; `undefined` when there is none of it. */
export function catalogOfVersion(version: string): CatalogName | undefined {
  const release = /^\d+\.\d+/.exec(version)?.[0];
  return CATALOG_NAMES.find((name) => name === version) ?? CATALOG_NAMES.find((name) => name === release);
}

function isOfShape(name: CatalogName, shape: Shape): boolean {
  return (versionOrder(name) >= ISO_FROM) === (shape !== "tid");
}

/** Of catalogs that read a log alike, the newest is taken whose lines look like the log's. */
function preferredFirst(shape: Shape): readonly CatalogName[] {
  const newestFirst = CATALOG_NAMES.toSorted((a, b) => versionOrder(b) - versionOrder(a));
  const isLike = (name: CatalogName) => isOfShape(name, shape);
  return [...newestFirst.filter(isLike), ...newestFirst.filter((name) => !isLike(name))];
}

function scoreOf(fits: readonly Fit[], name: string): number {
  return fits.find(({ catalog }) => catalog.name === name)?.score ?? 0;
}

/** The first of the best: what is preferred among equals comes first. */
function bestOf(fits: readonly Fit[]): Fit {
  return fits.reduce((best, fit) => fit.score > best.score ? fit : best);
}

/** A thread of 0 is what a program writes that knows of none. */
function shapeOf(head: Uint8Array): Shape {
  const text = new TextDecoder().decode(head.subarray(0, 1 << 14));
  if (/^[1-9]\d*@\d+\.\d{6}:/m.test(text)) return "tid";
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z /m.test(text) ? "iso" : "untold";
}

/** A last line that is cut off is left out, unless it is all there is. */
function wholeLines(head: Uint8Array): Uint8Array {
  const end = head.lastIndexOf(10);
  return end === -1 ? head : head.subarray(0, end + 1);
}

function sideOf({ source, destination }: Fit): Side | undefined {
  if (source === destination) return undefined;
  return source > destination ? "source" : "destination";
}

function fitOf(catalog: Catalog, { head, format }: TraceHead): Fit {
  const found = { events: 0, bad: 0, source: 0, destination: 0 };
  const watch = new SkewWatch(catalog);
  const reader = readerFor(format, catalog, {
    event(event) {
      const { name } = event.declaration;
      found.events++;
      if (OF_SOURCE.test(name)) found.source++;
      else if (OF_DESTINATION.test(name)) found.destination++;
      watch.event(event);
    },
    other({ kind }) {
      if (kind === "unknown-event" || kind === "mismatch") found.bad++;
    },
  });
  reader.push(head);
  reader.end();
  // Lines that fit only by mistake: their values are wrong.
  for (const { count } of watch.findings()) found.bad += count;
  const { events, bad, source, destination } = found;
  return { catalog, score: events - bad, source, destination };
}
