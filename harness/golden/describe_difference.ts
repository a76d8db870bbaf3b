/**
 * What differs between a golden and a run, in sentences: what it means before which lines.
 *
 * @module
 */
import {
  type Figures,
  type GoldenFile,
  type GoldenFiles,
  type GoldenSummary,
  readSummary,
} from "./golden.ts";

/** At most this many sentences of one kind; the rest is counted. */
const SENTENCES_MAX = 8;

/** Sentences, most telling first: outcome and figures, checks, iterations, traces. */
export function describeDifference(golden: GoldenFiles, now: GoldenFiles): string[] {
  const before = readSummary(golden["summary.json"]);
  const after = readSummary(now["summary.json"]);
  const sentences: string[] = [];
  if (before === undefined) sentences.push("summary.json is damaged or of another format");
  if (before !== undefined && after !== undefined) {
    sentences.push(...describeSummaries(before, after));
  }
  for (const file of ["source.trace", "destination.trace"] as const) {
    sentences.push(...describeTraces(file, golden[file], now[file]));
  }
  return sentences;
}

function describeSummaries(before: GoldenSummary, after: GoldenSummary): string[] {
  const sentences: string[] = [];
  for (const key of ["profile", "seed", "why"] as const) {
    if (before[key] !== after[key]) sentences.push(`${key}: ${after[key]}, was ${before[key]}`);
  }
  sentences.push(...describeFigures("", before.figures, after.figures));
  sentences.push(...limited(describeChecks(before.checks, after.checks)));
  const rows = Math.max(before.iterations.length, after.iterations.length);
  const changed: string[] = [];
  for (let index = 0; index < rows; index++) {
    const [old, fresh] = [before.iterations[index], after.iterations[index]];
    if (old === undefined) changed.push(`iteration ${index + 1} is new`);
    else if (fresh === undefined) changed.push(`iteration ${index + 1} is gone`);
    else changed.push(...describeFigures(`iteration ${index + 1} `, old, fresh));
  }
  return [...sentences, ...limited(changed)];
}

function describeFigures(prefix: string, before: Figures, after: Figures): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const sentences: string[] = [];
  for (const name of names) {
    const [old, fresh] = [before[name], after[name]];
    if (old === fresh) continue;
    let change = "";
    if (typeof old === "number" && typeof fresh === "number") {
      const by = Number((fresh - old).toPrecision(6));
      change = ` (${by > 0 ? "+" : "-"}${Math.abs(by)})`;
    }
    sentences.push(`${prefix}${name}: ${showFigure(fresh)}, was ${showFigure(old)}${change}`);
  }
  return sentences;
}

function showFigure(value: Figures[string] | undefined): string {
  return value === undefined || value === null ? "nothing" : String(value);
}

function describeChecks(before: GoldenSummary["checks"], after: GoldenSummary["checks"]): string[] {
  const VERBS = { pass: "now passes", fail: "now fails", unknown: "is now unknown" } as const;
  const sentences: string[] = [];
  for (const id of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, fresh] = [before[id], after[id]];
    if (old === fresh) continue;
    if (fresh === undefined) sentences.push(`check ${id} is gone (it said ${old})`);
    else if (old === undefined) sentences.push(`check ${id} is new and says ${fresh}`);
    else sentences.push(`check ${id} ${VERBS[fresh]} (it said ${old})`);
  }
  // What fails now comes first.
  return sentences.sort((a, b) => Number(b.includes("now fails")) - Number(a.includes("now fails")));
}

const LINE = /^(?:(\d+)@)?(?:(\d+)\.(\d{6}):)?(\w+) ?(.*)$/;

interface TraceLine {
  readonly at: number;
  readonly name: string;
}

function parseLines(bytes: Uint8Array): { lines: string[]; parsed: TraceLine[] } {
  const lines = new TextDecoder("latin1").decode(bytes).split("\n").slice(0, -1);
  const parsed = lines.map((line) => {
    const [, , seconds, micros, name = ""] = LINE.exec(line) ?? [];
    return { at: seconds === undefined ? -1 : Number(seconds) * 1e6 + Number(micros), name };
  });
  return { lines, parsed };
}

function describeTraces(file: GoldenFile, golden: Uint8Array, now: Uint8Array): string[] {
  const before = parseLines(golden);
  const after = parseLines(now);
  const first = before.lines.findIndex((line, index) => line !== after.lines[index]);
  const at = first !== -1 ? first : before.lines.length < after.lines.length ? before.lines.length : -1;
  if (at === -1) return [];
  const counts = new Map<string, number>();
  for (const { name } of after.parsed) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { name } of before.parsed) counts.set(name, (counts.get(name) ?? 0) - 1);
  const changes = [...counts].filter(([, count]) => count !== 0).sort(([, a], [, b]) =>
    Math.abs(b) - Math.abs(a)
  )
    .map(([name, count]) => `${Math.abs(count)} ${count > 0 ? "more" : "fewer"} ${name}`);
  const where = `${file}, from line ${at + 1}`;
  if (changes.length > 0) {
    const rest = changes.length > 4 ? `, and ${changes.length - 4} other kinds` : "";
    return [`${where}: ${changes.slice(0, 4).join(", ")}${rest}`];
  }
  const sameOrder = before.parsed.every(({ name }, index) => name === after.parsed[index]?.name);
  if (!sameOrder) return [`${where}: the same events in another order`];
  const [old, fresh] = [before.parsed[at], after.parsed[at]];
  const shift = (fresh?.at ?? 0) - (old?.at ?? 0);
  const moved = shift === 0 ? "other values" : `${Math.abs(shift)} us ${shift > 0 ? "later" : "earlier"}`;
  return [`${where}: the same events, the first difference ${moved} (${fresh?.name})`];
}

function limited(sentences: readonly string[]): string[] {
  if (sentences.length <= SENTENCES_MAX) return [...sentences];
  return [...sentences.slice(0, SENTENCES_MAX), `… and ${sentences.length - SENTENCES_MAX} more like these`];
}
