/**
 * A connection's messages: when the destination sees them, whatever happens to the write call that carries them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeScenario } from "../scenario/mod.ts";
import { Channel, Inbox } from "./channel.ts";
import { Kernel, Thread } from "./kernel.ts";
import { Link } from "./link.ts";
import type { Message } from "./message.ts";
import { MigrationStats } from "./statistics.ts";
import { Transport } from "./transport.ts";

/** A byte takes a microsecond, and the socket takes 212,992 of them. */
const SCENARIO = makeScenario({ why: "a slow wire", link: { rate_bytes_per_second: 1_000_000 } });
const WRITE_BYTES = 200_000;
const EOF: Message = { kind: "eof" };

/** Writes twice at once, each time with a message at the end: the second call waits until the first has left. */
function writeTwice(horizon: number) {
  const kernel = new Kernel();
  kernel.horizon = horizon;
  const thread = new Thread(kernel, "mig/src/main", 1001, null);
  const inbox = new Inbox<Message>();
  const stats = new MigrationStats();
  let failed = false;
  const written: Message[] = [];
  const channel = new Channel(
    thread,
    new Link(SCENARIO.link, SCENARIO.seed),
    inbox,
    stats,
    new Transport(SCENARIO),
    () => written.pop() ?? null,
    () => {
      failed = true;
    },
    () => false,
  );
  for (let call = 0; call < 2; call++) {
    written.push(EOF);
    channel.flushed(WRITE_BYTES, 0);
  }
  /** How many messages arrive, and when the last of them does. */
  const arrived = (): { count: number; last: number } => {
    let [count, last] = [0, 0];
    for (let one = inbox.take(Infinity); one !== null; one = inbox.take(Infinity)) {
      [count, last] = [count + 1, one.arrives];
    }
    return { count, last };
  };
  return { channel, stats, arrived, hasFailed: () => failed };
}

Deno.test("Channel: a message arrives with its bytes, whether or not its writer is to rest before the call returns", () => {
  for (const horizon of [Infinity, 100_000]) {
    assertEquals(writeTwice(horizon).arrived(), { count: 2, last: 2 * WRITE_BYTES }, `to rest at ${horizon}`);
  }
});

Deno.test("Channel: what a call that waits has not handed over does not arrive when the connection is shut down", () => {
  const { channel, stats, arrived, hasFailed } = writeTwice(100_000);
  channel.shutDown(150_000);
  channel.thread.now = 150_000;
  Array.from(channel.settle());
  assertEquals(arrived(), { count: 1, last: WRITE_BYTES });
  assertEquals(
    [stats.qemu_file_transferred, hasFailed()],
    [WRITE_BYTES, true],
    "the first call had returned",
  );
});

Deno.test("Channel: a call is cut off by a break that is known before it comes", () => {
  const { channel, hasFailed } = writeTwice(Infinity);
  channel.cut(300_000);
  channel.flushed(WRITE_BYTES, 0);
  assertEquals(channel.blocked, true);
  channel.thread.now = 300_000;
  Array.from(channel.settle());
  assertEquals(hasFailed(), true);
});
