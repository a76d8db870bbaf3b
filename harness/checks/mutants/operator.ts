/**
 * What a mutation operator is: a way to break one promise, wherever a run gives the occasion.
 *
 * @module
 */
import type { RandomStream } from "../../base/mod.ts";
import type { Run, Side, TraceRecord } from "../../trace/mod.ts";
import {
  changed,
  doubled,
  exchanged,
  moved,
  oneOf,
  type Pick,
  places,
  plus,
  without,
  withReply,
} from "./edit.ts";

/** Breaks one promise. */
export interface Operator {
  readonly name: string;
  /** The promise that every mutant of it breaks. */
  readonly breaks: string;
  /** Why a mutant may get past the rules all the same; absent where none may. */
  readonly mayEscape?: string;
  /** A broken run; undefined when the run gives no occasion. */
  readonly apply: (run: Run, random: RandomStream) => Run | undefined;
}

/** Whether the run ended well: some promises bind completed migrations only. */
export function hasCompleted({ source }: Run): boolean {
  return source.some(({ declaration, values }) =>
    declaration.name === "migrate_set_state" && values[0] === "completed"
  );
}

type Told = { readonly mayEscape?: string };

function escape(mayEscape: string | undefined): Told {
  return mayEscape === undefined ? {} : { mayEscape };
}

/** Deletes an event that must be there. */
export function deletes(
  name: string,
  breaks: string,
  side: Side,
  pick: Pick,
  when: (run: Run) => boolean = () => true,
  mayEscape?: string,
): Operator {
  return {
    name,
    breaks,
    ...escape(mayEscape),
    apply(run, random) {
      const at = when(run) ? oneOf(places(run, side, pick), random) : undefined;
      return at === undefined ? undefined : without(run, side, at);
    },
  };
}

/** Repeats an event that must be there once. */
export function repeats(name: string, breaks: string, side: Side, pick: Pick): Operator {
  return {
    name,
    breaks,
    apply(run, random) {
      const at = oneOf(places(run, side, pick), random);
      return at === undefined ? undefined : doubled(run, side, at);
    },
  };
}

/** Exchanges an event with the next of another kind. */
export function exchanges(name: string, breaks: string, side: Side, first: Pick, second: Pick): Operator {
  return {
    name,
    breaks,
    apply(run, random) {
      const found = places(run, side, first);
      const pairs = found.flatMap((a) => {
        const b = run[side].findIndex((record, index) => index > a && second(record));
        const between = run[side].findIndex((record, index) => index > a && first(record));
        return b === -1 || (between !== -1 && between < b) ? [] : [[a, b] as const];
      });
      const pair = oneOf(pairs, random);
      return pair === undefined ? undefined : exchanged(run, side, pair[0], pair[1]);
    },
  };
}

/** Moves an event in front of an earlier one. */
export function movesBefore(
  name: string,
  breaks: string,
  side: Side,
  pick: Pick,
  before: Pick,
  when: (run: Run) => boolean = () => true,
): Operator {
  return {
    name,
    breaks,
    apply(run, random) {
      const from = when(run) ? oneOf(places(run, side, pick), random) : undefined;
      const to = places(run, side, before)[0];
      if (from === undefined || to === undefined || to >= from) return undefined;
      return moved(run, side, from, to);
    },
  };
}

/** Changes an argument. */
export function changes(
  name: string,
  breaks: string,
  side: Side,
  pick: Pick,
  arg: string,
  amount: number | ((record: TraceRecord) => number),
  when: (run: Run) => boolean = () => true,
  mayEscape?: string,
): Operator {
  return {
    name,
    breaks,
    ...escape(mayEscape),
    apply(run, random) {
      const at = when(run) ? oneOf(places(run, side, pick), random) : undefined;
      const record = at === undefined ? undefined : run[side][at];
      if (at === undefined || record === undefined) return undefined;
      const by = typeof amount === "number" ? amount : amount(record);
      return by === 0 ? undefined : changed(run, side, at, arg, plus(by));
    },
  };
}

/** Changes a reply to `query-migrate`; `change` says whether there was an occasion. */
export function replies(
  name: string,
  breaks: string,
  isFit: (reply: Readonly<Record<string, unknown>>, run: Run) => boolean,
  change: (reply: Record<string, unknown>) => void,
  which: "last" | "any" = "last",
  mayEscape?: string,
): Operator {
  return {
    name,
    breaks,
    ...escape(mayEscape),
    apply(run, random) {
      const fit = run.samples.flatMap((sample, index) =>
        sample.side === "source" && isFit(sample["query-migrate"], run) ? [index] : []
      );
      const at = which === "last" ? fit.at(-1) : oneOf(fit, random);
      return at === undefined ? undefined : withReply(run, at, change);
    },
  };
}
