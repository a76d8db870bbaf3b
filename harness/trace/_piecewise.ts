/**
 * Compressed streams, taken apart piece by piece in one call after the other.
 *
 * node:zlib offers streams, which hand their output over in a later turn of the event loop (and throw zstd's errors
 * where nobody can catch them), and functions that want all of the input at once. A reader of logs wants neither:
 * memory must not grow with the file, and a fuzz target must see the failure in the call that caused it. So this drives
 * the handle behind node's own streams, as pngjs and minizlib (the tar of npm) do; a Deno that has it no longer is told
 * from a file that is damaged.
 *
 * @module
 */
import { constants, createInflateRaw, createZstdDecompress } from "node:zlib";

/** What node:zlib calls between JavaScript and the library. */
interface Handle {
  onerror: (message: string) => void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  reset(): void;
  close(): void;
}

/** Bytes of a piece of output at most; whatever was packed, memory grows by no more than this. */
export const PIECE_BYTES = 1 << 16;

/** One compressed stream after the other. */
export class PiecewiseDecoder {
  readonly #handle: Handle;
  /** After each write: bytes of the output that are free, bytes of the input that are left. */
  readonly #left: Uint32Array;
  readonly #output = new Uint8Array(PIECE_BYTES);
  #error = "";
  /** Bytes of the last input that were not needed: a stream of deflate has ended if there are any. */
  unused = 0;

  constructor(kind: "deflate" | "zstd") {
    const stream = kind === "deflate" ? createInflateRaw() : createZstdDecompress();
    const handle: unknown = Reflect.get(stream, "_handle");
    const left: unknown = Reflect.get(stream, "_writeState");
    if (!isHandle(handle) || !(left instanceof Uint32Array)) {
      throw new Error("This Deno's node:zlib cannot be used piece by piece; switchover needs Deno 2.9");
    }
    this.#handle = handle;
    this.#left = left;
    handle.onerror = (message) => {
      this.#error = message;
    };
  }

  /** Goes on to another stream. */
  reset(): void {
    this.#handle.reset();
    this.#error = "";
  }

  /**
   * Takes input and gives what was packed in it, in pieces of {@linkcode PIECE_BYTES} at most, each valid
   * until the next.
   *
   * @returns At its end, what is wrong with the stream; empty if nothing is.
   */
  *push(input: Uint8Array): Generator<Uint8Array, string> {
    this.unused = input.length;
    for (;;) {
      const before = this.unused;
      const made = this.#write(input);
      if (made > 0) yield this.#output.subarray(0, made);
      const isStuck = this.unused === 0 || this.unused === before;
      if (this.#error !== "" || (made < PIECE_BYTES && isStuck)) return this.#error;
    }
  }

  /** Decodes once; returns how many bytes of output there are. */
  #write(input: Uint8Array): number {
    try {
      const at = input.length - this.unused;
      this.#handle.writeSync(constants.Z_NO_FLUSH, input, at, this.unused, this.#output, 0, PIECE_BYTES);
      const [free = 0, unused = 0] = this.#left;
      this.unused = unused;
      return PIECE_BYTES - free;
    } catch (error) {
      // zstd's errors are thrown, and nothing is said of what was done.
      this.#error = error instanceof Error ? error.message : String(error);
      return 0;
    }
  }

  /** Gives its memory back, which is not JavaScript's. */
  close(): void {
    this.#handle.close();
  }
}

function isHandle(value: unknown): value is Handle {
  const has = (name: keyof Handle) =>
    typeof value === "object" && value !== null && typeof Reflect.get(value, name) === "function";
  return has("writeSync") && has("reset") && has("close");
}
