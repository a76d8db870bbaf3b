/**
 * Words that every folder uses: quantities, results, places in a text, seeded chance, bytes in one piece.
 *
 * @module
 */
export * from "./bytes.ts";
export * from "./place.ts";
export * from "./random.ts";
export * from "./result.ts";
export * from "./units.ts";
