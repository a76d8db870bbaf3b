/**
 * The stream's output side: QEMU's buffering, hence the moments at which bytes count as transferred.
 *
 * Small things are copied into a buffer of 32 KiB; guest pages are appended by reference to a list of at most 64
 * pieces, where each page is preceded by its copied header. So the stream is flushed when the buffer is full or with
 * the 32nd page since the last flush.
 *
 * @see QEMU migration/qemu-file.c (add_to_iovec, qemu_put_buffer_async) and facts/precopy.md 2.10
 * @module
 */

import { Queue } from "./queue.ts";

/** IO_BUF_SIZE of QEMU. */
export const BUFFER_BYTES = 32768;
/** Half of MAX_IOV_SIZE: each page by reference comes with one copied piece. */
export const REFERENCES_MAX = 32;

/** A message that reaches the destination with the byte at `end` of the stream. */
export interface Mark<M> {
  readonly end: number;
  readonly message: M;
}

/** Where flushed bytes go. */
export interface FlushTarget {
  /** Takes the bytes of one write call; `loadMicros` is what the destination needs to load them. */
  flushed(bytes: number, loadMicros: number): void;
}

/** The write side of one migration stream. */
export class QemuFile<M> {
  /** Pages by reference since the last flush. */
  references = 0;
  /** Copied bytes since the last flush. */
  copied = 0;
  /** Time that the destination needs to load what is pending. */
  pendingLoad = 0;
  /** Bytes written into the stream so far, flushed or not. */
  written = 0;
  /** Bytes flushed so far. */
  flushedBytes = 0;
  /** QEMU's error of the stream, a negative errno; 0 when there is none. */
  error = 0;
  readonly #marks = new Queue<Mark<M>>();
  #target: FlushTarget;

  constructor(target: FlushTarget) {
    this.#target = target;
  }

  /** Leads the flushed bytes elsewhere: the stream and its channel know each other, so one comes first. */
  set target(target: FlushTarget) {
    this.#target = target;
  }

  /** Bytes that are written but not flushed. */
  get pending(): number {
    return this.written - this.flushedBytes;
  }

  /** Appends copied bytes; flushes each time that the buffer is full. */
  put(bytes: number): void {
    this.written += bytes;
    let left = bytes;
    while (this.copied + left >= BUFFER_BYTES) {
      left -= BUFFER_BYTES - this.copied;
      this.#flush(this.pending - left);
    }
    this.copied += left;
  }

  /**
   * Appends pages of the same block with their headers. The caller knows that neither the list is over-filled nor the
   * buffer full with them.
   */
  putHeadersAndPages(count: number, headerBytes: number, pageSize: number): void {
    this.written += count * (headerBytes + pageSize);
    this.copied += count * headerBytes;
    this.references += count;
    if (this.references === REFERENCES_MAX) this.flush();
  }

  /** Appends guest pages by reference, none of which is the one that fills the list. */
  putPages(pages: number, pageSize: number): void {
    this.written += pages * pageSize;
    this.references += pages;
    if (this.references === REFERENCES_MAX) this.flush();
  }

  /** Ties a message to the bytes written so far: it reaches the destination with the last of them. */
  mark(message: M): void {
    this.#marks.push({ end: this.written, message });
  }

  /** Takes the next message whose bytes are flushed; null when there is none. */
  takeMark(): M | null {
    const { first } = this.#marks;
    if (first === undefined || first.end > this.flushedBytes) return null;
    this.#marks.take();
    return first.message;
  }

  /** Whether nothing is pending, no message waits, and the stream is whole: what is put next begins a write call. */
  get isFresh(): boolean {
    return this.pending === 0 && this.#marks.isEmpty && this.error === 0;
  }

  /** Accounts write calls that were made past the buffer. */
  passed(bytes: number): void {
    this.written += bytes;
    this.flushedBytes += bytes;
  }

  /** Hands all pending bytes to the channel in one write call. */
  flush(): void {
    if (this.pending > 0) this.#flush(this.pending);
  }

  #flush(bytes: number): void {
    this.references = 0;
    this.copied = 0;
    if (this.error !== 0) {
      this.written -= bytes;
      return;
    }
    this.flushedBytes += bytes;
    const load = this.pendingLoad;
    this.pendingLoad = 0;
    this.#target.flushed(bytes, load);
  }
}
