/**
 * The way of the bytes: a wire of some rate, the socket's buffer, and a destination that takes time to load.
 *
 * A write call returns when its bytes fit into the buffer, so a slow wire or a slow destination holds the source up
 * (back pressure). Where the wire has no rate of its own, only the destination's loading counts.
 *
 * @module
 */
import { RandomStream } from "../base/mod.ts";
import type { Scenario } from "../scenario/mod.ts";
import { RELAY_BUFFER_BYTES, SOCKET_BUFFER_BYTES } from "./calibration.ts";
import { LinkRate } from "./link_rate.ts";
import { Relay } from "./relay.ts";
import { RelayPace } from "./relay_pace.ts";

/** What became of a write call. */
export interface Sent {
  /** When the call returns, in microseconds; Infinity while the wire stands still for good. */
  readonly returns: number;
  /** When the last byte has arrived and is loaded. */
  readonly loaded: number;
  /** When the last byte arrives. */
  readonly arrives: number;
}

/** Writes that may be in flight at once and still be told apart: a power of two. */
const IN_FLIGHT_MAX = 1024;
/** Room for them at first: most connections never need more. */
const IN_FLIGHT_FEW = 16;

/** A wire, which several connections may share: its rate, and when all of its bytes are paid for. */
export class Wire {
  free = 0;
  readonly rate: LinkRate;
  /** What a relay in front of the wire owes it. */
  readonly pace: RelayPace;
  /** The same of the chunks that relays take, which they do later than the writer writes. */
  readonly chunks: RelayPace;

  /** @param seed Seed of the run: the rate's walk has a stream of chance of its own. */
  constructor(link: Scenario["link"], seed: number) {
    this.rate = new LinkRate(link, new RandomStream(seed, "link/rate"));
    this.pace = new RelayPace(this.rate);
    this.chunks = new RelayPace(new LinkRate(link, new RandomStream(seed, "link/rate")));
  }
}

/** A number of write calls that are all alike. */
export interface Burst {
  bytes: number;
  /** Microseconds that the destination needs to load one. */
  load: number;
  most: number;
  /** A call that returns after this moment is the last. */
  horizon: number;
  /** No call begins after this moment. */
  until: number;
  /** How many were made, and when the last one began. */
  made: number;
  began: number;
}

/** One direction of a connection. */
export class Link implements Sent {
  readonly #random: RandomStream;
  readonly #latency: number;
  readonly #jitter: number;
  /** Bytes that may be on their way before the writer has to wait, where no relay paces them. */
  readonly #buffer: number;
  #loaded = 0;
  /** Writes in flight, oldest first, in a ring: their bytes and the moments at which they leave the buffer. */
  #bytes = new Float64Array(IN_FLIGHT_FEW);
  #leaves = new Float64Array(IN_FLIGHT_FEW);
  #first = 0;
  #count = 0;
  #inFlightBytes = 0;
  #returns = 0;
  #arrives = 0;

  readonly #wire: Wire;
  /** What a writer waits for in front of a wire that a relay paces. */
  readonly #relay: Relay | null;

  /**
   * @param seed Seed of the run: the jitter of each connection has a stream of chance of its own.
   * @param shared The wire, and the connection's name among those that share it.
   */
  constructor(
    link: Scenario["link"],
    seed: number,
    { wire, id }: { wire: Wire; id: string } = { wire: new Wire(link, seed), id: "main" },
  ) {
    this.#wire = wire;
    this.#random = new RandomStream(seed, id === "main" ? "link/jitter" : `link/jitter/${id}`);
    this.#latency = link.latency_us;
    this.#jitter = link.jitter_us;
    this.#relay = link.relay ? new Relay(wire.chunks) : null;
    this.#buffer = SOCKET_BUFFER_BYTES + (link.relay ? RELAY_BUFFER_BYTES : 0);
  }

  /**
   * Sends the bytes of one write call.
   *
   * @param loadMicros How long the destination needs to load them.
   * @returns The link itself, which says what became of the call until the next one.
   */
  send(now: number, bytes: number, loadMicros: number): Sent {
    const wire = this.#wire;
    const left = this.#relay === null
      ? wire.rate.transmit(Math.max(now, wire.free), bytes)
      : wire.pace.pass(now, bytes);
    wire.free = left;
    const late = this.#jitter === 0 ? 0 : this.#random.unit() * this.#jitter;
    // What was sent later never overtakes.
    this.#arrives = Math.max(this.#arrives, left + this.#latency + late);
    this.#loaded = Math.max(this.#loaded, this.#arrives) + loadMicros;
    // Bytes leave the buffer when the destination has read them, which it does as it loads.
    const leaves = Math.max(left, this.#loaded - this.#latency);
    this.#push(bytes, leaves);
    const relay = this.#relay;
    // A relay is no more than a second buffer as long as the wire has no rate.
    if (relay === null || (wire.rate.isUnlimitedNow && relay.isIdle(now))) {
      this.#drain(now, this.#buffer);
      relay?.passed(leaves);
    } else {
      // It is the relay that writes to the destination, and may have to wait for it.
      this.#drain(now, Infinity);
      this.#returns = relay.write(now, bytes, loadMicros, late);
    }
    return this;
  }

  /** Lets go what the destination has read by `now`, and has the writer wait for what does not fit. */
  #drain(now: number, buffer: number): void {
    this.#returns = now;
    while (this.#count > 0) {
      const leaves = this.#leaves[this.#first] ?? 0;
      if (leaves > now && this.#inFlightBytes <= buffer) break;
      if (this.#inFlightBytes > buffer && leaves > this.#returns) this.#returns = leaves;
      this.#inFlightBytes -= this.#bytes[this.#first] ?? 0;
      this.#first = (this.#first + 1) & (this.#leaves.length - 1);
      this.#count--;
    }
  }

  /** Whether neither rate, delay nor chance stands between the two ends, now and for good. */
  get isPlain(): boolean {
    return this.isLoopback && this.#wire.rate.isUnlimited && (this.#relay === null || this.#relay.isEmpty);
  }

  /** Whether the last write went to this very machine: without rate, delay or chance. */
  get isLoopback(): boolean {
    return this.#latency === 0 && this.#jitter === 0 && this.#wire.rate.isUnlimitedNow;
  }

  /**
   * Sends write calls that are all alike over a plain link, one as soon as the one before has returned.
   *
   * @param now When the writer begins to put the first one together, which takes it `micros`.
   * @param burst How many at most, and when to stop: a call that returns after `horizon` is the last.
   * @returns When the last call returns; how many were made is left in `burst.made`.
   */
  sendAlike(now: number, micros: number, burst: Burst): number {
    const { bytes, load, most, horizon, until } = burst;
    burst.made = 0;
    if (most === 0 || now > until) return now;
    const buffer = this.#buffer;
    // What one call leaves in the buffer is drained by the next, so the ring grows by a bufferful at most.
    while (this.#leaves.length < this.#count + buffer / bytes + 2) this.#makeRoom();
    const sizes = this.#bytes;
    const leaves = this.#leaves;
    const last = leaves.length - 1;
    // The same as one send after the other, push and drain; all that changes is kept at hand, as this runs for every 32
    // pages. The plus says that it is a number: a variable that might be anything is put into a box of its own each time.
    let first = this.#first;
    let count = this.#count;
    let inFlight = this.#inFlightBytes;
    let left = this.#wire.free;
    let arrives = this.#arrives;
    let loaded = this.#loaded;
    let began = 0;
    let made = 0;
    let at = +now;
    while (made < most && at <= until) {
      began = at + micros;
      if (began > left) left = began;
      if (left > arrives) arrives = left;
      loaded = (loaded > arrives ? loaded : arrives) + load;
      if (count < IN_FLIGHT_MAX) sizes[(first + count++) & last] = bytes;
      else sizes[(first + count - 1) & last] = (sizes[(first + count - 1) & last] ?? 0) + bytes;
      leaves[(first + count - 1) & last] = loaded > left ? loaded : left;
      inFlight += bytes;
      at = began;
      while (count > 0) {
        const leavesAt = leaves[first] ?? 0;
        if (leavesAt > began && inFlight <= buffer) break;
        if (inFlight > buffer && leavesAt > at) at = leavesAt;
        inFlight -= sizes[first] ?? 0;
        first = (first + 1) & last;
        count--;
      }
      made++;
      if (at > horizon) break;
    }
    this.#wire.free = left;
    this.#arrives = arrives;
    this.#loaded = loaded;
    this.#first = first;
    this.#count = count;
    this.#inFlightBytes = inFlight;
    this.#returns = at;
    burst.began = began;
    burst.made = made;
    return at;
  }

  get returns(): number {
    return this.#returns;
  }

  get arrives(): number {
    return this.#arrives;
  }

  get loaded(): number {
    return this.#loaded;
  }

  #push(bytes: number, leaves: number): void {
    if (this.#count === this.#leaves.length && this.#count < IN_FLIGHT_MAX) this.#makeRoom();
    // A ring that is full holds tiny writes only; the newest two are as good as one.
    const isFull = this.#count === IN_FLIGHT_MAX;
    const last = (this.#first + this.#count - (isFull ? 1 : 0)) & (this.#leaves.length - 1);
    this.#bytes[last] = bytes + (isFull ? this.#bytes[last] ?? 0 : 0);
    this.#leaves[last] = leaves;
    if (!isFull) this.#count++;
    this.#inFlightBytes += bytes;
  }

  /** Doubles the ring, its oldest write first. */
  #makeRoom(): void {
    this.#bytes = doubled(this.#bytes, this.#first);
    this.#leaves = doubled(this.#leaves, this.#first);
    this.#first = 0;
  }
}

/** Twice as long a ring, with what was at `first` at its start. */
function doubled(ring: Float64Array, first: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * ring.length);
  larger.set(ring.subarray(first));
  larger.set(ring.subarray(0, first), ring.length - first);
  return larger;
}
