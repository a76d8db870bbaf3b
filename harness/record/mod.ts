/**
 * Recordings of real QEMUs: reading what was recorded.
 *
 * @module
 */
export * from "./read_recording.ts";
export { type RecordingFiles, writeRecording } from "./write_recording.ts";
