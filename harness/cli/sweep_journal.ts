/**
 * The journal of a sweep: a line for each cell that is done, appended and never changed.
 *
 * The first line names the sweep; a folder that holds another one is refused. A line that a killed process left half
 * written is cut off and its cell is run again.
 *
 * @module
 */
import type { SweepCell } from "../report/mod.ts";
import { CommandError } from "./command.ts";
import { describeError } from "./input.ts";

const FORMAT = 1;

/** Where the cells of a sweep are kept. */
export class SweepJournal {
  readonly #file: Deno.FsFile;

  /**
   * Opens a folder's journal, or begins one.
   *
   * @param identity What makes it this sweep and no other: scenario and axes.
   * @param done Called with each cell that is done already.
   * @throws {CommandError} If the folder cannot be used or holds another sweep.
   */
  constructor(folder: string, identity: unknown, done: (cell: number, result: SweepCell) => void) {
    const path = `${folder}/journal.jsonl`;
    const head = JSON.stringify({ sweep: FORMAT, of: identity });
    try {
      Deno.mkdirSync(folder, { recursive: true });
      const text = readIfThere(path);
      const lines = text.split("\n");
      const first = lines.shift() ?? "";
      const isNew = lines.length === 0;
      if (!isNew && first !== head) {
        throw new CommandError(
          `${folder} holds another sweep; give a new folder or the same scenario and axes`,
        );
      }
      // What follows the last newline is a line that was never finished.
      const unfinished = lines.pop() ?? "";
      for (const line of lines) readLine(line, done);
      if (unfinished !== "") {
        Deno.truncateSync(path, Deno.statSync(path).size - new TextEncoder().encode(unfinished).length);
      }
      this.#file = Deno.openSync(path, { write: true, create: true, append: !isNew, truncate: isNew });
      if (isNew) this.#write(`${head}\n`);
    } catch (error) {
      if (error instanceof CommandError) throw error;
      throw new CommandError(`Cannot use ${folder}: ${describeError(error)}`);
    }
  }

  /** Notes a cell that is done. */
  note(cell: number, result: SweepCell): void {
    this.#write(`${JSON.stringify({ cell, ...result })}\n`);
  }

  close(): void {
    this.#file.syncSync();
    this.#file.close();
  }

  #write(line: string): void {
    const bytes = new TextEncoder().encode(line);
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function readLine(line: string, done: (cell: number, result: SweepCell) => void): void {
  try {
    const { cell, ...result } = JSON.parse(line) as { cell?: unknown } & SweepCell;
    if (typeof cell === "number" && ("figures" in result || "error" in result)) done(cell, result);
  } catch {
    // The end of a process that was killed; the cell is run again.
  }
}
