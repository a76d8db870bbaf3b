/**
 * Migration parameters with QEMU's names and defaults, as numbers and flags the model can use.
 *
 * @see facts/precopy.md section 10
 * @module
 */
import type { Parameters } from "../trace/mod.ts";

/** QEMU's defaults. Bytes per second, milliseconds, percent. */
const DEFAULT_PARAMETERS = {
  "max-bandwidth": 134_217_728,
  "avail-switchover-bandwidth": 0,
  "downtime-limit": 300,
  "throttle-trigger-threshold": 50,
  "cpu-throttle-initial": 20,
  "cpu-throttle-increment": 10,
  "cpu-throttle-tailslow": false,
  "max-cpu-throttle": 99,
  "xbzrle-cache-size": 67_108_864,
  "multifd-channels": 2,
  "vcpu-dirty-limit": 1,
  "x-vcpu-dirty-limit-period": 1000,
  "multifd-compression": "none",
} as const;

/** XFER_LIMIT_RATIO: the limit is set per cycle of 100 ms. */
const CYCLES_PER_SECOND = 10;

/** The source's parameters, which the operator may change while the migration runs. */
export class ParameterSet {
  #given: Parameters;

  constructor(given: Parameters) {
    this.#given = given;
  }

  /** Sets some parameters; the others keep their value. */
  set(changes: Parameters): void {
    this.#given = { ...this.#given, ...changes };
  }

  number(
    name: Exclude<keyof typeof DEFAULT_PARAMETERS, "cpu-throttle-tailslow" | "multifd-compression">,
  ): number {
    return Number(this.#given[name] ?? DEFAULT_PARAMETERS[name]);
  }

  get compression(): string {
    return String(this.#given["multifd-compression"] ?? DEFAULT_PARAMETERS["multifd-compression"]);
  }

  /** zero-page-detection as it was set; nothing when it was not. */
  get zeroPageDetection(): string | null {
    const given = this.#given["zero-page-detection"];
    return given === undefined ? null : String(given);
  }

  get tailslow(): boolean {
    return this.#given["cpu-throttle-tailslow"] === true;
  }

  /** The rate limit of one cycle, in bytes; 0 for none. */
  get rateLimitPerCycle(): number {
    return Math.floor(this.number("max-bandwidth") / CYCLES_PER_SECOND);
  }
}
