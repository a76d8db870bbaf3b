/**
 * Keeps processes that work on the same folder out of each other's way.
 *
 * The kernel holds the lock for as long as the process has the folder open: a process that is killed, however, leaves
 * none behind, and no file is written for it.
 *
 * @module
 */

/** Several may read at a time; who changes something is alone. */
export type LockKind = "shared" | "alone";

/** A lock on a folder, until it is disposed of or the process ends. */
export class FolderLock implements Disposable {
  readonly #folder: Deno.FsFile;

  private constructor(folder: Deno.FsFile) {
    this.#folder = folder;
  }

  /**
   * Takes the lock, and waits for it if need be.
   *
   * A file system that has no locks gives none: there all is as it would be without.
   *
   * @param waits Called when another process has the lock.
   * @throws {Deno.errors.NotFound} If there is no such folder.
   */
  static async take(folder: string, kind: LockKind, waits: () => void): Promise<FolderLock> {
    const file = Deno.openSync(folder);
    const isAlone = kind === "alone";
    try {
      if (!file.tryLockSync(isAlone)) {
        waits();
        await file.lock(isAlone);
      }
    } catch {
      // File systems without locks answer in several ways.
    }
    return new FolderLock(file);
  }

  [Symbol.dispose](): void {
    this.#folder.close();
  }
}
