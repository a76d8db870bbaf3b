/**
 * The few operations on files that writing safely takes, as a value: a test gives one that dies at a chosen step.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** Operations on files. Each is one step: a process that is killed has done all of it or, for `write`, a part. */
export interface FileSystem {
  /** Creates or overwrites a file and returns when its bytes are on the disk. */
  write(path: string, bytes: Uint8Array): void;
  /** Puts a file in the place of another, at once. */
  rename(from: string, to: string): void;
  /** Makes a folder and those above it. */
  makeFolder(path: string): void;
  /** Removes a file or a folder with all in it; nothing happens when it is not there. */
  remove(path: string): void;
  /** The bytes of a file; `undefined` when there is none. */
  read(path: string): Uint8Array | undefined;
  exists(path: string): boolean;
}

/** What a small file is read into: half the time of `Deno.readFileSync`, which asks for size and kind first. */
const SMALL = new Uint8Array(1 << 16);
/** What a text is encoded into that a small file is compared with. */
const ENCODED = new Uint8Array(1 << 16);
const ENCODER = new TextEncoder();

/** Reads a file into `SMALL`. @returns How many bytes it has; as many as there is room for if it may have more. */
function readSmall(path: string): number {
  using file = Deno.openSync(path);
  let size = 0;
  for (let count = file.readSync(SMALL); count !== null; count = file.readSync(SMALL.subarray(size))) {
    size += count;
    if (size === SMALL.length) break;
  }
  return size;
}

function readWhole(path: string): Uint8Array {
  const size = readSmall(path);
  return size === SMALL.length ? Deno.readFileSync(path) : SMALL.slice(0, size);
}

/**
 * Whether a file is small and holds a text of ASCII alone. False says nothing: read the file then.
 *
 * Thousands of files are as they should be, and no bytes of theirs need be kept to see that.
 */
export function isSureToHold(path: string, text: string): boolean {
  // The last byte of either is a sign that there may be more.
  if (text.length >= SMALL.length) return false;
  const { read, written } = ENCODER.encodeInto(text, ENCODED);
  if (read !== text.length || written !== text.length) return false;
  try {
    return readSmall(path) === written &&
      Buffer.compare(SMALL.subarray(0, written), ENCODED.subarray(0, written)) === 0;
  } catch {
    return false;
  }
}

/** The machine's own. */
export const DISK: FileSystem = {
  write(path, bytes) {
    using file = Deno.openSync(path, { write: true, create: true, truncate: true });
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    file.syncSync();
  },
  rename: (from, to) => Deno.renameSync(from, to),
  makeFolder: (path) => Deno.mkdirSync(path, { recursive: true }),
  remove(path) {
    try {
      Deno.removeSync(path, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  },
  read(path) {
    try {
      return readWhole(path);
    } catch (error) {
      const { NotADirectory, NotFound } = Deno.errors;
      if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
      throw error;
    }
  },
  exists(path) {
    try {
      Deno.lstatSync(path);
      return true;
    } catch (error) {
      const { NotADirectory, NotFound } = Deno.errors;
      if (error instanceof NotFound || error instanceof NotADirectory) return false;
      throw error;
    }
  },
};
