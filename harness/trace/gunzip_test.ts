/**
 * Files of gzip, whole and damaged: what is delivered, and what is said of the rest.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { DamagedFile, GunzipReader, type PackedDamage, unpack } from "./mod.ts";

const TEXT = Array.from({ length: 400 }, (_, index) => `1@1.000001:savevm_send_ping 0x${index * 7919}\n`)
  .join("");
const PACKED = new Uint8Array(gzipSync(TEXT));

function bytesOf(...parts: readonly (Uint8Array | readonly number[] | string)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === "string" ? [...new TextEncoder().encode(part)] : [...part]),
  );
}

function read(bytes: Uint8Array, chunk = bytes.length): { text: string; damage: PackedDamage | undefined } {
  const reader = new GunzipReader();
  let text = "";
  for (let at = 0; at < bytes.length; at += chunk) {
    for (const piece of reader.push(bytes.subarray(at, at + chunk))) text += new TextDecoder().decode(piece);
  }
  return { text, damage: reader.end() };
}

/** A member with every optional part of the header. */
function member(flags: number, checksum?: number): Uint8Array {
  const head = bytesOf(
    [0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3],
    (flags & 4) !== 0 ? [3, 0, 0, 1, 2] : [],
    (flags & 8) !== 0 ? "src.trace\0" : "",
    (flags & 16) !== 0 ? "rotated\0" : "",
  );
  const sum = checksum ?? crc32(head) & 0xffff;
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc32(TEXT), true);
  trailer.setUint32(4, TEXT.length, true);
  return bytesOf(
    head,
    (flags & 2) !== 0 ? [sum & 255, sum >>> 8] : [],
    new Uint8Array(deflateRawSync(TEXT)),
    new Uint8Array(trailer.buffer),
  );
}

Deno.test("gzip: what is whole is delivered whole, whatever its parts and chunks", async (t) => {
  const empty = new Uint8Array(gzipSync(""));
  const table: [because: string, bytes: Uint8Array, times: number][] = [
    ["one member", PACKED, 1],
    ["two members, as cat joins rotated logs", bytesOf(PACKED, PACKED), 2],
    ["NULs behind it, as tapes leave them", bytesOf(PACKED, new Uint8Array(512)), 1],
    ["a member behind NULs, which node:zlib's own reader loses", bytesOf(PACKED, [0, 0, 0], PACKED), 2],
    ["an empty member", empty, 0],
    ["an empty member between two", bytesOf(PACKED, empty, PACKED), 2],
    ...Array.from(
      { length: 32 },
      (_, flags): [string, Uint8Array, number] => [`header flags ${flags}`, member(flags), 1],
    ),
  ];
  for (const [because, bytes, times] of table) {
    await t.step(because, () => {
      for (const chunk of [bytes.length, 1, 7]) {
        assertEquals(read(bytes, chunk), { text: TEXT.repeat(times), damage: undefined });
      }
    });
  }
});

Deno.test("gzip: damage is named with its byte, and what came before it is delivered", async (t) => {
  const end = PACKED.length;
  const set = (at: number, byte: number) => PACKED.with(at, byte);
  const table: [
    because: string,
    bytes: Uint8Array,
    reason: string,
    offset: number,
    text: "all" | "part" | "none",
  ][] = [
    ["no byte at all", new Uint8Array(), "its compressed data ends too early", 0, "none"],
    ["the head is cut", PACKED.subarray(0, 6), "its compressed data ends too early", 6, "none"],
    [
      "the body is cut",
      PACKED.subarray(0, end - 100),
      "its compressed data ends too early",
      end - 100,
      "part",
    ],
    ["the trailer is cut", PACKED.subarray(0, end - 3), "its compressed data ends too early", end - 3, "all"],
    [
      "the trailer is missing",
      PACKED.subarray(0, end - 8),
      "its compressed data ends too early",
      end - 8,
      "all",
    ],
    [
      "the checksum",
      set(end - 8, PACKED[end - 8]! ^ 1),
      "the checksum of its compressed data is wrong",
      end - 8,
      "all",
    ],
    [
      "the length",
      set(end - 4, PACKED[end - 4]! ^ 1),
      "the length of its compressed data is wrong",
      end - 4,
      "all",
    ],
    ["the method", set(2, 7), "its compression method is unknown", 2, "none"],
    ["flags of the future", set(3, 32), "its gzip header has unknown flags", 3, "none"],
    ["the header's checksum", member(2, 1), "the checksum of its gzip header is wrong", 10, "none"],
    ["the first block's kind", set(10, 0xff), "its compressed data is damaged", 11, "none"],
    [
      "text behind it",
      bytesOf(PACKED, "1@1.0:x\n"),
      "what follows its compressed data is not gzip",
      end,
      "all",
    ],
    ["half a head behind it", bytesOf(PACKED, [0x1f]), "its compressed data ends too early", end + 1, "all"],
    ["not gzip at all", bytesOf("plain"), "it is not gzip", 0, "none"],
  ];
  for (const [because, bytes, reason, offset, delivered] of table) {
    await t.step(because, () => {
      for (const chunk of [Math.max(1, bytes.length), 1, 7]) {
        const { text, damage } = read(bytes, chunk);
        assertEquals(damage, { reason, offset });
        if (delivered === "part") {
          assert(text !== "" && text !== TEXT && TEXT.startsWith(text), text.slice(-80));
        } else assertEquals(text, delivered === "all" ? TEXT : "");
      }
    });
  }
});

Deno.test("gzip: a bomb comes in pieces of 64 KiB, however much a byte of it holds", () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(64 << 20)));
  assert(bomb.length < 70_000);
  const reader = new GunzipReader();
  let [bytes, largest] = [0, 0];
  for (const piece of reader.push(bomb)) {
    bytes += piece.length;
    largest = Math.max(largest, piece.length);
  }
  assertEquals([bytes, largest, reader.end()], [64 << 20, 1 << 16, undefined]);
});

Deno.test("unpack throws what is damaged behind what it delivered, and reads the source no further", async () => {
  let taken = 0;
  async function* source(): AsyncGenerator<Uint8Array> {
    for (const part of [PACKED, bytesOf("no gzip"), PACKED]) {
      taken++;
      yield await Promise.resolve(part);
    }
  }
  let text = "";
  const error = await assertRejects(async () => {
    for await (const piece of unpack(PACKED, source())) text += new TextDecoder().decode(piece);
  }, DamagedFile);
  assertEquals([text, taken, error.damage.offset], [TEXT, 2, PACKED.length]);
});
