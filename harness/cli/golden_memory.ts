/**
 * What `golden check` has seen to be the same before, so that it need not be run again.
 *
 * A run depends on the program and its scenario alone ("the same bytes on any machine"). So a golden that was compared
 * by this very program, from this very scenario, is the same as long as none of the three has changed: the digests of
 * all of them are kept, and one byte of difference in any has the scenario run again. A change of the program, be it a
 * comment, forgets everything.
 *
 * It is a convenience of whoever works here: not used and not written in CI, nor in `deno test`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { DISK, FolderLock, writeFile } from "../files/mod.ts";
import { GOLDEN_FILES, type GoldenFiles } from "../golden/mod.ts";
import { isSystemError, keptGolden, onDisk } from "./golden_files.ts";

/** Where it is kept; one person's, not committed. */
export const MEMORY_FILE = ".switchover/checked.json";

/** What is kept. */
interface Kept {
  readonly program: string;
  readonly same: Readonly<Record<string, string>>;
}

/** The program's own folder; undefined when it does not run from files. */
function programFolder(): string | undefined {
  const url = new URL("..", import.meta.url);
  return url.protocol === "file:" ? url.pathname : undefined;
}

/** A digest of every file of the program but its tests', and of what runs it. */
export function digestProgram(folder: string): string {
  const hash = createHash("sha256").update(JSON.stringify(Deno.version));
  const walk = (at: string): void => {
    for (const { name, isDirectory } of [...Deno.readDirSync(at)].sort((a, b) => a.name < b.name ? -1 : 1)) {
      if (isDirectory) {
        if (name !== "testdata" && name !== "__snapshots__") walk(`${at}/${name}`);
      } else if (!name.endsWith("_test.ts")) {
        hash.update(`${at}/${name}\n`).update(Deno.readFileSync(`${at}/${name}`));
      }
    }
  };
  walk(folder);
  // Which versions of the packages are loaded.
  hash.update(DISK.read(`${folder}/../deno.lock`) ?? "");
  return hash.digest("hex");
}

/** A digest of a scenario and its golden. */
export function digestGolden(scenario: Uint8Array, golden: GoldenFiles): string {
  const hash = createHash("sha256");
  for (const bytes of [scenario, ...GOLDEN_FILES.map((file) => golden[file])]) {
    hash.update(`${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

/** The goldens that are known to be the same. */
export class GoldenMemory {
  readonly #file: string;
  readonly #program: string;
  readonly #before: Readonly<Record<string, string>>;
  readonly #now = new Map<string, string>();
  /** How many did not have to be run. */
  known = 0;

  private constructor(file: string, program: string, before: Readonly<Record<string, string>>) {
    this.#file = file;
    this.#program = program;
    this.#before = before;
  }

  /**
   * Opens the memory of a project; none when the program's files cannot be read.
   *
   * @param file Where it is kept.
   * @param folder The program's folder, by default the one that this file is in.
   */
  static open(file: string, folder: string | undefined = programFolder()): GoldenMemory | undefined {
    if (folder === undefined) return undefined;
    try {
      const program = digestProgram(folder);
      const kept = readKept(file);
      return new GoldenMemory(file, program, kept?.program === program ? kept.same : {});
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) return undefined;
      throw error;
    }
  }

  /**
   * Whether this golden is the same as when it was last compared, scenario and program too.
   *
   * @param goldens The folder of all goldens.
   */
  isSame(name: string, scenario: string, goldens: string): boolean {
    const before = this.#before[name];
    if (before === undefined) return false;
    const text = onDisk(`Cannot read ${scenario}`, () => DISK.read(scenario));
    const golden = keptGolden(goldens, name);
    if (text === undefined || golden === undefined || digestGolden(text, golden) !== before) return false;
    this.#now.set(name, before);
    this.known++;
    return true;
  }

  /** Notes that a golden was compared and is the same, with the digest of the bytes that were compared. */
  note(name: string, digest: string): void {
    this.#now.set(name, digest);
  }

  /** Keeps what is known now, besides what is known of goldens that were not asked for. */
  async save(): Promise<void> {
    const same = { ...this.#before, ...Object.fromEntries(this.#now) };
    if (this.known === Object.keys(same).length) return;
    try {
      const folder = this.#file.slice(0, this.#file.lastIndexOf("/"));
      DISK.makeFolder(folder);
      // Two checks may end at the same time.
      using _ = await FolderLock.take(folder, "alone", () => {});
      writeFile(this.#file, JSON.stringify({ program: this.#program, same } satisfies Kept));
    } catch (error) {
      // Where nothing can be written, the next check takes its time again.
      if (!isSystemError(error)) throw error;
    }
  }
}

function readKept(file: string): Kept | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(DISK.read(file))) as Partial<Kept> | null;
    const isWhole = typeof value?.program === "string" && typeof value.same === "object" &&
      value.same !== null;
    return isWhole ? value as Kept : undefined;
  } catch (error) {
    // Not there yet, or damaged: nothing is known, and everything is run.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
