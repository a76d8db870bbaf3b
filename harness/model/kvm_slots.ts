/**
 * KVM's memory slots: what of its log is cleared when a chunk of a RAMBlock is.
 *
 * @see QEMU accel/kvm/kvm-all.c (kvm_physical_log_clear)
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import { countRange } from "./bitmap.ts";
import { COSTS } from "./calibration.ts";
import type { Thread } from "./kernel.ts";
import { CHUNK_SHIFT, type RamBlock } from "./ram.ts";

/**
 * KVM's memory slots of the i440FX machine as ranges of RAMBlock pages: what is below 1 MiB is cut up by the PAM areas
 * (precopy-kvm-bw48-dr8).
 */
const KVM_SLOTS: Readonly<Record<string, readonly (readonly [slot: number, start: number, end: number])[]>> =
  {
    "pc.ram": [[0, 0, 195], [1, 195, 232], [2, 232, 240], [4, 240, 256], [5, 256, Infinity]],
    "pc.bios": [[3, 0, 64]],
  };

/** A part of a KVM memory slot, in pages. */
export interface SlotRange {
  readonly slot: number;
  /** First page, counted from the start of the slot. */
  readonly start: number;
  /** First page, counted from the start of the block. */
  readonly first: number;
  readonly pages: number;
}

/** The parts of KVM's slots that a range of a block's pages lies in. */
export function slotsOf({ name, pages }: RamBlock, from: number, to: number): SlotRange[] {
  const ranges: SlotRange[] = [];
  for (const [slot, start, end] of KVM_SLOTS[name] ?? []) {
    const first = Math.max(from, start);
    const last = Math.min(to, end, pages);
    if (first < last) ranges.push({ slot, start: first - start, first, pages: last - first });
  }
  return ranges;
}

/** How many pages of each of its slots a clear of a chunk is going to clear: those that the last sync has seen. */
export function seenInSlots(block: RamBlock, chunk: number): number[] {
  const { seen } = block;
  return seen === null
    ? []
    : slotsOfChunk(block, chunk).map(({ first, pages }) => countRange(seen, first, first + pages));
}

/**
 * KVM is told to clear its log of a chunk, slot by slot.
 *
 * @param seen Pages that are cleared in each slot, of {@linkcode seenInSlots}.
 */
export function traceSlotClears(
  thread: Thread,
  block: RamBlock,
  chunk: number,
  seen: readonly number[],
): void {
  for (const [index, { slot, start, pages }] of slotsOfChunk(block, chunk).entries()) {
    thread.spend((seen[index] ?? 0) * COSTS.kvmClearPage);
    thread.trace("kvm_clear_dirty_log", { slot, start: start * PAGE_SIZE, size: pages });
    thread.spend(COSTS.step * 2);
  }
}

function slotsOfChunk(block: RamBlock, chunk: number): SlotRange[] {
  const chunkPages = 2 ** CHUNK_SHIFT;
  return slotsOf(block, chunk * chunkPages, (chunk + 1) * chunkPages);
}
