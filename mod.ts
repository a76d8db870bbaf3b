/**
 * switchover: a test harness and fuzzing suite for QEMU live migration.
 *
 * Scenarios and their validation, traces of QEMU's log backend and the catalogs of its tracepoints.
 *
 * @module
 */
export * from "./harness/base/mod.ts";
export * from "./harness/scenario/mod.ts";
export * from "./harness/trace/mod.ts";
