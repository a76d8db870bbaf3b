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
  if (before === undefined) sentences.push("summary.json is damaged or of another format");
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
  const change = known === undefined
    ? `${by > 0 ? "+" : ""}${Number(by.toPrecision(6))}`
    : `${known.say(Math.abs(by))} ${by > 0 ? known.up : known.down}`;
  return `${title} ${change}: ${say(fresh)}, was ${say(old)}`;
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
  const sentences: string[] = [];
  for (let index = 0; index < Math.max(before.length, after.length); index++) {
    const [old, fresh] = [before[index], after[index]];
    const number = index + 1;
    if (old === undefined) sentences.push(`iteration ${number} is new${amountsOf(fresh, "sends")}`);
    else if (fresh === undefined) sentences.push(`iteration ${number} is gone${amountsOf(old, "sent")}`);
    else {
      const changes = describeRow(old, fresh);
      if (changes.length > 0) sentences.push(`iteration ${number} ${changes.join(", ")}`);
    }
  }
  return sentences;
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
