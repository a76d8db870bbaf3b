/**
 * All goldens of a folder beside the runs that they should be: same, differing, missing, orphaned.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { DISK, type FileSet, type FileSystem, isSureToHold } from "../files/mod.ts";
import { GOLDEN_FILES, type GoldenFile, type GoldenFiles, type GoldenTexts } from "./golden.ts";

/** One golden and what was found. */
export type GoldenResult =
  | { readonly status: "same"; readonly name: string }
  | {
    readonly status: "differs";
    readonly name: string;
    readonly golden: GoldenFiles;
    readonly now: GoldenFiles;
  }
  /** There is a scenario, but no golden of it, or not all of its files. */
  | {
    readonly status: "missing";
    readonly name: string;
    readonly now: GoldenFiles;
    /** Which of its files are not there; all unless given. */
    readonly lacks?: readonly GoldenFile[];
  }
  /** There is a golden, but no scenario. */
  | { readonly status: "orphan"; readonly name: string };

/** The names of the goldens in a folder, sorted. Whatever is no folder there is none of ours. */
export function listGoldens(root: string): string[] {
  try {
    const entries = [...Deno.readDirSync(root)].filter(({ isDirectory }) => isDirectory);
    return entries.map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Reads a golden; `undefined` when one of its files is not there. */
export function readGolden(root: string, name: string, files: FileSystem = DISK): GoldenFiles | undefined {
  const found: Partial<Record<GoldenFile, Uint8Array>> = {};
  for (const file of GOLDEN_FILES) {
    const bytes = files.read(`${root}/${name}/${file}`);
    if (bytes === undefined) return undefined;
    found[file] = bytes;
  }
  return found as GoldenFiles;
}

/** Whether a golden is sure to be the same as these texts. False says nothing: the bytes are to be compared. */
export function isSureToBeSame(root: string, name: string, texts: GoldenTexts): boolean {
  return GOLDEN_FILES.every((file) => isSureToHold(`${root}/${name}/${file}`, texts[file]));
}

/** Compares one run with its golden, which may not be there. */
export function compareGolden(
  name: string,
  golden: GoldenFiles | undefined,
  now: GoldenFiles,
): GoldenResult {
  if (golden === undefined) return { status: "missing", name, now };
  const isSame = GOLDEN_FILES.every((file) => sameBytes(golden[file], now[file]));
  return isSame ? { status: "same", name } : { status: "differs", name, golden, now };
}

/** The goldens whose scenario is gone. */
export function findOrphans(root: string, scenarios: readonly string[]): GoldenResult[] {
  const known = new Set(scenarios);
  return listGoldens(root).filter((name) => !known.has(name)).map((name) => ({ status: "orphan", name }));
}

/** The change of files that makes these results all `same`. */
export function acceptAll(results: readonly GoldenResult[]): FileSet {
  const set = new Map<string, Uint8Array | null>();
  for (const result of results) {
    if (result.status === "orphan") set.set(result.name, null);
    if (result.status !== "differs" && result.status !== "missing") continue;
    for (const file of GOLDEN_FILES) set.set(`${result.name}/${file}`, result.now[file]);
  }
  return set;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
