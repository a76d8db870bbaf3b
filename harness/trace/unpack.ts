/**
 * What is packed in a compressed trace, told from its first bytes: gzip or zstd.
 *
 * @module
 */
import { GunzipReader, isGzip } from "./gunzip.ts";
import { isZstd, UnzstdReader } from "./unzstd.ts";

/** Why a file is not taken apart any further. What was delivered before is good as far as the decoder can tell. */
export interface PackedDamage {
  /** What is wrong, as a sentence about the data: `its compressed data ends too early`. */
  readonly reason: string;
  /** Offset in the file where it was noticed: of the trailer for a wrong checksum or length. */
  readonly offset: number;
}

/** A compressed file that cannot be read on; what came before the damage was delivered. */
export class DamagedFile extends Error {
  constructor(readonly damage: PackedDamage) {
    super(`${damage.reason}, at byte ${damage.offset} of the file`);
  }
}

/** Whether a file is compressed in a way that {@linkcode unpack} knows; its first four bytes are enough. */
export function isPacked(head: Uint8Array): boolean {
  return isGzip(head) || isZstd(head);
}

/**
 * What is packed in a stream, in pieces of bounded size, each valid until the next.
 *
 * @param head The first bytes of the source, four or more if it has as many.
 * @throws {DamagedFile} Where it cannot be read on.
 */
export async function* unpack(
  head: Uint8Array,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const reader = isZstd(head) ? new UnzstdReader() : new GunzipReader();
  try {
    for await (const chunk of source) {
      yield* reader.push(chunk);
      if (reader.damage !== undefined) break;
    }
  } finally {
    reader.end();
  }
  if (reader.damage !== undefined) throw new DamagedFile(reader.damage);
}
