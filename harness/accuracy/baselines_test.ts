/**
 * The baselines, each on a migration whose result can be worked out by hand.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { BASELINES, type Given, type Prediction } from "./baselines.ts";

/** 1000 pages of data in 1500, a megabyte takes 1 ms per 1000 bytes, and half the link becomes dirty. */
const GIVEN: Given = {
  memoryPages: 1500,
  zeroPages: 500,
  bandwidth: 4096,
  downtimeLimitMs: 100,
  writes: 0.5,
  dirtied: (milliseconds) => Math.min(800, 0.5 * milliseconds),
};

function predict(id: string, change: Partial<Given> = {}): Prediction {
  const baseline = BASELINES.find((item) => item.id === id);
  assert(baseline !== undefined);
  return baseline.predict({ ...GIVEN, ...change });
}

Deno.test("the geometric series halves each round at half the link's rate", () => {
  const { converges, totalMs, downtimeMs, transferred, iterations } = predict("geometric series");
  // 1000 + 500 + 250 + 125 + 62.5 ms, and the last round is the downtime.
  assertEquals([converges, totalMs, downtimeMs, iterations], [true, 1937.5, 62.5, 5]);
  assertEquals(transferred, 1937.5 * 4096);
  assertEquals(predict("geometric series", { writes: 1 }).converges, false);
});

Deno.test("SimGrid caps what becomes dirty by nine tenths of memory", () => {
  assertEquals(predict("SimGrid").totalMs, 1937.5);
  const capped = predict("SimGrid", { writes: 5, downtimeLimitMs: 900 });
  assertEquals([capped.converges, capped.totalMs], [true, 1900]);
  assertEquals(predict("geometric series", { writes: 5, downtimeLimitMs: 900 }).converges, false);
});

Deno.test("the dirty vector saturates at the working set, and zero pages cost their headers", () => {
  const { converges, totalMs, downtimeMs, iterations } = predict("dirty vector");
  const first = (1000 * 4104 + 500 * 8) / 4096;
  assertAlmostEquals(downtimeMs, first * (0.5 * 4104 / 4096) ** 4, 0.5);
  assertEquals([converges, iterations], [true, 5]);
  assertAlmostEquals(totalMs, first + first * 0.501 + first * 0.251 + first * 0.1257 + first * 0.063, 2);
  assertEquals(predict("dirty vector", { dirtied: () => 800 }).converges, false);
});
