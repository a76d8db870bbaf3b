/**
 * The figures of a run that its first screen shows: how it ended, how long it took, what it moved.
 *
 * @module
 */
import type { Judgement } from "../checks/mod.ts";
import type { Sample } from "../trace/mod.ts";

/** Figures of one migration; `null` where nothing tells. Milliseconds and bytes. */
export interface RunFigures {
  /** The source's last status. */
  readonly source: string | null;
  /** The destination's last status. */
  readonly destination: string | null;
  /** dirty-sync-count. */
  readonly iterations: number | null;
  readonly totalTimeMs: number | null;
  readonly downtimeMs: number | null;
  readonly transferredBytes: number | null;
}

/** What the trace tells of a run, completed by the source's last `query-migrate` sample where there is one. */
export function figuresOf(judgement: Judgement, lastSample: Sample | undefined): RunFigures {
  const query = lastSample?.["query-migrate"];
  const statusOf = (side: "source" | "destination") => {
    const last = judgement.sides.findLast((summary) => summary.side === side)?.migrations.at(-1)?.status;
    return last === undefined || last === "" ? null : last;
  };
  const amount = (value: unknown) => typeof value === "number" && Number.isFinite(value) ? value : null;
  return {
    source: statusOf("source") ?? query?.status ?? null,
    destination: statusOf("destination"),
    iterations: amount(query?.ram?.["dirty-sync-count"]),
    totalTimeMs: amount(query?.["total-time"]),
    downtimeMs: amount(query?.["downtime"]),
    transferredBytes: amount(query?.ram?.["transferred"]),
  };
}
