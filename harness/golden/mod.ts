/**
 * Goldens: the accepted run of each scenario, and what differs from it.
 *
 * @module
 */
export * from "./describe_difference.ts";
export * from "./golden.ts";
export * from "./rejections.ts";
export * from "./golden_set.ts";
export * from "./text_difference.ts";
