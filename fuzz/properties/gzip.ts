/**
 * The wrapper of compressed logs under attack: the reader never throws, does not care about chunks, keeps memory
 * bounded whatever is packed, and says what a plain reader says that has the whole file in memory.
 *
 * @module
 */
import fc from "fast-check";
import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { GunzipReader, joinBytes } from "../../mod.ts";
import { anyDamage, damage } from "../arbitraries/damage.ts";
import { anyString } from "../arbitraries/event.ts";
import { REAL_LINES } from "../arbitraries/real_lines.ts";
import type { FuzzTarget } from "../target.ts";
import { insist, toBytes } from "./insist.ts";
import { readPieces, type Unpacked } from "./read_pieces.ts";

/** A text, which may be long. */
interface Whole {
  readonly sum: number;
  readonly length: number;
}

interface GzipCase {
  readonly bytes: Uint8Array;
  readonly chunk: number;
  /** What is packed, if nothing happened to the file. */
  readonly whole: Whole | null;
}

const FLAGS = { text: 1, headerChecksum: 2, extra: 4, name: 8, comment: 16 } as const;
/** Past this the comparison of every byte chunk alone costs more than it can find. */
const SLOW_BYTES = 256;

/** A text and how it is packed. */
interface Packed {
  readonly plain: Uint8Array;
  readonly sum: number;
  readonly body: Uint8Array;
}

/** Packs a text as deflate does; or, at level 0, stores it as it is in one block of at most 65535 bytes. */
function pack(text: string, level: number): Packed {
  const plain = toBytes(text);
  const sum = crc32(plain);
  if (level > 0) return { plain, sum, body: new Uint8Array(deflateRawSync(plain, { level })) };
  const [low, high] = [plain.length & 0xff, plain.length >>> 8];
  return { plain, sum, body: joinBytes([Uint8Array.of(1, low, high, low ^ 0xff, high ^ 0xff), plain]) };
}

/**
 * Packed texts are made once, since packing costs more than all the rest: long runs that unpack to a thousand times
 * their size, parts of the real lines of several lengths, and nothing at all.
 */
function makeShelf(): { readonly big: readonly Packed[]; readonly small: readonly Packed[] } {
  const big = [pack("\0".repeat(1 << 18), 9), pack("1@1.000001:ram_load_start \n".repeat(4000), 6)];
  const small = [pack("", 6)];
  for (let index = 0; index < 60; index++) {
    const from = (index * 37) % REAL_LINES.length;
    const text = `${REAL_LINES.slice(from, from + 1 + (index % 20)).join("\n")}\n`;
    small.push(pack(text, 1 + (index % 9)));
  }
  return { big, small };
}

let made: ReturnType<typeof makeShelf> | undefined;
const shelf = () => made ??= makeShelf();

const anyPacked: fc.Arbitrary<Packed> = fc.oneof(
  { weight: 3, arbitrary: fc.nat(60).map((index) => shelf().small[index] as Packed) },
  { weight: 1, arbitrary: anyString.map((text) => pack(text.slice(0, 0xffff), 0)) },
);
const anyBig: fc.Arbitrary<Packed> = fc.nat(1).map((index) => shelf().big[index] as Packed);

interface Member {
  readonly packed: Packed;
  readonly flags: number;
  readonly extra: readonly number[];
  readonly name: string;
  readonly comment: string;
  /** NULs behind it. */
  readonly padding: number;
}

const anyMember = (packed: fc.Arbitrary<Packed>): fc.Arbitrary<Member> =>
  fc.record({
    packed,
    flags: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, FLAGS.name) }, {
      weight: 1,
      arbitrary: fc.nat(31),
    }),
    extra: fc.array(fc.nat(255), { maxLength: 6 }),
    name: fc.constantFrom("", "src.trace", "a\xffb"),
    comment: fc.constantFrom("", "rotated\n"),
    padding: fc.constantFrom(0, 0, 0, 0, 1, 7, 512),
  });

function wordOf(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (value >>> (8 * index)) & 0xff);
}

/** The bytes of a member, every optional part of its header that its flags name included. */
function write({ packed: { plain, sum, body }, flags, extra, name, comment, padding }: Member): Uint8Array[] {
  const head = [0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3];
  if ((flags & FLAGS.extra) !== 0) head.push(...wordOf(extra.length, 2), ...extra);
  if ((flags & FLAGS.name) !== 0) head.push(...toBytes(name), 0);
  if ((flags & FLAGS.comment) !== 0) head.push(...toBytes(comment), 0);
  if ((flags & FLAGS.headerChecksum) !== 0) head.push(...wordOf(crc32(Uint8Array.from(head)), 2));
  const trailer = [...wordOf(sum, 4), ...wordOf(plain.length, 4)];
  return [Uint8Array.from(head), body, Uint8Array.from(trailer), new Uint8Array(padding)];
}

/** What follows the last member. */
const anyRest = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "\x1f",
      "\x1f\x8b",
      "\x1f\x8b\x08",
      "\n",
      "1@1.000001:ram_load_start \n",
      "\0\x1f",
    ),
  },
);

/** Damage that keeps to the wrapper: the head's ten bytes, or the trailer's eight. */
const anyWrapperDamage = fc.record({
  isHead: fc.boolean(),
  place: fc.nat(9),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 4, 8, 16, 32, 64, 128, 255)),
});

const anyCase: fc.Arbitrary<GzipCase> = fc.record({
  members: fc.oneof(
    { weight: 800, arbitrary: fc.array(anyMember(anyPacked), { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: anyMember(anyBig).map((one) => [one]) },
  ),
  rest: anyRest,
  wrapper: fc.option(anyWrapperDamage, { freq: 4 }),
  damaged: anyDamage,
  chunk: fc.constantFrom(1, 3, 64, 64, 1000),
}).map(({ members, rest, wrapper, damaged, chunk }) => {
  const bytes = joinBytes([...members.flatMap(write), toBytes(rest)]);
  if (wrapper !== null) {
    const { isHead, place, byte } = wrapper;
    const at = isHead ? place : bytes.length - 1 - place;
    if (at >= 0 && at < bytes.length) bytes[at] = byte;
  }
  const isWhole = rest === "" && wrapper === null && damaged.length === 0;
  const whole = isWhole ? wholeOf(members) : null;
  return { bytes: damage(bytes, damaged), chunk, whole };
});

function wholeOf(members: readonly Member[]): Whole {
  let [sum, length] = [0, 0];
  for (const { packed: { plain } } of members) {
    sum = crc32(plain, sum);
    length += plain.length;
  }
  return { sum, length };
}

/** The plain reader: RFC 1952 line by line, on a file that is in memory. Damage inside deflate is node:zlib's to find. */
function readPlain(bytes: Uint8Array): Unpacked | undefined {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let [sum, length, at] = [0, 0, 0];
  const stop = (reason: string, offset: number): Unpacked => ({ sum, length, damage: { reason, offset } });
  const early = () => stop("its compressed data ends too early", bytes.length);
  for (let member = 0;; member++) {
    while (member > 0 && bytes[at] === 0) at++;
    if (at === bytes.length) return member === 0 ? early() : { sum, length, damage: undefined };
    const start = at;
    for (const [index, byte] of [0x1f, 0x8b].entries()) {
      if (at + index >= bytes.length) return early();
      if (bytes[at + index] === byte) continue;
      return stop(member === 0 ? "it is not gzip" : "what follows its compressed data is not gzip", start);
    }
    if (at + 2 >= bytes.length) return early();
    if (bytes[at + 2] !== 8) return stop("its compression method is unknown", at + 2);
    if (at + 3 >= bytes.length) return early();
    const flags = bytes[at + 3] as number;
    if (flags > 31) return stop("its gzip header has unknown flags", at + 3);
    at += 10;
    if ((flags & FLAGS.extra) !== 0) {
      if (at + 2 > bytes.length) return early();
      at += 2 + words.getUint16(at, true);
    }
    for (const bit of [FLAGS.name, FLAGS.comment]) {
      if ((flags & bit) === 0) continue;
      const end = bytes.indexOf(0, at);
      if (end === -1) return early();
      at = end + 1;
    }
    if ((flags & FLAGS.headerChecksum) !== 0) {
      if (at + 2 > bytes.length) return early();
      if (words.getUint16(at, true) !== (crc32(bytes.subarray(start, at)) & 0xffff)) {
        return stop("the checksum of its gzip header is wrong", at);
      }
      at += 2;
    }
    if (at >= bytes.length) return early();
    const body = inflateWhole(bytes.subarray(at));
    if (body === undefined) return undefined;
    const { text, used } = body;
    sum = crc32(text, sum);
    length += text.length;
    at += used;
    if (at + 8 > bytes.length) return early();
    if (words.getUint32(at, true) !== crc32(text)) {
      return stop("the checksum of its compressed data is wrong", at);
    }
    if (words.getUint32(at + 4, true) !== text.length) {
      return stop("the length of its compressed data is wrong", at + 4);
    }
    at += 8;
  }
}

/** All of one stream of deflate and how many bytes it has; nothing if it does not come to its end. */
function inflateWhole(bytes: Uint8Array): { text: Uint8Array; used: number } | undefined {
  try {
    const { buffer, engine } = inflateRawSync(bytes, { info: true }) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    return { text: buffer, used: engine.bytesWritten };
  } catch {
    return undefined;
  }
}

function check({ bytes, chunk, whole: packed }: GzipCase): void {
  const whole = readPieces(new GunzipReader(), bytes, Math.max(1, bytes.length));
  const { damage: found } = whole;
  insist(
    found === undefined || (found.offset >= 0 && found.offset <= bytes.length),
    "damage is in the file",
    found,
  );
  if (chunk >= 64 || bytes.length <= SLOW_BYTES) {
    const pieces = readPieces(new GunzipReader(), bytes, chunk);
    insist(JSON.stringify(pieces) === JSON.stringify(whole), "chunk borders change nothing", {
      whole,
      pieces,
    });
  }
  if (packed !== null) {
    insist(JSON.stringify(whole) === JSON.stringify(packed), "a whole file gives what was packed", {
      whole,
      packed,
    });
  }
  const simple = readPlain(bytes);
  if (simple === undefined) {
    insist(found !== undefined, "what zlib cannot read is damaged", whole);
    insist(
      found?.reason === "its compressed data is damaged" || found?.offset === bytes.length,
      "damaged data is damaged where it is or at its end",
      whole,
    );
  } else {insist(JSON.stringify(simple) === JSON.stringify(whole), "the plain reader says the same", {
      simple,
      whole,
    });}
}

/** The target `gzip`. */
export const GZIP: FuzzTarget<GzipCase> = {
  name: "gzip",
  summary: "compressed logs: never throws, chunks do not matter, memory bounded, agrees with a plain reader",
  layer: "trace",
  weight: 3,
  arbitrary: anyCase,
  check,
  encode: ({ bytes, chunk, whole }) => ({
    "input.gz": bytes,
    "case.json": new TextEncoder().encode(`${JSON.stringify({ chunk, whole })}\n`),
  }),
  decode: (files) => ({
    bytes: files["input.gz"] ?? new Uint8Array(),
    ...JSON.parse(new TextDecoder().decode(files["case.json"])),
  }),
};
