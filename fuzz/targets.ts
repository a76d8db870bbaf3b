/**
 * All fuzz targets, in the order in which they are listed.
 *
 * @module
 */
import { DECLARATIONS } from "./properties/declarations.ts";
import { FTRACE } from "./properties/ftrace.ts";
import { GZIP } from "./properties/gzip.ts";
import { LOG } from "./properties/log.ts";
import { MODEL } from "./properties/model.ts";
import { SIMPLETRACE } from "./properties/simpletrace.ts";
import { ZSTD } from "./properties/zstd.ts";
import type { FuzzTarget } from "./target.ts";

/** To add a target is to add one line. */
export const TARGETS: readonly FuzzTarget[] = [DECLARATIONS, LOG, SIMPLETRACE, FTRACE, GZIP, ZSTD, MODEL];
