/**
 * The files of recordings, unpacked.
 *
 * @module
 */
import { gunzipSync } from "node:zlib";
import type { RecordingFiles } from "./run_case.ts";

/** Where the recordings lie unless told otherwise. */
export const RECORDINGS = "../shared/recordings";
/** A second destination has a trace of its own. */
const DESTINATIONS = ["dst.trace", "dst2.trace"];

/** Reads a file as it is or compressed; nothing if it is not there. */
function readPacked(path: string): Uint8Array | null {
  for (const [name, isPacked] of [[`${path}.gz`, true], [path, false]] as const) {
    try {
      const bytes = Deno.readFileSync(name);
      return isPacked ? gunzipSync(bytes) : bytes;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

/** Reads one recording. A text says what is missing. */
export function readFiles(folder: string): RecordingFiles | string {
  const decoder = new TextDecoder();
  const meta = readPacked(`${folder}/meta.json`);
  const qmp = readPacked(`${folder}/qmp.json`);
  const source = readPacked(`${folder}/src.trace`);
  if (meta === null || qmp === null || source === null) return "meta.json, qmp.json or src.trace is missing";
  const destinations = DESTINATIONS.map((name) => readPacked(`${folder}/${name}`)).filter((log) =>
    log !== null
  );
  return { meta: decoder.decode(meta), qmp: decoder.decode(qmp), source, destinations };
}

/** The recordings in a folder, by name; a link to one is one. */
export function recordingsIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].filter(({ isDirectory, isSymlink }) => isDirectory || isSymlink)
    .map(({ name }) => name).sort();
}
