/**
 * All fuzz targets, in the order in which they are listed.
 *
 * @module
 */
import { LOG } from "./properties/log.ts";
import { MODEL } from "./properties/model.ts";
import type { FuzzTarget } from "./target.ts";

/** To add a target is to add one line. */
export const TARGETS: readonly FuzzTarget[] = [LOG, MODEL];
