/**
 * Latencies of page requests: what counts as one, and how they are summed up.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { LatencyRecorder } from "./latencies.ts";

Deno.test("LatencyRecorder counts from the fault to the page", () => {
  const recorder = new LatencyRecorder();
  recorder.fault(0x1000, 10);
  recorder.requested(0x1000, 14);
  recorder.answered(0x1000, 110);
  const found = recorder.finish(10);
  assertEquals(found?.count, 1);
  assertEquals(found?.series.columns, [[100], [100]]);
  assertEquals(found?.doublings, [{ micros: 64, count: 1 }]);
});

Deno.test("LatencyRecorder leaves out what is no request, and says what stayed open", () => {
  const recorder = new LatencyRecorder();
  assertEquals(recorder.finish(0), undefined, "postcopy that never waited");
  recorder.fault(0x1000, 10); // arrived meanwhile: never added
  recorder.answered(0x1000, 20); // placed without a request
  assertEquals(recorder.finish(0), undefined);
  recorder.requested(0x2000, 30); // another's fault
  recorder.requested(0x2000, 40); // asked for again
  recorder.requested(0x3000, 50);
  recorder.answered(0x2000, 60);
  const found = recorder.finish(0);
  assertEquals([found?.count, found?.open, found?.most], [1, 1, 30]);
});

Deno.test("LatencyRecorder tells quantiles to within 4.5 percent", () => {
  const recorder = new LatencyRecorder();
  for (let at = 1; at <= 10_000; at++) {
    recorder.requested(at, 0);
    recorder.answered(at, at);
  }
  const found = recorder.finish(0);
  assertEquals([found?.least, found?.most, found?.mean], [1, 10_000, 5000.5]);
  for (const { share, micros } of found?.quantiles ?? []) {
    assertAlmostEquals(micros / (share * 10_000), 1, 0.045);
  }
  assertEquals(found?.doublings.reduce((sum, { count }) => sum + count, 0), 10_000);
});

Deno.test("LatencyRecorder forgets the oldest of too many open requests, and counts them", () => {
  const recorder = new LatencyRecorder();
  for (let at = 0; at < 70_000; at++) recorder.requested(at, 0);
  const found = recorder.finish(0);
  assert(found !== undefined);
  assertEquals(found.open + found.forgotten, 70_000);
  assert(found.open <= 65_536);
});
