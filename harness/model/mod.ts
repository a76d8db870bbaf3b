/**
 * The model: a page-accurate, deterministic migration of QEMU.
 *
 * @module
 */
export { type Outcome, simulate, type SimulatedRun, type SimulateOptions } from "./simulate.ts";
