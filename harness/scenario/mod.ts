/**
 * Scenarios: what to run. The type and its defaults, reading and validation.
 *
 * @module
 */
export { pagesDirtied, pagesDirtiedAt } from "./dirty_vector.ts";
export * from "./check_scenario.ts";
export * from "./knob.ts";
export * from "./nearest_name.ts";
export * from "./parameters.ts";
export * from "./parse_scenario.ts";
export * from "./read_json.ts";
export * from "./schema.ts";
