/**
 * What differs between QEMU versions, as one table of named differences.
 *
 * The model asks for a difference by name and never for a version. Tracepoints that a version lacks need no entry:
 * the recorder writes what the version's catalog declares.
 *
 * @see facts/precopy.md 0.1 and facts/qemu-11.1.md
 * @module
 */
import type { ProfileName } from "../scenario/mod.ts";
import { type Catalog, catalogOf, type EventName } from "../trace/mod.ts";
import type { BugId } from "./museum.ts";

/** When the exact amount left is asked for, which costs a bitmap sync (migration_iteration_run). */
export type ExactRule =
  | "must-precopy-within" // 8.2: precopy part <= threshold
  | "below" // 9.0 to 10.0: all of it < threshold
  | "within"; // 11.1: precopy part <= threshold

/** The behaviour of one version. */
export interface Profile {
  readonly name: ProfileName;
  readonly catalog: Catalog;
  readonly exactRule: ExactRule;
  /** Whether an amount equal to the threshold may switch over (10.1 and later). */
  readonly switchoverAtThreshold: boolean;
  /** Whether only an exact answer may switch over, so that an estimate of 0 alone does not (11.1). */
  readonly switchoverNeedsExact: boolean;
  /** One `qemu_savevm_query_pending` in place of the estimate and exact tracepoints (11.1). */
  readonly queryPending: boolean;
  /** The state `device` comes in every switchover, and disks are inactivated there (10.0 and later). */
  readonly deviceState: boolean;
  /** The SWITCHOVER_START command is sent (10.0 and later). */
  readonly switchoverStart: boolean;
  /** The last sync is a pending query of its own, before the RAM section (11.1). */
  readonly finalQuery: boolean;
  /** The log is cleared chunk by chunk in the stopped phase too (10.0 and older). */
  readonly clearLogWhenStopped: boolean;
  /** `src-downtime-end` and the end of the clock come before the state `completed` (9.0 and later). */
  readonly downtimeEndsBeforeCompleted: boolean;
  /** Threshold from avail-switchover-bandwidth as a double rather than whole bytes per millisecond (11.1). */
  readonly switchoverBandwidthAsDouble: boolean;
  /** `migrate_transferred` says Mbit/s, and bytes per millisecond in the place of switchover_bw (11.1). */
  readonly bandwidthInMbit: boolean;
  /** expected-downtime is computed when asked, from the last exact amount (11.1). */
  readonly expectedDowntimeOnDemand: boolean;
  /** A cancel before the connection is made waits for the attempt to end (11.0). */
  readonly cancelWaitsForConnect: boolean;
  /** The destination's error says what went wrong in which section (11.1). */
  readonly loadErrorTellsCause: boolean;
  /** The downtime of dirty-bitmap is told with the live handlers' too, though it has no section (11.1). */
  readonly bitmapsCountAsIterable: boolean;
  /** The state `failing` until the end of the cleanup (11.0). */
  readonly failingState: boolean;
  /** savevm_state_cleanup comes before the migration's own cleanup (8.x to 9.1). */
  readonly savevmCleanupFirst: boolean;
  /** dirty-sync-count counts the first sync as 1 and then exact queries alone (11.1). */
  readonly countsExactQueriesOnly: boolean;
  /** The 5-second sync of auto-converge (9.2 and later). */
  readonly periodicThrottleSync: boolean;
  /** Disks of the destination are activated before the announcement (8.x and 9.x). */
  readonly activatesDisksEarly: boolean;
  /** The destination cleans up after `completed` rather than within the load (9.2 and later). */
  readonly loadCleanupLast: boolean;
  /** An ack is sent at once when no device asks for one (to 10.x). */
  readonly switchoverAckAtOnce: boolean;
  /** The connection's tracepoint for the outgoing channel comes for a failed connect too (to 10.x). */
  readonly tracesFailedChannel: boolean;
  /** With multifd the channels look for zero pages (9.0 and later); before it was the migration thread. */
  readonly channelsDetectZero: boolean;
  /** A batch goes to a channel with the next page (9.0 and later) rather than as soon as it is full. */
  readonly batchWaitsForNextPage: boolean;
  /** Channels are synced once more at the end of the stopped phase (to 9.2). */
  readonly syncsChannelsAtEnd: boolean;
  /** What a RAM section returns when a channel has failed: 0 (to 10.x) or -1. */
  readonly failedChannelResult: 0 | -1;
  /** The apic's section comes before all others (11.1). */
  readonly apicFirst: boolean;
  /** Device sections and description have the sizes of 11.1. */
  readonly moreDeviceState: boolean;
  /** The firmware is that of 11.1, which fills other pages. */
  readonly newerFirmware: boolean;
  /** Bugs of the museum that are switched on; none outside of the tests of the checks. */
  readonly bugs: ReadonlySet<BugId>;
  /** Names that changed with a version. */
  readonly events: {
    readonly cancel: EventName & ("migration_cancel" | "migrate_fd_cancel");
    readonly cleanup: EventName & ("migration_cleanup" | "migrate_fd_cleanup");
  };
}

const NEW_NAMES = { cancel: "migration_cancel", cleanup: "migration_cleanup" } as const;

const V10_0: Omit<Profile, "catalog" | "bugs"> = {
  name: "10.0",
  exactRule: "below",
  switchoverAtThreshold: false,
  switchoverNeedsExact: false,
  queryPending: false,
  deviceState: true,
  switchoverStart: true,
  finalQuery: false,
  clearLogWhenStopped: true,
  downtimeEndsBeforeCompleted: true,
  switchoverBandwidthAsDouble: false,
  bandwidthInMbit: false,
  expectedDowntimeOnDemand: false,
  cancelWaitsForConnect: false,
  loadErrorTellsCause: false,
  bitmapsCountAsIterable: false,
  failingState: false,
  savevmCleanupFirst: false,
  countsExactQueriesOnly: false,
  periodicThrottleSync: true,
  activatesDisksEarly: false,
  loadCleanupLast: true,
  switchoverAckAtOnce: true,
  tracesFailedChannel: true,
  channelsDetectZero: true,
  batchWaitsForNextPage: true,
  syncsChannelsAtEnd: false,
  failedChannelResult: 0,
  apicFirst: false,
  moreDeviceState: false,
  newerFirmware: false,
  events: NEW_NAMES,
};

const V11_0_DEV: Omit<Profile, "catalog" | "bugs"> = {
  ...V10_0,
  name: "11.0-dev",
  switchoverAtThreshold: true,
  clearLogWhenStopped: false,
};

const PROFILES: Readonly<Record<ProfileName, Omit<Profile, "catalog" | "bugs">>> = {
  "8.2-dev": {
    ...V10_0,
    name: "8.2-dev",
    exactRule: "must-precopy-within",
    deviceState: false,
    switchoverStart: false,
    downtimeEndsBeforeCompleted: false,
    savevmCleanupFirst: true,
    periodicThrottleSync: false,
    activatesDisksEarly: true,
    loadCleanupLast: false,
    channelsDetectZero: false,
    batchWaitsForNextPage: false,
    syncsChannelsAtEnd: true,
    events: { cancel: "migrate_fd_cancel", cleanup: "migrate_fd_cleanup" },
  },
  "10.0": V10_0,
  "11.0-dev": V11_0_DEV,
  "11.1": {
    ...V11_0_DEV,
    name: "11.1",
    exactRule: "within",
    switchoverNeedsExact: true,
    queryPending: true,
    finalQuery: true,
    switchoverBandwidthAsDouble: true,
    bandwidthInMbit: true,
    expectedDowntimeOnDemand: true,
    cancelWaitsForConnect: true,
    loadErrorTellsCause: true,
    bitmapsCountAsIterable: true,
    failingState: true,
    countsExactQueriesOnly: true,
    switchoverAckAtOnce: false,
    tracesFailedChannel: false,
    failedChannelResult: -1,
    apicFirst: true,
    moreDeviceState: true,
    newerFirmware: true,
  },
};

/** The behaviour of a version, with bugs of the museum if asked for. */
export function profileOf(name: ProfileName, bugs: readonly BugId[] = []): Profile {
  return { ...PROFILES[name], catalog: catalogOf(name), bugs: new Set(bugs) };
}
