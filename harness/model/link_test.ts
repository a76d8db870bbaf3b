/**
 * The wire and the socket buffer: who waits for whom, and how long.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { RELAY_BUFFER_BYTES, SOCKET_BUFFER_BYTES } from "./calibration.ts";
import type { Scenario } from "../scenario/mod.ts";
import { Link } from "./link.ts";

const WIRE = {
  rate_bytes_per_second: 1_000_000,
  latency_us: 0,
  relay: false,
  compressor: null,
  jitter_us: 0,
  steps: [],
};

Deno.test("Link: a write returns at once while the socket's buffer takes it", () => {
  const link = new Link(WIRE, 1);
  const { returns, arrives } = link.send(0, 100_000, 0);
  assertEquals(returns, 0);
  assertEquals(arrives, 100_000, "100000 bytes at a byte per microsecond");
});

Deno.test("Link: a writer that is faster than the wire is held up by what does not fit into the buffer", () => {
  const link = new Link(WIRE, 1);
  link.send(0, SOCKET_BUFFER_BYTES, 0);
  const { returns } = link.send(0, 100_000, 0);
  assertEquals(returns, SOCKET_BUFFER_BYTES, "the first write has to leave before the second fits");
});

Deno.test("Link: a relay takes a buffer more before the writer waits (slow-wire)", () => {
  const waits = (relay: boolean): number => {
    const link = new Link({ ...WIRE, relay }, 1);
    link.send(0, SOCKET_BUFFER_BYTES, 0);
    const { returns } = link.send(0, RELAY_BUFFER_BYTES, 0);
    return returns;
  };
  assertEquals(waits(true), 0);
  assertEquals(waits(false), SOCKET_BUFFER_BYTES, "the first write has to leave before");
});

Deno.test("Link: a destination that loads slowly holds the writer up too", () => {
  const link = new Link({ ...WIRE, rate_bytes_per_second: null }, 1);
  link.send(0, SOCKET_BUFFER_BYTES, 5_000);
  const { returns, loaded } = link.send(0, 1, 7);
  assertEquals(returns, 5_000);
  assertEquals(loaded, 5_007);
});

Deno.test("Link: an outage stops the bytes until the next step, or for good", () => {
  const outage = { kind: "constant", at_ms: 10, rate_bytes_per_second: 0 } as const;
  const back = new Link({
    ...WIRE,
    steps: [outage, { kind: "constant", at_ms: 50, rate_bytes_per_second: 2_000_000 }],
  }, 1);
  assertEquals(back.send(0, 12_000, 0).arrives, 51_000, "10 ms at 1 byte/us, 40 ms of nothing, 1 ms at 2");
  assertEquals(new Link({ ...WIRE, steps: [outage] }, 1).send(0, 12_000, 0).arrives, Infinity);
});

Deno.test("Link: latency delays the arrival, not the writer", () => {
  const link = new Link({ ...WIRE, rate_bytes_per_second: null, latency_us: 300 }, 1);
  const { returns, arrives, loaded } = link.send(10, 1000, 0);
  assertEquals([returns, arrives, loaded], [10, 310, 310]);
});

/** When each of ten seconds' worth of bytes has left a wire that starts at a byte per microsecond. */
function seconds(...steps: Scenario["link"]["steps"]): number[] {
  const link = new Link({ ...WIRE, steps }, 1);
  return Array.from({ length: 10 }, () => Math.round(link.send(0, 1_000_000, 0).arrives / 1000));
}

Deno.test("Link follows ramps, sawteeth and random walks", () => {
  const ramp = seconds({ kind: "ramp", at_ms: 1000, duration_ms: 2000, rate_bytes_per_second: 3_000_000 });
  assertEquals(ramp.slice(0, 2), [1000, 1732], "t + t^2 / 2 = 1");
  assertEquals((ramp[9] ?? 0) - (ramp[6] ?? 0), 1000, "three times as fast at the end of the ramp");
  const saw = seconds({
    kind: "sawtooth",
    at_ms: 0,
    low_bytes_per_second: 0,
    high_bytes_per_second: 2_000_000,
    period_ms: 500,
  });
  assertEquals(
    saw[9],
    10_000,
    "a mean of a byte per microsecond over whole periods",
  );
  const walk = { at_ms: 0, low_bytes_per_second: 500_000, high_bytes_per_second: 2_000_000, interval_ms: 50 };
  const walked = seconds({ kind: "random-walk", ...walk, step_bytes_per_second: 400_000 });
  const last = walked[9] ?? 0;
  assertEquals(
    [last > 5_000, last < 20_000, last === 10_000],
    [true, true, false],
    `${last} within its bounds`,
  );
});

Deno.test("Link: jitter delays, but nothing overtakes", () => {
  const link = new Link({ ...WIRE, rate_bytes_per_second: null, jitter_us: 1000 }, 1);
  const arrivals = Array.from({ length: 50 }, (_, write) => link.send(write * 100, 10, 0).arrives);
  assertEquals(arrivals, arrivals.toSorted((a, b) => a - b));
  assertEquals(arrivals.some((at, write) => at > write * 100 + 500), true);
});
