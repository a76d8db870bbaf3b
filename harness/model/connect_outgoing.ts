/**
 * The source's end of a new migration: its stream, its channel, and what its threads wait for.
 *
 * @module
 */
import { Channel, EIO, Inbox } from "./channel.ts";
import { Signal, type Thread } from "./kernel.ts";
import { Link } from "./link.ts";
import type { Message } from "./message.ts";
import type { MainLoop } from "./main_loop.ts";
import type { Migration } from "./migration.ts";
import { QemuFile } from "./qemu_file.ts";
import type { Outgoing, ReturnMessage, Source } from "./source.ts";
import { armThrottleSync } from "./throttle_sync.ts";
import type { Transport } from "./transport.ts";

/** What a new migration is made of. */
export interface OutgoingOptions {
  /** The migration thread. */
  readonly thread: Thread;
  readonly source: Source;
  readonly migration: Migration;
  readonly transport: Transport;
  readonly main: MainLoop;
  /** Called by the migration thread as its last act. */
  readonly threadEnded: (thread: Thread) => void;
}

/** Makes the source's end of a migration, not yet connected. */
export function connectOutgoing(options: OutgoingOptions): Outgoing {
  const { thread, source, migration, transport, main, threadEnded } = options;
  // The stream and its channel know each other: bytes go one way, errors the other.
  const stream = new QemuFile<Message>({ flushed: () => {} });
  const channel = new Channel(
    thread,
    new Link(source.scenario.link, source.scenario.seed),
    new Inbox<Message>(),
    migration.stats,
    transport,
    () => stream.takeMarks(),
    () => {
      stream.error = EIO;
    },
  );
  stream.target = channel;
  const outgoing: Outgoing = {
    migration,
    stream,
    channel,
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
