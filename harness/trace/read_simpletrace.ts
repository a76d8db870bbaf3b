/**
 * Reads the binary files of QEMU's `simple` backend, versions 2, 3 and 4, of either byte order, as a stream.
 *
 * Items come as from a text log and cover the input too: the header and the mappings are items, damage is an item.
 * Where QEMU's own reader throws, this one says what is wrong and where; nothing is allocated by a number in the file.
 *
 * @see facts/tracing.md c for the layout and for each kind of bad input
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { Declaration } from "./declaration.ts";
import { FLAG, type OtherKind, type TraceVisitor } from "./event.ts";
import { latin1 } from "./_line_cursor.ts";
import { RecordCursor } from "./_record_cursor.ts";
import { HEADER_ID_WORD, LOST_LOW, MAGIC_HIGH, MAGIC_LOW, STRING_BYTES_MAX } from "./simpletrace.ts";

/** A record or a name longer than this is damage: ten strings of 512 bytes are far below it. */
export const RECORD_BYTES_MAX = 1 << 20;
const BUFFER_BYTES = 1 << 18;
/** The buffer of a file that comes in one small piece, as thousands do in a test. */
const SMALL_BYTES = 1 << 12;
const HEADER_BYTES = 24;
/** Event numbers below this are looked up in an array. QEMU counts from 0. */
const DIRECT_IDS = 1 << 16;

/** What an event number stands for. */
interface Entry {
  readonly name: string;
  /** Nothing if the catalog lacks the event. */
  readonly declaration: Declaration | undefined;
  /** Whether each argument is a string; empty if none is. */
  readonly strings: readonly boolean[];
}

function makeEntry(name: string, declaration: Declaration | undefined): Entry {
  const strings = declaration?.args.map(({ kind }) => kind === "string") ?? [];
  return { name, declaration, strings: strings.includes(true) ? strings : [] };
}

/** A streaming reader of a simpletrace file. */
export class SimpletraceReader {
  readonly #catalog: Catalog;
  readonly #visitor: TraceVisitor;
  readonly #cursor: RecordCursor;
  #bytes = new Uint8Array(SMALL_BYTES);
  #start = 0;
  #end = 0;
  #base = 0;
  #record = 0;
  /** 0 before the header was read, -1 after damage. */
  #version = 0;
  #damage = "";
  #damagedFrom = 0;
  #direct: (Entry | undefined)[] = [];
  readonly #others = new Map<bigint, Entry>();

  /**
   * @param catalog What the events' names are looked up in. Versions 2 and 3 hold no names: there an event's number is
   * its place in the catalog, so the catalog must be the whole `trace-events-all` of the QEMU that wrote the file.
   */
  constructor(catalog: Catalog, visitor: TraceVisitor) {
    this.#catalog = catalog;
    this.#visitor = visitor;
    this.#cursor = new RecordCursor(this.#bytes);
  }

  /** The version of the file's layout; 0 while it is not known, -1 for a file that cannot be read on. */
  get version(): number {
    return this.#version;
  }

  /** Takes the next bytes; chunk borders may fall anywhere. */
  push(chunk: Uint8Array): void {
    let taken = 0;
    if (chunk.length > SMALL_BYTES && this.#bytes.length < BUFFER_BYTES) this.#grow(BUFFER_BYTES);
    while (taken < chunk.length) {
      if (this.#version === -1) {
        this.#base += chunk.length - taken;
        return;
      }
      this.#makeRoom();
      const count = Math.min(this.#bytes.length - this.#end, chunk.length - taken);
      this.#bytes.set(chunk.subarray(taken, taken + count), this.#end);
      taken += count;
      this.#end += count;
      this.#drain();
    }
  }

  /** Says that the file ends here. */
  end(): void {
    if (this.#version === -1) {
      const length = this.#base - this.#damagedFrom;
      return this.#other("damaged", "", this.#damagedFrom, length, this.#damage);
    }
    if (this.#end === this.#start) return;
    const length = this.#end - this.#start;
    if (this.#version === 0 && !this.#couldBeHeader()) {
      return this.#other("damaged", "", this.#base + this.#start, length, "not a simpletrace file");
    }
    this.#other(
      "truncated",
      "",
      this.#base + this.#start,
      length,
      `${length} bytes of a record that is not whole`,
    );
  }

  #couldBeHeader(): boolean {
    return this.#bytes.subarray(this.#start, Math.min(this.#end, this.#start + 8)).every((byte) =>
      byte === 0xff
    );
  }

  #makeRoom(): void {
    if (this.#end < this.#bytes.length) return;
    if (this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
      this.#base += this.#start;
      this.#end -= this.#start;
      this.#start = 0;
      return;
    }
    this.#grow(this.#bytes.length * 2);
  }

  #grow(size: number): void {
    const grown = new Uint8Array(size);
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
    this.#cursor.bytes = grown;
    this.#cursor.words = new DataView(grown.buffer);
  }

  /** Gives up: everything from here on is one item. */
  #fail(at: number, why: string): void {
    this.#damage = why;
    this.#damagedFrom = this.#base + at;
    this.#base += this.#end;
    this.#start = this.#end = 0;
    this.#version = -1;
  }

  #readHeader(): boolean {
    if (this.#end - this.#start < HEADER_BYTES) return false;
    const { words } = this.#cursor;
    const at = this.#start;
    const little = words.getUint32(at + 8, true) === MAGIC_LOW &&
      words.getUint32(at + 12, true) === MAGIC_HIGH;
    const big = words.getUint32(at + 8, false) === MAGIC_HIGH &&
      words.getUint32(at + 12, false) === MAGIC_LOW;
    const isId = words.getUint32(at, true) === HEADER_ID_WORD &&
      words.getUint32(at + 4, true) === HEADER_ID_WORD;
    if (!isId || !(little || big)) {
      this.#fail(at, "not a simpletrace file");
      return false;
    }
    this.#cursor.little = little;
    const [low, high] = little ? [16, 20] : [20, 16];
    const version = words.getUint32(at + low, little);
    if (words.getUint32(at + high, little) !== 0 || version < 2 || version > 4) {
      this.#fail(
        at,
        `simpletrace version ${words.getBigUint64(at + 16, little)}, of which 2, 3 and 4 can be read`,
      );
      return false;
    }
    this.#other("header", "", this.#base + at, HEADER_BYTES, `simpletrace version ${version}`);
    this.#version = version;
    this.#start += HEADER_BYTES;
    if (version < 4) {
      const all = this.#catalog.declarations;
      const counted = version === 2 ? all.filter(({ properties }) => !properties.includes("disable")) : all;
      this.#direct = counted.map((declaration) => makeEntry(declaration.name, declaration));
    }
    return true;
  }

  #drain(): void {
    if (this.#version === 0 && !this.#readHeader()) return;
    const { words, little } = this.#cursor;
    const typed = this.#version === 4;
    const head = typed ? 32 : 24;
    let at = this.#start;
    const end = this.#end;
    while (at < end) {
      let record = at;
      if (typed) {
        if (end - at < 8) break;
        const low = words.getUint32(little ? at : at + 4, little);
        const high = words.getUint32(little ? at + 4 : at, little);
        if (high !== 0 || low > 1) return this.#fail(at, "a record type other than 0 and 1");
        if (low === 0) {
          const next = this.#readMapping(at, end);
          if (next === -1) return;
          if (next === 0) break;
          at = next;
          continue;
        }
        record = at + 8;
      }
      if (end - at < head) break;
      const length = words.getUint32(record + 16, little);
      if (length < 24 || length > RECORD_BYTES_MAX) {
        return this.#fail(at, `a record length of ${length} bytes`);
      }
      const next = record + length;
      if (next > end) break;
      this.#takeRecord(at, record, next);
      at = next;
    }
    this.#start = at;
  }

  /** Reads a mapping; returns where the next item begins, 0 if it is not whole yet, -1 after damage. */
  #readMapping(at: number, end: number): number {
    if (end - at < 20) return 0;
    const { words, little } = this.#cursor;
    const length = words.getUint32(at + 16, little);
    if (length > RECORD_BYTES_MAX) {
      this.#fail(at, `a name of ${length} bytes`);
      return -1;
    }
    const next = at + 20 + length;
    if (next > end) return 0;
    const name = latin1(this.#bytes, at + 20, next);
    const id = words.getBigUint64(at + 8, little);
    const entry = makeEntry(name, this.#catalog.get(name));
    if (id < BigInt(DIRECT_IDS)) {
      while (this.#direct.length <= Number(id)) this.#direct.push(undefined);
      this.#direct[Number(id)] = entry;
    } else this.#others.set(id, entry);
    this.#other("mapping", name, this.#base + at, next - at, `${id} is ${name}`);
    return next;
  }

  #takeRecord(from: number, at: number, next: number): void {
    const cursor = this.#cursor;
    const { words, little } = cursor;
    this.#record++;
    const low = words.getUint32(little ? at : at + 4, little);
    const high = words.getUint32(little ? at + 4 : at, little);
    if (high === 0xffffffff && low === LOST_LOW) {
      const lost = next - at >= 32 ? words.getBigUint64(at + 24, little) : 0n;
      return this.#other("lost-events", "", this.#base + from, next - from, String(lost));
    }
    const entry = high === 0 && low < DIRECT_IDS
      ? this.#direct[low]
      : this.#others.get(words.getBigUint64(at, little));
    if (entry?.declaration === undefined) {
      const text = entry === undefined ? `event ${words.getBigUint64(at, little)} has no name` : "";
      return this.#other("unknown-event", entry?.name ?? "", this.#base + from, next - from, text);
    }
    const { declaration, strings } = entry;
    const count = declaration.args.length;
    let place = at + 24;
    cursor.flags = 0;
    if (strings.length === 0) {
      for (let index = 0; index < count; index++, place += 8) cursor.places[index] = place;
    } else {
      for (let index = 0; index < count; index++) {
        cursor.places[index] = place;
        if (strings[index] === true) {
          const length = next - place >= 4 ? words.getUint32(place, little) : 0;
          if (length > STRING_BYTES_MAX) cursor.flags |= FLAG.extra;
          place += 4 + length;
        } else place += 8;
      }
    }
    if (place > next) {
      const text = "the record is shorter than the event's arguments";
      return this.#other("mismatch", declaration.name, this.#base + from, next - from, text);
    }
    if (place < next) cursor.flags |= FLAG.extra;
    cursor.declaration = declaration;
    cursor.time = at + 8;
    cursor.thread = this.#version === 2 ? 0 : words.getUint32(at + 20, little);
    cursor.line = this.#record;
    cursor.offset = this.#base + from;
    cursor.length = next - from;
    this.#visitor.event(cursor);
  }

  #other(kind: OtherKind, name: string, offset: number, length: number, text: string): void {
    this.#visitor.other?.({
      kind,
      line: Math.max(1, this.#record),
      column: 1,
      name,
      at: -1,
      offset,
      length,
      flags: 0,
      text: () => text.slice(0, 4096),
    });
  }
}
