/**
 * The state of a bursty guest, from its counter or from its start.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { burstsAtStart } from "./recorded_bursts.ts";
import { readInputs } from "./recorded_inputs.ts";
import { PLAIN_META } from "./testdata/plain_meta.ts";

/** 12000 pages in 120 ms, then 900 ms of rest. */
const BURSTS = { pages: 12_000, rate: 100_000, restMs: 900 };

function stateAt(started: number, touches: readonly (readonly [t: number, touches: number])[]) {
  const entries = [
    { t: started, side: "src", note: "start" },
    ...touches.map(([t, touches]) => ({ t, side: "src", touches })),
    { t: 100, side: "src", cmd: "migrate" },
  ];
  const inputs = readInputs(JSON.stringify(PLAIN_META), JSON.stringify({ entries }));
  assert(inputs.ok);
  return burstsAtStart(inputs.value, BURSTS);
}

Deno.test("a reading within a burst tells when it began (q111-precopy-bursty)", () => {
  const state = stateAt(96.778, [[99.9, 36_000], [99.962, 39_763]]);
  // It began 37.63 ms before the reading, so 75.63 ms before the migration.
  assertEquals([state.written, state.left, state.restMs], [36_000 + 7563, 12_000 - 7563, 900]);
});

Deno.test("a reading within an earlier burst counts on from there", () => {
  const state = stateAt(96, [[99.5, 26_000], [99.6, 36_000]]);
  assertEquals([state.written, state.left], [36_000, 0]);
  assertAlmostEquals(state.restMs, 1020 - 520, 1e-6);
});

Deno.test("readings between bursts leave it to the guest's start (precopy-bursty-tight)", () => {
  const state = stateAt(100 - 3.1435, [[99.9, 36_000], [99.962, 36_000]]);
  // QEMU's guest began its fourth burst 2.4 ms before the migration.
  assertEquals(state.left > 0, true);
  assertEquals(Math.abs(state.written - 36_240) < 1000, true);
  const later = stateAt(100 - 3, [[99.9, 36_000], [99.962, 36_000]]);
  assertEquals([later.written, later.left], [36_000, 0]);
  assertAlmostEquals(later.restMs, 137.6, 1e-6);
});

Deno.test("a guest that booted later or sooner than others is held to its readings", () => {
  const late = stateAt(95, [[99.5, 36_000], [99.99, 36_000]]);
  assertEquals([late.written, late.left], [37_000, 11_000]);
  const soon = stateAt(98.5, [[99.5, 36_000], [99.99, 36_000]]);
  assertEquals([soon.written, soon.left], [36_000, 0]);
  assertAlmostEquals(soon.restMs, 400, 1e-6);
});
