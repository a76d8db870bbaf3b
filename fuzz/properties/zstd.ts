/**
 * The reader of zstd logs under attack: it never throws, does not care about chunks, keeps memory bounded whatever is
 * packed, gives all frames of a whole file, and never takes a file that was cut for a whole one.
 *
 * @module
 */
import fc from "fast-check";
import { constants, crc32, zstdCompressSync } from "node:zlib";
import { joinBytes, UnzstdReader } from "../../mod.ts";
import { anyDamage, damage } from "../arbitraries/damage.ts";
import { REAL_LINES } from "../arbitraries/real_lines.ts";
import type { FuzzTarget } from "../target.ts";
import { insist, toBytes } from "./insist.ts";
import { readPieces } from "./read_pieces.ts";

interface ZstdCase {
  readonly bytes: Uint8Array;
  readonly chunk: number;
  /** What is packed, if nothing happened to the file. */
  readonly whole: { readonly sum: number; readonly length: number } | null;
  /** Whether all that happened to the file is that it lost its end, inside a frame. */
  readonly isCut: boolean;
}

interface Frame {
  readonly plain: Uint8Array;
  readonly body: Uint8Array;
}

function pack(text: string, level: number, checksum: number): Frame {
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = constants;
  const params = { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: checksum };
  const plain = toBytes(text);
  return { plain, body: new Uint8Array(zstdCompressSync(plain, { params })) };
}

/** Packed once, since packing costs more than all the rest. The first two are long. */
function makeShelf(): readonly Frame[] {
  const shelf = [
    pack("\0".repeat(1 << 19), 3, 0),
    pack(REAL_LINES.join("\n").repeat(6), 1, 1),
    pack("", 3, 1),
  ];
  for (let index = 0; index < 60; index++) {
    const from = (index * 37) % REAL_LINES.length;
    const text = `${REAL_LINES.slice(from, from + 1 + (index % 20)).join("\n")}\n`;
    shelf.push(pack(text, index % 3 === 0 ? -5 : 1 + (index % 9), index % 2));
  }
  return shelf;
}

let made: readonly Frame[] | undefined;
const shelfAt = (index: number): Frame => (made ??= makeShelf())[index] as Frame;

/** A frame that decoders pass by. */
const anySkipped: fc.Arbitrary<Frame> = fc.record({
  mark: fc.nat(15),
  bytes: fc.array(fc.nat(255), { maxLength: 9 }),
})
  .map(({ mark, bytes }) => ({
    plain: new Uint8Array(),
    body: Uint8Array.of(0x50 + mark, 0x2a, 0x4d, 0x18, bytes.length, 0, 0, 0, ...bytes),
  }));

const anyFrame = fc.oneof(
  { weight: 400, arbitrary: fc.integer({ min: 2, max: 62 }).map(shelfAt) },
  { weight: 80, arbitrary: anySkipped },
  { weight: 1, arbitrary: fc.nat(1).map(shelfAt) },
);

const anyCase: fc.Arbitrary<ZstdCase> = fc.record({
  frames: fc.array(anyFrame, { minLength: 1, maxLength: 3 }),
  cut: fc.option(fc.integer({ min: 0, max: 0xffff }), { freq: 3 }),
  damaged: anyDamage,
  chunk: fc.constantFrom(1, 7, 64, 1000),
}).map(({ frames, cut, damaged, chunk }) => {
  const file = joinBytes(frames.map(({ body }) => body));
  if (cut === null) {
    const plain = joinBytes(frames.map((one) => one.plain));
    const whole = damaged.length === 0 ? { sum: crc32(plain), length: plain.length } : null;
    return { bytes: damage(file, damaged), chunk, whole, isCut: false };
  }
  const length = Math.floor(cut * file.length / 0x10000);
  let border = 0;
  for (const { body } of frames) if (border < length) border += body.length;
  return { bytes: file.subarray(0, length), chunk, whole: null, isCut: length === 0 || border !== length };
});

function read(bytes: Uint8Array, chunk: number): { sum: number; length: number; reason: string } {
  const { sum, length, damage: found } = readPieces(new UnzstdReader(), bytes, chunk);
  const isInFile = found === undefined || (found.offset >= 0 && found.offset <= bytes.length);
  insist(isInFile, "damage is in the file", found);
  return { sum, length, reason: found?.reason ?? "" };
}

function check({ bytes, chunk, whole, isCut }: ZstdCase): void {
  const seen = read(bytes, Math.max(1, bytes.length));
  const pieces = read(bytes, chunk);
  // A block that is damaged gives nothing, or what was before the damage, as the decoder happens to be fed.
  const same = seen.reason === ""
    ? JSON.stringify(pieces) === JSON.stringify(seen)
    : pieces.reason === seen.reason;
  insist(same, "chunk borders change nothing", { seen, pieces });
  if (isCut) {
    insist(seen.reason === "its compressed data ends too early", "a file that is cut ends too early", seen);
  }
  if (whole === null) return;
  const expected = { ...whole, reason: "" };
  insist(JSON.stringify(seen) === JSON.stringify(expected), "a whole file gives what was packed", {
    seen,
    expected,
  });
}

/** The target `zstd`. */
export const ZSTD: FuzzTarget<ZstdCase> = {
  name: "zstd",
  summary:
    "logs packed by zstd: never throws, all frames, chunks do not matter, what is cut never passes for whole",
  layer: "trace",
  weight: 3,
  arbitrary: anyCase,
  check,
  encode: ({ bytes, ...rest }) => ({
    "input.zst": bytes,
    "case.json": new TextEncoder().encode(`${JSON.stringify(rest)}\n`),
  }),
  decode: (files) => ({
    bytes: files["input.zst"] ?? new Uint8Array(),
    ...JSON.parse(new TextDecoder().decode(files["case.json"])),
  }),
};
