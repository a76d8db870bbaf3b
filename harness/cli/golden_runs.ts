/**
 * Runs the scenarios whose goldens are kept, and compares.
 *
 * @module
 */
import { findOrphans, type GoldenResult } from "../golden/mod.ts";
import { FolderLock, isInterrupted, type LockKind } from "../files/mod.ts";
import { didYouMean } from "../scenario/mod.ts";
import { CommandError, type Io } from "./command.ts";
import { kindOf } from "./input.ts";
import { type GoldenMemory, MEMORY_FILE } from "./golden_memory.ts";
import { scenarioPath } from "./golden_one.ts";
import { compareShared } from "./golden_share.ts";
import { onDisk } from "./golden_files.ts";
import { GOLDEN_ROOT, REJECTED_FILE } from "./golden_show.ts";

/** Where the scenarios are. */
export const SCENARIO_ROOT = "scenarios";

/** Where a project keeps what the commands of goldens read and write. */
export interface Places {
  readonly goldens: string;
  readonly scenarios: string;
  /** What was rejected in `golden review`; one person's, not committed. */
  readonly rejected: string;
  /** What was found to be the same; one person's, not committed. */
  readonly checked: string;
}

/** The places of the project that a command works in. */
export function placesOf({ folder }: Io): Places {
  const at = (path: string) => folder === undefined ? path : `${folder}/${path}`;
  return {
    goldens: at(GOLDEN_ROOT),
    scenarios: at(SCENARIO_ROOT),
    rejected: at(REJECTED_FILE),
    checked: at(MEMORY_FILE),
  };
}

/**
 * Keeps the goldens as they are while they are compared, and to oneself while they are written.
 *
 * Whoever comes second says so and waits: what he does then starts from what the first one left.
 *
 * @throws {CommandError} If this is no project's folder.
 */
export async function lockGoldens(io: Io, kind: LockKind): Promise<FolderLock> {
  const { scenarios } = placesOf(io);
  expectScenarios(scenarios);
  // The scenarios' folder is always there, while the goldens' may have to be made.
  return await FolderLock.take(scenarios, kind, () => {
    io.err("Another process works on the goldens here; waiting until it is done\n");
  });
}

function expectScenarios(root: string): void {
  if (kindOf(root) === "folder") return;
  throw new CommandError(`There is no folder ${root} here; this command works in the project's folder`);
}

/** The names of the scenarios, sorted. */
export function scenarioNames(root: string = SCENARIO_ROOT): string[] {
  expectScenarios(root);
  return [...Deno.readDirSync(root)].map(({ name }) => name)
    .filter((name) => name.endsWith(".json") && name !== "schema.json").map((name) => name.slice(0, -5))
    .sort();
}

/**
 * Those that have one of the given words in their name; all when none is given.
 *
 * @throws {CommandError} If none has such a name.
 */
export function chooseNames(
  all: readonly string[],
  words: readonly string[],
  noun: string,
): readonly string[] {
  for (const word of words) {
    if (!all.some((one) => one.includes(word))) {
      throw new CommandError(`No ${noun} has "${word}" in its name${didYouMean(word, all)}`);
    }
  }
  return words.length === 0 ? all : all.filter((one) => words.some((word) => one.includes(word)));
}

/**
 * Compares the goldens of these scenarios with their runs, and looks for orphans of such names.
 *
 * @param words Parts of names; none: all.
 * @param memory What is known to be the same and need not be run; nothing unless given.
 * @throws {CommandError} If no scenario has such a name or one is no scenario, or an interrupted update waits to be
 * finished.
 */
export async function compareAll(
  words: readonly string[],
  io: Io,
  memory?: GoldenMemory,
): Promise<GoldenResult[]> {
  const { goldens, scenarios } = placesOf(io);
  if (isInterrupted(goldens)) {
    throw new CommandError(
      "An update of the goldens was interrupted; golden update finishes or undoes it first",
    );
  }
  const all = scenarioNames(scenarios);
  const orphans = onDisk(`Cannot read ${goldens}`, () => findOrphans(goldens, all));
  const asked = new Set(chooseNames([...all, ...orphans.map(({ name }) => name)], words, "scenario"));
  const chosen = all.filter((name) => asked.has(name));
  const names = memory === undefined
    ? chosen
    : chosen.filter((name) => !memory.isSame(name, scenarioPath(scenarios, name), goldens));
  const compared = await compareShared({
    folders: { goldens, scenarios },
    names,
    digests: memory !== undefined,
  });
  const results = new Map<string, GoldenResult>();
  for (const { result, digest } of compared) {
    results.set(result.name, result);
    if (digest !== undefined) memory?.note(result.name, digest);
  }
  await memory?.save();
  const found = chosen.map((name): GoldenResult => results.get(name) ?? { status: "same", name });
  return [...found, ...orphans.filter(({ name }) => asked.has(name))];
}
