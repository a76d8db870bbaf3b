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
type Part = "magic" | "skippable-size" | "descriptor" | "block";

/** Walks along frames without decoding them. */
class FrameWalk {
  #part: Part = "magic";
  /** Bytes of the part so far, and how many it has. */
  #held: number[] = [];
  #wanted = 4;
  /** Bytes to pass by before the part begins. */
  #skip = 0;
  #hasChecksum = false;
  /** Why the walk ended; empty while it goes on. */
  reason = "";

  /** Whether the last frame has ended. */
  get isBetween(): boolean {
    return this.#part === "magic" && this.#held.length === 0 && this.#skip === 0;
  }

  /** Walks on; returns how many of the bytes are as they should be. */
  take(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.reason === "") {
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, bytes.length - at);
        this.#skip -= count;
        at += count;
        continue;
      }
      this.#held.push(bytes[at++] as number);
      if (this.#held.length === this.#wanted) this.#step();
    }
    return this.reason === "" ? at : Math.max(0, at - this.#wanted);
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
      const isSingle = (word & 32) !== 0;
      const size = [isSingle ? 1 : 0, 2, 4, 8][word >>> 6] as number;
      const dictionary = [0, 1, 2, 4][word & 3] as number;
      this.#hasChecksum = (word & 4) !== 0;
      this.#enter("block", 3, (isSingle ? 0 : 1) + dictionary + size);
    } else {
      const [isLast, type, size] = [(word & 1) !== 0, (word >>> 1) & 3, word >>> 3];
      // A block of one byte again and again holds it once.
      const bytes = type === 1 ? 1 : size;
      if (isLast) this.#enter("magic", 4, bytes + (this.#hasChecksum ? 4 : 0));
      else this.#enter("block", 3, bytes);
    }
  }
}

/** A streaming reader of a zstd file. Chunk borders may fall anywhere and change nothing of what is read. */
export class UnzstdReader {
  readonly #decoder = new PiecewiseDecoder("zstd");
  readonly #walk = new FrameWalk();
  #offset = 0;
  #damage: PackedDamage | undefined;

  /** Takes the next bytes of the file and gives what was packed in them, in pieces of bounded size. */
  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    if (this.#damage !== undefined) return;
    const good = this.#walk.take(chunk);
    const reason = yield* this.#decoder.push(chunk.subarray(0, good));
    if (reason !== "") {
      const offset = this.#offset + good - this.#decoder.unused;
      this.#damage = { reason: "its compressed data is damaged", offset };
    } else if (this.#walk.reason !== "") {
      this.#damage = { reason: this.#walk.reason, offset: this.#offset + good };
    }
    this.#offset += good;
  }

  /** What is wrong so far. */
  get damage(): PackedDamage | undefined {
    return this.#damage;
  }

  /** Says that the file ends here; what is wrong with it, if anything is. */
  end(): PackedDamage | undefined {
    if (!this.#walk.isBetween || this.#offset === 0) {
      this.#damage ??= { reason: "its compressed data ends too early", offset: this.#offset };
    }
    this.#decoder.close();
    return this.#damage;
  }
}
