/**
 * What differs between two traces, in sentences: when the guest stops, which events are more or fewer, what moved.
 *
 * @module
 */
import { sayMoment, sayShift } from "./amounts.ts";
import type { GoldenFile } from "./golden.ts";

const LINE = /^(?:(\d+)@)?(?:(\d+)\.(\d{6}):)?(\w+) ?(.*)$/;

interface TraceLine {
  /** Microseconds; -1 where the line has no time. */
  readonly at: number;
  readonly name: string;
  readonly payload: string;
}

interface Trace {
  readonly lines: readonly string[];
  readonly parsed: readonly TraceLine[];
}

function parseTrace(bytes: Uint8Array): Trace {
  const lines = new TextDecoder("latin1").decode(bytes).split("\n").slice(0, -1);
  const parsed = lines.map((line) => {
    const [, , seconds, micros, name = "", payload = ""] = LINE.exec(line) ?? [];
    return { at: seconds === undefined ? -1 : Number(seconds) * 1e6 + Number(micros), name, payload };
  });
  return { lines, parsed };
}

/** The moment at which the source stops the guest: the checkpoint, or the state of versions without one. */
function switchoverOf({ parsed }: Trace): number | undefined {
  return parsed.find(({ name, payload }) =>
    (name === "vmstate_downtime_checkpoint" && payload.endsWith("src-downtime-start")) ||
    (name === "migrate_set_state" && /new state (?:device|postcopy-active)$/.test(payload))
  )?.at;
}

/** When the switchover came and when it comes; nothing when that is the same. */
export function describeSwitchover(golden: Uint8Array, now: Uint8Array): string[] {
  const [old, fresh] = [switchoverOf(parseTrace(golden)), switchoverOf(parseTrace(now))];
  if (old === fresh) return [];
  if (fresh === undefined) return [`no switchover any more: it was at ${sayMoment(old ?? 0)}`];
  if (old === undefined) return [`switchover at ${sayMoment(fresh)}: there was none`];
  const by = fresh - old;
  return [
    `switchover ${sayShift(by)} ${by > 0 ? "later" : "earlier"}: at ${sayMoment(fresh)}, was at ${
      sayMoment(old)
    }`,
  ];
}

/** One sentence at most: what kind of difference it is and where it begins. */
export function describeTraces(file: GoldenFile, golden: Uint8Array, now: Uint8Array): string[] {
  const before = parseTrace(golden);
  const after = parseTrace(now);
  const first = before.lines.findIndex((line, index) => line !== after.lines[index]);
  const at = first !== -1 ? first : before.lines.length < after.lines.length ? before.lines.length : -1;
  if (at === -1) return [];
  const where = `${file}, from line ${at + 1}`;
  const changes = countChanges(before, after);
  if (changes.length > 0) {
    const rest = changes.length > 4 ? `, and ${changes.length - 4} other kinds` : "";
    return [`${where}: ${changes.slice(0, 4).join(", ")}${rest}`];
  }
  const sameOrder = before.parsed.every(({ name }, index) => name === after.parsed[index]?.name);
  if (!sameOrder) return [`${where}: the same events in another order`];
  const [old, fresh] = [before.parsed[at], after.parsed[at]];
  const shift = (fresh?.at ?? 0) - (old?.at ?? 0);
  const moved = shift === 0
    ? `has other values: ${fresh?.payload}, was ${old?.payload}`
    : `comes ${sayShift(shift)} ${shift > 0 ? "later" : "earlier"}`;
  return [`${where}: the same events; the first that differs, ${fresh?.name}, ${moved}`];
}

function countChanges(before: Trace, after: Trace): string[] {
  const counts = new Map<string, number>();
  for (const { name } of after.parsed) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { name } of before.parsed) counts.set(name, (counts.get(name) ?? 0) - 1);
  return [...counts].filter(([, count]) => count !== 0)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([name, count]) => `${Math.abs(count)} ${count > 0 ? "more" : "fewer"} ${name}`);
}
