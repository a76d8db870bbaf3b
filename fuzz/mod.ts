/**
 * Fuzzing: targets, and what a campaign of them is made of.
 *
 * @module
 */
export * from "./campaign/ranges.ts";
export * from "./campaign/try_case.ts";
export { type Order, type Report, serve } from "./campaign/serve.ts";
export * from "./target.ts";
export * from "./targets.ts";
