/**
 * Recordings of real QEMUs: reading what was recorded.
 *
 * @module
 */
export * from "./read_recording.ts";
