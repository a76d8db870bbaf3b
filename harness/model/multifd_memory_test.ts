/**
 * The destination's memory under the channels of multifd.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { AT_HAND, COSTS, MULTIFD_AT_HAND_PAGES } from "./calibration.ts";
import { MultifdMemory } from "./multifd_memory.ts";
import { Batch, PACKET_PAGES } from "./multifd_packet.ts";
import { fillContent, Ram, RamBlock } from "./ram.ts";

const PAGES = 131_072;

/** Memory of a guest with `filled` pages, and packets of it. */
function memoryOf(filled: number): { memory: MultifdMemory; packet: (page: number) => Batch } {
  const block = new RamBlock("pc.ram", PAGES, "tcg");
  fillContent(block, 0, filled);
  const packet = (page: number): Batch => {
    const batch = new Batch();
    batch.block = block;
    for (; batch.count < PACKET_PAGES; batch.count++) batch.pages[batch.count] = page + batch.count;
    return batch;
  };
  return { memory: new MultifdMemory(new Ram([block], "tcg")), packet };
}

Deno.test("the first packet of a huge page waits for its memory", async (t) => {
  await t.step("the three after it find it there (multifd-2ch: 16 packets wait four times)", () => {
    const { memory, packet } = memoryOf(MULTIFD_AT_HAND_PAGES);
    const waits = Array.from({ length: 16 }, (_, index) => memory.wait(packet(index * PACKET_PAGES), index));
    assertEquals(waits.filter((wait) => wait === COSTS.hugePage).length, 4);
    assertEquals(waits.filter((wait) => wait === 0).length, 12);
  });
  await t.step("nobody waits for what the host has at hand, until it gives it back", () => {
    const { memory, packet } = memoryOf(1024);
    assertEquals(memory.wait(packet(0), 1000), 0);
    assertEquals(memory.wait(packet(512), 1000 + AT_HAND.micros), 0);
    assertEquals(memory.wait(packet(128), 1001 + AT_HAND.micros), 0, "touched before");
    assertEquals(memory.wait(packet(1024), 1001 + AT_HAND.micros), 0, "a page that is zero is not written");
  });
  await t.step("what is at hand comes to its end", () => {
    const { memory, packet } = memoryOf(MULTIFD_AT_HAND_PAGES - 512);
    assertEquals(memory.wait(packet(0), 0), 0);
    assertEquals(memory.wait(packet(512), 0), COSTS.hugePage);
  });
  await t.step("later than that it has none", () => {
    const { memory, packet } = memoryOf(1024);
    memory.wait(packet(0), 0);
    assertEquals(memory.wait(packet(512), AT_HAND.micros + 1), COSTS.hugePage);
  });
});
