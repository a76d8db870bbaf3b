/**
 * The wire and the socket buffer: who waits for whom, and how long.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { RELAY_BUFFER_BYTES, RELAY_SLACK_MICROS, SOCKET_BUFFER_BYTES } from "./calibration.ts";
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

Deno.test("Link: a relay of a wire without a rate is a buffer more", () => {
  const waits = (relay: boolean): number => {
    const link = new Link({ ...WIRE, rate_bytes_per_second: null, relay }, 1);
    link.send(0, SOCKET_BUFFER_BYTES, 5_000);
    const { returns } = link.send(0, RELAY_BUFFER_BYTES, 0);
    return returns;
  };
  assertEquals(waits(true), 0);
  assertEquals(waits(false), 5_000, "the destination has to load the first write before");
});

/**
 * Sections of RAM as QEMU writes them: 32 pages at a time, every second time a look at the clock, which ends the section
 * after 50 ms with a small write. The first ten, in which the writer falls into step with the relay, are left out.
 */
function sections(rate: number): { iterations: number; wait: number; section: number }[] {
  const link = new Link({ ...WIRE, relay: true, rate_bytes_per_second: rate }, 1);
  let now = 0;
  return Array.from({ length: 20 }, () => {
    const start = now;
    let iterations = 0;
    for (; Math.floor((now - start) / 1000) <= 50; iterations += 64) {
      for (const bytes of [131_328, 131_328]) now = link.send(now + 43, bytes, 0).returns;
    }
    const wait = Math.floor((now - start) / 1000);
    now = link.send(now, 4122, 0).returns;
    return { iterations, wait, section: Math.round((now - start) / 100) / 10 };
  }).slice(10);
}

for (
  const [rate, expected, recording] of [
    [25e6, { iterations: 384, wait: 54, section: 63.2 }, "kill-dst-device"],
    [30e6, { iterations: 384, wait: 52, section: 52.7 }, "slow-wire"],
  ] as const
) {
  Deno.test(`Link: a relay of ${rate / 1e6} MB/s holds the writer up in leaps, as in ${recording}`, () => {
    for (const found of sections(rate)) assertEquals(found, expected);
  });
}

Deno.test("Link: a relay runs ahead of the rate by its slack, then keeps to it", () => {
  const link = new Link({ ...WIRE, relay: true }, 1);
  assertEquals(link.send(0, 4_000, 0).arrives, 0);
  assertEquals(link.send(0, 100_000, 0).arrives, 104_000 - RELAY_SLACK_MICROS);
  assertEquals(link.send(0, 100_000, 0).arrives, 204_000 - RELAY_SLACK_MICROS);
});

Deno.test("Link: a relay waits for a destination that loads slowly, and the writer for the relay", () => {
  const waits = (load: number): number => {
    const link = new Link({ ...WIRE, relay: true, rate_bytes_per_second: 1e9 }, 1);
    let now = 0;
    for (let write = 0; write < 100; write++) now = link.send(now, 131_328, load).returns;
    return Math.round(now / 1000);
  };
  assertEquals(waits(0), 13, "100 writes at a nanosecond for a byte, in ms");
  assertEquals(waits(20_000), 1940, "100 writes at 20 ms, less what the buffers hold");
});

Deno.test("Link: a relay whose wire stands still for good never lets a writer go that has to wait", () => {
  const outage = { kind: "constant", at_ms: 0, rate_bytes_per_second: 0 } as const;
  const link = new Link({ ...WIRE, relay: true, steps: [outage] }, 1);
  const returns = [1, 2, 3].map((write) => link.send(write, 131_328, 0).returns);
  assertEquals(returns, [1, 2, Infinity]);
});

Deno.test("Link: when a relay lets a writer go does not depend on rates to come, though bytes come late", () => {
  const returns = (...steps: Scenario["link"]["steps"]): number[] => {
    const link = new Link({ ...WIRE, relay: true, jitter_us: 500, steps }, 1);
    let now = 0;
    return Array.from({ length: 4 }, () => now = link.send(now, 525_312, 0).returns);
  };
  const [, , third = 0] = returns();
  const end = { kind: "constant", at_ms: Math.ceil(third / 1000), rate_bytes_per_second: 1 } as const;
  assertEquals(returns(end).slice(0, 3), returns().slice(0, 3));
  assertEquals(returns(end)[3] === returns()[3], false);
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
