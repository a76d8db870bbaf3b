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
  const { meta, entries, start } = inputs;
  const begun = entries.findLast(({ t, side, touches }) =>
    side === "src" && touches !== undefined && t < start
  );
  if (begun?.touches === 0 && guestWrites(scenario)) {
    return "the guest had not begun its workload when the migration started";
  }
  const before = rateBefore(inputs);
  const { capabilities, guest } = scenario;
  // Of several migrations only the last one's throttle is seen.
  const isAgain = scenario.operator.some(({ execute }) => execute === "migrate");
  const isHeld = capabilities["dirty-limit"] === true || (isAgain && capabilities["auto-converge"] === true);
  if (before === 0 || isHeld || !guest.running || meta.workload?.burst !== undefined) return "";
  const throttled = host.throttledAfterMicros === null ? Infinity : start + host.throttledAfterMicros / 1e6;
  const during = rateWhileRunning(entries, start, throttled);
  if (during === null) return "";
  if (Math.abs(during - before) <= RATE * before) return "";
  return `the guest wrote ${Math.round(during)} pages/s during the migration, ${
    Math.round(before)
  } before it`;
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

/** Pages a second from the counter's readings, stretches aside in which the guest stood still; null if there are too few. */
function rateWhileRunning(entries: readonly RecordedEntry[], from: number, until: number): number | null {
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
    }
    last = entry;
  }
  return seconds < SECONDS_MIN ? null : written / seconds;
}
