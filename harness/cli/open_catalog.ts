/**
 * Opens what the user calls a catalog: one that comes with the project, or a `trace-events` file of their build.
 *
 * @module
 */
import { showCaret, showPlace } from "../base/mod.ts";
import { safeText } from "../report/mod.ts";
import {
  ANY_TRACETOOL,
  Catalog,
  CATALOG_NAMES,
  type CatalogName,
  catalogOf,
  type DeclarationError,
  parseDeclarationFile,
  tracetoolOf,
} from "../trace/mod.ts";
import { CommandError, type Io } from "./command.ts";
import { kindOf, readBytes } from "./input.ts";

/** Refused lines, and doubtful ones, that are shown of a file. */
const SHOWN_MAX = 8;

/** Whether a word names a catalog that comes with the project. */
export function isCatalogName(word: string | undefined): word is CatalogName {
  return CATALOG_NAMES.some((name) => name === word);
}

/**
 * Opens a catalog.
 *
 * @param word A catalog's name, or a `trace-events` file, compressed or not.
 * @param asked How it was asked for, for messages: `--catalog`.
 * @param version The QEMU version whose tracetool decides what the file may hold; what any of them accepts unless given.
 * @throws {CommandError} If there is none, or lines of it are refused: each with its place, a caret and by whom.
 */
export async function openCatalog(word: string, asked: string, io: Io, version?: string): Promise<Catalog> {
  if (isCatalogName(word)) return catalogOf(word);
  if (word !== "-" && kindOf(word) === "nothing") {
    const names = CATALOG_NAMES.join(", ");
    throw new CommandError(`${asked} cannot be "${word}": it is neither a file nor one of ${names}`);
  }
  const rules = version === undefined ? ANY_TRACETOOL : tracetoolOf(version);
  const { declarations, errors, warnings } = parseDeclarationFile(await readBytes(word, io), rules);
  const whose = (by: DeclarationError["by"]) =>
    by === "C compiler"
      ? "the C compiler"
      : by === "tracetool" && version !== undefined
      ? `the tracetool of ${version}`
      : by;
  if (errors.length > 0) {
    throw new CommandError(
      showEach(word, errors, ({ reason, by }) => `${reason} (refused by ${whose(by)})`).join("\n"),
    );
  }
  const doubts = showEach(
    word,
    warnings,
    ({ reason, by }) =>
      by === "C compiler" ? `warning: ${reason} (the C compiler will refuse it)` : `warning: ${reason}`,
  );
  for (const line of doubts) io.err(`${safeText(line, 2000)}\n`);
  if (declarations.length === 0) throw new CommandError(`${word}:1:1: no event is declared in it`);
  return new Catalog(word, declarations);
}

function showEach(
  file: string,
  found: readonly DeclarationError[],
  say: (one: DeclarationError) => string,
): string[] {
  const lines = found.slice(0, SHOWN_MAX).flatMap((one) => [
    `${showPlace(file, one.at)}: ${say(one)}`,
    ...showCaret(one.source, one.at).split("\n"),
  ]);
  if (found.length > SHOWN_MAX) lines.push(`and ${found.length - SHOWN_MAX} more`);
  return lines;
}
