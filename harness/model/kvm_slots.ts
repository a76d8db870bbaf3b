/**
 * KVM's memory slots: what of its log is cleared when a chunk of a RAMBlock is.
 *
 * @see QEMU accel/kvm/kvm-all.c (kvm_physical_log_clear)
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
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
  readonly pages: number;
}

/** The parts of KVM's slots that a range of a block's pages lies in. */
export function slotsOf({ name, pages }: RamBlock, from: number, to: number): SlotRange[] {
  const ranges: SlotRange[] = [];
  for (const [slot, start, end] of KVM_SLOTS[name] ?? []) {
    const first = Math.max(from, start);
    const last = Math.min(to, end, pages);
    if (first < last) ranges.push({ slot, start: first - start, pages: last - first });
  }
  return ranges;
}

/** KVM is told to clear its log of a chunk, slot by slot. */
export function traceSlotClears(thread: Thread, block: RamBlock, chunk: number): void {
  const chunkPages = 2 ** CHUNK_SHIFT;
  for (const { slot, start, pages } of slotsOf(block, chunk * chunkPages, (chunk + 1) * chunkPages)) {
    thread.spend(pages * COSTS.kvmClearPage);
    thread.trace("kvm_clear_dirty_log", { slot, start: start * PAGE_SIZE, size: pages });
    thread.spend(COSTS.step * 2);
  }
}
