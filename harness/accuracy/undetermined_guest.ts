/**
 * Whether a recording's guest wrote as it did before, by its own counter.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import type { HostTimes } from "./observe_host.ts";
import type { RecordedEntry, RecordedInputs } from "./recorded_inputs.ts";
import { rateBefore } from "./recorded_workload.ts";

/** A guest whose rate differs by this much from the one before is another guest. */
const RATE = 0.05;
/**
 * Half a cycle: what a sync finds differs by as much. In 112 of 143 recordings of a quiet host that are determined otherwise
 * the guest strays less than a tenth of it, in 6 more than this.
 */
const STRAY_SECONDS = 0.05;
/** For how long a throttled vCPU runs between two sleeps. */
const SLICE_SECONDS = 0.01;

/** What tells of a guest. */
export interface GuestEvidence {
  readonly inputs: RecordedInputs;
  readonly scenario: Scenario;
  readonly host: HostTimes;
}

/** Whether the guest wrote during the migration as it did before, as long as nothing was meant to slow it down. */
export function guestRate({ inputs, scenario, host }: GuestEvidence): string {
  const { entries, start } = inputs;
  const begun = entries.findLast(({ t, side, touches }) =>
    side === "src" && touches !== undefined && t < start
  );
  if (begun?.touches === 0 && guestWrites(scenario)) {
    return "the guest had not begun its workload when the migration started";
  }
  const before = rateBefore(inputs);
  if (before === 0 || !isSteady(inputs, scenario)) return "";
  const throttled = throttledAt(inputs, host);
  const during = rateWhileRunning(entries, start, throttled);
  if (during === null) return "";
  if (Math.abs(during - before) <= RATE * before) return "";
  return `the guest wrote ${Math.round(during)} pages/s during the migration, ${
    Math.round(before)
  } before it`;
}

/** Whether its writes came evenly: a busy host holds a guest up now and lets it catch up then. */
export function guestSwings({ inputs, scenario, host }: GuestEvidence): string {
  if (!isSteady(inputs, scenario)) return "";
  const readings = readingsWhileRunning(inputs.entries, inputs.start, throttledAt(inputs, host));
  const [seconds, written] = readings.at(-1) ?? [0, 0];
  if (seconds < SECONDS_MIN || written === 0) return "";
  const rate = written / seconds;
  const stray = Math.max(...readings.map(([at, count]) => Math.abs(count / rate - at)));
  if (stray < STRAY_SECONDS) return "";
  return `the guest was up to ${Math.round(stray * 1000)} ms of its writes away from their mean rate`;
}

/** Whether nothing is meant to slow the guest down, as far as is seen: of several migrations only the last one's throttle. */
function isSteady(
  { meta }: RecordedInputs,
  { capabilities, guest, operator }: Scenario,
): boolean {
  const isAgain = operator.some(({ execute }) => execute === "migrate");
  const isHeld = capabilities["dirty-limit"] === true || (isAgain && capabilities["auto-converge"] === true);
  return !isHeld && guest.running && meta.workload?.burst === undefined;
}

/** When a throttle stepped in, on the recording's clock in seconds. */
function throttledAt({ start }: RecordedInputs, { throttledAfterMicros: after }: HostTimes): number {
  return after === null ? Infinity : start + after / 1e6;
}

/** Whether a throttle left the guest what it is meant to leave, give or take a slice at either end of the readings. */
export function throttledRate({ inputs, scenario, host: { throttleSteps } }: GuestEvidence): string {
  const { entries, start } = inputs;
  const before = rateBefore(inputs);
  const isAgain = scenario.operator.some(({ execute }) => execute === "migrate");
  if (before === 0 || isAgain || inputs.meta.workload?.burst !== undefined) return "";
  const end =
    entries.find(({ t, side, event, cmd }) =>
      side === "src" && t >= start && (event === "STOP" || cmd === "migrate_cancel")
    )?.t ?? Infinity;
  for (const [index, { atMicros, percent }] of throttleSteps.entries()) {
    const until = Math.min(end, (throttleSteps[index + 1]?.atMicros ?? Infinity) / 1e6);
    const times = entries.filter(({ t, side, touches }) =>
      side === "src" && touches !== undefined && t >= atMicros / 1e6 && t < until
    ).map(({ t }) => t);
    const during = rateWhileRunning(entries, atMicros / 1e6, until);
    if (during === null) continue;
    const left = 1 - percent / 100;
    const slices = 2 * SLICE_SECONDS / (((times.at(-1) ?? 0) - (times[0] ?? 0)) * left);
    if (Math.abs(during / (before * left) - 1) <= RATE + slices) continue;
    return `the guest wrote ${Math.round(during)} pages/s under a throttle of ${percent} %, which leaves ${
      Math.round(before * left)
    } of what it wrote before`;
  }
  return "";
}

/** Whether the guest is meant to write. */
function guestWrites({ guest, workload }: Scenario): boolean {
  return guest.running && workload.some(({ kind }) => kind !== "idle");
}

/** Below this there is too little time to tell a rate from. */
const SECONDS_MIN = 0.1;

/** The counter over the time for which the guest ran: seconds of that, and writes, since the first reading. */
type Reading = readonly [seconds: number, written: number];

/** Its readings, stretches aside in which the guest stood still. */
function readingsWhileRunning(
  entries: readonly RecordedEntry[],
  from: number,
  until: number,
): Reading[] {
  const readings: Reading[] = [[0, 0]];
  let [written, seconds] = [0, 0];
  let last: RecordedEntry | null = null;
  let runs = true;
  for (const entry of entries) {
    const { t, side, event, touches } = entry;
    if (side !== "src" || t < from || t >= until) continue;
    if (event === "STOP" || event === "RESUME") [runs, last] = [event === "RESUME", null];
    if (touches === undefined || !runs) continue;
    if (last !== null) {
      written += touches - (last.touches ?? 0);
      seconds += t - last.t;
      readings.push([seconds, written]);
    }
    last = entry;
  }
  return readings;
}

/** Pages a second from the counter's readings; null if they cover too little time. */
function rateWhileRunning(entries: readonly RecordedEntry[], from: number, until: number): number | null {
  const [seconds, written] = readingsWhileRunning(entries, from, until).at(-1) ?? [0, 0];
  return seconds < SECONDS_MIN ? null : written / seconds;
}
