/**
 * Lines of a log that cannot be read, where an event may have been: a rule that misses something is in doubt if there
 * is such a line where it was due.
 *
 * @module
 */
import type { EventView, OtherKind, OtherView } from "../trace/mod.ts";
import type { Remembered } from "./check.ts";
import type { Doubt } from "./unlogged.ts";

/** What stands for events that are lost. */
export const LOST: ReadonlySet<OtherKind> = new Set([
  "mismatch",
  "incomplete",
  "too-long",
  "nul-run",
  "lost-events",
  "truncated",
  "damaged",
]);

/** The beginning of an event's line, cut before its name is over: QEMU prints a blank after every name. */
const BEGINNING = /^(?:\d+(?:@[\d.]*(?::\w*)?)?|\d{4}-[\d-]*(?:T[\d:.]*Z?(?: \w*)?)?)$/;
/** Such a line with another one behind it, which makes nonsense of its thread or time. */
const RUN_INTO = /^(?:\d+@\d|\d{4}-[\dT:.-]*\d{4}-\d\d-\d\dT)/;

/** What libvirt writes into a guest's log before each process of it. */
const STARTS = /^\d{4}-\d\d-\d\d \S+: starting up libvirt version: /;

/** The lines of one side that cannot be read. */
export class Damage {
  /** The last one; 0 when there is none. One before a migration's first event may have been its beginning. */
  #last = 0;
  /** Where another process begins, until a migration of its own does; 0 when there is none. */
  #restart = 0;

  /** Another log begins. */
  renew(): void {
    this.#last = this.#restart = 0;
  }

  /** A migration begins: it is all of one process. */
  begin(): void {
    this.#restart = 0;
  }

  /** Takes what is no event; before the first event of a log nothing restarts. */
  see(item: OtherView, isFirst: boolean): void {
    if (LOST.has(item.kind)) return this.tear(item.line);
    if (item.kind !== "foreign" && item.kind !== "unknown-event") return;
    const text = item.text();
    if (!isFirst && STARTS.test(text)) this.#restart = item.line;
    const isPart = BEGINNING.test(text) || (item.kind === "foreign" && RUN_INTO.test(text));
    if (isPart || text.includes("\0")) this.tear(item.line);
  }

  /** A line of this number cannot be trusted. */
  tear(line: number): void {
    this.#last = line;
  }

  /** What is open for want of such a line, whatever migration it is in. */
  get anywhere(): Doubt | undefined {
    return this.#last === 0 ? undefined : doubtOf(this.#last);
  }

  /**
   * What is open about a violation that was found just now.
   *
   * @param where The offending event, one that was remembered, or none where something is missing altogether.
   * @param earlier What it conflicts with, if what was lost before that has no part in it.
   */
  doubtAbout(where: EventView | Remembered | null, earlier: Remembered | undefined): Doubt | undefined {
    const isNow = where !== null && "declaration" in where;
    const from = isNow && earlier !== undefined ? earlier.line : 0;
    if (isNow && where.line > this.#restart && this.#restart > (earlier?.line ?? 0)) {
      const reason =
        `line ${this.#restart} says that another QEMU begins: what follows is not of the migration before`;
      return { reason, absent: [] };
    }
    return this.#last > from ? doubtOf(this.#last) : undefined;
  }
}

function doubtOf(line: number): Doubt {
  return { reason: `what it misses may have been on line ${line}, which cannot be read`, absent: [] };
}
