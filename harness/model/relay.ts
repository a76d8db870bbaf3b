/**
 * The source's end of a relay that paces the bytes: a local socket, and a reader who takes a chunk from it, waits until the
 * wire's rate allows for the chunk, hands it on and takes the next.
 *
 * A writer is held up in leaps, not byte by byte: the socket takes pieces until it is full, and wakes the writer when
 * three quarters are free again. So a section of RAM ends after waits of 9 ms at 25 MB/s, the last of them for a write of
 * 4 KiB (kill-dst-device). Sizes of pieces, and what is charged for them, are those that SIOCOUTQ shows on Linux 6.18.
 *
 * @module
 */
import {
  RELAY_BUFFER_BYTES,
  RELAY_BYTE_MICROS,
  RELAY_CHUNK_BYTES,
  SOCKET_BUFFER_BYTES,
} from "./calibration.ts";
import type { RelayPace } from "./relay_pace.ts";

/** What the kernel stores bytes of a local socket in: a head, and pages of memory. */
const PAGE_BYTES = 4096;
/** Bytes that fit into the head, when it fills a page of its own. */
const HEAD_BYTES = 3776;
/** Bytes of a head that are not for data. */
const HEAD_OVERHEAD = 320;
/** What is charged for a piece besides its memory. */
const PIECE_OVERHEAD = 256;
/** The smallest head's memory; larger ones double. */
const SMALLEST_HEAD = 512;
/** Most bytes of one piece: a head and eight pages. */
const PIECE_BYTES = HEAD_BYTES + 8 * PAGE_BYTES;
/** A writer that waits is woken when no more than this share of the buffer is charged. */
const WAKE_SHARE = 1 / 4;

/** Bytes in the socket that are stored and let go together. */
interface Piece {
  readonly bytes: number;
  /** Bytes that the relay has taken. */
  taken: number;
  /** How long the destination needs to load a byte, in microseconds. */
  readonly byteLoad: number;
  /** By how much they arrive later than the wire's delay, in microseconds. */
  readonly late: number;
}

/** What the relay has handed on and the destination has not read. */
interface Unread {
  readonly bytes: number;
  /** When the destination has read it, less the wire's delay. */
  readonly readAt: number;
}

/** What writers wait for in front of a slow wire. */
export class Relay {
  readonly #pieces: Piece[] = [];
  /** Bytes of memory that the pieces hold. */
  #charged = 0;
  /** When the relay has handed the chunk on that it holds, and takes the next one. */
  #takesAt = 0;
  readonly #unread: Unread[] = [];
  #unreadBytes = 0;
  /** When the destination has read all that was handed on. */
  #readAt = 0;

  /** @param pace When chunks that are taken may pass: asked for each as it is taken, so nothing to come matters. */
  constructor(readonly pace: RelayPace) {}

  /**
   * Writes the bytes of one call.
   *
   * @param now Never before the call ahead of it has returned, in microseconds.
   * @param load How long the destination needs to load them, in microseconds.
   * @param late By how much they arrive later than the wire's delay, in microseconds.
   * @returns When the call returns; Infinity if the relay stands still for good.
   */
  write(now: number, bytes: number, load: number, late: number): number {
    this.#takeUntil(now);
    // A relay that has nothing to do takes what comes as it comes.
    if (this.#pieces.length === 0 && this.#takesAt < now) this.#takesAt = now;
    let at = now;
    for (let put = 0; put < bytes;) {
      if (this.#charged >= SOCKET_BUFFER_BYTES) at = this.#wait(at);
      const size = Math.min(bytes - put, PIECE_BYTES);
      this.#pieces.push({ bytes: size, taken: 0, byteLoad: load / bytes, late });
      this.#charged += chargeOf(size);
      put += size;
    }
    return at;
  }

  /** Says when the destination has read what went past the relay, on a wire without a rate. */
  passed(readAt: number): void {
    this.#readAt = readAt;
  }

  /** Whether the socket is empty, as far as anybody has looked. */
  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Whether the relay has taken and handed on all that was written before a moment. */
  isIdle(now: number): boolean {
    this.#takeUntil(now);
    return this.isEmpty && this.#takesAt <= now;
  }

  #takeUntil(now: number): void {
    while (this.#pieces.length > 0 && this.#takesAt <= now) this.#take();
  }

  /** Has the writer wait until it is woken. */
  #wait(at: number): number {
    let woken = at;
    while (this.#charged > SOCKET_BUFFER_BYTES * WAKE_SHARE) {
      woken = Math.max(woken, this.#takesAt);
      this.#take();
    }
    return woken;
  }

  /** Takes a chunk, or what there is of one. */
  #take(): void {
    let room = RELAY_CHUNK_BYTES;
    let load = 0;
    let late = 0;
    for (let first = this.#pieces[0]; first !== undefined && room > 0; first = this.#pieces[0]) {
      const taken = Math.min(room, first.bytes - first.taken);
      first.taken += taken;
      room -= taken;
      load += taken * first.byteLoad;
      late = first.late;
      // Memory is let go a piece at a time, when its last byte is taken.
      if (first.taken < first.bytes) break;
      this.#charged -= chargeOf(first.bytes);
      this.#pieces.shift();
    }
    const bytes = RELAY_CHUNK_BYTES - room;
    // A relay that stands still for good asks for nothing any more.
    const passed = this.#takesAt === Infinity ? Infinity : this.pace.pass(this.#takesAt, bytes);
    this.#readAt = Math.max(this.#readAt, passed + late) + load;
    this.#takesAt = this.#handOn(bytes, Math.max(this.#takesAt + bytes * RELAY_BYTE_MICROS, passed));
  }

  /** Hands a chunk on at a moment, or when it fits into the socket to the destination. Returns when that was. */
  #handOn(bytes: number, at: number): number {
    let handed = at;
    this.#unread.push({ bytes, readAt: this.#readAt });
    this.#unreadBytes += bytes;
    for (let first = this.#unread[0]; first !== undefined; first = this.#unread[0]) {
      const isFull = this.#unreadBytes > RELAY_BUFFER_BYTES;
      if (first.readAt > handed && !isFull) break;
      if (first.readAt > handed) handed = first.readAt;
      this.#unreadBytes -= first.bytes;
      this.#unread.shift();
    }
    return handed;
  }
}

/** Bytes of memory that a piece is charged for. */
function chargeOf(bytes: number): number {
  const paged = Math.ceil(Math.max(0, bytes - HEAD_BYTES) / PAGE_BYTES) * PAGE_BYTES;
  const head = Math.max(0, bytes - paged);
  let memory = SMALLEST_HEAD;
  while (memory < Math.ceil(head / 64) * 64 + HEAD_OVERHEAD) memory *= 2;
  return memory + paged + PIECE_OVERHEAD;
}
