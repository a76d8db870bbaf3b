/**
 * What loading pages takes: huge pages at first touch, single pages where no huge one fits.
 *
 * @module
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { AT_HAND, COSTS } from "./calibration.ts";
import { Ram, RamBlock } from "./ram.ts";
import { ReceivedMemory } from "./received_memory.ts";

const { loadWarmPage: warm, hugePage, hugePageAtHand, tracedEvent } = COSTS;
const MODE = { stored: false, tracesAll: false };

function memoryOf(filled: number, mode = MODE): ReceivedMemory {
  const main = new RamBlock("pc.ram", 131_072, "tcg");
  main.content.fill(0xffffffff, 0, Math.ceil(filled / 32));
  return new ReceivedMemory(new Ram([main, new RamBlock("pc.bios", 64, "tcg")], "tcg"), 0, mode);
}

Deno.test("the first page of each 512 waits for a huge page, the others do not", () => {
  const memory = memoryOf(AT_HAND.pages);
  assertEquals(memory.warmFrom(0, 0, 4096), 0);
  assertEquals(memory.receive(0, 0, 0b11, 2), 2 * warm + hugePage);
  assertEquals(memory.receive(0, 0, 0b1100, 2), 2 * warm);
  assertEquals(memory.receive(0, 15, -1, 32), 32 * warm);
  assertEquals([memory.warmFrom(0, 0, 4096), memory.warmFrom(0, 500, 4096), memory.warmFrom(0, 500, 8)], [
    512,
    12,
    8,
  ]);
  assertEquals(memory.receive(0, 16, 1, 1), warm + hugePage);
  assertEquals(memory.warmFrom(0, 0, 4096), 1024);
});

Deno.test("what the host has at hand costs less, until it is used up or given back", () => {
  const few = memoryOf(AT_HAND.pages - 600);
  const costs = [0, 16, 32].map((word) => few.receive(0, word, 1, 1) - warm);
  for (const [index, cost] of [hugePageAtHand, hugePageAtHand, hugePage].entries()) {
    assertAlmostEquals(costs[index] ?? 0, cost, 1e-9);
  }
  const many = memoryOf(0);
  many.reach(AT_HAND.micros);
  assertAlmostEquals(many.receive(0, 0, 1, 1), warm + hugePageAtHand, 1e-9);
  many.reach(AT_HAND.micros + 1);
  assertAlmostEquals(many.receive(0, 16, 1, 1), warm + hugePage, 1e-9);
  assertAlmostEquals(memoryOf(0, { ...MODE, stored: true }).receive(0, 0, 1, 1), warm + hugePage, 1e-9);
});

Deno.test("a block that holds no huge page is touched page by page, and tracing takes its time", () => {
  const memory = memoryOf(AT_HAND.pages, { stored: false, tracesAll: true });
  assertEquals(memory.warmFrom(1, 0, 64), 0);
  assertAlmostEquals(memory.receive(1, 0, 0b111, 3), 3 * (warm + tracedEvent + hugePage / 512), 1e-9);
  assertAlmostEquals(memory.receive(1, 0, 0b1111, 4), 4 * (warm + tracedEvent) + hugePage / 512, 1e-9);
});
