/**
 * Which slots a chunk of a block lies in, as the recordings of KVM show them.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { seenInSlots, slotsOf, traceSlotClears } from "./kvm_slots.ts";
import { COSTS } from "./calibration.ts";
import { setRange } from "./bitmap.ts";
import { Kernel, Thread } from "./kernel.ts";
import { RamBlock } from "./ram.ts";

const lines = (block: RamBlock, from: number, to: number) =>
  slotsOf(block, from, to).map(({ slot, start, pages }) =>
    `slot#${slot} start ${start} size 0x${pages.toString(16)}`
  );

Deno.test("slotsOf cuts low memory up as KVM does (precopy-kvm-bw48-dr8)", () => {
  assertEquals(lines(new RamBlock("pc.ram", 65536, "kvm"), 0, 2 ** 18), [
    "slot#0 start 0 size 0xc3",
    "slot#1 start 0 size 0x25",
    "slot#2 start 0 size 0x8",
    "slot#4 start 0 size 0x10",
    "slot#5 start 0 size 0xff00",
  ]);
  assertEquals(lines(new RamBlock("pc.bios", 64, "kvm"), 0, 2 ** 18), ["slot#3 start 0 size 0x40"]);
  assertEquals(lines(new RamBlock("pc.rom", 32, "kvm"), 0, 2 ** 18), []);
});

Deno.test("slotsOf counts from the slot's start in a later chunk", () => {
  const block = new RamBlock("pc.ram", 2 ** 18 + 100, "kvm");
  assertEquals(lines(block, 2 ** 18, 2 ** 19), [`slot#5 start ${2 ** 18 - 256} size 0x64`]);
});

Deno.test("a clear takes the time of the pages that the last sync has seen, not of all", () => {
  const block = new RamBlock("pc.ram", 65_536, "kvm");
  const { seen } = block;
  assert(seen !== null);
  setRange(seen, 200, 203);
  setRange(seen, 255, 300);
  assertEquals(seenInSlots(block, 0), [0, 3, 0, 1, 44]);
  const thread = new Thread(new Kernel(), "mig/src/main", 1, null);
  traceSlotClears(thread, block, 0, seenInSlots(block, 0));
  assertAlmostEquals(thread.now, 48 * COSTS.kvmClearPage + 5 * 2 * COSTS.step, 1e-9);
  assertEquals(seenInSlots(new RamBlock("pc.ram", 64, "tcg"), 0), [], "TCG has no such log");
});
