/**
 * The rate of the wire over time: constant, ramps, sawteeth and random walks, one after the other.
 *
 * Curves are followed in small steps, each of the rate of its middle, made as the time comes to them.
 *
 * @module
 */
import type { RandomStream } from "../base/mod.ts";
import type { Scenario } from "../scenario/mod.ts";

type LinkStep = Scenario["link"]["steps"][number];

/** A stretch of constant rate: from `at` microseconds on, in bytes per microsecond. */
interface Stretch {
  readonly at: number;
  /** Infinity for no limit. */
  readonly rate: number;
}

/** How finely a ramp or a rise is followed, in microseconds. Durations are whole milliseconds. */
const GRAIN = 10_000;

/** The wire's rate, asked for moments that never go back. */
export class LinkRate {
  readonly #stretches: Iterator<Stretch>;
  #now: Stretch = { at: 0, rate: Infinity };
  #next: Stretch | null;

  constructor(link: Scenario["link"], random: RandomStream) {
    this.#stretches = stretchesOf(link, random);
    this.#next = this.#take();
  }

  /** Whether the rate is without limit now and for good. */
  get isUnlimited(): boolean {
    return this.#now.rate === Infinity && this.#next === null;
  }

  /** Whether the rate was without limit at the last moment that was asked for. */
  get isUnlimitedNow(): boolean {
    return this.#now.rate === Infinity;
  }

  /** The rate at a moment, in bytes per microsecond; Infinity for no limit. */
  at(moment: number): number {
    while (this.#next !== null && this.#next.at <= moment) {
      this.#now = this.#next;
      this.#next = this.#take();
    }
    return this.#now.rate;
  }

  /** Until when the rate of that moment holds. */
  get changesAt(): number {
    return this.#next?.at ?? Infinity;
  }

  /** When `bytes` that start to leave at `from` have left; Infinity if they never do. */
  transmit(from: number, bytes: number): number {
    let at = from;
    let left = bytes;
    for (;;) {
      const rate = this.at(at);
      if (rate === Infinity || left === 0) return at;
      const end = this.#next?.at ?? Infinity;
      if (rate > 0 && (end - at) * rate >= left) return at + left / rate;
      if (end === Infinity) return Infinity;
      left -= (end - at) * rate;
      at = end;
    }
  }

  #take(): Stretch | null {
    const next = this.#stretches.next();
    return next.done === true ? null : next.value;
  }
}

function perMicro(rate: number | null): number {
  return rate === null ? Infinity : rate / 1e6;
}

function* stretchesOf(link: Scenario["link"], random: RandomStream): Generator<Stretch, void> {
  let rate = perMicro(link.rate_bytes_per_second);
  yield { at: 0, rate };
  for (const [index, step] of link.steps.entries()) {
    const end = (link.steps[index + 1]?.at_ms ?? Infinity) * 1000;
    for (const stretch of stretchesOfStep(step, rate, random)) {
      if (stretch.at >= end) break;
      rate = stretch.rate;
      yield stretch;
    }
  }
}

/** The stretches of one change, which may have no end. */
function* stretchesOfStep(step: LinkStep, before: number, random: RandomStream): Generator<Stretch, void> {
  const start = step.at_ms * 1000;
  switch (step.kind) {
    case "constant":
      yield { at: start, rate: perMicro(step.rate_bytes_per_second) };
      return;
    case "ramp": {
      const target = perMicro(step.rate_bytes_per_second);
      const duration = step.duration_ms * 1000;
      for (let at = 0; at < duration; at += GRAIN) {
        yield { at: start + at, rate: before + (target - before) * (at + GRAIN / 2) / duration };
      }
      yield { at: start + duration, rate: target };
      return;
    }
    case "sawtooth": {
      const low = perMicro(step.low_bytes_per_second);
      const high = perMicro(step.high_bytes_per_second);
      const period = step.period_ms * 1000;
      const grain = Math.min(GRAIN, period / 2);
      for (let tooth = 0;; tooth++) {
        for (let at = 0; at < period; at += grain) {
          yield { at: start + tooth * period + at, rate: low + (high - low) * (at + grain / 2) / period };
        }
      }
    }
    case "random-walk": {
      const low = perMicro(step.low_bytes_per_second);
      const high = perMicro(step.high_bytes_per_second);
      const most = perMicro(step.step_bytes_per_second);
      let rate = before;
      for (let count = 0;; count++) {
        rate = Math.min(high, Math.max(low, rate));
        yield { at: start + count * step.interval_ms * 1000, rate };
        rate += (2 * random.unit() - 1) * most;
      }
    }
  }
}
