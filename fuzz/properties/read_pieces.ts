/**
 * A compressed file through one of the product's readers, in chunks; what comes of it is summed rather than kept.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import type { PackedDamage } from "../../mod.ts";
import { insist } from "./insist.ts";

/** Bytes of the longest piece that a reader may hand on. */
const PIECE_BYTES_MAX = 1 << 16;

/** What is common to GunzipReader and UnzstdReader. */
export interface PieceReader {
  push(chunk: Uint8Array): Iterable<Uint8Array>;
  end(): PackedDamage | undefined;
}

/** What came of a file: CRC-32 and bytes of the text, and where it is damaged. */
export interface Unpacked {
  readonly sum: number;
  readonly length: number;
  readonly damage: PackedDamage | undefined;
}

/** @throws {Error} If a piece is empty or longer than 64 KiB. */
export function readPieces(reader: PieceReader, bytes: Uint8Array, chunk: number): Unpacked {
  let [sum, length] = [0, 0];
  for (let at = 0; at < bytes.length; at += chunk) {
    for (const piece of reader.push(bytes.subarray(at, at + chunk))) {
      insist(piece.length > 0 && piece.length <= PIECE_BYTES_MAX, "pieces are bounded", piece.length);
      sum = crc32(piece, sum);
      length += piece.length;
    }
  }
  return { sum, length, damage: reader.end() };
}
