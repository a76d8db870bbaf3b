/**
 * Journals of a campaign on the disk: a file for each writer, only ever appended to.
 *
 * @module
 */
import { DONE, type JournalState, type OpenJournal, readJournals } from "../../fuzz/mod.ts";
import { FolderLock } from "../files/mod.ts";

const ENCODER = new TextEncoder();
/** What is written most by far. */
const DOT = ENCODER.encode(DONE);

/** Opens a new journal. What is written is with the kernel when the call returns, so a killed process loses none. */
export const openJournal: OpenJournal = (path) => {
  const file = Deno.openSync(path, { append: true, createNew: true });
  return (text) => {
    const bytes = text === DONE ? DOT : ENCODER.encode(text);
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  };
};

/** Reads all journals of a campaign's folder. */
export function readJournalFolder(folder: string): JournalState {
  const names = journalNames(folder);
  return readJournals(names.map((name) => Deno.readTextFileSync(`${folder}/journal/${name}`)));
}

/** Waits until no worker of a campaign writes to its journals: workers in processes of their own hold a lock. */
export async function journalsAtRest(folder: string, waits: () => void = () => {}): Promise<void> {
  try {
    using _lock = await FolderLock.take(`${folder}/journal`, "alone", waits);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
  }
}

/** A name that no journal of the folder has yet; `-` and a number are put behind it for each writer. */
export function nextJournal(folder: string): string {
  const runs = journalNames(folder).map((name) => Number(/^(\d+)-/.exec(name)?.[1] ?? 0));
  return `${folder}/journal/${Math.max(0, ...runs) + 1}`;
}

function journalNames(folder: string): string[] {
  try {
    return [...Deno.readDirSync(`${folder}/journal`)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Writes what the journals hold through to the disk, where a power cut cannot reach it. */
export function syncJournals(folder: string): void {
  for (const name of journalNames(folder)) {
    using file = Deno.openSync(`${folder}/journal/${name}`, { write: true });
    file.syncDataSync();
  }
}
