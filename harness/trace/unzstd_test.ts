/**
 * Files of zstd, whole and damaged: what is delivered, and what is said of the rest.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { constants, zstdCompressSync } from "node:zlib";
import { type PackedDamage, UnzstdReader } from "./mod.ts";

/** Longer than a block of zstd. */
const TEXT = Array.from({ length: 9000 }, (_, index) => `1@1.000001:savevm_send_ping 0x${index * 7919}\n`)
  .join("");
const PACKED = pack(TEXT, 3);
/** A frame that decoders pass by: three bytes. */
const SKIPPED = Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);

function pack(text: string, level: number, checksum = 0): Uint8Array {
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = constants;
  const params = { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: checksum };
  return new Uint8Array(zstdCompressSync(new TextEncoder().encode(text), { params }));
}

function bytesOf(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => [...typeof part === "string" ? new TextEncoder().encode(part) : part]),
  );
}

function read(bytes: Uint8Array, chunk: number): { text: string; damage: PackedDamage | undefined } {
  const reader = new UnzstdReader();
  let text = "";
  for (let at = 0; at < bytes.length; at += chunk) {
    for (const piece of reader.push(bytes.subarray(at, at + chunk))) text += new TextDecoder().decode(piece);
  }
  return { text, damage: reader.end() };
}

/** The bytes with sixty-four of them overwritten, so that no block stands that. */
function spoil(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.slice().fill(0xff, at, at + 64);
}

Deno.test("zstd: what is whole is delivered whole, whatever its frames and chunks", async (t) => {
  const table: [because: string, bytes: Uint8Array, text: string][] = [
    ["one frame", PACKED, TEXT],
    ["two frames, of which node:zlib's own reader drops one", bytesOf(PACKED, PACKED), TEXT + TEXT],
    ["frames to skip", bytesOf(SKIPPED, PACKED, SKIPPED, PACKED, SKIPPED), TEXT + TEXT],
    ["a checksum", bytesOf(pack(TEXT, 1, 1), pack("x\n", 1, 1)), `${TEXT}x\n`],
    ["an empty frame", bytesOf(pack("", 3), PACKED), TEXT],
    ["one byte again and again", pack("\0".repeat(1 << 20), 3), "\0".repeat(1 << 20)],
    ["what does not shrink", pack(TEXT.slice(0, 20), 3), TEXT.slice(0, 20)],
  ];
  for (const [because, bytes, text] of table) {
    await t.step(because, () => {
      for (const chunk of [bytes.length, 1000, 1]) {
        const found = read(bytes, chunk);
        assertEquals(found.damage, undefined);
        assert(found.text === text);
      }
    });
  }
});

Deno.test("zstd: a file that is cut anywhere ends too early, though node:zlib takes it for whole", () => {
  const file = bytesOf(PACKED, SKIPPED, pack("x\n", 1, 1));
  const whole = new Set([PACKED.length, PACKED.length + SKIPPED.length]);
  for (let length = 0; length < file.length; length += length < file.length - 60 ? 97 : 1) {
    if (whole.has(length)) continue;
    const { text, damage } = read(file.subarray(0, length), 1 << 16);
    assertEquals(damage, { reason: "its compressed data ends too early", offset: length });
    assert(`${TEXT}x\n`.startsWith(text));
  }
});

Deno.test("zstd: damage is named, and what came before it is delivered", async (t) => {
  const sum = pack(TEXT, 3, 1);
  const table: [because: string, bytes: Uint8Array, reason: RegExp][] = [
    [
      "a byte of a block",
      spoil(PACKED, PACKED.length - 2000),
      /^its compressed data is damaged$/,
    ],
    [
      "the checksum",
      sum.with(sum.length - 1, 255 - (sum.at(-1) as number)),
      /^its compressed data is damaged$/,
    ],
    ["text behind it", bytesOf(PACKED, "1@1.000001:x \n"), /^what follows its compressed data is not zstd$/],
  ];
  for (const [because, bytes, reason] of table) {
    await t.step(because, () => {
      for (const chunk of [bytes.length, 1000]) {
        const { text, damage } = read(bytes, chunk);
        assert(reason.test(damage?.reason ?? ""), damage?.reason);
        assert(text !== "" && TEXT.startsWith(text), `${text.length} of ${TEXT.length}`);
      }
    });
  }
});
