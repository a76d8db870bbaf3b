/**
 * All fuzz targets, in the order in which they are listed.
 *
 * @module
 */
import type { FuzzTarget } from "./target.ts";

/** To add a target is to add one line. */
export const TARGETS: readonly FuzzTarget[] = [];
