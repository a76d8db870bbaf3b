/**
 * The wire and the socket buffer: who waits for whom, and how long.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { SOCKET_BUFFER_BYTES } from "./calibration.ts";
import { Link } from "./link.ts";

const WIRE = { rate_bytes_per_second: 1_000_000, latency_us: 0, relay: false, steps: [] };

Deno.test("Link: a write returns at once while the socket's buffer takes it", () => {
  const link = new Link(WIRE);
  const { returns, arrives } = link.send(0, 100_000, 0);
  assertEquals(returns, 0);
  assertEquals(arrives, 100_000, "100000 bytes at a byte per microsecond");
});

Deno.test("Link: a writer that is faster than the wire is held up by what does not fit into the buffer", () => {
  const link = new Link(WIRE);
  link.send(0, SOCKET_BUFFER_BYTES, 0);
  const { returns } = link.send(0, 100_000, 0);
  assertEquals(returns, SOCKET_BUFFER_BYTES, "the first write has to leave before the second fits");
});

Deno.test("Link: a destination that loads slowly holds the writer up too", () => {
  const link = new Link({ ...WIRE, rate_bytes_per_second: null });
  link.send(0, SOCKET_BUFFER_BYTES, 5_000);
  const { returns, loaded } = link.send(0, 1, 7);
  assertEquals(returns, 5_000);
  assertEquals(loaded, 5_007);
});

Deno.test("Link: an outage stops the bytes until the next step, or for good", () => {
  const outage = { at_ms: 10, rate_bytes_per_second: 0 };
  const back = new Link({ ...WIRE, steps: [outage, { at_ms: 50, rate_bytes_per_second: 2_000_000 }] });
  assertEquals(back.send(0, 12_000, 0).arrives, 51_000, "10 ms at 1 byte/us, 40 ms of nothing, 1 ms at 2");
  assertEquals(new Link({ ...WIRE, steps: [outage] }).send(0, 12_000, 0).arrives, Infinity);
});

Deno.test("Link: latency delays the arrival, not the writer", () => {
  const link = new Link({ ...WIRE, rate_bytes_per_second: null, latency_us: 300 });
  const { returns, arrives, loaded } = link.send(10, 1000, 0);
  assertEquals([returns, arrives, loaded], [10, 310, 310]);
});
