/**
 * The destination's side of multifd: a thread for each channel, and the waiting of all for each other at a sync.
 *
 * @see QEMU migration/multifd.c (multifd_recv_thread, multifd_recv_sync_main) and facts/precopy.md 6.2, 6.3
 * @module
 */
import { COSTS } from "./calibration.ts";
import type { Inbox } from "./channel.ts";
import { type Routine, Signal, Thread } from "./kernel.ts";
import { FLAG_SYNC } from "./multifd_packet.ts";
import { Semaphore } from "./semaphore.ts";
import type { Transport } from "./transport.ts";

/** A packet as the destination sees it. */
export interface Packet {
  readonly number: number;
  readonly flags: number;
  readonly normal: number;
  readonly nextSize: number;
}

/** Ids of the receive threads come after those of the destinations' main threads. */
const RECEIVE_TID = 100;

class ReceiveChannel {
  readonly semSync = new Semaphore();
  packets = 0;
  lastNumber = 0;
  ended = false;

  constructor(readonly id: number, readonly thread: Thread, readonly inbox: Inbox<Packet>) {}
}

/** All receive channels of a destination. */
export class MultifdReceiver {
  readonly #channels: ReceiveChannel[];
  readonly #semSync = new Semaphore();
  readonly #ended = new Signal();
  #dead = false;
  #terminated = false;

  constructor(
    readonly main: Thread,
    inboxes: readonly Inbox<Packet>[],
    readonly transport: Transport,
  ) {
    this.#channels = inboxes.map((inbox, id) => {
      const thread = new Thread(main.kernel, `mig/dst/recv_${id}`, main.id + RECEIVE_TID + id, main.recorder);
      return new ReceiveChannel(id, thread, inbox);
    });
  }

  /** Whether the channels are parts of one file, in which there are no packets (mapped-ram). */
  get isFile(): boolean {
    return this.transport.kind === "file";
  }

  /** Takes the channels' connections as they come, and starts a thread for each. */
  *accept(connections: Inbox<number>): Routine {
    const { main, isFile, transport } = this;
    for (const channel of this.#channels) {
      if (!isFile && (yield* connections.next(main)) === null) return;
      transport.accept(main);
      main.spend(COSTS.step * 4);
      if (!isFile) main.trace("multifd_recv_new_channel", { id: channel.id });
      main.kernel.spawn(channel.thread, this.#run(channel), main.now + COSTS.threadStart);
    }
  }

  /** The process is killed: nothing more is traced. */
  die(): void {
    this.#dead = true;
  }

  *#run(channel: ReceiveChannel): Routine {
    const { thread, id, inbox } = channel;
    thread.trace("multifd_recv_thread_start", { id });
    thread.spend(COSTS.step);
    for (;;) {
      const arrival = yield* inbox.next(thread);
      if (this.#dead) return;
      if (arrival === null) break;
      const { number, flags, normal, nextSize } = arrival.message;
      channel.packets++;
      channel.lastNumber = number;
      thread.spend(COSTS.step * 2);
      const traced = { id, packet_num: number, flags, next_packet_size: nextSize };
      thread.trace("multifd_recv_unfill", traced);
      thread.trace("multifd_recv", { ...traced, used: normal });
      if (arrival.loaded > thread.now) yield* thread.sleepUntil(arrival.loaded);
      if ((flags & FLAG_SYNC) !== 0) {
        yield* thread.reach();
        this.#semSync.post(thread.now);
        yield* channel.semSync.wait(thread);
        thread.spend(COSTS.wakeThread);
      }
    }
    // A TLS session that is cut off is an error of its own.
    if (this.transport.tls && this.#terminated) {
      thread.trace("multifd_recv_terminate_threads", { error: true });
    }
    thread.spend(COSTS.multifdEnd);
    thread.trace("multifd_recv_thread_end", { id, packets: channel.packets, pages: 0 });
    channel.ended = true;
    this.#ended.raise(thread.now);
  }

  /** multifd_recv_sync_main: waits until the SYNC of every channel is there. */
  *syncMain(): Routine {
    const { main } = this;
    for (const { id } of this.#channels) {
      main.trace("multifd_recv_sync_main_wait", { id });
      main.spend(COSTS.step);
      yield* this.#semSync.wait(main);
    }
    let highest = 0;
    for (const channel of this.#channels) {
      highest = Math.max(highest, channel.lastNumber);
      main.trace("multifd_recv_sync_main_signal", { id: channel.id });
      main.spend(COSTS.step);
      channel.semSync.post(main.now);
    }
    main.trace("multifd_recv_sync_main", { packet_num: highest });
    main.spend(COSTS.step);
  }

  /** The same for a file, when the channels have read all pages: they are asked, then waited for. */
  syncFile(): void {
    const { main } = this;
    for (const { id } of this.#channels) {
      main.trace("multifd_recv_sync_main_signal", { id });
      main.spend(COSTS.step * 6);
    }
    for (const { id } of this.#channels) {
      main.trace("multifd_recv_sync_main_wait", { id });
      main.spend(COSTS.step * 6);
    }
  }

  /** multifd_recv_terminate_threads: the channels are shut down. */
  terminate(): void {
    const { main } = this;
    main.trace("multifd_recv_terminate_threads", { error: false });
    main.spend(COSTS.step);
    this.#terminated = true;
    for (const { inbox } of this.#channels) inbox.cut(main.now, main.now);
  }

  /** Waits for the end of all threads. */
  *join(): Routine {
    while (this.#channels.some(({ ended }) => !ended)) yield* this.#ended.wait(this.main);
  }
}
