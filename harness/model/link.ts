/**
 * The way of the bytes: a wire of some rate, the socket's buffer, and a destination that takes time to load.
 *
 * A write call returns when its bytes fit into the buffer, so a slow wire or a slow destination holds the source up
 * (back pressure). Where the wire has no rate of its own, only the destination's loading counts.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import { SOCKET_BUFFER_BYTES } from "./calibration.ts";

/** What became of a write call. */
export interface Sent {
  /** When the call returns, in microseconds; Infinity while the wire stands still for good. */
  readonly returns: number;
  /** When the last byte has arrived and is loaded. */
  readonly loaded: number;
  /** When the last byte arrives. */
  readonly arrives: number;
}

interface Step {
  readonly at: number;
  /** Bytes per microsecond; Infinity for no limit. */
  readonly rate: number;
}

/** One direction of a connection. */
export class Link {
  readonly #steps: readonly Step[];
  readonly #latency: number;
  #wireFree = 0;
  #loaded = 0;
  /** Writes in flight: bytes and the moment they leave the buffer, oldest first. */
  #inFlight: { bytes: number; leaves: number }[] = [];
  #inFlightBytes = 0;

  constructor(link: Scenario["link"]) {
    const rateOf = (rate: number | null): number => (rate === null ? Infinity : rate / 1e6);
    this.#steps = [
      { at: 0, rate: rateOf(link.rate_bytes_per_second) },
      ...link.steps.map(({ at_ms, rate_bytes_per_second }) => ({
        at: at_ms * 1000,
        rate: rateOf(rate_bytes_per_second),
      })),
    ];
    this.#latency = link.latency_us;
  }

  /**
   * Sends the bytes of one write call.
   *
   * @param loadMicros How long the destination needs to load them.
   */
  send(now: number, bytes: number, loadMicros: number): Sent {
    const left = this.#transmit(Math.max(now, this.#wireFree), bytes);
    this.#wireFree = left;
    const arrives = left + this.#latency;
    const loaded = Math.max(this.#loaded, arrives) + loadMicros;
    this.#loaded = loaded;
    // Bytes leave the buffer when the destination has read them, which it does as it loads.
    const leaves = Math.max(left, loaded - this.#latency);
    this.#inFlight.push({ bytes, leaves });
    this.#inFlightBytes += bytes;
    let returns = now;
    while (this.#inFlight.length > 0) {
      const first = this.#inFlight[0];
      if (first === undefined) break;
      if (first.leaves > now && this.#inFlightBytes <= SOCKET_BUFFER_BYTES) break;
      if (first.leaves > returns && this.#inFlightBytes > SOCKET_BUFFER_BYTES) returns = first.leaves;
      this.#inFlightBytes -= first.bytes;
      this.#inFlight.shift();
    }
    return { returns, loaded, arrives };
  }

  /** When `bytes` that start at `from` have left, at the rates of the steps they pass through. */
  #transmit(from: number, bytes: number): number {
    let at = from;
    let left = bytes;
    for (const [index, { rate }] of this.#steps.entries()) {
      const end = this.#steps[index + 1]?.at ?? Infinity;
      if (end <= at) continue;
      if (rate === Infinity) return at;
      const room = (end - at) * rate;
      if (room >= left) return rate === 0 ? (left === 0 ? at : Infinity) : at + left / rate;
      left -= room;
      at = end;
    }
    return Infinity;
  }
}
