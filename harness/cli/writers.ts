/**
 * One log of several QEMUs, as a journal or a cluster's collector has it: what stands before each line tells whose it
 * is, and each gets a trace of its own, under the line numbers of the file.
 *
 * @module
 */
import type { TraceFile } from "./check_input.ts";
import { CommandError } from "./command.ts";
import type { TraceInput } from "./envelope.ts";
import { guessLogs } from "./guess.ts";
import { isRegularFile } from "./input.ts";

/** What a log of both sides is taken apart into. */
export interface Split {
  readonly traces: readonly TraceFile[];
  readonly notes: readonly string[];
}

/**
 * Tells the QEMUs of a log apart.
 *
 * @returns The trace of each side; undefined where one QEMU alone traces a migration.
 * @throws {CommandError} If they are not the two sides of one migration, or the log cannot be read twice.
 */
export function splitByWriter({ name, writers }: TraceInput, path: string): Split | undefined {
  const found: { path: string; writer: string; side: "source" | "destination" }[] = [];
  for (const { name: writer, head } of writers) {
    const [guess] = guessLogs([{ head, format: "log" }]);
    // Who traces nothing of a migration is of no concern.
    if (guess?.side !== undefined) found.push({ path, writer, side: guess.side });
  }
  if (found.length < 2) return undefined;
  const shown = found.map(({ side, writer }) => `"${writer}" (${side})`).join(", ");
  const claim = `${name} has the lines of ${found.length} QEMUs, ${shown}`;
  const isPair = found.length === 2 && found[0]?.side !== found[1]?.side;
  if (!isPair) {
    throw new CommandError(
      `${claim}; give those of one migration alone, as grep -F "${found[0]?.writer}" finds them`,
    );
  }
  if (!isRegularFile(path)) {
    throw new CommandError(`${claim}; give it as a file, which can be read once for each`);
  }
  return { traces: found, notes: [`${claim}: each is read by itself`] };
}
