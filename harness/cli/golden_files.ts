/**
 * The files of goldens, read and written where anything may stand in their place: what a system refuses is a sentence.
 *
 * @module
 */
import { DISK, type FileSet, type Leftover, recoverSet, writeSet } from "../files/mod.ts";
import { GOLDEN_FILES, type GoldenFile, type GoldenFiles } from "../golden/mod.ts";
import { CommandError } from "./command.ts";
import { describeError } from "./input.ts";

/**
 * Does something with files.
 *
 * @param what The sentence up to the reason: `Cannot read golden/idle`.
 * @throws {CommandError} If the system refuses it.
 */
export function onDisk<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new CommandError(`${what}: ${describeError(error)}`);
  }
}

/** Whether an error comes from the system, and is no defect of ours. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error &&
    ("code" in error || Object.values(Deno.errors).some((kind) => error instanceof kind));
}

/**
 * Reads a golden; `undefined` when one of its files is not there.
 *
 * @throws {CommandError} If something else is there that cannot be read as a file.
 */
export function keptGolden(root: string, name: string): GoldenFiles | undefined {
  const found: Partial<Record<GoldenFile, Uint8Array>> = {};
  for (const file of GOLDEN_FILES) {
    const path = `${root}/${name}/${file}`;
    const bytes = onDisk(`Cannot read ${path}`, () => DISK.read(path));
    if (bytes !== undefined) found[file] = bytes;
  }
  return GOLDEN_FILES.every((file) => found[file] !== undefined) ? found as GoldenFiles : undefined;
}

/** The files that a golden lacks. */
export function lackedBy(root: string, name: string): readonly GoldenFile[] {
  return GOLDEN_FILES.filter((file) => {
    const path = `${root}/${name}/${file}`;
    return onDisk(`Cannot read ${path}`, () => DISK.read(path)) === undefined;
  });
}

/**
 * Changes goldens all or nothing.
 *
 * @throws {CommandError} If the system refuses it. Nothing is changed then, or the sentence says how to go on.
 */
export function changeGoldens(root: string, set: FileSet): void {
  for (const path of set.keys()) {
    const folder = `${root}/${path.split("/")[0]}`;
    if (path.includes("/") && isNoFolder(folder)) {
      throw new CommandError(`Cannot write ${root}/${path}: ${folder} is no folder; nothing was changed`);
    }
  }
  try {
    writeSet(root, set);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new CommandError(`Cannot write ${root}: ${describeRefusal(error)}; ${afterFailure(root)}`);
  }
}

/** Finishes or undoes a change that was interrupted. */
export function recoverGoldens(root: string): Leftover {
  try {
    return recoverSet(root);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new CommandError(
      `Cannot finish the interrupted update of ${root}: ${
        describeRefusal(error)
      }; nothing is lost, and golden update tries again`,
    );
  }
}

function describeRefusal(error: unknown): string {
  return error instanceof Deno.errors.PermissionDenied ? "writing is not permitted" : describeError(error);
}

function isNoFolder(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** What became of a change that failed: as long as it was not decided, nothing but waste is left of it. */
function afterFailure(root: string): string {
  try {
    return recoverSet(root) === "finished"
      ? "the second try succeeded, and all is written"
      : "nothing was changed";
  } catch {
    return "nothing is lost, and golden update finishes or undoes it";
  }
}
