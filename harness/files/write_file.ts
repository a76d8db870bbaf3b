/**
 * Writes one file so that a reader sees the old one or the new one, never a part.
 *
 * @module
 */
import { DISK, type FileSystem } from "./file_system.ts";

const ENCODER = new TextEncoder();

/**
 * Writes a file whole: to a temporary name beside it, synced, then renamed.
 *
 * The temporary name is fixed (`NAME.partial`), so what a killed process leaves is overwritten by the next one.
 *
 * @param contents Text is written as UTF-8.
 */
export function writeFile(path: string, contents: string | Uint8Array, files: FileSystem = DISK): void {
  const aside = `${path}.partial`;
  files.write(aside, typeof contents === "string" ? ENCODER.encode(contents) : contents);
  files.rename(aside, path);
}

/**
 * A file that is written piece by piece and appears whole at the end: under its name only once `finish` is called.
 */
export class GrowingFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  constructor(path: string) {
    this.#path = path;
    this.#file = Deno.openSync(`${path}.partial`, { write: true, create: true, truncate: true });
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }

  /** Syncs what was written and gives it its name. */
  finish(): void {
    this.#file.syncSync();
    this.#file.close();
    DISK.rename(`${this.#path}.partial`, this.#path);
  }

  /** Leaves things as they were. */
  abandon(): void {
    this.#file.close();
    DISK.remove(`${this.#path}.partial`);
  }
}

/** One character per byte, as the trace layer keeps what QEMU wrote, back to bytes. */
export function latin1Bytes(text: string): Uint8Array {
  // Text of ASCII alone, as most is, has the same bytes in UTF-8, and the runtime makes them faster.
  const encoded = ENCODER.encode(text);
  if (encoded.length === text.length) return encoded;
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
