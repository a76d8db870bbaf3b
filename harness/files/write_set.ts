/**
 * Changes a set of files all or nothing, whenever the process is killed.
 *
 * 1. The new contents are staged in a folder beside the set.
 * 2. A journal of what shall happen is renamed into that folder: from here on the change counts as made.
 * 3. Each file is renamed into its place or removed; then the folder goes.
 *
 * A process killed before 2 has changed nothing, and `recover` throws the staged files away; one killed after it is
 * carried on by `recover`, which may be killed and run again any number of times.
 *
 * @module
 */
import { DISK, type FileSystem } from "./file_system.ts";
import { writeFile } from "./write_file.ts";

/** What shall stand at each path below the root; null removes the file or the folder. */
export type FileSet = ReadonlyMap<string, Uint8Array | null>;

/** What an interrupted change left behind. */
export type Leftover = "nothing" | "undone" | "finished";

interface Journal {
  readonly steps: readonly { readonly path: string; readonly staged: string | null }[];
}

/** The folder of a change that is under way. */
export function pendingFolder(root: string): string {
  return `${root.replace(/\/+$/, "")}.pending`;
}

/** Whether a change was interrupted and waits for {@linkcode recoverSet}. */
export function isInterrupted(root: string, files: FileSystem = DISK): boolean {
  return files.exists(pendingFolder(root));
}

/**
 * Makes the change.
 *
 * @param root The folder that the paths of the set count from.
 */
export function writeSet(root: string, set: FileSet, files: FileSystem = DISK): void {
  recoverSet(root, files);
  const pending = pendingFolder(root);
  files.makeFolder(pending);
  const steps = [...set].map(([path, bytes], index) => {
    const staged = bytes === null ? null : `${index}`;
    if (bytes !== null) files.write(`${pending}/${index}`, bytes);
    return { path, staged };
  });
  writeFile(`${pending}/journal.json`, JSON.stringify({ steps }), files);
  finish(root, { steps }, files);
}

/** Undoes or finishes what an interrupted change left. */
export function recoverSet(root: string, files: FileSystem = DISK): Leftover {
  const pending = pendingFolder(root);
  if (!files.exists(pending)) return "nothing";
  const journal = files.read(`${pending}/journal.json`);
  if (journal === undefined) {
    files.remove(pending);
    return "undone";
  }
  finish(root, JSON.parse(new TextDecoder().decode(journal)) as Journal, files);
  return "finished";
}

function finish(root: string, { steps }: Journal, files: FileSystem): void {
  const pending = pendingFolder(root);
  for (const { path, staged } of steps) {
    const target = `${root}/${path}`;
    if (staged === null) files.remove(target);
    else if (files.exists(`${pending}/${staged}`)) {
      files.makeFolder(target.slice(0, target.lastIndexOf("/")));
      files.rename(`${pending}/${staged}`, target);
    }
  }
  // The journal goes first: staged files without one are nothing but waste, while a journal whose staged files are
  // gone would still be read.
  files.remove(`${pending}/journal.json`);
  files.remove(pending);
}
