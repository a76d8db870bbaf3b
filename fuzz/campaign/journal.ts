/**
 * The journal of a campaign as text: what is tried, what was reached, what failed, what was drawn.
 *
 * Only ever appended to, by one writer a file. Four kinds of lines:
 *
 * - `log 512 768:..x.` — cases 512, 513 and 515 of target log are done; a dot for each, written when it is. The line
 *   grows while its cases run, so a process that is killed loses the case under way and no other. An `x` is a case that
 *   failed: it counts only by a line of its own, written when its finding is safe.
 * - `+log NAME` — something that a case reached, written before the case's dot.
 * - `!log 514 RULE` — case 514 broke a rule.
 * - `=log 512 768 81 {"fault network-cut":7}` — the cases from 512 on took 81 ms, and seven of them had that kind of
 *   feature; written when they are done.
 *
 * A journal that was united from others has `log 0 100000:*` in the place of a hundred thousand dots.
 *
 * A line that was cut off is read as far as it goes, and never as something that it does not say.
 *
 * @module
 */
import { type Range, unite } from "./ranges.ts";

/** What journals say, taken together. */
export interface JournalState {
  /** Cases that are done, by target. */
  readonly done: ReadonlyMap<string, readonly Range[]>;
  /** What was reached, by target. */
  readonly reached: ReadonlyMap<string, ReadonlySet<string>>;
  /** Cases that failed and the rule that each broke, by target. */
  readonly failed: ReadonlyMap<string, ReadonlyMap<number, string>>;
  /** What is known of ranges of cases besides, by their line. */
  readonly tallies: ReadonlyMap<string, Tally>;
  /** Dots in all: equal to the cases done unless something was tried twice. */
  readonly dots: number;
}

/** What cases had and took, counted over a range of them. */
export interface Tally extends Range {
  readonly target: string;
  /** Milliseconds by the clock, whatever else the machine did. */
  readonly ms: number;
  /** Cases by what they have; see `kindsOf` of a target. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** Begins a line of cases. */
export function casesLine(target: string, { from, to }: Range): string {
  return `\n${target} ${from} ${to}:`;
}

/** The mark of a case that is done. */
export const DONE = ".";
/** The mark for all cases of a line. */
const ALL = "*";
/** The mark of a case that failed; it is not done before its finding is written. */
export const FAILED = "x";

/** Notes something that a case reached. */
export function reachedLine(target: string, name: string): string {
  return `\n+${target} ${name}\n`;
}

/** Notes that a failed case is done: its finding is written. */
export function failedLine(target: string, index: number, rule: string): string {
  return `\n!${target} ${index} ${rule}\n${target} ${index} ${index + 1}:${DONE}\n`;
}

/** Notes what a range of cases had and took. */
export function tallyLine({ target, from, to, ms, kinds }: Tally): string {
  return `\n=${target} ${from} ${to} ${ms} ${JSON.stringify(kinds)}\n`;
}

const CASES = /^([\w-]+) (\d+) (\d+):([.x]*|\*)$/;
const TALLY = /^=([\w-]+) (\d+) (\d+) (\d+) (\{.*\})$/;
const REACHED = /^\+([\w-]+) (.+)$/;
const BROKEN = /^!([\w-]+) (\d+) (\S+)$/;

/** Reads the texts of all journals of a campaign; neither their order nor a repetition changes the result. */
export function readJournals(texts: readonly string[]): JournalState {
  const ranges = new Map<string, Range[]>();
  const reached = new Map<string, Set<string>>();
  const failed = new Map<string, Map<number, string>>();
  const tallies = new Map<string, Tally>();
  let dots = 0;
  for (const text of texts) {
    const lines = text.split("\n");
    for (const [index, line] of lines.entries()) {
      // Only dots count on a line that is not ended: a name or a rule may be cut.
      const ended = index + 1 < lines.length;
      const cases = CASES.exec(line);
      if (cases !== null) dots += readMarks(cases, ranges);
      if (!ended) continue;
      const tally = readTally(line);
      if (tally !== undefined) tallies.set(line, tally);
      const [, target = "", name = ""] = REACHED.exec(line) ?? [];
      if (target !== "") entry(reached, target, () => new Set<string>()).add(name);
      const [, broken = "", at = "", rule = ""] = BROKEN.exec(line) ?? [];
      if (broken !== "") entry(failed, broken, () => new Map<number, string>()).set(Number(at), rule);
    }
  }
  const done = new Map(
    [...ranges].map(([target, list]) => [target, unite(list)] as const).filter(([, list]) => list.length > 0),
  );
  return { done, reached, failed, tallies, dots };
}

/**
 * Which case a writer of a journal was at when it died.
 *
 * @param text All that it wrote.
 * @param told The first case of which it has not told: a failed one before this is dealt with.
 * @returns `undefined` when it had begun nothing.
 */
export function underWay(
  text: string,
  told: number,
): { target: string; index: number; isShrinking: boolean } | undefined {
  const cases = text.split("\n").map((line) => CASES.exec(line)).findLast((match) => match !== null);
  if (cases === undefined || cases === null) return undefined;
  const [, target = "", from, , marks = ""] = cases;
  const next = Number(from) + marks.length;
  const isShrinking = marks.endsWith(FAILED) && next > told;
  return { target, index: isShrinking ? next - 1 : next, isShrinking };
}

function readTally(line: string): Tally | undefined {
  const match = TALLY.exec(line);
  if (match === null) return undefined;
  const [, target = "", from, to, ms, kinds = "{}"] = match;
  try {
    return { target, from: Number(from), to: Number(to), ms: Number(ms), kinds: JSON.parse(kinds) };
  } catch {
    return undefined;
  }
}

function readMarks(
  [, target = "", first, end, marks = ""]: RegExpExecArray,
  ranges: Map<string, Range[]>,
): number {
  const [from, to] = [Number(first), Number(end)];
  const list = entry(ranges, target, () => []);
  if (marks === ALL) {
    list.push({ from, to });
    return to - from;
  }
  let dots = 0;
  let start = 0;
  for (const run of marks.slice(0, to - from).split(FAILED)) {
    list.push({ from: from + start, to: from + start + run.length });
    dots += run.length;
    start += run.length + 1;
  }
  return dots;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** A state as the text of one journal, the same for equal states. */
export function writeJournal({ done, reached, failed, tallies }: JournalState): string {
  const lines: string[] = [];
  for (const [target, ranges] of [...done].sort()) {
    for (const range of ranges) lines.push(casesLine(target, range) + ALL);
  }
  for (const [target, names] of [...reached].sort()) {
    for (const name of [...names].sort()) lines.push(reachedLine(target, name));
  }
  for (const [target, rules] of [...failed].sort()) {
    for (const [index, rule] of [...rules].sort(([a], [b]) => a - b)) {
      lines.push(`\n!${target} ${index} ${rule}\n`);
    }
  }
  for (const line of [...tallies.keys()].sort()) lines.push(`\n${line}\n`);
  return `${lines.join("")}\n`;
}
