/**
 * Places in a text: where an error is, and how it is shown.
 *
 * @module
 */

/** A place in a file. Line and column count from 1; the column counts characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Finds the place of a character offset in a text. Offsets past the end give the place after the last one. */
export function placeAt(text: string, offset: number): Place {
  const end = Math.min(offset, text.length);
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: end - lineStart + 1 };
}

/** `file:line:column`, as compilers print it, so that editors can jump there. */
export function showPlace(file: string, { line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/**
 * The line of a text with a caret under one column, on two lines.
 *
 * Control characters are shown as `·` so that a hostile line cannot move the caret or the terminal.
 */
export function showCaret(line: string, place: Place): string {
  const gutter = `${place.line} | `;
  const from = Math.max(0, place.column - 1 - 60);
  const shown = line.slice(from, from + 120).replace(/[\p{C}\u2028\u2029]/gu, "·");
  return `${gutter}${shown}\n${" ".repeat(gutter.length + place.column - 1 - from)}^`;
}
