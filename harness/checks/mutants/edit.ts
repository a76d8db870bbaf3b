/**
 * Changing a run for the worse: the edits that mutation operators are made of.
 *
 * @module
 */
import type { RandomStream } from "../../base/mod.ts";
import type { ArgValue, Run, Sample, Side, TraceRecord } from "../../trace/mod.ts";
import { positionOf } from "../select.ts";

/** Which events, by name and by arguments. */
export type Pick = (record: TraceRecord) => boolean;

/** Events of a name, with these values of some arguments. */
export function named(name: string, where: Readonly<Record<string, string | number>> = {}): Pick {
  return ({ declaration, values }) => {
    if (declaration.name !== name) return false;
    return Object.entries(where).every(([arg, value]) => {
      const given = values[positionOf(declaration, arg)];
      return typeof given === "string" ? given === value : Number(given) === Number(value);
    });
  };
}

/** Events of any of the kinds. */
export function either(...picks: readonly Pick[]): Pick {
  return (record) => picks.some((pick) => pick(record));
}

/** Places of the events of one side. */
export function places(run: Run, side: Side, pick: Pick): number[] {
  const found: number[] = [];
  for (const [index, record] of run[side].entries()) if (pick(record)) found.push(index);
  return found;
}

/** One of the places by chance; undefined when there is none. */
export function oneOf<T>(found: readonly T[], random: RandomStream): T | undefined {
  return found.length === 0 ? undefined : found[random.below(found.length)];
}

/** The run with other events on one side. */
export function withRecords(run: Run, side: Side, records: readonly TraceRecord[]): Run {
  return { ...run, [side]: records };
}

/** The run without the event at a place. */
export function without(run: Run, side: Side, at: number): Run {
  return withRecords(run, side, run[side].toSpliced(at, 1));
}

/** The run with the event at a place moved to another place of what remains. */
export function moved(run: Run, side: Side, from: number, to: number): Run {
  const record = run[side][from];
  if (record === undefined) return run;
  const rest = run[side].toSpliced(from, 1);
  const beside = rest[Math.min(to, rest.length - 1)];
  return withRecords(run, side, rest.toSpliced(to, 0, { ...record, at: beside?.at ?? record.at }));
}

/** The run with a copy of the event at a place right behind it. */
export function doubled(run: Run, side: Side, at: number): Run {
  const record = run[side][at];
  return record === undefined ? run : withRecords(run, side, run[side].toSpliced(at, 0, record));
}

/** The run with two events exchanged; each keeps the moment of its place. */
export function exchanged(run: Run, side: Side, a: number, b: number): Run {
  const [first, second] = [run[side][a], run[side][b]];
  if (first === undefined || second === undefined) return run;
  const records = run[side].slice();
  records[a] = { ...second, at: first.at };
  records[b] = { ...first, at: second.at };
  return withRecords(run, side, records);
}

/** The argument of an event as a number; NaN for a text or an argument that this version lacks. */
export function argument({ declaration, values }: TraceRecord, name: string): number {
  const value = values[positionOf(declaration, name)];
  return value === undefined || typeof value === "string" ? NaN : Number(value);
}

/** The run with an argument of the event at a place changed. */
export function changed(
  run: Run,
  side: Side,
  at: number,
  name: string,
  to: (value: ArgValue) => ArgValue,
): Run {
  const record = run[side][at];
  if (record === undefined) return run;
  const position = positionOf(record.declaration, name);
  const value = record.values[position];
  if (value === undefined) return run;
  const values = record.values.toSpliced(position, 1, to(value));
  return withRecords(run, side, run[side].toSpliced(at, 1, { ...record, values }));
}

/** Adds to a number of whatever size. */
export function plus(amount: number): (value: ArgValue) => ArgValue {
  return (value) => {
    if (typeof value === "string") return value;
    return typeof value === "bigint" ? value + BigInt(amount) : value + amount;
  };
}

/** The run with one reply to `query-migrate` changed. */
export function withReply(
  run: Run,
  index: number,
  change: (reply: Record<string, unknown>) => void,
): Run {
  const sample = run.samples[index];
  if (sample === undefined) return run;
  const reply = structuredClone(sample["query-migrate"]) as Record<string, unknown>;
  change(reply);
  const made = { ...sample, "query-migrate": reply } as Sample;
  return { ...run, samples: run.samples.toSpliced(index, 1, made) };
}
