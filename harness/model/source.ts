/**
 * The source's QEMU process: what its threads share.
 *
 * @module
 */
import type { Channel, Inbox } from "./channel.ts";
import type { Guest } from "./guest.ts";
import type { Host } from "./host.ts";
import type { Kernel, Lock, Routine, Signal, Thread } from "./kernel.ts";
import type { DeviceState } from "./machine.ts";
import type { Message } from "./message.ts";
import type { Migration } from "./migration.ts";
import type { MultifdSender } from "./multifd_send.ts";
import type { ParameterSet } from "./parameters.ts";
import type { Profile } from "./profile.ts";
import type { QemuFile } from "./qemu_file.ts";
import type { Scenario } from "../scenario/mod.ts";

/** A message of the return path, from the destination to the source. */
export type ReturnMessage =
  | { readonly kind: "shut"; readonly value: number }
  | { readonly kind: "pong"; readonly value: number }
  | { readonly kind: "switchover-ack" };

/** A connected migration: what the migration thread and those that stop it work with. */
export interface Outgoing {
  readonly migration: Migration;
  readonly stream: QemuFile<Message>;
  readonly channel: Channel;
  /** The channels of capability multifd. */
  readonly multifd: MultifdSender | null;
  /** Has the main loop connect the channels, and waits for it. */
  readonly connectChannels: (thread: Thread) => Routine;
  /** Whether the connection is made. */
  connected: boolean;
  readonly returnPath: Inbox<ReturnMessage> | null;
  /** Raised when the return path thread has ended. */
  readonly returnPathEnded: Signal;
  /** Set when the return path thread has ended: 0 or the error that it found. */
  returnPathResult: number | null;
  /** Whether the migration thread has closed the return path. */
  returnPathJoined: boolean;
  /** Whether the destination has agreed to a switchover (capability switchover-ack). */
  switchoverAcked: boolean;
  /** Raised by migrate-continue, and by a cancel. */
  readonly resumed: Signal;
  /** Whether migrate-continue has been said. */
  mayContinue: boolean;
  /** Starts the timer of auto-converge's extra sync. */
  readonly armThrottleSync: (now: number) => void;
  /** Called by the migration thread as its last act. */
  readonly threadEnded: (thread: Thread) => void;
}

/** The source process. */
export interface Source {
  readonly kernel: Kernel;
  readonly scenario: Scenario;
  readonly profile: Profile;
  readonly guest: Guest;
  /** QEMU's run state; the guest runs in `running` alone. */
  runState: RunState;
  /** Whether the dirty log is still to be switched off when the guest goes on after a completed migration. */
  logStopPostponed: boolean;
  readonly host: Host;
  readonly parameters: ParameterSet;
  readonly devices: DeviceState;
  /** The big QEMU lock. */
  readonly bql: Lock;
  /** Whether a capability is set. */
  readonly has: (capability: string) => boolean;
  /** Whether per-page events are traced. */
  readonly perPage: boolean;
}

/** Numbers and names of the run states that a migration passes through. */
const RUN_STATES = {
  "inmigrate": 1,
  "postmigrate": 5,
  "prelaunch": 6,
  "finish-migrate": 7,
  "paused": 4,
  "running": 9,
  "shutdown": 11,
} as const;
/** A run state by QEMU's name. */
export type RunState = keyof typeof RUN_STATES;

/** Changes the source's run state. */
export function setRunState(thread: Thread, source: Source, to: RunState): void {
  traceRunState(thread, source.runState, to);
  source.runState = to;
}

/** Traces a change of the run state. */
export function traceRunState(thread: Thread, from: RunState, to: RunState): void {
  thread.trace("runstate_set", {
    current_state: RUN_STATES[from],
    current_state_str: from,
    new_state: RUN_STATES[to],
    new_state_str: to,
  });
}

/** Traces that the vCPUs start or stop. */
export function traceVmState(thread: Thread, running: boolean, state: RunState): void {
  thread.trace("vm_state_notify", { running: Number(running), reason: RUN_STATES[state], reason_str: state });
}
