/**
 * Guesses the catalog of a log: the one that leaves the fewest lines unread.
 *
 * @module
 */
import type { Catalog } from "./catalog.ts";
import { CATALOG_NAMES, catalogOf } from "./catalogs.ts";
import { readLog } from "./read_log.ts";
import { SkewWatch } from "./skew_watch.ts";

/** How well a catalog reads a log. */
export interface CatalogFit {
  readonly catalog: Catalog;
  readonly events: number;
  /** Lines that have the shape of an event and are none of the catalog's, and lines that fit only by mistake. */
  readonly misfits: number;
}

/**
 * Reads the start of a log with each catalog.
 *
 * @param head The first bytes of the log; whole lines are read, a cut one at the end is not.
 * @param catalogs Those to try, the preferred first among equals; all of the project, newest first, unless given.
 * @returns All of them, the best first: the fewest misfits, then the most events.
 */
export function guessCatalog(
  head: Uint8Array,
  catalogs: readonly Catalog[] = [...CATALOG_NAMES].reverse().map((name) => catalogOf(name)),
): readonly CatalogFit[] {
  const end = head.lastIndexOf(10) + 1;
  const whole = end === 0 ? head : head.subarray(0, end);
  const fits = catalogs.map((catalog) => fitOf(catalog, whole));
  // Stable, so that the preferred one stays in front of its equals.
  return fits.sort((a, b) => a.misfits - b.misfits || b.events - a.events);
}

function fitOf(catalog: Catalog, log: Uint8Array): CatalogFit {
  let events = 0;
  let misfits = 0;
  const watch = new SkewWatch(catalog);
  readLog(catalog, log, {
    event(event) {
      events++;
      watch.event(event);
    },
    other({ kind }) {
      if (kind === "unknown-event" || kind === "mismatch") misfits++;
    },
  });
  // ISO and bare lines of unknown events cannot be told from other text: they show as fewer events.
  for (const { count } of watch.findings()) misfits += count;
  return { catalog, events, misfits };
}
