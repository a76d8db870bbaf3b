/**
 * Writes a page, and says which command makes it again.
 *
 * @module
 */
import { writeFile } from "../files/mod.ts";
import type { Arguments } from "./arguments.ts";
import { CommandError } from "./command.ts";
import { PROGRAM } from "./help.ts";
import { describeError } from "./input.ts";

/** Writes a page whole. @throws {CommandError} If it cannot be written. */
export function writePage(path: string, page: string): void {
  try {
    writeFile(path, page);
  } catch (error) {
    throw new CommandError(`Cannot write ${path}: ${describeError(error)}`);
  }
}

/** A word as a shell takes it. */
export function quoteWord(word: string): string {
  return /^[\w./:=@%+,[\]-]+$/.test(word) && !/[[\]]/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command as it was typed, but for the flags that only say what to print. */
export function commandOf(name: string, args: Arguments): string {
  const given = args.given.filter((word) => word !== "--json").map(quoteWord);
  return [PROGRAM, name, ...given].join(" ");
}
