/**
 * The patterns that rules are made of. Each kind has one evaluator in `patterns/`; none knows a rule by name.
 *
 * @module
 */
import type { Side } from "../trace/mod.ts";
import type { Settings } from "./settings.ts";
import type { Selector } from "./select.ts";

/** Each step comes only after the step before it has come, once at least. */
export interface Order {
  readonly kind: "order";
  readonly steps: readonly Selector[];
  /** Whether every step must come when the condition of the rule is met. */
  readonly complete?: boolean;
}

/** First and second take turns, per key, beginning with the first. */
export interface Alternates {
  readonly kind: "alternates";
  readonly first: Selector;
  readonly second: Selector;
  /** Arguments that must agree, by C name (`a|b` where versions differ): of the first and of the second. */
  readonly key?: readonly [first: string, second: string];
  /** Whether an open pair at the end of a completed migration is right; it is not unless said. */
  readonly mayStayOpen?: boolean;
}

/** Opens and closes are nested like brackets, matched by a key. */
export interface Nested {
  readonly kind: "nested";
  readonly open: Selector;
  readonly close: Selector;
  readonly key: readonly [open: string, close: string];
}

/** So many times per migration (or since the last `per`), per key. */
export interface Count {
  readonly kind: "count";
  readonly event: Selector;
  readonly atMost?: number;
  /** Judged when the migration is over. */
  readonly atLeast?: number;
  readonly key?: readonly string[];
  readonly per?: Selector;
}

/** The event never comes after `after`, until `until`. */
export interface NeverAfter {
  readonly kind: "never-after";
  readonly event: Selector;
  readonly after: Selector;
  readonly until?: Selector;
}

/** The event comes only between `open` and `close`. */
export interface Between {
  readonly kind: "between";
  readonly event: Selector;
  readonly open: Selector;
  readonly close: Selector;
}

/** Every `first` is followed by a `then` of the same key, at once or within a time. */
export interface Answered {
  readonly kind: "answered";
  readonly first: Selector;
  readonly then: Selector;
  readonly key?: readonly [first: string, then: string];
  /** Longest time from the first to its answer, in microseconds. */
  readonly within?: number;
  /** Whether a `then` without a `first` is wrong. */
  readonly onlyAsked?: boolean;
  /** Ends the wait without an answer: the connection broke, the source was paused. */
  readonly excused?: Selector;
}

/** At the end of the migration, so many more of one than of the other. */
export interface Balance {
  readonly kind: "balance";
  readonly plus: Selector;
  readonly minus: Selector;
  readonly equals: readonly [least: number, most: number];
}

/** Right after the event, the same thread traces one of `next` (of the events that the role table assigns to it). */
export interface Next {
  readonly kind: "next";
  readonly after: Selector;
  readonly next: Selector;
}

/** Right before the event, the same thread traced one of `previous`. */
export interface Previous {
  readonly kind: "previous";
  readonly event: Selector;
  readonly previous: Selector;
}

/** An argument moves only along the edges of a graph. */
export interface States {
  readonly kind: "states";
  readonly event: Selector;
  readonly arg: string;
  readonly initial: readonly string[];
  readonly edges: Readonly<Record<string, readonly string[]>>;
}

/** At least so many microseconds lie between two of the same. */
export interface Spacing {
  readonly kind: "spacing";
  readonly event: Selector;
  readonly atLeast: number;
}

/** The k-th of the source has the same values as the k-th of the destination. */
export interface Pairs {
  readonly kind: "pairs";
  readonly source: Selector;
  readonly sourceArgs: readonly string[];
  readonly destination: Selector;
  readonly destinationArgs: readonly string[];
  /** Texts of the destination's first argument that stand for numbers of the source's. */
  readonly destinationNumbers?: Readonly<Record<string, number>>;
  /** Whether the destination may have fewer (it was cut off, or nobody waited for it). */
  readonly destinationMayLack?: number;
  /** Whether the order counts; otherwise only that both have the same. */
  readonly anyOrder?: boolean;
}

/** What a step of a ledger may look at besides its arguments. */
export interface Moment {
  /** Microseconds; -1 when unknown. */
  readonly at: number;
  /** The event's line; 0 for a sample. */
  readonly line: number;
  /** The thread that traced the event; 0 when the log does not say. */
  readonly thread: number;
  readonly settings: Settings;
  /** Whether the guest ran when the migration started; undefined when that is not known. */
  readonly guestRan: boolean | undefined;
}

/** True: the promise held here. False: broken. Undefined: nothing to judge. */
export type Held = boolean | undefined | void;

/** One entry of a ledger: an event (or a sample), the arguments it reads, and what it does with them. */
export interface Step<S> {
  /** The event; absent for a step that takes samples. */
  readonly on?: Selector;
  /** The side, in a rule about both. */
  readonly side?: Side;
  /** Members of a `query-migrate` reply, dotted; `status` as the hash {@linkcode word} of its text. */
  readonly sample?: readonly string[];
  /** Arguments by C name, as numbers; texts as the hash {@linkcode word} of them. At most six. */
  readonly args?: readonly string[];
  /** Whether the last events of this step are the evidence when the end is judged wrong; for events that are few. */
  readonly shows?: boolean;
  readonly take: (s: S, m: Moment, a: number, b: number, c: number, d: number, e: number, f: number) => Held;
  /** What is wrong, with the numbers; asked only after `take` said false. */
  readonly says?: (s: S, a: number, b: number, c: number, d: number, e: number, f: number) => string;
}

/** Where something that is missing at the end was due. */
export interface EndPlace {
  readonly side: Side;
  readonly line: number;
  readonly name: string;
}

/**
 * Sums and comparisons over the arguments of events: a state of plain numbers, and steps that move it. Steps return
 * whether the promise held at that event.
 */
export interface Ledger {
  readonly kind: "ledger";
  readonly start: () => object;
  readonly steps: readonly Step<never>[];
  /** Judged when the migration (or both sides) ended. */
  readonly end?: (s: never, settings: Settings) => Held;
  readonly endSays?: (s: never) => string;
  /** Where that is seen, if the state knows: an event of a side by its line. */
  readonly endAt?: (s: never) => EndPlace | undefined;
  /** Whether only events that are in the log can break it: what was switched off excuses nothing. */
  readonly restsOnSeen?: boolean;
  /** Whether it compares moments of samples with moments of events: samples must be given first. */
  readonly needsMoments?: boolean;
  /** Whether it takes samples from after the end of a log that breaks off: what it looks for cannot be undone. */
  readonly pastEnd?: boolean;
  /** Whether it may begin in the middle of a migration: nothing that came before counts. */
  readonly fromAnywhere?: boolean;
}

export type Pattern =
  | Order
  | Alternates
  | Nested
  | Count
  | NeverAfter
  | Between
  | Answered
  | Balance
  | Next
  | Previous
  | States
  | Spacing
  | Pairs
  | Ledger;

/** Makes a ledger whose steps know the type of its state. */
export function ledger<S extends object>(
  start: () => S,
  steps: readonly Step<S>[],
  ending: {
    readonly end?: (s: S, settings: Settings) => Held;
    readonly endSays?: (s: S) => string;
    readonly endAt?: (s: S) => EndPlace | undefined;
    readonly restsOnSeen?: boolean;
    readonly needsMoments?: boolean;
    readonly pastEnd?: boolean;
    readonly fromAnywhere?: boolean;
  } = {},
): Ledger {
  return { kind: "ledger", start, steps, ...ending };
}
