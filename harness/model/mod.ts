/**
 * The model: a page-accurate, deterministic migration of QEMU.
 *
 * @module
 */
export { AT_HAND, type CostName, COSTS, MULTIFD_AT_HAND_PAGES, setCosts } from "./calibration.ts";
export { MODELLED_CAPABILITIES } from "./capabilities.ts";
export { pciAddress } from "./device_table.ts";
export { zeroPagesOf } from "./firmware.ts";
export type { Outcome, SimulatedRun, SimulateOptions } from "./outcome.ts";
export { clockPhase } from "./host.ts";
export { simulate } from "./simulate.ts";
export type { Commit, Exhibit } from "./exhibit.ts";
export { type BugId, MUSEUM } from "./museum.ts";
