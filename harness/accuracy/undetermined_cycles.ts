/**
 * Why the bytes of a recording's full cycles hang on a moment that no input tells, by what the recording shows itself.
 *
 * Its other figures are as well determined as before.
 *
 * @module
 */
import type { HostTimes } from "./observe_host.ts";
import type { RecordedInputs } from "./recorded_inputs.ts";
import { rateBefore, touchesAtStart } from "./recorded_workload.ts";

/**
 * So many writes from where the rate of before has the guest, one page in expectation is encoded to another length: each
 * of its sixteen written bytes is that of another write by one chance in 256. A write a millisecond later does as much.
 */
const STRAY_WRITES = 16;
/**
 * Milliseconds between the end of a cycle and a command that change places in the next run: the tenth cycle of 93
 * recordings ended 1000.1 to 1010 ms after the state setup, four of five of them within 3.5 ms of each other.
 */
const EDGE_MS = 2;

/** What is known of a recording besides its inputs. */
export interface CycleEvidence {
  readonly inputs: RecordedInputs;
  readonly host: HostTimes;
}

/** Reasons, each a sentence; none if the inputs suffice for the bytes of its full cycles as far as the recording shows. */
export function cyclesUndeterminedBy(evidence: CycleEvidence): string[] {
  return [strayedGuest(evidence), thresholdAtEdge(evidence), commandAtEdge(evidence)].filter((reason) =>
    reason !== ""
  );
}

/** How far the guest's counter was from the line that the rate of before draws, where XBZRLE encodes what it wrote. */
function strayedGuest({ inputs, host }: CycleEvidence): string {
  const { meta, entries, start } = inputs;
  if (!meta.capabilities.src.includes("xbzrle")) return "";
  const rate = rateBefore(inputs);
  const written = touchesAtStart(inputs, rate);
  if (rate === 0 || written === 0) return "";
  const stop = entries.find(({ t, side, event }) => side === "src" && event === "STOP" && t >= start)?.t;
  const throttled = host.throttledAfterMicros === null ? Infinity : start + host.throttledAfterMicros / 1e6;
  let stray = 0;
  for (const { t, side, touches = 0 } of entries) {
    if (side !== "src" || touches === 0 || t < start || t >= Math.min(stop ?? Infinity, throttled)) continue;
    stray = Math.max(stray, Math.abs(touches - written - rate * (t - start)));
  }
  if (stray < STRAY_WRITES) return "";
  return `its guest was up to ${
    Math.round(stray)
  } writes from where the rate of before has it: which write of a page ` +
    "XBZRLE copied, and with that the length of its next encoding, is decided to the write";
}

/** Whether XBZRLE's passes had a cycle more or less by how late the thread woke: each page is encoded against its last copy. */
function thresholdAtEdge({ inputs: { meta }, host: { edges } }: CycleEvidence): string {
  if (!meta.capabilities.src.includes("xbzrle") || edges === 0) return "";
  return `${edges} of its passes ended, or went on for a cycle, because the cycle before took 100 ms or 101 and not the other`;
}

/** Whether max-bandwidth was set as a cycle ended, so that the one or the next is the first that it limits. */
function commandAtEdge({ inputs: { entries, start }, host: { cycleEnds } }: CycleEvidence): string {
  for (const { t, side, cmd, args, error } of entries) {
    if (side !== "src" || cmd !== "migrate-set-parameters" || error !== undefined || t < start) continue;
    if (args?.["max-bandwidth"] === undefined) continue;
    const distances = cycleEnds.map((end) => t * 1000 - end / 1000);
    const nearest = distances.find((ms) => Math.abs(ms) < EDGE_MS);
    if (nearest === undefined) continue;
    return `max-bandwidth was set ${Math.abs(nearest).toFixed(1)} ms ${
      nearest < 0 ? "before" : "after"
    } the end of a cycle: which one is the first that it limits is decided by how late the thread woke before`;
  }
  return "";
}
