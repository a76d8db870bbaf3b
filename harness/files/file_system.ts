/**
 * The few operations on files that writing safely takes, as a value: a test gives one that dies at a chosen step.
 *
 * @module
 */

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

function readWhole(path: string): Uint8Array {
  using file = Deno.openSync(path);
  let size = 0;
  for (let count = file.readSync(SMALL); count !== null; count = file.readSync(SMALL.subarray(size))) {
    size += count;
    if (size === SMALL.length) return Deno.readFileSync(path);
  }
  return SMALL.slice(0, size);
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
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  },
};
