/**
 * A run: one migration, simulated or recorded, as the checks see it.
 *
 * @module
 */
import type { TraceRecord } from "./event.ts";

/** The two ends of a migration. */
export type Side = "source" | "destination";

/** QEMU's MigrationStatus, all versions. */
export type MigrationStatus =
  | "none"
  | "setup"
  | "cancelling"
  | "cancelled"
  | "active"
  | "postcopy-device"
  | "postcopy-active"
  | "postcopy-paused"
  | "postcopy-recover-setup"
  | "postcopy-recover"
  | "completed"
  | "failing"
  | "failed"
  | "colo"
  | "pre-switchover"
  | "device"
  | "wait-unplug";

/** The `ram` member of a `query-migrate` reply; sizes in bytes. QEMU's own keys. */
export interface RamStats {
  readonly [key: string]: number;
}

/** A `query-migrate` reply, with QEMU's own keys; which members are present depends on status and version. */
export interface QueryMigrate {
  readonly status?: string;
  readonly ram?: RamStats;
  readonly [key: string]: unknown;
}

/** One `query-migrate` reply with its moment and side: one line of a samples file. */
export interface Sample {
  /** Microseconds on the clock of the traces. */
  readonly t_us: number;
  readonly side: Side;
  readonly "query-migrate": QueryMigrate;
}

/** Parameters of a migration, QEMU's own names. */
export type Parameters = Readonly<Record<string, number | boolean | string>>;

/** A change of parameters or another command of the operator during the run. */
export interface OperatorAction {
  /** Microseconds on the clock of the traces. */
  readonly at: number;
  /** The QMP command, such as `migrate-set-parameters` or `migrate_cancel`. */
  readonly command: string;
  readonly parameters?: Parameters;
}

/**
 * What is known of a run besides its trace. Everything may be missing: a log alone tells little, and a check whose
 * condition is not known says `unknown` rather than guess.
 */
export interface RunFacts {
  /** A catalog's name or a QEMU version, such as `10.0` or `10.0.2`. */
  readonly version?: string;
  /** The destination's version where it is not that one: a migration to a newer QEMU, or back. */
  readonly destinationVersion?: string;
  readonly accelerator?: "kvm" | "tcg";
  /** Capabilities of the source that were set, by QEMU's name. Absent altogether when not known. */
  readonly capabilities?: Readonly<Record<string, boolean>>;
  /** Parameters of the source at the start; a parameter that is not named has QEMU's default. */
  readonly parameters?: Parameters;
  readonly actions?: readonly OperatorAction[];
  /** `unix`, `tcp`, `exec`, `fd`, `file` … */
  readonly transport?: string;
  /** Whether the guest ran when the migration started. */
  readonly guestRan?: boolean;
  /** Events that were switched off, of those that logs of migrations usually have. Absent when not known. */
  readonly unlogged?: readonly string[];
}

/** Events of every single page, which logs of migrations usually lack. */
export const PER_PAGE: readonly string[] = [
  "migration_transferred_bytes",
  "ram_load_loop",
  "ram_save_page",
  "ram_load_postcopy_loop",
];

/** The version of a side, as far as the facts tell it. */
export function versionOf({ version, destinationVersion }: RunFacts, side: Side): string | undefined {
  return side === "destination" ? destinationVersion ?? version : version;
}

/** One migration in memory: what the model gives, and what a recording can be read into. */
export interface Run {
  readonly facts: RunFacts;
  readonly source: readonly TraceRecord[];
  readonly destination: readonly TraceRecord[];
  /** Traces of the destinations of earlier migrations of the source, where it was migrated again. */
  readonly earlierDestinations?: readonly (readonly TraceRecord[])[];
  /** Traces of the destinations of later migrations. */
  readonly laterDestinations?: readonly (readonly TraceRecord[])[];
  readonly samples: readonly Sample[];
}
