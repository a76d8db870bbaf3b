/**
 * Writes simpletrace files, versions 2, 3 and 4, of either byte order.
 *
 * A mapping is written before the first record of its event, which every reader of version 4 takes; QEMU itself
 * writes those of all its events at the start.
 *
 * @see facts/tracing.md c
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { Declaration } from "./declaration.ts";
import type { EventView } from "./event.ts";
import { HEADER_ID_WORD, LOST_LOW, MAGIC_HIGH, MAGIC_LOW, STRING_BYTES_MAX } from "./simpletrace.ts";

/** How a file is written. */
export interface SimpletraceOptions {
  /** Default 4. */
  readonly version?: 2 | 3 | 4;
  /** Whether integers begin with their lowest byte; the default. */
  readonly little?: boolean;
}

const FLUSH_BYTES = 1 << 16;
/** Ten strings of 512 bytes with their lengths, the record's head and a name fit in it. */
const RECORD_ROOM = 1 << 14;

/** Writes events one after the other and hands out the file in pieces. */
export class SimpletraceWriter {
  readonly #catalog: Catalog;
  readonly #out: (bytes: Uint8Array) => void;
  readonly #version: 2 | 3 | 4;
  readonly #little: boolean;
  #bytes = new Uint8Array(FLUSH_BYTES + RECORD_ROOM);
  #words = new DataView(this.#bytes.buffer);
  #end = 0;
  readonly #mapped = new Map<string, number>();

  /**
   * @param catalog Numbers the events of versions 2 and 3: the reader must be given the same one.
   * @param out Takes each piece of the file; the piece is its to keep.
   */
  constructor(catalog: Catalog, out: (bytes: Uint8Array) => void, options: SimpletraceOptions = {}) {
    this.#catalog = catalog;
    this.#out = out;
    this.#version = options.version ?? 4;
    this.#little = options.little ?? true;
    this.#putHalves(HEADER_ID_WORD, HEADER_ID_WORD);
    this.#putHalves(MAGIC_HIGH, MAGIC_LOW);
    this.#putHalves(0, this.#version);
    if (this.#version < 4) {
      const counted = catalog.declarations.filter(({ properties }) =>
        this.#version === 3 || !properties.includes("disable")
      );
      for (const [index, { name }] of counted.entries()) this.#mapped.set(name, index);
    }
  }

  /**
   * Writes an event. Without a time it is written at 0; strings are cut at 512 bytes, as QEMU does.
   *
   * @param nanos The time, when it is known more exactly than the event says.
   * @throws {Error} In versions 2 and 3, if the catalog lacks the event.
   */
  event(event: EventView, nanos: bigint = BigInt(Math.max(0, event.at)) * 1000n): void {
    const { declaration } = event;
    const id = this.#idOf(declaration);
    if (this.#version === 4) this.#putHalves(0, 1);
    const start = this.#end;
    this.#putHalves(0, id);
    this.#put64(nanos);
    this.#end += 4;
    this.#put32(this.#version === 2 ? 0 : event.thread);
    for (const [index, { kind, bits }] of declaration.args.entries()) {
      if (kind === "string") this.#putString(event.text(index));
      else if (bits === 64) this.#put64(event.bigint(index));
      else {
        const value = event.number(index);
        this.#putHalves(value < 0 ? 0xffffffff : 0, value >>> 0);
      }
    }
    this.#words.setUint32(start + 16, this.#end - start, this.#little);
    if (this.#end > FLUSH_BYTES) this.flush();
  }

  /** Writes that events were lost. */
  lost(count: bigint, nanos: bigint, pid: number): void {
    if (this.#version === 4) this.#putHalves(0, 1);
    this.#putHalves(0xffffffff, LOST_LOW);
    this.#put64(nanos);
    this.#put32(32);
    this.#put32(pid);
    this.#put64(count);
    if (this.#end > FLUSH_BYTES) this.flush();
  }

  /** Hands out what is left. */
  flush(): void {
    this.#out(this.#bytes.slice(0, this.#end));
    this.#end = 0;
  }

  #idOf(declaration: Declaration): number {
    const { name } = declaration;
    const known = this.#mapped.get(name);
    if (known !== undefined) return known;
    if (this.#version < 4) throw new Error(`The catalog ${this.#catalog.name} has no number for ${name}`);
    const id = this.#mapped.size;
    this.#mapped.set(name, id);
    this.#putHalves(0, 0);
    this.#putHalves(0, id);
    this.#putBytes(name.slice(0, STRING_BYTES_MAX));
    return id;
  }

  #put32(value: number): void {
    this.#words.setUint32(this.#end, value, this.#little);
    this.#end += 4;
  }

  #putHalves(high: number, low: number): void {
    this.#put32(this.#little ? low : high);
    this.#put32(this.#little ? high : low);
  }

  #put64(value: bigint): void {
    this.#words.setBigUint64(this.#end, BigInt.asUintN(64, value), this.#little);
    this.#end += 8;
  }

  #putString(text: string): void {
    this.#putBytes(text.length > STRING_BYTES_MAX ? text.slice(0, STRING_BYTES_MAX) : text);
  }

  #putBytes(text: string): void {
    this.#put32(text.length);
    for (let at = 0; at < text.length; at++) this.#bytes[this.#end++] = text.charCodeAt(at);
  }
}
