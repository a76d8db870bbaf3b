/**
 * The last events of a long trace, copied into memory that is used again and again.
 *
 * Records as objects would outlive the young generation, each of them, and fill the old one with what the next lap of
 * the ring has replaced: a hundred megabytes of garbage for a log of a hundred.
 *
 * @module
 */
import type { Argument, ArgValue, Declaration, EventView, TraceRecord } from "../trace/mod.ts";

/** Arguments of an event at most, as tracetool has it, and one that old versions put before them. */
const ARGS_MAX = 11;

/** Keeps the last so many events. */
export class RecordRing {
  readonly #size: number;
  #count = 0;
  readonly #declarations: Declaration[] = [];
  /** Line, time and thread of each. */
  readonly #places: Float64Array;
  /** Integers, and doubles in the same place. */
  readonly #integers: BigInt64Array;
  readonly #doubles: Float64Array;
  readonly #texts: (readonly string[] | undefined)[] = [];

  /** @param size Events that are kept. */
  constructor(size: number) {
    this.#size = size;
    this.#places = new Float64Array(3 * size);
    this.#integers = new BigInt64Array(ARGS_MAX * size);
    this.#doubles = new Float64Array(this.#integers.buffer);
  }

  /** Copies an event over the oldest one. */
  push(event: EventView): void {
    const slot = this.#count++ % this.#size;
    const { args } = event.declaration;
    this.#declarations[slot] = event.declaration;
    this.#places[3 * slot] = event.line;
    this.#places[3 * slot + 1] = event.at;
    this.#places[3 * slot + 2] = event.thread;
    let texts: string[] | undefined;
    for (let index = 0; index < args.length && index < ARGS_MAX; index++) {
      const { kind } = args[index] as Argument;
      if (kind === "string") (texts ??= [])[index] = event.text(index);
      else if (kind === "double") this.#doubles[ARGS_MAX * slot + index] = event.number(index);
      else this.#integers[ARGS_MAX * slot + index] = event.bigint(index);
    }
    this.#texts[slot] = texts;
  }

  /** What is kept, the oldest first. */
  list(): { readonly line: number; readonly record: TraceRecord }[] {
    const first = Math.max(0, this.#count - this.#size);
    return Array.from(
      { length: this.#count - first },
      (_, index) => this.#read((first + index) % this.#size),
    );
  }

  #read(slot: number): { line: number; record: TraceRecord } {
    const declaration = this.#declarations[slot] as Declaration;
    const [line = 0, at = -1, thread = 0] = this.#places.subarray(3 * slot, 3 * slot + 3);
    const values = declaration.args.map((argument, index) => this.#value(slot, argument, index));
    return { line, record: { declaration, at, thread, values } };
  }

  #value(slot: number, { kind, bits }: Argument, index: number): ArgValue {
    if (kind === "string") return this.#texts[slot]?.[index] ?? "";
    const place = ARGS_MAX * slot + index;
    if (kind === "double") return this.#doubles[place] as number;
    const integer = this.#integers[place] as bigint;
    const value = kind === "signed" ? integer : BigInt.asUintN(bits === 64 ? 64 : 53, integer);
    return bits === 64 ? value : Number(value);
  }
}
