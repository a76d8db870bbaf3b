/**
 * Scenarios: what to run, validated.
 *
 * @module
 */
export * from "./schema.ts";
