/**
 * What differs between a golden and a run, in sentences: what it means before which lines.
 *
 * Outcome, then rules that fail now, then times and amounts, then iterations, then what moved in the traces.
 *
 * @module
 */
import { FIGURE_WORDS, morePages, sayBytes, sayPages } from "./amounts.ts";
import { describeSwitchover, describeTraces } from "./describe_traces.ts";
import { type Figures, type GoldenFiles, type GoldenSummary, readSummary } from "./golden.ts";

/** At most this many sentences of one kind; the rest is counted. */
const SENTENCES_MAX = 8;

/** Sentences, most telling first. */
export function describeDifference(golden: GoldenFiles, now: GoldenFiles): string[] {
  const before = readSummary(golden["summary.json"]);
  const after = readSummary(now["summary.json"]);
  const sentences: string[] = [];
  const traces = (["source.trace", "destination.trace"] as const)
    .flatMap((file) => describeTraces(file, golden[file], now[file]));
  if (before === undefined) sentences.push("summary.json is no summary of this format");
  if (before === undefined || after === undefined) return [...sentences, ...traces];
  for (const key of ["profile", "seed", "why"] as const) {
    if (before[key] !== after[key]) sentences.push(`${key}: ${after[key]}, was ${before[key]}`);
  }
  const [words, amounts] = describeFigures(before.figures, after.figures);
  const [fails, others] = describeChecks(before.checks, after.checks);
  sentences.push(...words, ...limited(fails));
  sentences.push(...describeSwitchover(golden["source.trace"], now["source.trace"]), ...amounts);
  sentences.push(...limited(describeIterations(before.iterations, after.iterations)));
  return [...sentences, ...limited(others), ...traces];
}

/** What is a word (how it ended) apart from what is an amount. */
function describeFigures(before: Figures, after: Figures): [words: string[], amounts: string[]] {
  const words: string[] = [];
  const amounts: string[] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, fresh] = [before[name] ?? null, after[name] ?? null];
    if (old === fresh) continue;
    if (typeof old === "string" || typeof fresh === "string") {
      words.push(`${name} is now ${fresh ?? "unknown"}, was ${old ?? "unknown"}`);
    } else amounts.push(describeAmount(name, old, fresh));
  }
  return [words, amounts];
}

function describeAmount(name: string, old: Figures[string], fresh: Figures[string]): string {
  const known = FIGURE_WORDS[name];
  const say = (value: Figures[string]) =>
    value === null
      ? "none"
      : typeof value === "number" && known !== undefined
      ? known.say(value)
      : `${value}`;
  const title = known?.name ?? name;
  if (typeof old !== "number" || typeof fresh !== "number") return `${title}: ${say(fresh)}, was ${say(old)}`;
  const by = fresh - old;
  // A count reads the other way round: one more iteration, not iterations one more.
  if (name === "iterations") {
    const count = Math.abs(by);
    return `${count} ${by > 0 ? "more" : "fewer"} iteration${count === 1 ? "" : "s"}: ${fresh}, was ${old}`;
  }
  const change = known === undefined
    ? `${by > 0 ? "+" : ""}${Number(by.toPrecision(6))}`
    : `${known.say(Math.abs(by))} ${by > 0 ? known.up : known.down}`;
  const [is, was] = [say(fresh), say(old)];
  // What is rounded to the same is told in full.
  return is === was ? `${title} ${change}: ${fresh}, was ${old}` : `${title} ${change}: ${is}, was ${was}`;
}

type Row = GoldenSummary["iterations"][number];

/** What an iteration does more or less of: verbs for the columns that goldens have. */
const COLUMNS: Readonly<Record<string, (by: number) => string>> = {
  sentBytes: (by) => `sends ${morePages(by)}`,
  dirtiedBytes: (by) => `has ${morePages(by)} dirtied meanwhile`,
  pendingBytes: (by) => `ends with ${morePages(by)} remaining`,
  thresholdBytes: (by) => `has a threshold ${sayBytes(by)} ${by > 0 ? "higher" : "lower"}`,
};

function describeIterations(before: readonly Row[], after: readonly Row[]): string[] {
  const groups: { first: number; last: number; words: string }[] = [];
  for (let index = 0; index < Math.max(before.length, after.length); index++) {
    const words = describeIteration(before[index], after[index]);
    const group = groups.at(-1);
    if (words === "") continue;
    // What one iteration is short of, those after it often are too: that is one thing to read.
    if (group !== undefined && group.last === index && group.words === words) group.last = index + 1;
    else groups.push({ first: index + 1, last: index + 1, words });
  }
  return groups.map(({ first, last, words }) => {
    const others = last === first
      ? ""
      : last === first + 1
      ? `; so does ${last}`
      : `; so do ${first + 1} to ${last}`;
    return `iteration ${first} ${words}${others}`;
  });
}

function describeIteration(old: Row | undefined, fresh: Row | undefined): string {
  if (old === undefined) return `is new${amountsOf(fresh, "sends")}`;
  if (fresh === undefined) return `is gone${amountsOf(old, "sent")}`;
  return describeRow(old, fresh).join(", ");
}

function amountsOf(row: Row | undefined, verb: string): string {
  const sent = row?.["sentBytes"];
  return typeof sent === "number" ? `: it ${verb} ${sayPages(sent)}` : "";
}

function describeRow(old: Row, fresh: Row): string[] {
  return [...new Set([...Object.keys(old), ...Object.keys(fresh)])].flatMap((name) => {
    const [was, is] = [old[name] ?? null, fresh[name] ?? null];
    if (was === is) return [];
    const verb = COLUMNS[name];
    if (verb !== undefined && typeof was === "number" && typeof is === "number") return [verb(is - was)];
    return [`has ${name} ${is ?? "unknown"}, was ${was ?? "unknown"}`];
  });
}

/** The rules that fail now apart from all others. */
function describeChecks(
  before: GoldenSummary["checks"],
  after: GoldenSummary["checks"],
): [fails: string[], others: string[]] {
  const SAID = { pass: "it passed", fail: "it failed", unknown: "it was not judged" } as const;
  const VERBS = { pass: "now passes", fail: "now fails", unknown: "is no longer judged" } as const;
  const fails: string[] = [];
  const others: string[] = [];
  for (const id of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, fresh] = [before[id], after[id]];
    if (old === fresh) continue;
    if (fresh === undefined) others.push(`rule ${id} is gone (${SAID[old ?? "unknown"]})`);
    else {
      const was = old === undefined ? "it is new" : SAID[old];
      (fresh === "fail" ? fails : others).push(`rule ${id} ${VERBS[fresh]} (${was})`);
    }
  }
  return [fails, others];
}

function limited(sentences: readonly string[]): string[] {
  if (sentences.length <= SENTENCES_MAX) return [...sentences];
  return [...sentences.slice(0, SENTENCES_MAX), `… and ${sentences.length - SENTENCES_MAX} more like these`];
}
