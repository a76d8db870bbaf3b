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

/** Reads a file as it is or compressed; nothing if it is not there. A text says why it cannot be read. */
function readPacked(path: string): Uint8Array | string | null {
  for (const [name, isPacked] of [[`${path}.gz`, true], [path, false]] as const) {
    try {
      const bytes = Deno.readFileSync(name);
      return isPacked ? gunzipSync(bytes) : bytes;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      const reason = error instanceof Error ? error.message : String(error);
      return `${name.slice(name.lastIndexOf("/") + 1)} cannot be read: ${reason}`;
    }
  }
  return null;
}

/** Reads one recording. A text says which file is missing, or why it cannot be read. */
export function readFiles(folder: string): RecordingFiles | string {
  const needed: Uint8Array[] = [];
  for (const name of ["meta.json", "qmp.json", "src.trace"]) {
    const bytes = readPacked(`${folder}/${name}`);
    if (bytes === null) return `${name} is missing`;
    if (typeof bytes === "string") return bytes;
    if (bytes.length === 0) return `${name} is empty`;
    needed.push(bytes);
  }
  const destinations: Uint8Array[] = [];
  for (const name of DESTINATIONS) {
    const log = readPacked(`${folder}/${name}`);
    if (typeof log === "string") return log;
    if (log === null) continue;
    if (log.length === 0) return `${name} is empty`;
    destinations.push(log);
  }
  const decoder = new TextDecoder();
  const [meta, qmp, source] = needed as [Uint8Array, Uint8Array, Uint8Array];
  return { meta: decoder.decode(meta), qmp: decoder.decode(qmp), source, destinations };
}

/** The recordings in a folder, by name; a link to one is one. */
export function recordingsIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].filter(({ isDirectory, isSymlink }) => isDirectory || isSymlink)
    .map(({ name }) => name).sort();
}
