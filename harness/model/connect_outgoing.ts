/**
 * The source's end of a new migration: its stream, its channel, and what its threads wait for.
 *
 * @module
 */
import { Channel, EIO, Inbox } from "./channel.ts";
import { type Routine, Signal, type Thread } from "./kernel.ts";
import { Link, Wire } from "./link.ts";
import type { Message } from "./message.ts";
import type { MainLoop } from "./main_loop.ts";
import type { Migration } from "./migration.ts";
import { MultifdSender } from "./multifd_send.ts";
import { MultifdShared } from "./multifd_shared.ts";
import { QemuFile } from "./qemu_file.ts";
import type { Outgoing, ReturnMessage, Source } from "./source.ts";
import { armThrottleSync } from "./throttle_sync.ts";
import type { Transport } from "./transport.ts";
import { zeroPageDetection } from "./machine_type.ts";

/** What a new migration is made of. */
export interface OutgoingOptions {
  /** The migration thread. */
  readonly thread: Thread;
  readonly source: Source;
  readonly migration: Migration;
  readonly transport: Transport;
  readonly main: MainLoop;
  readonly newThread: (name: string) => Thread;
  /** Called by the migration thread as its last act. */
  readonly threadEnded: (thread: Thread) => void;
}

/** Makes the source's end of a migration, not yet connected. */
export function connectOutgoing(options: OutgoingOptions): Outgoing {
  const { thread, source, migration, transport, main, newThread, threadEnded } = options;
  const wire = new Wire(source.scenario.link, source.scenario.seed);
  const multifd = source.has("multifd")
    ? makeMultifd(source, migration, transport, { wire, newThread })
    : null;
  // The stream and its channel know each other: bytes go one way, errors the other.
  const stream = new QemuFile<Message>({ flushed: () => {} });
  const channel = new Channel(
    thread,
    new Link(source.scenario.link, source.scenario.seed, { wire, id: "main" }),
    new Inbox<Message>(),
    migration.stats,
    transport,
    () => stream.takeMark(),
    () => {
      stream.error = EIO;
    },
    () => source.guest.isBusy,
  );
  stream.target = channel;
  const outgoing: Outgoing = {
    migration,
    stream,
    channel,
    multifd,
    connectChannels: (thread) => connectChannels(thread, multifd, main, transport),
    connected: false,
    returnPath: source.has("return-path") ? new Inbox<ReturnMessage>() : null,
    returnPathEnded: new Signal(),
    returnPathResult: null,
    returnPathJoined: false,
    switchoverAcked: !source.profile.switchoverAckAtOnce,
    resumed: new Signal(),
    mayContinue: false,
    armThrottleSync: (now) => armThrottleSync(main, outgoing, now),
    threadEnded,
  };
  return outgoing;
}

/** Has the main loop connect the channels of multifd, and waits until it has. */
function* connectChannels(
  thread: Thread,
  multifd: MultifdSender | null,
  main: MainLoop,
  transport: Transport,
): Routine {
  if (multifd === null) return;
  const done = new Signal();
  main.schedule(thread.now, thread.now, () => connectNow(done, multifd, main, transport));
  yield* done.wait(thread);
}

function* connectNow(done: Signal, multifd: MultifdSender, main: MainLoop, transport: Transport): Routine {
  done.raise(multifd.connect(main.thread, transport));
  yield* main.thread.reach();
}

function makeMultifd(
  { scenario, profile, guest, parameters }: Source,
  migration: Migration,
  transport: Transport,
  { wire, newThread }: { wire: Wire; newThread: (name: string) => Thread },
): MultifdSender {
  const channels = parameters.number("multifd-channels");
  const shared = new MultifdShared({
    scenario,
    stats: migration.stats,
    guest,
    detectsZero: zeroPageDetection(scenario, profile) === "multifd",
    isFile: transport.kind === "file",
    stored: transport.stored,
    tls: transport.tls,
    compression: parameters.compression,
    bugs: profile.bugs,
    wire,
    channels,
    ram: migration.ram,
  });
  return new MultifdSender(shared, channels, newThread, (thread) => {
    migration.error ??= "Unable to write to socket: Broken pipe";
    migration.errorTraced = true;
    thread.trace("migrate_error", { error_desc: migration.error });
    thread.spend(1);
    const { status } = migration;
    if (status === "setup" || status === "active" || status === "pre-switchover" || status === "device") {
      migration.setStatus(thread, status, profile.failingState ? "failing" : "failed");
    }
  });
}
