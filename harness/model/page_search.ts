/**
 * The page search: QEMU's walk over the dirty bitmaps, block by block, that goes on where it stopped.
 *
 * @see QEMU migration/ram.c (find_dirty_block, migration_clear_memory_region_dirty_bitmap), facts/precopy.md 2.3, 2.4
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import { lowestBit, lowMask } from "./bitmap.ts";
import { COSTS } from "./calibration.ts";
import type { Guest } from "./guest.ts";
import type { Thread } from "./kernel.ts";
import { seenInSlots, traceSlotClears } from "./kvm_slots.ts";
import { CHUNK_SHIFT, type Ram, type RamBlock } from "./ram.ts";

/** Bytes of a chunk of the log clear. */
const CHUNK_BYTES = 2 ** CHUNK_SHIFT * PAGE_SIZE;

/** Where the search stands. */
export class PageSearch {
  blockIndex = 0;
  page = 0;

  constructor(
    readonly ram: Ram,
    readonly guest: Guest,
    readonly thread: Thread,
  ) {}

  /**
   * Moves to the next dirty page. There is one.
   *
   * @returns The page's block; null when the search has just passed the end of the list and stands at its start.
   */
  find(): RamBlock | null {
    const { blocks } = this.ram;
    for (;;) {
      const block = blocks[this.blockIndex];
      if (block === undefined) {
        this.blockIndex = 0;
        this.page = 0;
        return null;
      }
      const { bmap, words } = block;
      let word = this.page >>> 5;
      let dirty = word < words ? (bmap[word] ?? 0) & ~lowMask(this.page & 31) : 0;
      while (dirty === 0 && ++word < words) dirty = bmap[word] ?? 0;
      if (dirty !== 0) {
        this.page = word * 32 + lowestBit(dirty);
        return block;
      }
      this.blockIndex++;
      this.page = 0;
    }
  }

  /**
   * Whether more is to be sent of the huge page of the host that the last page lies in; null where pages are small.
   *
   * @see QEMU migration/ram.c (ram_save_host_page, pss_within_range)
   */
  get withinHostPage(): boolean | null {
    const block = this.ram.blocks[this.blockIndex];
    if (block === undefined || block.hostShift === 0 || this.page === 0) return null;
    const end = (((this.page - 1) >>> block.hostShift) + 1) << block.hostShift;
    for (let at = this.page; at < end; at = (at | 31) + 1) {
      if (((block.bmap[at >>> 5] ?? 0) & ~lowMask(at & 31)) !== 0) return true;
    }
    return false;
  }

  /** A search that finds nothing has passed the end of the list, and ends behind the block it began in. */
  walkOverEnd(): void {
    this.page = this.ram.blocks[this.blockIndex]?.pages ?? 0;
  }

  /** Clears the log of the chunk that holds the position, if that is still owed. */
  clearChunk(block: RamBlock): void {
    const { chunks } = block;
    if (chunks === null) return;
    const chunk = this.page >>> CHUNK_SHIFT;
    if (chunks[chunk] !== 1) return;
    const { guest, thread } = this;
    // Only where a clear takes something from the log does it matter which writes came before it.
    const isKvm = this.ram.kind === "kvm";
    if (isKvm) guest.advance(thread.now);
    const seen = isKvm ? seenInSlots(block, chunk) : [];
    this.ram.clearChunk(block, chunk);
    thread.trace("migration_bitmap_clear_dirty", {
      str: block.name,
      start: chunk * CHUNK_BYTES,
      size: CHUNK_BYTES,
      page: this.page,
    });
    thread.spend(COSTS.step);
    if (isKvm) traceSlotClears(thread, block, chunk, seen);
  }
}
