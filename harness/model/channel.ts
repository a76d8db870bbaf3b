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
  readonly #arrivals: Arrival<M>[] = [];
  readonly #news = new Signal();
  /** Set when the connection is closed: nothing more will arrive. */
  closedAt = Infinity;

  push(arrival: Arrival<M>, now: number): void {
    this.#arrivals.push(arrival);
    this.#news.raise(now);
  }

  /** The sender closes: what it has sent still arrives, then nothing more. */
  close(at: number): void {
    const last = this.#arrivals.at(-1)?.arrives ?? 0;
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
      if (arrived !== null) return arrived;
      const first = this.#arrivals[0];
      if (first !== undefined && first.arrives <= this.closedAt) {
        // The connection may end while the bytes are on their way.
        yield* this.#news.wait(thread, first.arrives);
        continue;
      }
      if (this.closedAt <= thread.now) return null;
      yield* this.#news.wait(thread, this.closedAt);
    }
  }

  /** Takes the next message if it has arrived by a moment. */
  take(now: number): Arrival<M> | null {
    const first = this.#arrivals[0];
    if (first === undefined || first.arrives > this.closedAt || first.arrives > now) return null;
    this.#arrivals.shift();
    return first;
  }
}

/** The source's end of a connection. */
export class Channel implements FlushTarget {
  /** When the write call under way returns. */
  #blockedUntil = 0;
  /** Bytes of write calls that have not returned yet. */
  #unaccounted = 0;
  /** Messages of those calls. */
  readonly #held: Arrival<Message>[] = [];
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
    /** What to do with the messages whose bytes have been written. */
    readonly takeMessages: () => readonly Message[],
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
    return !stored && !tls && byteMicros === 0 && this.#unaccounted === 0 && this.brokenAt === Infinity &&
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
    this.#unaccounted += bytes;
    this.#blockedUntil = returns;
    thread.now = burst.began;
  }

  flushed(bytes: number, loadMicros: number): void {
    const { thread } = this;
    const { stored, tls, byteMicros } = this.transport;
    const crypto = tls ? bytes * (this.hostIsBusy() ? COSTS.tlsBusy : 1) : 0;
    const at = Math.max(thread.now, this.#blockedUntil) + crypto * COSTS.tlsByte;
    if (at >= this.brokenAt) {
      this.fail();
      return;
    }
    const load = (tls ? crypto * COSTS.tlsLoadByte : loadMicros) + bytes * byteMicros;
    const held = stored ? this.pendingCompression : load;
    this.pendingCompression = 0;
    const { returns, arrives, loaded } = this.link.send(at, bytes, held);
    const messages = this.takeMessages();
    if (stored) this.#store(messages, loadMicros);
    if (returns <= thread.kernel.horizon && this.#unaccounted === 0) {
      thread.now = returns;
      this.stats.qemu_file_transferred += bytes;
      if (messages.length === 0 || stored) return;
      for (const message of messages) this.inbox.push({ message, arrives, loaded }, at);
    } else {
      this.#blockedUntil = returns;
      this.#unaccounted += bytes;
      if (messages.length === 0 || stored) return;
      for (const message of messages) this.#held.push({ message, arrives, loaded });
    }
  }

  #store(messages: readonly Message[], loadMicros: number): void {
    this.#storedLoad += loadMicros;
    for (const message of messages) this.#stored.push({ message, arrives: 0, loaded: this.#storedLoad });
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
    return this.#unaccounted === 0 && !this.thread.isAhead;
  }

  /** Waits until the write calls under way have returned, or the connection is shut down. */
  *settle(): Routine {
    const { thread } = this;
    while (this.#unaccounted > 0) {
      if (this.#blockedUntil > thread.now && thread.now < this.brokenAt) {
        yield* this.#ended.wait(thread, Math.min(this.#blockedUntil, Math.max(this.brokenAt, thread.now)));
        continue;
      }
      if (thread.now >= this.brokenAt) {
        this.fail();
      } else {
        this.stats.qemu_file_transferred += this.#unaccounted;
        for (const arrival of this.#held) this.inbox.push(arrival, thread.now);
      }
      this.#held.length = 0;
      this.#unaccounted = 0;
      this.#blockedUntil = 0;
    }
    if (thread.isAhead) yield thread.now;
  }

  /** Shuts the source's end down: later writes fail; what was sent still arrives. */
  shutDown(at: number): void {
    this.#end(at);
    if (!this.transport.stored) this.inbox.close(at);
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
