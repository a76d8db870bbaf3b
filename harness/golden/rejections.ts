/**
 * Runs that somebody looked at and said no to, so that they are not asked about again until they change.
 *
 * A rejection accepts nothing and hides nothing: the golden stays, and the check goes on failing until the run is the
 * golden again. It is one person's work under way and no part of the project, so its file is not kept in the repository.
 *
 * @module
 */
import { DISK, type FileSystem, writeFile } from "../files/mod.ts";
import { GOLDEN_FILES } from "./golden.ts";
import type { GoldenResult } from "./golden_set.ts";

/** What was rejected: the fingerprint of the result, by the golden's name. */
export type Rejections = ReadonlyMap<string, string>;

/** What tells a result from any other: another run, or another kind of difference, has another one. */
export async function fingerprint(result: GoldenResult): Promise<string> {
  const now = "now" in result ? result.now : undefined;
  const parts = [
    new TextEncoder().encode(`${result.status}\n`),
    ...GOLDEN_FILES.flatMap((file) => now?.[file] ?? []),
  ];
  const whole = new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).toHex();
}

/** Reads the rejections. A file that is damaged holds none: the worst that follows is being asked once more. */
export function readRejections(path: string, files: FileSystem = DISK): Rejections {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(files.read(path) ?? new Uint8Array()));
    const entries = Object.entries(typeof value === "object" && value !== null ? value : {});
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch (error) {
    if (error instanceof SyntaxError) return new Map();
    throw error;
  }
}

/** Writes the rejections; no file stays when there are none. */
export function writeRejections(path: string, rejections: Rejections, files: FileSystem = DISK): void {
  if (rejections.size === 0) return files.remove(path);
  files.makeFolder(path.slice(0, path.lastIndexOf("/")));
  const sorted = Object.fromEntries([...rejections].sort(([a], [b]) => a < b ? -1 : 1));
  writeFile(path, `${JSON.stringify(sorted, null, 2)}\n`, files);
}
