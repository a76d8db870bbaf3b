/**
 * The source's side of multifd: channels that send packets of pages, each a thread with a connection of its own.
 *
 * The migration thread gathers pages in a batch and hands it to the next idle channel; a channel looks which of its
 * pages are zero, numbers the packet, writes it, and only then accounts the bytes. A sync makes every channel send a
 * packet with the SYNC flag.
 *
 * @see QEMU migration/multifd.c (multifd_send, multifd_send_thread, multifd_send_sync_main) and facts/precopy.md 6
 * @module
 */
import { COSTS } from "./calibration.ts";
import { Inbox } from "./channel.ts";
import { type Routine, Signal, type Thread } from "./kernel.ts";
import { Link } from "./link.ts";
import { Batch, FLAG_SYNC, INITIAL_BYTES, PACKET_HEADER_BYTES } from "./multifd_packet.ts";
import type { Packet } from "./multifd_receive.ts";
import type { BugId } from "./museum.ts";
import type { MultifdShared } from "./multifd_shared.ts";
import { Semaphore } from "./semaphore.ts";
import type { Transport } from "./transport.ts";

/** One channel of the source. */
export class SendChannel {
  readonly inbox = new Inbox<Packet>();
  readonly link: Link;
  readonly sem = new Semaphore();
  readonly semSync = new Semaphore();
  batch = new Batch();
  pendingJob = false;
  pendingSync = false;
  packets = 0;
  ended = false;
  /** Raised when the connection breaks under a write. */
  readonly broken = new Signal();
  isBroken = false;
  #packetNumber = 0;
  /** Whether pages were sent without a copy since the last flush. */
  #zeroCopied = false;
  /** Bytes of the pages of the last packet that had any. */
  #lastSize = 0;

  constructor(readonly id: number, readonly thread: Thread, readonly multifd: MultifdSender) {
    const { scenario, wire } = multifd.shared;
    this.link = new Link(scenario.link, scenario.seed, { wire, id: `channel/${id}` });
  }

  /** The thread's life. */
  *run(): Routine {
    const { thread, id, multifd } = this;
    const { shared } = multifd;
    thread.trace("multifd_send_thread_start", { id });
    thread.spend(COSTS.step * 2);
    let sent = shared.isFile || (yield* this.#write(INITIAL_BYTES));
    if (sent && !shared.isFile) shared.stats.multifd_bytes += INITIAL_BYTES;
    while (sent) {
      yield* thread.reach();
      multifd.channelsReady.post(thread.now);
      yield* this.sem.wait(thread);
      if (multifd.exiting) break;
      thread.spend(COSTS.wakeThread);
      if (this.pendingJob) {
        sent = yield* this.#sendBatch();
        this.pendingJob = false;
        multifd.written.raise(thread.now);
      } else if (this.pendingSync) {
        sent = shared.isFile || (yield* this.#sendSync());
        this.pendingSync = false;
        yield* thread.reach();
        this.semSync.post(thread.now);
      }
    }
    // When one channel has failed, the others say so too as they are ended (multifd-dst-killed).
    if (!sent || multifd.failed) yield* multifd.channelFailed(this);
    const packets = shared.isFile ? 0 : this.packets;
    thread.spend(COSTS.multifdEnd);
    thread.trace("multifd_send_thread_end", { id, packets, normal_pages: 0 });
    this.ended = true;
    multifd.channelEnded.raise(thread.now);
  }

  *#sendBatch(): Routine<boolean> {
    const { thread, id, batch, multifd: { shared } } = this;
    const { stats, compression } = shared;
    yield* thread.reach();
    const zero = shared.detectsZero ? shared.countZero(batch, thread) : 0;
    const normal = batch.count - zero;
    stats.normal_pages += normal;
    stats.zero_pages += zero;
    if (shared.isFile) {
      const bytes = normal * 4096;
      yield* this.#pass(shared.sent(batch, { normal, size: bytes, computed: 0 }, thread.now));
      const written = yield* this.#write(bytes);
      if (written) stats.multifd_bytes += bytes;
      batch.clear();
      return written;
    }
    let size = normal * 4096;
    let computed = shared.tls ? size * COSTS.multifdTlsByte : 0;
    if (compression.flag !== 0) {
      const compressed = shared.compress(batch, normal);
      size = compressed.size;
      computed = compressed.micros;
      yield* this.#compute(compressed.micros);
    }
    thread.trace("multifd_send_ram_fill", { id, normal, zero });
    thread.spend(COSTS.step);
    this.#fill(compression.flag, normal, size);
    yield* this.#pass(shared.sent(batch, { normal, size, computed }, thread.now));
    const written = yield* this.#writePacket(compression.flag, normal, size);
    if (shared.zeroCopy && normal > 0) this.#zeroCopied = true;
    batch.clear();
    return written;
  }

  *#sendSync(): Routine<boolean> {
    const { thread, multifd: { shared: { bugs } } } = this;
    const left = bugs.has("multifd-size-left-over") ? this.#lastSize : 0;
    this.#fill(FLAG_SYNC, 0, left);
    thread.spend(COSTS.multifdSync + (this.#zeroCopied ? COSTS.zeroCopyFlush : 0));
    const written = yield* this.#writePacket(FLAG_SYNC, 0, 0);
    if (written) this.multifd.shared.stats.multifd_bytes += left;
    // The flush asks the socket what has become of the pages: a loopback has copied all of them.
    if (this.#zeroCopied && this.link.isLoopback) this.multifd.shared.stats.dirty_sync_missed_zero_copy++;
    this.#zeroCopied = false;
    return written;
  }

  #fill(flags: number, normal: number, size: number): void {
    const { thread, id, multifd } = this;
    const isLost = flags === FLAG_SYNC && multifd.shared.bugs.has("multifd-number-assigned-twice");
    if (!isLost || this.packets === 0) this.#packetNumber = multifd.nextPacketNumber();
    if (flags !== FLAG_SYNC) this.#lastSize = size;
    const packet_num = this.#packetNumber;
    const traced = { id, packet_num, flags, next_packet_size: size };
    thread.trace("multifd_send_fill", traced);
    thread.trace("multifd_send", { ...traced, normal });
    thread.spend(COSTS.step);
  }

  *#writePacket(flags: number, normal: number, nextSize: number): Routine<boolean> {
    const { thread, inbox, multifd: { shared } } = this;
    const packet: Packet = { number: this.#packetNumber, flags, normal, nextSize };
    const bytes = PACKET_HEADER_BYTES + nextSize;
    const written = yield* this.#write(bytes, packet);
    if (written) {
      this.packets++;
      shared.stats.multifd_bytes += countedBytes(shared.bugs, flags, nextSize);
    } else inbox.cut(thread.now, thread.now);
    return written;
  }

  /** Writes; returns whether the connection held. */
  *#write(bytes: number, packet?: Packet): Routine<boolean> {
    const { thread, link, inbox, multifd: { shared } } = this;
    if (shared.tls) yield* this.#compute(bytes * COSTS.multifdTlsByte);
    yield* thread.reach();
    if (this.isBroken) return false;
    const { returns, arrives, loaded } = link.send(thread.now, bytes, 0);
    if (packet !== undefined && !shared.stored) inbox.push({ message: packet, arrives, loaded }, thread.now);
    yield* this.#pass(returns);
    return !this.isBroken;
  }

  /** Keeps a processor busy for a while. */
  *#compute(micros: number): Routine {
    const { thread, multifd: { shared } } = this;
    yield* thread.reach();
    shared.computes(1, thread.now);
    yield* this.#pass(thread.now + micros);
    yield* thread.reach();
    shared.computes(-1, thread.now);
  }

  /** Lets time pass up to a moment, unless the connection breaks before. */
  *#pass(until: number): Routine {
    const { thread } = this;
    yield* thread.reach();
    while (!this.isBroken && thread.now < until) yield* this.broken.wait(thread, until);
  }
}

/** What a packet adds to multifd-bytes: all of it, but for bugs of the museum. */
function countedBytes(bugs: ReadonlySet<BugId>, flags: number, nextSize: number): number {
  if (flags === FLAG_SYNC && bugs.has("multifd-sync-not-counted")) return 0;
  return (bugs.has("multifd-header-not-counted") ? 0 : PACKET_HEADER_BYTES) + nextSize;
}

/** The channels of one migration, and the batch that the migration thread fills. */
export class MultifdSender {
  readonly channels: readonly SendChannel[];
  readonly channelsReady = new Semaphore();
  readonly channelEnded = new Signal();
  /** Raised when a packet has been written. */
  readonly written = new Signal();
  /** Tells the destination of each channel that connects. */
  readonly connections = new Inbox<number>();
  /** What the migration thread gathers. */
  batch = new Batch();
  /** Set when the threads are to end. */
  exiting = false;
  /** Set when a channel has failed. */
  failed = false;
  /** Set as soon as the first channel says so. */
  #isReported = false;
  #next = 0;
  #packetNumber = 0;

  constructor(
    readonly shared: MultifdShared,
    count: number,
    newThread: (name: string) => Thread,
    /** The first failure of a channel fails the migration. */
    readonly fail: (thread: Thread) => void,
  ) {
    this.channels = Array.from(
      { length: count },
      (_, id) => new SendChannel(id, newThread(`mig/src/send_${id}`), this),
    );
  }

  nextPacketNumber(): number {
    return this.#packetNumber++;
  }

  /**
   * Connects all channels, as the main loop does it, and starts their threads.
   *
   * @returns When all are connected.
   * @see QEMU migration/multifd.c, multifd_new_send_channel_async()
   */
  connect(main: Thread, transport: Transport): number {
    const { kernel } = main;
    let connected = 0;
    for (const channel of this.channels) {
      main.spend(COSTS.multifdConnect);
      if (!this.shared.isFile) transport.connectChannel(main, channel);
      this.connections.push({ message: channel.id, arrives: main.now, loaded: main.now }, main.now);
      const at = Math.max(channel.thread.now, main.now + COSTS.threadStart);
      kernel.spawn(channel.thread, channel.run(), at);
      if (this.shared.tls && at > connected) connected = at;
    }
    return Math.max(connected, main.now);
  }

  /** Hands the batch to the next idle channel, waiting for one if need be. Returns whether one took it. */
  *handOver(thread: Thread): Routine<boolean> {
    yield* this.channelsReady.wait(thread);
    if (this.failed || this.exiting) return false;
    const { channels } = this;
    for (let tried = 0; tried < channels.length; tried++) {
      const channel = channels[(this.#next + tried) % channels.length];
      if (channel === undefined || channel.pendingJob) continue;
      this.#next = (channel.id + 1) % channels.length;
      const empty = channel.batch;
      channel.batch = this.batch;
      this.batch = empty;
      channel.pendingJob = true;
      channel.sem.post(thread.now);
      thread.spend(COSTS.step);
      yield* this.#standAside(thread);
      return true;
    }
    return false;
  }

  /** Lets the channels have the processor until no more packets are unwritten than the scheduler lets pile up. */
  *#standAside(thread: Thread): Routine {
    const { channels } = this;
    // A channel that compresses is long at it, and the thread has the other processor for itself.
    if (this.shared.compression.flag !== 0) return;
    const lead = this.shared.lead.after(thread.now, this.shared.stats.dirty_sync_count <= 1);
    if (lead >= channels.length) return;
    yield* thread.reach();
    while (!this.failed && !this.exiting && channels.filter(({ pendingJob }) => pendingJob).length > lead) {
      yield* this.written.wait(thread);
    }
  }

  /** multifd_send_sync_main, with the pending batch before it. Returns whether all channels held. */
  *sync(thread: Thread): Routine<boolean> {
    if (this.batch.count > 0 && !(yield* this.handOver(thread))) return false;
    for (const channel of this.channels) {
      // Whoever ends the channels before this moment is to be seen.
      yield* thread.reach();
      if (this.failed || this.exiting) return false;
      thread.trace("multifd_send_sync_main_signal", { id: channel.id });
      channel.pendingSync = true;
      channel.sem.post(thread.now);
      thread.spend(COSTS.multifdSignal);
    }
    for (const channel of this.channels) {
      yield* this.channelsReady.wait(thread);
      if (this.failed || this.exiting) return false;
      thread.trace("multifd_send_sync_main_wait", { id: channel.id });
      thread.spend(COSTS.step);
      yield* channel.semSync.wait(thread);
      if (this.failed) return false;
    }
    const packet_num = this.shared.isFile ? 0 : this.#packetNumber;
    thread.trace("multifd_send_sync_main", { packet_num });
    thread.spend(COSTS.step);
    return true;
  }

  /** A channel could not write: the first one fails the migration. */
  *channelFailed(channel: SendChannel): Routine {
    const { thread } = channel;
    yield* thread.reach();
    thread.trace("multifd_send_error", { id: channel.id });
    thread.spend(COSTS.step * 2);
    channel.isBroken = true;
    if (!this.#isReported) {
      this.#isReported = true;
      this.fail(thread);
    }
    // The migration thread sees it when the error is stored, not before.
    yield* thread.reach();
    this.failed = true;
    // Whoever waits for this channel must not wait for good.
    this.channelsReady.post(thread.now);
    channel.semSync.post(thread.now);
  }

  /**
   * The connections break. A channel that is writing sees it at once; of several, the others see it when they are shut
   * down (multifd-dst-killed, q111-multifd-dst-killed).
   */
  cut(at: number): void {
    let isSeen = false;
    for (const channel of this.channels) {
      channel.inbox.cut(at, at);
      if (channel.pendingJob && isSeen) continue;
      channel.isBroken = true;
      if (!channel.pendingJob) continue;
      isSeen = true;
      channel.broken.raise(at);
    }
  }

  /** multifd_send_terminate_threads, and the wait for them. */
  *terminate(main: Thread): Routine {
    main.trace("multifd_send_terminate_threads", { error: false });
    main.spend(COSTS.step * 4);
    yield* main.reach();
    this.exiting = true;
    for (const channel of this.channels) {
      if (channel.pendingJob) channel.isBroken = true;
      channel.broken.raise(main.now);
      channel.sem.post(main.now);
    }
    while (this.channels.some(({ ended }) => !ended)) yield* this.channelEnded.wait(main);
    if (!this.shared.stored) { for (const { inbox } of this.channels) inbox.close(main.now); }
  }
}
