/**
 * Bytes in one piece.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { joinBytes } from "./bytes.ts";

Deno.test("joinBytes takes every part once, in order, and shares no memory with them", () => {
  const part = Uint8Array.of(1, 2);
  const whole = joinBytes([part, new Uint8Array(), Uint8Array.of(3), part]);
  part[0] = 9;
  assertEquals([...whole], [1, 2, 3, 1, 2]);
  assertEquals(joinBytes([]).length, 0);
});
