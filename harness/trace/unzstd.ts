/**
 * Takes zstd files apart: one frame or several, as rotated logs are put together, with frames to skip between them.
 *
 * The decoder itself does not say whether a frame has come to its end, and node's stream takes a file that is cut for a
 * whole one. So the frames are walked beside it: their heads say where each block ends.
 *
 * @see RFC 8878, section 3, for the layout
 * @module
 */
import { PiecewiseDecoder } from "./_piecewise.ts";
import type { PackedDamage } from "./unpack.ts";

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

/** Whether a file begins as zstd does. */
export function isZstd(head: Uint8Array): boolean {
  const word = head.length < 4 ? 0 : wordOf(head);
  return word === MAGIC || isSkippable(word);
}

function isSkippable(word: number): boolean {
  return word >= SKIPPABLE && word < SKIPPABLE + 16;
}

/** A number, little end first. */
function wordOf(bytes: ArrayLike<number>): number {
  let word = 0;
  for (let index = Math.min(4, bytes.length) - 1; index >= 0; index--) {
    word = word * 256 + (bytes[index] as number);
  }
  return word;
}

/** The parts of a frame that are looked at; what is not is skipped. */
type Part = "magic" | "skippable-size" | "descriptor" | "head" | "block";

/** Walks along frames without decoding them. */
class FrameWalk {
  #part: Part = "magic";
  /** Bytes of the part so far, and how many it has. */
  #held: number[] = [];
  #wanted = 4;
  /** Bytes to pass by before the part begins. */
  #skip = 0;
  #descriptor = 0;
  #isLast = false;
  /** How many bytes are packed in the frame; -1 if it does not say. */
  size = -1;
  /** What ends with the bytes that were taken last: a frame, or its descriptor; empty in the middle of something. */
  border: "" | "descriptor" | "frame" = "";
  /** Why the walk ended; empty while it goes on. */
  reason = "";

  /** Whether the last frame has ended. */
  get isBetween(): boolean {
    return this.#part === "magic" && this.#held.length === 0 && this.#skip === 0;
  }

  /** Bytes at the end of what was taken that may begin a frame or not. */
  get doubtful(): number {
    return this.#part === "magic" && this.#skip === 0 ? this.#held.length : 0;
  }

  /** Walks on to the next border and returns how far. Where the walk ends, the last four bytes begin no frame. */
  take(bytes: Uint8Array): number {
    let at = 0;
    this.border = "";
    while (at < bytes.length && this.reason === "" && this.border === "") {
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, bytes.length - at);
        this.#skip -= count;
        at += count;
      } else this.#held.push(bytes[at++] as number);
      if (this.#held.length === this.#wanted) this.#step();
      if (this.#isLast && this.#skip === 0) {
        this.#isLast = false;
        this.border = "frame";
      }
    }
    return at;
  }

  #enter(part: Part, wanted: number, skip: number): void {
    this.#part = part;
    this.#held = [];
    this.#wanted = wanted;
    this.#skip = skip;
  }

  #step(): void {
    const word = wordOf(this.#held);
    if (this.#part === "magic") {
      if (word === MAGIC) this.#enter("descriptor", 1, 0);
      else if (isSkippable(word)) this.#enter("skippable-size", 4, 0);
      else this.reason = "what follows its compressed data is not zstd";
    } else if (this.#part === "skippable-size") this.#enter("magic", 4, word);
    else if (this.#part === "descriptor") {
      this.#descriptor = word;
      this.border = "descriptor";
      const dictionary = [0, 1, 2, 4][word & 3] as number;
      this.#enter("head", (this.#isSingle ? 0 : 1) + dictionary + this.#sizeBytes, 0);
    } else if (this.#part === "head") {
      this.size = this.#readSize();
      this.#enter("block", 3, 0);
    } else {
      const [isLast, type, size] = [(word & 1) !== 0, (word >>> 1) & 3, word >>> 3];
      // A block of one byte again and again holds it once.
      const bytes = type === 1 ? 1 : size;
      this.#isLast = isLast;
      if (isLast) this.#enter("magic", 4, bytes + ((this.#descriptor & 4) !== 0 ? 4 : 0));
      else this.#enter("block", 3, bytes);
    }
  }

  get #isSingle(): boolean {
    return (this.#descriptor & 32) !== 0;
  }

  /** Bytes of the field that holds the size. */
  get #sizeBytes(): number {
    return [this.#isSingle ? 1 : 0, 2, 4, 8][this.#descriptor >>> 6] as number;
  }

  #readSize(): number {
    const count = this.#sizeBytes;
    if (count === 0) return -1;
    const field = this.#held.slice(-count);
    if (count === 2) return wordOf(field) + 256;
    return wordOf(field) + (count === 8 ? 0x1_0000_0000 * wordOf(field.slice(4)) : 0);
  }
}

/** A streaming reader of a zstd file. Chunk borders may fall anywhere and change nothing of what is read. */
export class UnzstdReader {
  readonly #decoder = new PiecewiseDecoder("zstd");
  readonly #walk = new FrameWalk();
  /** The beginning of what may be a frame: decoded once it is known to be. */
  #doubtful = new Uint8Array();
  /** Of what is to be decoded next. */
  #offset = 0;
  /** Bytes that the frame gave so far. */
  #made = 0;
  #damage: PackedDamage | undefined;

  /** Takes the next bytes of the file and gives what was packed in them, in pieces that are valid until the next. */
  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    // The decoder is given a frame in two parts or more: it looks at sizes only where it has all of a frame at once,
    // and what is told of a file must not depend on chunks. So the size is looked at here.
    for (let at = 0; at < chunk.length && this.#damage === undefined;) {
      const count = this.#walk.take(chunk.subarray(at));
      yield* this.#decode(chunk.subarray(at, at + count));
      at += count;
    }
  }

  *#decode(walked: Uint8Array): Generator<Uint8Array, void> {
    let input = walked;
    if (this.#doubtful.length > 0) {
      input = new Uint8Array(this.#doubtful.length + walked.length);
      input.set(this.#doubtful);
      input.set(walked, this.#doubtful.length);
    }
    const good = input.length - this.#walk.doubtful;
    this.#doubtful = input.slice(good);
    const pieces = this.#decoder.push(input.subarray(0, good));
    let next = pieces.next();
    for (; next.done !== true; next = pieces.next()) {
      this.#made += next.value.length;
      yield next.value;
    }
    const offset = this.#offset + good;
    const { border, reason, size } = this.#walk;
    if (next.value !== "") {
      this.#damage = { reason: "its compressed data is damaged", offset: offset - this.#decoder.unused };
    } else if (border === "frame" && size !== -1 && size !== this.#made) {
      this.#damage = { reason: "the length of its compressed data is wrong", offset };
    } else if (reason !== "") this.#damage = { reason, offset };
    if (border === "frame") this.#made = 0;
    this.#offset = offset;
  }

  /** What is wrong so far. */
  get damage(): PackedDamage | undefined {
    return this.#damage;
  }

  /** Says that the file ends here; what is wrong with it, if anything is. */
  end(): PackedDamage | undefined {
    if (!this.#walk.isBetween || this.#offset === 0) {
      const offset = this.#offset + this.#doubtful.length;
      this.#damage ??= { reason: "its compressed data ends too early", offset };
    }
    this.#decoder.close();
    return this.#damage;
  }
}
