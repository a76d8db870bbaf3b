/**
 * When a relay lets bytes pass: it runs ahead of the wire's rate by some slack, then waits until enough is paid for.
 *
 * What has passed and is not paid for is a debt, which the rate of each moment pays off. So nothing depends on what the
 * rate will be after the bytes have passed.
 *
 * @module
 */
import { RELAY_SLACK_MICROS } from "./calibration.ts";
import type { LinkRate } from "./link_rate.ts";

/** The debt of all connections that share a wire. */
export class RelayPace {
  /** The moment up to which the debt is reckoned, in microseconds. */
  #at = 0;
  /** Bytes that have passed and are not paid for. */
  #debt = 0;

  constructor(readonly rate: LinkRate) {}

  /**
   * Lets bytes pass.
   *
   * @returns When the last of them passes; Infinity if the wire stands still for good.
   */
  pass(now: number, bytes: number): number {
    this.#payUntil(now);
    this.#debt += bytes;
    for (;;) {
      const rate = this.rate.at(this.#at);
      if (rate === Infinity) {
        this.#debt = 0;
        return this.#at;
      }
      const allowed = rate * RELAY_SLACK_MICROS;
      const over = this.#debt - allowed;
      if (over <= 0) return this.#at;
      const end = this.rate.changesAt;
      if (rate > 0 && (end - this.#at) * rate >= over) {
        this.#at += over / rate;
        this.#debt = allowed;
        return this.#at;
      }
      if (end === Infinity) return Infinity;
      this.#debt -= (end - this.#at) * rate;
      this.#at = end;
    }
  }

  #payUntil(now: number): void {
    while (this.#at < now) {
      const rate = this.rate.at(this.#at);
      const end = Math.min(now, this.rate.changesAt);
      this.#debt = rate === Infinity ? 0 : Math.max(0, this.#debt - (end - this.#at) * rate);
      this.#at = end;
    }
  }
}
