/**
 * The event under a binary reader's hands: a window on the bytes of a simpletrace record.
 *
 * @module
 */
import type { Argument, Declaration } from "./declaration.ts";
import type { ArgValue, EventView } from "./event.ts";
import { latin1 } from "./_line_cursor.ts";

/** An {@linkcode EventView} on a record in the reader's buffer. */
export class RecordCursor implements EventView {
  bytes: Uint8Array;
  words: DataView;
  /** Whether the file's integers begin with their lowest byte. */
  little = true;
  declaration!: Declaration;
  thread = 0;
  line = 0;
  readonly column = 1;
  offset = 0;
  length = 0;
  flags = 0;
  /** Where the record's time is in `words`. */
  time = 0;
  /** Where each argument is in `words`: its integer, or the length of its string. */
  readonly places = new Int32Array(32);

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.words = new DataView(bytes.buffer);
  }

  /** Whole microseconds of the host's monotonic clock. */
  get at(): number {
    const [low, high] = this.little ? [this.time, this.time + 4] : [this.time + 4, this.time];
    // 2^32 is 4294967 thousands and 296; so the microseconds are exact as far as a double goes.
    const upper = this.words.getUint32(high, this.little);
    return upper * 4294967 + Math.floor((upper * 296 + this.words.getUint32(low, this.little)) / 1000);
  }

  /** Nanoseconds of the host's monotonic clock, exact. */
  get nanos(): bigint {
    return this.words.getBigUint64(this.time, this.little);
  }

  number(index: number): number {
    const { kind, bits } = this.#argument(index);
    const at = this.places[index] as number;
    if (bits === 32 && kind !== "double") {
      const low = this.little ? at : at + 4;
      return kind === "signed"
        ? this.words.getInt32(low, this.little)
        : this.words.getUint32(low, this.little);
    }
    if (kind === "string") return NaN;
    if (bits === 64 && kind !== "signed") return this.#double(at);
    return Number(this.bigint(index));
  }

  bigint(index: number): bigint {
    const { kind, bits } = this.#argument(index);
    const at = this.places[index] as number;
    if (kind === "string") return 0n;
    const given = this.words.getBigUint64(at, this.little);
    if (kind === "bool") return given === 0n ? 0n : 1n;
    return kind === "signed" ? BigInt.asIntN(bits, given) : BigInt.asUintN(bits, given);
  }

  text(index: number): string {
    if (this.#argument(index).kind !== "string") return String(this.value(index));
    const at = this.places[index] as number;
    return latin1(this.bytes, at + 4, at + 4 + this.words.getUint32(at, this.little));
  }

  value(index: number): ArgValue {
    const { kind, bits } = this.#argument(index);
    if (kind === "string") return this.text(index);
    return bits === 64 && kind !== "double" ? this.bigint(index) : this.number(index);
  }

  readings(): readonly (readonly ArgValue[])[] {
    return [this.declaration.args.map((_, index) => this.value(index))];
  }

  #double(at: number): number {
    const [low, high] = this.little ? [at, at + 4] : [at + 4, at];
    return this.words.getUint32(high, this.little) * 4294967296 + this.words.getUint32(low, this.little);
  }

  #argument(index: number): Argument {
    const arg = this.declaration.args[index];
    if (arg === undefined) throw new RangeError(`${this.declaration.name} has no argument ${index}`);
    return arg;
  }
}
