/**
 * Writes a page, and says which command makes it again.
 *
 * @module
 */
import { writeFile } from "../files/mod.ts";
import type { Arguments } from "./arguments.ts";
import { CommandError } from "./command.ts";
import { PROGRAM } from "./help.ts";
import { describeError, kindOf } from "./input.ts";

/** Writes a page whole. @throws {CommandError} If it cannot be written. */
export function writePage(path: string, page: string): void {
  try {
    writeFile(path, page);
  } catch (error) {
    throw new CommandError(`Cannot write ${path}: ${describeError(error)}`);
  }
}

/**
 * Refuses a file whose folder is not there before any work is done for it: a sweep of minutes should not end in that.
 *
 * @throws {CommandError} If there is no such folder.
 */
export function expectFolderOf(path: string | undefined): void {
  if (path === undefined) return;
  const at = path.lastIndexOf("/");
  const folder = at === -1 ? "." : path.slice(0, at) || "/";
  if (kindOf(folder) !== "folder") {
    throw new CommandError(`Cannot write ${path}: there is no folder ${folder}`);
  }
}

/** A word as a shell takes it. */
export function quoteWord(word: string): string {
  return /^[\w./:=@%+,[\]-]+$/.test(word) && !/[[\]]/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Flags that change what is printed or how fast, not what is found. */
const ASIDE = /^--(?:json|workers|out)(?:=|$)/;

/** The command as it was typed, without what does not change the result. */
export function commandOf(name: string, args: Arguments): string {
  const kept = args.given.filter((word, at) => {
    const before = args.given[at - 1] ?? "";
    const isValue = ASIDE.test(before) && !before.includes("=") && before !== "--json";
    return !ASIDE.test(word) && !isValue;
  });
  return [PROGRAM, name, ...kept.map(quoteWord)].join(" ");
}
