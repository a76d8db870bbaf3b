/**
 * The order of a queue, also where it moves what is left to the front.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Queue } from "./queue.ts";

Deno.test("Queue gives back in order what was put in, however long some of it waits", () => {
  const queue = new Queue<number>();
  const taken: (number | undefined)[] = [];
  for (let item = 0; item < 5000; item++) {
    queue.push(item);
    if (item >= 700) taken.push(queue.take());
  }
  assertEquals(taken, Array.from({ length: 4300 }, (_, item) => item));
  assertEquals([queue.first, queue.last], [4300, 4999]);
});

Deno.test("Queue is empty when all is taken, and begins anew", () => {
  const queue = new Queue<string>();
  assertEquals([queue.first, queue.last, queue.take(), queue.isEmpty], [
    undefined,
    undefined,
    undefined,
    true,
  ]);
  queue.push("a");
  assertEquals([queue.take(), queue.take()], ["a", undefined]);
  queue.push("b");
  assertEquals([queue.first, queue.isEmpty], ["b", false]);
});

Deno.test("Queue takes from its end too, and adds up no more than what is in it", () => {
  const queue = new Queue<number>();
  for (const item of [1, 2, 4, 8]) queue.push(item);
  assertEquals([queue.take(), queue.takeLast()], [1, 8]);
  assertEquals(queue.sum((item) => item), 6);
  assertEquals([queue.takeLast(), queue.takeLast(), queue.takeLast()], [4, 2, undefined]);
  assertEquals(queue.sum((item) => item), 0);
});
