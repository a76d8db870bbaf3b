/**
 * The model: a page-accurate, deterministic migration of QEMU.
 *
 * @module
 */
export type { Outcome, SimulatedRun, SimulateOptions } from "./outcome.ts";
export { simulate } from "./simulate.ts";
