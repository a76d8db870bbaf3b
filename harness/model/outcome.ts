/**
 * What a run gives: the traces of both sides, samples, and how it ended.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import {
  type MigrationStatus,
  type OperatorAction,
  PER_PAGE,
  type Run,
  type RunFacts,
  type TraceRecord,
  type TraceRecorder,
} from "../trace/mod.ts";
import type { Destination } from "./destination.ts";
import type { Guest } from "./guest.ts";
import type { Migration } from "./migration.ts";
import type { BugId } from "./museum.ts";
import type { Ram } from "./ram.ts";

/** What to record of a run. */
export interface SimulateOptions {
  /** Record the traces of both sides; true unless given. */
  readonly trace?: boolean;
  /** Record the events that fire for every page, too. */
  readonly perPageEvents?: boolean;
  /** Take `query-migrate` samples; true unless given. */
  readonly samples?: boolean;
  /** Bugs of the museum to switch on; none unless given. */
  readonly bugs?: readonly BugId[];
}

/** How a run ended. Bytes, milliseconds. */
export interface Outcome {
  /** The source's last status. */
  readonly source: MigrationStatus;
  /** The destination's last status. */
  readonly destination: MigrationStatus;
  /** Whether something was still to come when the run ended: at its time limit, or waiting for what never comes. */
  readonly timedOut: boolean;
  readonly error: string | null;
  readonly totalTimeMs: number;
  readonly setupTimeMs: number;
  /** 0 unless completed. */
  readonly downtimeMs: number;
  /** dirty-sync-count. */
  readonly iterations: number;
  readonly transferredBytes: number;
  readonly normalPages: number;
  readonly duplicatePages: number;
  readonly precopyBytes: number;
  readonly downtimeBytes: number;
  /** Pages that are dirty on the source and will not be sent any more. */
  readonly remainingPages: number;
  /** Share of the guest's time that auto-converge took from it while it ran on the source, in percent. */
  readonly guestSlowdownPercent: number;
  /** Where the guest runs in the end. */
  readonly guestRuns: { readonly source: boolean; readonly destination: boolean };
}

/** A run of the model. */
export interface SimulatedRun extends Run {
  readonly outcome: Outcome;
  /** Page writes of all of the guest's tasks while it ran on the source. */
  readonly guestWrites: number;
}

/** Reads off how a run ended. */
export function outcomeOf(
  migration: Migration | null,
  guest: Guest,
  ram: Ram,
  destination: Destination,
  timedOut: boolean,
): Outcome {
  const stats = migration?.stats;
  return {
    source: migration?.status ?? "none",
    destination: destination.status,
    timedOut,
    error: migration?.error ?? null,
    totalTimeMs: migration?.totalMs ?? 0,
    setupTimeMs: migration?.setupMs ?? 0,
    downtimeMs: migration?.downtimeMs ?? 0,
    iterations: stats?.dirty_sync_count ?? 0,
    transferredBytes: stats?.transferred ?? 0,
    normalPages: stats?.normal_pages ?? 0,
    duplicatePages: stats?.zero_pages ?? 0,
    precopyBytes: stats?.precopy_bytes ?? 0,
    downtimeBytes: stats?.downtime_bytes ?? 0,
    remainingPages: ram.dirtyPages,
    guestSlowdownPercent: guest.slowdownPercent,
    guestRuns: { source: guest.running, destination: destination.guestRuns },
  };
}

/** Events in the order of their moments; of equals, in the order of their emission. */
export function inOrder(recorder: TraceRecorder | null): readonly TraceRecord[] {
  if (recorder === null) return [];
  return recorder.records.sort((a, b) => a.at - b.at);
}

/** What the checks may know of a command of the operator, carried out at a moment in microseconds. */
export function actionOf(action: Scenario["operator"][number], now: number): OperatorAction {
  return { at: Math.floor(now), command: action.execute, parameters: action.arguments };
}

/** What the checks may know of a run: what an operator would know. */
export function factsOf(scenario: Scenario, actions: readonly OperatorAction[]): RunFacts {
  return {
    version: scenario.profile,
    accelerator: scenario.guest.accelerator,
    capabilities: scenario.capabilities,
    parameters: scenario.parameters,
    actions,
    // A socket pair and a pipe are one transport in QEMU's words.
    transport: scenario.transport === "fd-pipe" ? "fd" : scenario.transport,
    guestRan: scenario.guest.running,
    unlogged: PER_PAGE,
  };
}
