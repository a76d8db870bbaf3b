/**
 * The folder of a finding: the shrunk case as data, what it does, and one command that replays it.
 *
 * - `finding.json`: target, rule, bucket, what the property said, and the names of the files that are the case;
 * - the case's own files, such as `scenario.json`;
 * - what the case does, such as `source.trace`, `destination.trace` and `chrome-trace.json`;
 * - `README.md`.
 *
 * @module
 */
import type { Failure } from "../../fuzz/mod.ts";
import { DISK, writeFile } from "../files/mod.ts";
import { CommandError } from "./command.ts";

/** What `finding.json` holds. */
export interface FindingHead {
  readonly target: string;
  readonly seed: number;
  readonly index: number;
  readonly rule: string;
  readonly bucket: string;
  readonly message: string;
  readonly shrinks: number;
  /** The files that are the case. */
  readonly files: readonly string[];
}

const HEAD = "finding.json";

/** Writes one finding as a folder, whole or not at all. Of two of one name, the one of the earlier case stays. */
export function writeFinding(folder: string, seed: number, failure: Failure): void {
  const { target, index, rule, bucket, message, shrinks, files, shows } = failure;
  const path = `${folder}/${bucket}`;
  const known = readFindingHead(path);
  if (known !== undefined && known.index <= index) return;
  const aside = `${path}.partial`;
  DISK.remove(aside);
  DISK.makeFolder(aside);
  for (const [name, bytes] of Object.entries({ ...shows, ...files })) DISK.write(`${aside}/${name}`, bytes);
  const names = Object.keys(files);
  const head: FindingHead = { target, seed, index, rule, bucket, message, shrinks, files: names };
  writeFile(`${aside}/${HEAD}`, `${JSON.stringify(head, null, 2)}\n`);
  writeFile(`${aside}/README.md`, findingReadme(path, head, Object.keys(shows).toSorted()));
  DISK.remove(path);
  DISK.rename(aside, path);
}

function findingReadme(path: string, head: FindingHead, shows: readonly string[]): string {
  const { target, seed, index, rule, message, shrinks, files } = head;
  const quoted = message.split("\n").map((line) => `    ${line}`).join("\n");
  const shown = shows.length === 0 ? "" : ` What it does: ${shows.map((name) => `\`${name}\``).join(", ")}.`;
  const chrome = shows.includes("chrome-trace.json")
    ? " `chrome-trace.json` opens in ui.perfetto.dev and chrome://tracing."
    : "";
  return `# \`${rule}\`, found by fuzz target \`${target}\`

${quoted}

Replay it:

    deno task switchover fuzz replay ${path}

Case ${index} of seed ${seed}, shrunk in ${shrinks} steps. The case as data: ${
    files.map((name) => `\`${name}\``).join(", ")
  }.${shown}${chrome}
Once it is mended, move this folder to \`fuzz/corpus/\`: every later campaign and \`deno test\` try it first.
`;
}

/** The head of a finding; `undefined` when the folder holds none. */
export function readFindingHead(folder: string): FindingHead | undefined {
  const bytes = DISK.read(`${folder}/${HEAD}`);
  if (bytes === undefined) return undefined;
  try {
    const head = JSON.parse(new TextDecoder().decode(bytes)) as FindingHead | null;
    const isWhole = typeof head?.target === "string" && typeof head.index === "number" &&
      Array.isArray(head.files);
    return isWhole ? head : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A finding's head and the files of its case.
 *
 * @throws {CommandError} If the folder holds no finding, or not all of it.
 */
export function readFinding(folder: string): { head: FindingHead; files: Record<string, Uint8Array> } {
  const head = readFindingHead(folder);
  if (head === undefined) {
    throw new CommandError(`${folder} holds no finding: its ${HEAD} is missing or damaged`);
  }
  const files: Record<string, Uint8Array> = {};
  for (const name of head.files) {
    const bytes = /^[\w.-]+$/.test(name) ? DISK.read(`${folder}/${name}`) : undefined;
    if (bytes === undefined) throw new CommandError(`${folder} holds no whole finding: ${name} is missing`);
    files[name] = bytes;
  }
  return { head, files };
}

/** Copies a finding with all its files. */
export function copyFinding(from: string, to: string): void {
  DISK.makeFolder(`${to}.partial`);
  for (const { name, isFile } of Deno.readDirSync(from)) {
    const bytes = isFile ? DISK.read(`${from}/${name}`) : undefined;
    if (bytes !== undefined) DISK.write(`${to}.partial/${name}`, bytes);
  }
  const head = readFindingHead(from);
  if (head !== undefined) {
    const shows = [...Deno.readDirSync(from)].map(({ name }) => name)
      .filter((name) => ![HEAD, "README.md", ...head.files].includes(name)).sort();
    writeFile(`${to}.partial/README.md`, findingReadme(to, head, shows));
  }
  DISK.rename(`${to}.partial`, to);
}

/** Takes a finding away. */
export function removeFinding(folder: string): void {
  DISK.remove(folder);
}

/** The names of the folders in a folder, sorted; none when it is not there, or is a file. */
export function foldersOf(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)]
      .filter(({ isDirectory, name }) => isDirectory && !name.endsWith(".partial"))
      .map(({ name }) => name).sort();
  } catch (error) {
    const { NotADirectory, NotFound } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return [];
    throw error;
  }
}
