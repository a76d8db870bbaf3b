/**
 * Dirty logging: what counts as newly dirty, under TCG and KVM.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type DirtyLogKind, Ram, RamBlock } from "./ram.ts";

function ramOf(kind: DirtyLogKind, pages = 128): { ram: Ram; block: RamBlock } {
  const block = new RamBlock("pc.ram", pages, kind);
  const ram = new Ram([block], kind);
  ram.start();
  return { ram, block };
}

/** Sends everything: no page is dirty any more. */
function sendAll(ram: Ram): void {
  for (const block of ram.blocks) {
    for (let chunk = 0; chunk < (block.chunks?.length ?? 0); chunk++) ram.clearChunk(block, chunk);
    block.bmap.fill(0);
  }
  ram.dirtyPages = 0;
}

Deno.test("Ram.sync counts no page twice: one that waits to be sent cannot become dirty again", () => {
  const { ram, block } = ramOf("tcg");
  assertEquals(ram.sync(), 0, "the first sync finds every page dirty already (facts 2.2)");
  block.logWrites(3, 7);
  assertEquals(ram.sync(), 0);
  sendAll(ram);
  block.logWrites(3, 7);
  block.logWrites(5, 6);
  assertEquals(ram.sync(), 4);
  assertEquals(ram.dirtyPages, 4);
});

Deno.test("a write between sync and clear counts again under TCG and is absorbed under KVM (facts 2.3)", () => {
  const table: [kind: DirtyLogKind, again: number][] = [["tcg", 1], ["kvm", 0]];
  for (const [kind, again] of table) {
    const { ram, block } = ramOf(kind);
    ram.sync();
    sendAll(ram);
    block.logWrites(9, 10);
    assertEquals(ram.sync(), 1, kind);
    block.logWrites(9, 10);
    sendAll(ram);
    assertEquals(ram.sync(), again, kind);
  }
});

Deno.test("under KVM a write to a page that was clean at the sync is seen by the next one", () => {
  const { ram, block } = ramOf("kvm");
  ram.sync();
  sendAll(ram);
  block.logWrites(9, 10);
  ram.sync();
  block.logWrites(10, 11);
  sendAll(ram);
  assertEquals(ram.sync(), 1);
});

Deno.test("a write after the clear is reported by the next sync, under both", () => {
  for (const kind of ["tcg", "kvm"] as const) {
    const { ram, block } = ramOf(kind);
    ram.sync();
    sendAll(ram);
    block.logWrites(9, 10);
    assertEquals(ram.sync(), 1, kind);
  }
});

Deno.test("only blocks of whole 256 KiB owe a clear of their log (facts 2.3)", () => {
  assertEquals(new RamBlock("pc.bios", 64, "tcg").chunks?.length, 1);
  assertEquals(new RamBlock("pc.rom", 32, "tcg").chunks, null);
});
