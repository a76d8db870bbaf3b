/**
 * What a multifd packet is: its sizes, its flags, and what compression leaves of its pages.
 *
 * @see QEMU migration/multifd.h, multifd-zlib.c, multifd-zstd.c and facts/precopy.md 6.1
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import { COSTS } from "./calibration.ts";
import type { RamBlock } from "./ram.ts";

/** Pages of a full packet: 512 KiB. */
export const PACKET_PAGES = 128;
/** A packet's header, which always has room for 128 offsets. */
export const PACKET_HEADER_BYTES = 320 + 8 * PACKET_PAGES;
/** What a channel says first; not a packet. */
export const INITIAL_BYTES = 64;
/** MULTIFD_FLAG_SYNC. */
export const FLAG_SYNC = 1;

/** How the pages of a packet are written. */
export interface Compression {
  /** Its bits in the flags of data packets. */
  readonly flag: number;
  /** Bytes that are left of a page that a few words are written in. */
  readonly plainBytes: number;
  /** Bytes of a page that cannot be made smaller. */
  readonly randomBytes: number;
  /** Microseconds to compress a page of either kind. */
  readonly plainMicros: number;
  readonly randomMicros: number;
}

/** Sizes and times: medians of the full packets of multifd-zlib and multifd-zstd, level 1. */
export const COMPRESSIONS: Readonly<Record<string, Compression>> = {
  none: {
    flag: 0,
    plainBytes: PAGE_SIZE,
    randomBytes: PAGE_SIZE,
    plainMicros: 0,
    randomMicros: 0,
  },
  zlib: {
    flag: 2,
    plainBytes: 24.09,
    randomBytes: PAGE_SIZE + 1.289,
    plainMicros: COSTS.zlibPlainPage,
    randomMicros: COSTS.zlibRandomPage,
  },
  zstd: {
    flag: 4,
    plainBytes: 5.72,
    randomBytes: PAGE_SIZE + 0.094,
    plainMicros: COSTS.zstdPlainPage,
    randomMicros: COSTS.zstdRandomPage,
  },
};

/** Pages on their way to a channel, all of one RAMBlock. The list is used over and over. */
export class Batch {
  block: RamBlock | null = null;
  count = 0;
  readonly pages = new Int32Array(PACKET_PAGES);

  get isFull(): boolean {
    return this.count === PACKET_PAGES;
  }

  /** Empties the batch. */
  clear(): void {
    this.block = null;
    this.count = 0;
  }
}
