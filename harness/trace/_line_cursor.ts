/**
 * The event under a reader's hands: a window on bytes, with numbers already read and strings read when asked for.
 *
 * One cursor serves a whole log. Nothing here is allocated for an event; a string is made when a consumer wants it,
 * and short ones come from a small cache, for logs repeat the same few names.
 *
 * @module
 */
import type { Argument, Conversion, Declaration } from "./declaration.ts";
import type { ArgValue, EventView } from "./event.ts";
import { readNumeral } from "./numeral.ts";
import { readPayload } from "./parse_payload.ts";
import type { Plan } from "./_program.ts";

/** tracetool's limit is 10. */
const SLOTS = 32;
const CACHED_LENGTH = 32;
const CACHE_SIZE = 1024;

/** One character per byte, whatever the bytes. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  if (to - from <= 4096) return charsOf(bytes.subarray(from, to));
  const parts: string[] = [];
  for (let at = from; at < to; at += 4096) parts.push(charsOf(bytes.subarray(at, Math.min(at + 4096, to))));
  return parts.join("");
}

function charsOf(bytes: Uint8Array): string {
  // An array-like is all that `apply` needs; spreading it would make an array first.
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** Short strings that were made before, found by their bytes. */
class StringCache {
  readonly #made: string[] = new Array<string>(CACHE_SIZE).fill("");

  get(bytes: Uint8Array, from: number, to: number): string {
    const length = to - from;
    if (length === 0) return "";
    if (length > CACHED_LENGTH) return latin1(bytes, from, to);
    let hash = length;
    for (let at = from; at < to; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 10)) & (CACHE_SIZE - 1);
    const made = this.#made[slot] ?? "";
    if (made.length === length) {
      let at = 0;
      while (at < length && made.charCodeAt(at) === bytes[from + at]) at++;
      if (at === length) return made;
    }
    return (this.#made[slot] = latin1(bytes, from, to));
  }
}

/** An {@linkcode EventView} on a line of text in the reader's buffer. */
export class LineCursor implements EventView {
  bytes: Uint8Array;
  declaration!: Declaration;
  plan!: Plan;
  at = -1;
  thread = 0;
  line = 0;
  column = 1;
  offset = 0;
  length = 0;
  flags = 0;
  /** Where the payload is in `bytes`. */
  from = 0;
  to = 0;
  /** The number of each argument in its declared type, as a double. */
  readonly numbers = new Float64Array(SLOTS);
  /** Where the text of each argument is in `bytes`. */
  readonly starts = new Int32Array(SLOTS);
  readonly ends = new Int32Array(SLOTS);
  readonly #strings = new StringCache();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Points the cursor at an event of this plan. */
  show(plan: Plan): void {
    this.plan = plan;
    this.declaration = plan.declaration;
  }

  number(index: number): number {
    // A string's number is NaN already.
    if (index >= 0 && index < this.declaration.args.length) return this.numbers[index] as number;
    throw new RangeError(`${this.declaration.name} has no argument ${index}`);
  }

  bigint(index: number): bigint {
    const arg = this.#argument(index);
    if (arg.kind === "string") return 0n;
    const near = this.numbers[index] ?? 0;
    if (Number.isSafeInteger(near)) return BigInt(near);
    const conversion = this.plan.conversions[index];
    if (conversion === undefined || arg.kind === "double") {
      return BigInt(Math.trunc(Number.isFinite(near) ? near : 0));
    }
    return BigInt(this.#exact(index, conversion, arg));
  }

  text(index: number): string {
    if (this.#argument(index).kind !== "string") return String(this.value(index));
    return this.#strings.get(this.bytes, this.starts[index] ?? 0, this.ends[index] ?? 0);
  }

  value(index: number): ArgValue {
    const { kind, bits } = this.#argument(index);
    if (kind === "string") return this.text(index);
    if (bits === 64 && kind !== "double") return this.bigint(index);
    return this.numbers[index] ?? 0;
  }

  readings(limit = 8): readonly (readonly ArgValue[])[] {
    const payload = latin1(this.bytes, this.from, this.to);
    return readPayload(this.declaration, payload, limit)?.list.map(({ values }) => values) ?? [];
  }

  #exact(index: number, conversion: Conversion, arg: Argument): number | bigint {
    const text = latin1(this.bytes, this.starts[index] ?? 0, this.ends[index] ?? 0);
    const value = readNumeral(text, conversion, arg);
    return typeof value === "string" || value === undefined ? 0 : value;
  }

  #argument(index: number): Argument {
    const arg = this.declaration.args[index];
    if (arg === undefined) throw new RangeError(`${this.declaration.name} has no argument ${index}`);
    return arg;
  }
}
