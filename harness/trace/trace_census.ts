/**
 * Counts what a trace is made of, and what is odd about it, in bounded memory.
 *
 * Nothing here judges a migration; it tells whether the file is what it seems: lines of one writer, of one version, in
 * the order in which they were traced.
 *
 * @see facts/tracing.md g: L17, L19, L48, L49, L61
 * @module
 */
import { type EventView, FLAG, type OtherKind, type OtherView, type TraceVisitor } from "./event.ts";

/** Names that are counted one by one; the rest together. A log of a million unknown names costs no more. */
export const NAMES_MAX = 200;
/** Threads whose clock is watched. */
const THREADS_MAX = 4096;

/** A name whose lines could not be read as events. */
export interface Misfit {
  readonly kind: OtherKind;
  readonly name: string;
  readonly count: number;
  /** The first line. */
  readonly line: number;
}

/** What a trace is made of. */
export interface Census {
  readonly events: number;
  /** Events of each line shape; more than one that is not zero is a mixture. */
  readonly shapes: Readonly<Record<"tid" | "iso" | "bare", number>>;
  /** Events with each flag that occurred. */
  readonly flags: ReadonlyMap<keyof typeof FLAG, number>;
  /** Other items by kind, those that occurred. */
  readonly others: ReadonlyMap<OtherKind, number>;
  /** Unknown events and mismatches by name, the first ones seen. */
  readonly misfits: readonly Misfit[];
  /** Lines of unknown events and mismatches whose names came too late to be listed. */
  readonly misfitsUnlisted: number;
  /** Steps back of the clock within one thread: a clock that was set, or files that were joined. */
  readonly stepsBack: number;
  /** The largest of them. */
  readonly furthestBack: { readonly micros: number; readonly line: number } | undefined;
}

/** Counts; put it beside the visitor that reads the trace. */
export class TraceCensus implements TraceVisitor {
  #events = 0;
  readonly #shapes = { tid: 0, iso: 0, bare: 0 };
  readonly #flags = new Map<number, number>();
  readonly #others = new Map<OtherKind, number>();
  readonly #misfits = new Map<string, { kind: OtherKind; name: string; count: number; line: number }>();
  #unlisted = 0;
  readonly #last = new Map<number, number>();
  #stepsBack = 0;
  #furthest: { micros: number; line: number } | undefined;

  event(event: EventView): void {
    this.#events++;
    const { at, thread, flags } = event;
    if (flags !== 0) this.#flags.set(flags, (this.#flags.get(flags) ?? 0) + 1);
    if (at === -1) {
      this.#shapes.bare++;
      return;
    }
    if (thread === 0) {
      // Without a thread nothing says whose time went back: threads are traced out of order.
      this.#shapes.iso++;
      return;
    }
    this.#shapes.tid++;
    const last = this.#last.get(thread);
    if (last === undefined && this.#last.size >= THREADS_MAX) return;
    this.#last.set(thread, at);
    if (last === undefined || at >= last) return;
    this.#stepsBack++;
    const micros = last - at;
    if (micros > (this.#furthest?.micros ?? 0)) this.#furthest = { micros, line: event.line };
  }

  other({ kind, name, line }: OtherView): void {
    this.#others.set(kind, (this.#others.get(kind) ?? 0) + 1);
    if (kind !== "unknown-event" && kind !== "mismatch") return;
    const key = `${kind} ${name}`;
    const known = this.#misfits.get(key);
    if (known !== undefined) known.count++;
    else if (this.#misfits.size < NAMES_MAX) {
      this.#misfits.set(key, { kind, name: name.slice(0, 200), count: 1, line });
    } else this.#unlisted++;
  }

  /** What was counted so far. */
  result(): Census {
    const flags = new Map<keyof typeof FLAG, number>();
    for (const [bits, count] of this.#flags) {
      for (const [name, bit] of Object.entries(FLAG) as [keyof typeof FLAG, number][]) {
        if ((bits & bit) !== 0) flags.set(name, (flags.get(name) ?? 0) + count);
      }
    }
    return {
      events: this.#events,
      shapes: { ...this.#shapes },
      flags,
      others: new Map(this.#others),
      misfits: [...this.#misfits.values()].map((one) => ({ ...one })),
      misfitsUnlisted: this.#unlisted,
      stepsBack: this.#stepsBack,
      furthestBack: this.#furthest,
    };
  }
}

const ODD_FLAGS: readonly (readonly [keyof typeof FLAG, string])[] = [
  ["glued", "events glued to other text on their line"],
  ["nul", "events with a NUL byte in a string"],
  ["blankMissing", "events without the blank behind their name"],
  ["extra", "records that hold more than their events declare"],
];

/** What is odd about a trace, as sentences without their full stops; nothing for an ordinary one. */
export function oddities(
  { shapes, flags, stepsBack, furthestBack, misfits, misfitsUnlisted }: Census,
): string[] {
  const said: string[] = [];
  const mixed = Object.entries(shapes).filter(([, count]) => count > 0).map(([shape, count]) =>
    `${count} ${shape}`
  );
  if (mixed.length > 1) said.push(`lines of several shapes: ${mixed.join(", ")}`);
  for (const [flag, claim] of ODD_FLAGS) {
    const count = flags.get(flag) ?? 0;
    if (count > 0) said.push(`${claim}: ${count}`);
  }
  if (furthestBack !== undefined) {
    const { micros, line } = furthestBack;
    said.push(`steps back of a thread's clock: ${stepsBack}, the furthest by ${micros} us at line ${line}`);
  }
  const [worst] = [...misfits].sort((a, b) => b.count - a.count);
  if (worst !== undefined) {
    const all = misfits.reduce((sum, { count }) => sum + count, misfitsUnlisted);
    const rest = misfits.length > 1
      ? ` of ${misfits.length}${misfitsUnlisted > 0 ? " or more" : ""} names`
      : "";
    said.push(
      `lines that are no events of the catalog: ${all}${rest}, most often ${worst.name} (${worst.kind}, line ${worst.line})`,
    );
  }
  return said;
}
