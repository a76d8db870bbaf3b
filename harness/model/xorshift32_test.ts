/**
 * The generator of the recorded guest.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { nextDraw, Xorshift32 } from "./xorshift32.ts";

Deno.test("nextDraw is Marsaglia's: the first draws of his seed", () => {
  // The paper's seed; its first draw is printed with the generator wherever it is told of.
  const first = nextDraw(2463534242);
  assertEquals([first, nextDraw(first)], [723471715, 2497366906]);
});

Deno.test("Xorshift32.draw gives the same draw by steps, by leaps and going back", async (t) => {
  const drawn: number[] = [];
  for (let state = 53, count = 0; count < 5000; count++) drawn.push(state = nextDraw(state));
  const table: [because: string, numbers: number[]][] = [
    ["one by one", [0, 1, 2, 3]],
    ["by a leap", [4999]],
    ["by a leap from the middle", [10, 4000]],
    ["back", [4000, 3, 700]],
    ["again", [7, 7]],
  ];
  for (const [because, numbers] of table) {
    await t.step(because, () => {
      const stream = new Xorshift32(53);
      assertEquals(numbers.map((number) => stream.draw(number)), numbers.map((number) => drawn[number]));
    });
  }
  await t.step("the seed stands before the first draw", () => assertEquals(new Xorshift32(53).draw(-1), 53));
});
