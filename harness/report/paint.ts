/**
 * Colours of a terminal, or none; and text that cannot harm one.
 *
 * @module
 */

/** Paints a text. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly doubt: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const same = (text: string) => text;
const ansi = (code: number) => (text: string) => `\x1b[${code}m${text}\x1b[0m`;

/** Text as it is. */
export const PLAIN: Paint = { good: same, bad: same, doubt: same, strong: same, faint: same };
/** The colours of a terminal. */
export const ANSI: Paint = {
  good: ansi(32),
  bad: ansi(31),
  doubt: ansi(33),
  strong: ansi(1),
  faint: ansi(2),
};

/**
 * Text from a trace or a file, made safe to print: control and format characters become `·`.
 *
 * A log may come from anybody; an escape sequence in it must not reach the terminal.
 *
 * @param lengthMax Longer texts are cut, with an ellipsis.
 */
export function safeText(text: string, lengthMax = 400): string {
  const shown = text.length > lengthMax ? `${text.slice(0, lengthMax - 1)}…` : text;
  return shown.replace(/[\p{C}\u2028\u2029]/gu, "·");
}

/** A count with its noun: `1 rule`, `2 rules`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Bytes for people: one decimal and a decimal unit, `168.9 MB`. */
export function showBytes(size: number): string {
  if (!Number.isFinite(size)) return "unknown";
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = size;
  let unit = 0;
  for (; Math.abs(value) >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}
