/**
 * One connection of a migration: the source's writes go in, messages come out at the destination.
 *
 * @module
 */
import type { FlushTarget } from "./qemu_file.ts";
import { type Routine, Signal, type Thread } from "./kernel.ts";
import type { Burst, Link } from "./link.ts";
import type { MigrationStats } from "./statistics.ts";
import type { Message } from "./message.ts";
import { Queue } from "./queue.ts";
import type { Transport } from "./transport.ts";
import { COSTS } from "./calibration.ts";

/** -EIO, what QEMU stores for a stream whose channel broke. */
export const EIO = -5;

/** A message on its way, with the moments of its last byte. */
export interface Arrival<M> {
  readonly message: M;
  /** When the last byte has arrived. */
  readonly arrives: number;
  /** When everything before it is loaded. */
  readonly loaded: number;
}

/** The receiving end of one direction of a connection. */
export class Inbox<M> {
  readonly #arrivals = new Queue<Arrival<M>>();
  readonly #news = new Signal();
  /** Set when the connection is closed: nothing more will arrive. */
  closedAt = Infinity;

  /** What is sent last arrives last, so whoever waits for a message already need not hear of the next. */
  push(arrival: Arrival<M>, now: number): void {
    const isAlone = this.#arrivals.isEmpty;
    this.#arrivals.push(arrival);
    if (isAlone) this.#news.raise(now);
  }

  /** Takes back what was pushed last, up to a number of messages, unless it had arrived by a moment. */
  withdraw(messages: number, at: number): void {
    for (let left = messages; left > 0 && (this.#arrivals.last?.arrives ?? 0) > at; left--) {
      this.#arrivals.takeLast();
    }
  }

  /** The sender closes: what it has sent still arrives, then nothing more. */
  close(at: number): void {
    const last = this.#arrivals.last?.arrives ?? 0;
    this.cut(Math.max(at, last), at);
  }

  /** The connection breaks at a moment: what has not arrived by then never does. */
  cut(closedAt: number, now: number): void {
    if (closedAt < this.closedAt) this.closedAt = closedAt;
    this.#news.raise(now);
  }

  /** Waits for the next message; nothing when the connection ends before it has arrived. */
  *next(thread: Thread): Routine<Arrival<M> | null> {
    for (;;) {
      const arrived = this.take(thread.now);
      if (arrived !== null || this.isOver(thread.now)) return arrived;
      yield this.enter(thread);
      this.leave(thread);
    }
  }

  /** Whether nothing more will arrive. */
  isOver(now: number): boolean {
    return this.closedAt <= now && (this.#arrivals.first?.arrives ?? Infinity) > this.closedAt;
  }

  /** Begins a wait for news: what {@linkcode Signal.enter} says. */
  enter(thread: Thread): number {
    // The connection may end while the bytes are on their way.
    return this.#news.enter(thread, Math.min(this.#arrivals.first?.arrives ?? Infinity, this.closedAt));
  }

  /** Ends a wait for news. */
  leave(thread: Thread): void {
    this.#news.leave(thread);
  }

  /** Takes the next message if it has arrived by a moment. */
  take(now: number): Arrival<M> | null {
    const { first } = this.#arrivals;
    if (first === undefined || first.arrives > this.closedAt || first.arrives > now) return null;
    this.#arrivals.take();
    return first;
  }
}

/** A write call under way. */
interface Call {
  readonly returns: number;
  readonly bytes: number;
  /** How many messages end in it. */
  readonly messages: number;
}

/** The source's end of a connection. */
export class Channel implements FlushTarget {
  /** When the last write call under way returns. */
  #blockedUntil = 0;
  /** Write calls that the writer has yet to see return, oldest first. */
  readonly #calls = new Queue<Call>();
  /** Raised when either side shuts the connection down. */
  readonly #ended = new Signal();
  /** The moment from which on writes fail. */
  brokenAt = Infinity;
  /** How long a command on the way needs to compress what has not been flushed yet. */
  pendingCompression = 0;
  /** What has been stored for a destination that loads later; `loaded` counts from the start of its load. */
  readonly #stored: Arrival<Message>[] = [];
  #storedLoad = 0;

  constructor(
    readonly thread: Thread,
    readonly link: Link,
    readonly inbox: Inbox<Message>,
    readonly stats: MigrationStats,
    readonly transport: Transport,
    /** Takes the next message whose bytes have been written; null when there is none. */
    readonly takeMessage: () => Message | null,
    /** Stores the stream's error. */
    readonly fail: () => void,
    /** Whether a vCPU wants a CPU of the host's at the same time. */
    readonly hostIsBusy: () => boolean,
  ) {}

  /** Whether a write call has not returned at the writer's moment. */
  get blocked(): boolean {
    return this.#blockedUntil > this.thread.now;
  }

  /** Whether write calls may be made in a {@linkcode Burst}: nothing but the destination's loading takes time. */
  get isPlain(): boolean {
    const { stored, tls, byteMicros } = this.transport;
    return !stored && !tls && byteMicros === 0 && this.#calls.isEmpty && this.brokenAt === Infinity &&
      this.link.isPlain;
  }

  /** Makes write calls that are all alike and carry the end of no message; `burst.made` tells how many. */
  flushedAlike(micros: number, burst: Burst): void {
    const { thread, stats } = this;
    const returns = this.link.sendAlike(thread.now, micros, burst);
    const { made, bytes, horizon } = burst;
    if (returns <= horizon) {
      thread.now = returns;
      stats.qemu_file_transferred += made * bytes;
      return;
    }
    stats.qemu_file_transferred += (made - 1) * bytes;
    this.#calls.push({ returns, bytes, messages: 0 });
    this.#blockedUntil = returns;
    thread.now = burst.began;
  }

  flushed(bytes: number, loadMicros: number): void {
    const { thread } = this;
    const { stored, tls, byteMicros, writeByteMicros } = this.transport;
    const crypto = tls ? bytes * (this.hostIsBusy() ? COSTS.tlsBusy : 1) : 0;
    const at = Math.max(thread.now, this.#blockedUntil) + crypto * COSTS.tlsByte +
      bytes * writeByteMicros;
    if (at >= this.brokenAt) {
      this.fail();
      return;
    }
    const load = (tls ? crypto * COSTS.tlsLoadByte : loadMicros) + bytes * byteMicros;
    const held = stored ? this.pendingCompression : load;
    this.pendingCompression = 0;
    const { returns, arrives, loaded } = this.link.send(at, bytes, held);
    let messages = 0;
    if (stored) this.#storedLoad += loadMicros;
    for (let message = this.takeMessage(); message !== null; message = this.takeMessage()) {
      // The bytes travel while the call waits for the last of them to fit.
      if (!stored) this.inbox.push({ message, arrives, loaded }, at);
      else this.#stored.push({ message, arrives: 0, loaded: this.#storedLoad });
      messages++;
    }
    // The moment of the break may be known before it comes.
    if (returns <= thread.kernel.horizon && returns <= this.brokenAt && this.#calls.isEmpty) {
      thread.now = returns;
      this.stats.qemu_file_transferred += bytes;
    } else {
      this.#blockedUntil = returns;
      this.#calls.push({ returns, bytes, messages: stored ? 0 : messages });
    }
  }

  /**
   * A destination begins to load what has been stored.
   *
   * @param mappedMicros How long it takes to read pages that have their own places in the file, which it does first.
   */
  load(at: number, mappedMicros: number): void {
    for (const { message, loaded } of this.#stored) {
      const isRead = message.kind === "ram-section-end";
      this.inbox.push({ message, arrives: at, loaded: at + loaded + (isRead ? mappedMicros : 0) }, at);
    }
  }

  /** Whether there is nothing to wait for: {@linkcode settle} would do nothing. */
  get isSettled(): boolean {
    return this.#calls.isEmpty && !this.thread.isAhead;
  }

  /** Waits until the write calls under way have returned, or the connection is shut down. */
  *settle(): Routine {
    const { thread } = this;
    while (this.mustWait) {
      yield this.enter();
      this.leave();
    }
    this.account();
    if (thread.isAhead) yield thread.now;
  }

  /** Whether a write call is under way that neither has returned nor is cut off. */
  get mustWait(): boolean {
    const { now } = this.thread;
    return !this.#calls.isEmpty && this.#blockedUntil > now && now < this.brokenAt;
  }

  /** Begins a wait for the write calls under way: what {@linkcode Signal.enter} says. */
  enter(): number {
    const { thread, brokenAt } = this;
    return this.#ended.enter(thread, Math.min(this.#blockedUntil, Math.max(brokenAt, thread.now)));
  }

  /** Ends that wait. */
  leave(): void {
    this.#ended.leave(this.thread);
  }

  /** Counts what the write calls have sent that have returned. */
  account(): void {
    for (let call = this.#calls.take(); call !== undefined; call = this.#calls.take()) {
      if (call.returns <= this.brokenAt) this.stats.qemu_file_transferred += call.bytes;
      else this.fail();
    }
    this.#blockedUntil = 0;
  }

  /** Shuts the source's end down: later writes fail; what was sent still arrives. */
  shutDown(at: number): void {
    const isFirst = at < this.brokenAt;
    this.#end(at);
    if (this.transport.stored) return;
    if (isFirst) {
      // A call that waits has its last bytes still to hand over.
      const cutOff = this.#calls.sum(({ returns, messages }) => returns > at ? messages : 0);
      this.inbox.withdraw(cutOff, at);
    }
    this.inbox.close(at);
  }

  /** Breaks the connection: later writes fail, and what is on its way is lost. */
  cut(at: number): void {
    this.#end(at);
    this.inbox.cut(at, at);
  }

  #end(at: number): void {
    if (at < this.brokenAt) this.brokenAt = at;
    this.#ended.raise(at);
  }
}
