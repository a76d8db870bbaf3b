/**
 * Notices a catalog of another version than the log's where every line still fits: the silent cases.
 *
 * Most skew is loud, as payloads that do not match and names that are not known. These few cases are not: the line of
 * one version is accepted by the format of another, with wrong values, or the same text counts in other units.
 *
 * @see facts/tracing.md f.6, and facts/qemu-11.1.md 4.3 for the unit of `migrate_transferred`
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { EventView, TraceVisitor } from "./event.ts";

/** A sign that the log is of another version than the catalog. */
export interface Skew {
  readonly event: string;
  /** What the log shows, as a sentence without its full stop. */
  readonly claim: string;
  /** The first line that shows it. */
  readonly line: number;
  readonly count: number;
}

/** Looks at one event; returns a claim, or nothing if all is well. */
type Look = (event: EventView) => string | undefined;

/** A string argument that has swallowed what another version prints behind it. */
function swallowed(
  argument: string,
  pattern: RegExp,
  claim: string,
): (catalog: Catalog, name: string) => Look {
  return (catalog, name) => {
    const index = catalog.get(name)?.args.findIndex((arg) => arg.name === argument) ?? -1;
    return (event) => (index !== -1 && pattern.test(event.text(index)) ? claim : undefined);
  };
}

const LOOKS: Readonly<Record<string, (catalog: Catalog, name: string) => Look>> = {
  migration_set_outgoing_channel: swallowed(
    "ioctype",
    / hostname=/,
    "the log also prints a host name, as to 10.2",
  ),
  multifd_set_outgoing_channel: (catalog, name) => {
    const looks = [
      swallowed("ioctype", / hostname=/, "the log also prints a host name, as to 10.2")(catalog, name),
      swallowed("hostname", / err=(?:\(nil\)|0x)/, "the log also prints an error, as to 8.1")(catalog, name),
    ];
    return (event) => looks.map((look) => look(event)).find((claim) => claim !== undefined);
  },
  vmstate_load_state_field: swallowed(
    "field",
    / exists=[01]$/,
    "the log also says whether the field exists, as from 9.1",
  ),
  migrate_transferred: lookAtUnits,
};

/**
 * `bandwidth` is bytes per millisecond up to the 11.0 development of January 2026, and Mbit/s in 11.1; the text is the
 * same. Which one it is, transferred / time_spent tells.
 */
function lookAtUnits(catalog: Catalog, name: string): Look {
  const args = catalog.get(name)?.args ?? [];
  const find = (one: string) => args.findIndex((arg) => arg.name === one);
  const [transferred, time, bandwidth] = [find("transferred"), find("time_spent"), find("bandwidth")];
  if (transferred === -1 || time === -1 || bandwidth === -1) return () => undefined;
  const isMbit = catalog.get("qemu_savevm_query_pending") !== undefined;
  return (event) => {
    const perMilli = event.number(transferred) / event.number(time);
    if (!(perMilli > 100)) return undefined;
    const shown = event.number(bandwidth);
    const near = (value: number) => Math.abs(shown - value) <= 1 + value / 1000;
    if (isMbit && near(perMilli)) return "the log counts bandwidth in bytes per millisecond, as before 11.1";
    if (!isMbit && near((perMilli * 8) / 1000)) return "the log counts bandwidth in Mbit/s, as from 11.1";
    return undefined;
  };
}

/** Watches a log for the silent cases; put it beside the visitor that reads the log. */
export class SkewWatch implements TraceVisitor {
  readonly #looks = new Map<string, Look>();
  readonly #seen = new Map<string, { event: string; claim: string; line: number; count: number }>();

  /** @param catalog The catalog that the log is read with. */
  constructor(catalog: Catalog) {
    for (const [name, make] of Object.entries(LOOKS)) this.#looks.set(name, make(catalog, name));
  }

  event(event: EventView): void {
    const { name } = event.declaration;
    const claim = this.#looks.get(name)?.(event);
    if (claim === undefined) return;
    const key = `${name} ${claim}`;
    const known = this.#seen.get(key);
    if (known === undefined) this.#seen.set(key, { event: name, claim, line: event.line, count: 1 });
    else known.count++;
  }

  /** What was noticed, in the order of the first lines. */
  findings(): readonly Skew[] {
    return [...this.#seen.values()].sort((a, b) => a.line - b.line);
  }
}
