/**
 * Takes gzip files apart: one member or several, as rotated logs are put together, with what may stand between them.
 *
 * node:zlib's own reader stops without a word at a NUL behind a member, and the web platform's gives nothing of a file
 * with two. This one delivers all that can be had, and says at which byte the rest is damaged, and how.
 *
 * @see RFC 1952 for the layout
 * @module
 */
import { crc32 } from "node:zlib";
import { PiecewiseDecoder } from "./_piecewise.ts";
import type { PackedDamage } from "./unpack.ts";

/** Bits of a header's flags. */
const HAS = { headerChecksum: 2, extra: 4, name: 8, comment: 16 } as const;
/** Bits that no program sets. */
const RESERVED = 0xe0;
const HEAD_BYTES = 10;
const TRAILER_BYTES = 8;
const DEFLATE = 8;

/** The parts of a file, in their order; all but the body are read byte by byte. */
type Part =
  | "between"
  | "head"
  | "extra-length"
  | "extra"
  | "name"
  | "comment"
  | "checksum"
  | "body"
  | "trailer";

/** Whether a file begins as gzip does. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** A streaming reader of a gzip file. Chunk borders may fall anywhere and change nothing. */
export class GunzipReader {
  readonly #inflate = new PiecewiseDecoder("deflate");
  #part: Part = "between";
  /** Bytes of the part that were read, those of a fixed size alone. */
  readonly #held = new Uint8Array(HEAD_BYTES);
  #count = 0;
  #flags = 0;
  /** Bytes of the extra field that are still to come. */
  #extra = 0;
  #headerSum = 0;
  #sum = 0;
  #size = 0;
  #offset = 0;
  #members = 0;
  #damage: PackedDamage | undefined;

  /**
   * Takes the next bytes of the file and gives what was packed in them, in pieces of bounded size, each
   * valid until the next. All pieces must be taken before the next bytes are given. After damage there is nothing more.
   */
  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    let at = 0;
    while (at < chunk.length && this.#damage === undefined) {
      if (this.#part !== "body") {
        this.#take(chunk[at++] as number);
        this.#offset++;
        continue;
      }
      const input = chunk.subarray(at);
      const pieces = this.#inflate.push(input);
      let next = pieces.next();
      for (; next.done !== true; next = pieces.next()) {
        this.#sum = crc32(next.value, this.#sum);
        this.#size = (this.#size + next.value.length) >>> 0;
        yield next.value;
      }
      const used = input.length - this.#inflate.unused;
      at += used;
      this.#offset += used;
      if (next.value !== "") this.#stop("its compressed data is damaged");
      else if (this.#inflate.unused > 0) this.#enter("trailer");
    }
  }

  /** What is wrong so far. */
  get damage(): PackedDamage | undefined {
    return this.#damage;
  }

  /**
   * Says that the file ends here.
   *
   * @returns What is wrong with it, if anything is. A file without a byte is not gzip and ends too early.
   */
  end(): PackedDamage | undefined {
    if (this.#part !== "between" || this.#members === 0) this.#stop("its compressed data ends too early");
    this.#inflate.close();
    return this.#damage;
  }

  #stop(reason: string, offset = this.#offset): void {
    this.#damage ??= { reason, offset };
  }

  #enter(part: Part): void {
    this.#part = part;
    this.#count = 0;
    if (part === "body") {
      this.#inflate.reset();
      this.#sum = 0;
      this.#size = 0;
    }
  }

  /** Goes to the first of the optional parts from this one on that the header has. */
  #enterOptional(...parts: readonly (readonly [Part, number])[]): void {
    const found = parts.find(([, bit]) => (this.#flags & bit) !== 0);
    this.#enter(found?.[0] ?? "body");
  }

  /** Takes one byte of anything but the body. */
  #take(byte: number): void {
    const part = this.#part;
    if (part === "between") {
      // Tapes and block devices fill up with NULs; another member may follow them.
      if (byte === 0 && this.#members > 0) return;
      this.#enter("head");
      this.#headerSum = 0;
    }
    const isFixed = part === "between" || part === "head" || part === "extra-length" || part === "checksum" ||
      part === "trailer";
    if (isFixed) this.#held[this.#count++] = byte;
    if (part === "trailer") return this.#takeTrailer();
    if (part === "checksum") return this.#takeChecksum();
    this.#headerSum = crc32(Uint8Array.of(byte), this.#headerSum);
    if (part === "between" || part === "head") this.#takeHead(byte);
    else if (part === "extra-length") {
      if (this.#count < 2) return;
      this.#extra = (this.#held[0] as number) + 256 * (this.#held[1] as number);
      if (this.#extra > 0) this.#enter("extra");
      else this.#afterExtra();
    } else if (part === "extra") {
      if (--this.#extra === 0) this.#afterExtra();
    } else if (byte === 0) {
      if (part === "name") this.#enterOptional(["comment", HAS.comment], ["checksum", HAS.headerChecksum]);
      else this.#enterOptional(["checksum", HAS.headerChecksum]);
    }
  }

  #takeHead(byte: number): void {
    const count = this.#count;
    if ((count === 1 && byte !== 0x1f) || (count === 2 && byte !== 0x8b)) {
      const start = this.#offset - count + 1;
      this.#stop(
        this.#members === 0 ? "it is not gzip" : "what follows its compressed data is not gzip",
        start,
      );
    } else if (count === 3 && byte !== DEFLATE) this.#stop("its compression method is unknown");
    else if (count === 4) {
      this.#flags = byte;
      if ((byte & RESERVED) !== 0) this.#stop("its gzip header has unknown flags");
    }
    if (count < HEAD_BYTES) return;
    this.#enterOptional(
      ["extra-length", HAS.extra],
      ["name", HAS.name],
      ["comment", HAS.comment],
      ["checksum", HAS.headerChecksum],
    );
  }

  #afterExtra(): void {
    this.#enterOptional(["name", HAS.name], ["comment", HAS.comment], ["checksum", HAS.headerChecksum]);
  }

  #takeChecksum(): void {
    if (this.#count < 2) return;
    if (this.#word(0, 2) === (this.#headerSum & 0xffff)) this.#enter("body");
    else this.#stop("the checksum of its gzip header is wrong", this.#offset - 1);
  }

  #takeTrailer(): void {
    if (this.#count < TRAILER_BYTES) return;
    const start = this.#offset - TRAILER_BYTES + 1;
    if (this.#word(0, 4) !== this.#sum >>> 0) {
      this.#stop("the checksum of its compressed data is wrong", start);
    } else if (this.#word(4, 4) !== this.#size) {
      this.#stop("the length of its compressed data is wrong", start + 4);
    }
    this.#members++;
    this.#enter("between");
  }

  /** A number of the bytes that are held, little end first. */
  #word(at: number, bytes: number): number {
    let word = 0;
    for (let index = bytes - 1; index >= 0; index--) word = word * 256 + (this.#held[at + index] as number);
    return word;
  }
}
