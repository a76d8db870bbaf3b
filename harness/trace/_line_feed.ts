/**
 * Cuts a stream of bytes into lines, for the readers that work on strings. Memory is bounded by the longest line kept.
 *
 * @module
 */
import { latin1 } from "./_line_cursor.ts";
import { LINE_BYTES_MAX } from "./read_log.ts";

/** One line of the input. */
export interface FedLine {
  /** One character per byte, without the line's end; the first 4096 of a line that is too long. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
  readonly offset: number;
  /** With the line's end. */
  readonly length: number;
  /** Whether a newline ends it. */
  readonly ended: boolean;
  readonly tooLong: boolean;
}

/** Takes bytes, gives lines. Chunk borders may fall anywhere. */
export class LineFeed {
  readonly #take: (line: FedLine) => void;
  #parts: string[] = [];
  #length = 0;
  #offset = 0;
  #line = 1;

  constructor(take: (line: FedLine) => void) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      this.#keep(chunk, from, end);
      this.#give(true);
      from = end + 1;
    }
    this.#keep(chunk, from, chunk.length);
  }

  end(): void {
    if (this.#length > 0) this.#give(false);
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    if (this.#length <= LINE_BYTES_MAX) this.#parts.push(latin1(chunk, from, to));
    this.#length += to - from;
  }

  #give(ended: boolean): void {
    const tooLong = this.#length > LINE_BYTES_MAX;
    const whole = this.#parts.join("");
    const length = this.#length + (ended ? 1 : 0);
    const text = tooLong ? whole.slice(0, 4096) : ended && whole.endsWith("\r") ? whole.slice(0, -1) : whole;
    this.#take({ text, line: this.#line++, offset: this.#offset, length, ended, tooLong });
    this.#offset += length;
    this.#parts = [];
    this.#length = 0;
  }
}
