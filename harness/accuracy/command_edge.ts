/**
 * Commands of the operator that came as a cycle ended: the one or the next is the first that they concern.
 *
 * @module
 */
import type { HostTimes } from "./observe_host.ts";
import type { RecordedEntry, RecordedInputs } from "./recorded_inputs.ts";

/**
 * Milliseconds between the end of a cycle and a command that change places in the next run: the tenth cycle of 93
 * recordings ended 1000.1 to 1010 ms after the state setup, four of five of them within 3.5 ms of each other.
 */
const EDGE_MS = 2;

/** What tells of it. */
export interface EdgeEvidence {
  readonly inputs: RecordedInputs;
  readonly host: HostTimes;
}

/** Says how far the first such command was from the end of a cycle; empty if none was near. */
export function edgeOf(
  { inputs: { entries, start }, host: { cycleEnds } }: EdgeEvidence,
  isWanted: (entry: RecordedEntry) => boolean,
): string {
  for (const entry of entries) {
    const { t, side, error } = entry;
    if (side !== "src" || error !== undefined || t < start || !isWanted(entry)) continue;
    const nearest = cycleEnds.map((end) => t * 1000 - end / 1000).find((ms) => Math.abs(ms) < EDGE_MS);
    if (nearest === undefined) continue;
    return `${Math.abs(nearest).toFixed(1)} ms ${nearest < 0 ? "before" : "after"} the end of a cycle`;
  }
  return "";
}

/** Whether the migration was cancelled as a cycle ended, so that it was over a cycle sooner or later. */
export function cancelAtEdge(evidence: EdgeEvidence): string {
  const edge = edgeOf(evidence, ({ cmd }) => cmd === "migrate_cancel");
  return edge === ""
    ? ""
    : `migrate_cancel came ${edge}: whether that cycle began is decided by how late the thread woke before`;
}
