/**
 * How long page requests of postcopy took: pairs a request with its answer, counts latencies in bounded memory.
 *
 * A request begins with the fault that asked for it (`postcopy_ram_fault_thread_request`) and is told to the source by
 * `postcopy_page_req_add`; it ends with `postcopy_page_req_del`, when the page is there. A fault on a page that arrived
 * meanwhile is never added and is no request.
 *
 * @see facts/postcopy-colo-cpr.md section 1 (fault path), rules R51 to R54
 * @module
 */
import { BoundedSeries, type Series } from "./series.ts";

/** Requests that may be open at a time; past it the oldest is forgotten and counted. */
const OPEN_MAX = 65_536;
/** Sixteen buckets to a doubling: a quantile is right to within 4.5 percent. */
const PER_DOUBLING = 16;

/** Latencies of page requests, in microseconds. */
export interface Latencies {
  readonly count: number;
  /** Requests that were never answered in the trace. */
  readonly open: number;
  readonly forgotten: number;
  readonly least: number;
  readonly most: number;
  readonly mean: number;
  /** Right to within 4.5 percent. */
  readonly quantiles: readonly { readonly share: number; readonly micros: number }[];
  /** Requests by latency, a doubling each: from `micros` up to, but not including, twice that. */
  readonly doublings: readonly { readonly micros: number; readonly count: number }[];
  /** Moment of the answer, latency. */
  readonly series: Series;
}

/** Collects them. */
export class LatencyRecorder {
  readonly #open = new Map<number, number>();
  readonly #buckets = new Map<number, number>();
  readonly #series = new BoundedSeries(2, 1, 4096);
  #faultAddress = NaN;
  #faultAt = 0;
  #count = 0;
  #forgotten = 0;
  #sum = 0;
  #least = Infinity;
  #most = 0;

  /** A vCPU or a device waits for a page. */
  fault(address: number, at: number): void {
    this.#faultAddress = address;
    this.#faultAt = at;
  }

  /** The page is asked for. */
  requested(address: number, at: number): void {
    if (this.#open.has(address)) return;
    this.#open.set(address, address === this.#faultAddress ? this.#faultAt : at);
    if (this.#open.size <= OPEN_MAX) return;
    for (const oldest of this.#open.keys()) {
      this.#open.delete(oldest);
      this.#forgotten++;
      break;
    }
  }

  /** The page is there. */
  answered(address: number, at: number): void {
    const since = this.#open.get(address);
    if (since === undefined) return;
    this.#open.delete(address);
    const micros = Math.max(0, at - since);
    const bucket = Math.floor(Math.log2(Math.max(1, micros)) * PER_DOUBLING);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#series.push(at, micros);
    this.#count++;
    this.#sum += micros;
    this.#least = Math.min(this.#least, micros);
    this.#most = Math.max(this.#most, micros);
  }

  /** @returns `undefined` when no page was asked for. */
  finish(origin: number): Latencies | undefined {
    if (this.#count === 0 && this.#open.size === 0) return undefined;
    const buckets = [...this.#buckets].sort(([a], [b]) => a - b);
    const doublings = new Map<number, number>();
    for (const [bucket, count] of buckets) {
      const micros = 2 ** Math.floor(bucket / PER_DOUBLING);
      doublings.set(micros, (doublings.get(micros) ?? 0) + count);
    }
    return {
      count: this.#count,
      open: this.#open.size,
      forgotten: this.#forgotten,
      least: this.#count === 0 ? NaN : this.#least,
      most: this.#count === 0 ? NaN : this.#most,
      mean: this.#sum / this.#count,
      quantiles: [0.5, 0.9, 0.99].map((share) => ({ share, micros: this.#quantile(buckets, share) })),
      doublings: [...doublings].map(([micros, count]) => ({ micros, count })),
      series: this.#series.series(origin),
    };
  }

  #quantile(buckets: readonly (readonly [number, number])[], share: number): number {
    let left = Math.ceil(this.#count * share);
    for (const [bucket, count] of buckets) {
      left -= count;
      if (left <= 0) return Math.min(this.#most, Math.round(2 ** ((bucket + 1) / PER_DOUBLING)));
    }
    return NaN;
  }
}
