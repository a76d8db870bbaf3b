/**
 * A golden: what a scenario's run was when somebody last looked at it and said yes.
 *
 * `golden/NAME/source.trace`, `destination.trace` and `summary.json`. The traces are QEMU's log text and nothing else;
 * why the golden exists, and what it is the run of, stands in the summary.
 *
 * @module
 */
import { latin1Bytes } from "../files/mod.ts";
import { printLog, type Run, type TraceRecord } from "../trace/mod.ts";

/** The version of the files' format. */
const GOLDEN_FORMAT = 1;

/** What `summary.json` holds. */
export interface GoldenSummary {
  readonly format: typeof GOLDEN_FORMAT;
  readonly name: string;
  /** The scenario's own reason. */
  readonly why: string;
  readonly profile: string;
  readonly seed: number;
  /** How the run ended and what it took, by name with the unit in it. */
  readonly figures: Figures;
  /** One for each iteration, from the trace. */
  readonly iterations: readonly Figures[];
  /** What each rule said, sorted by the rules' names. */
  readonly checks: Readonly<Record<string, CheckOutcome>>;
}

/** What a rule said. */
export type CheckOutcome = "pass" | "fail" | "unknown";

/** Figures by name. */
export type Figures = Readonly<Record<string, number | string | boolean | null>>;

/** The files of a golden, by name. */
export type GoldenFiles = Readonly<Record<GoldenFile, Uint8Array>>;
/** The name of a golden's file. */
export type GoldenFile = typeof GOLDEN_FILES[number];
/** The names of a golden's files. */
export const GOLDEN_FILES = ["summary.json", "source.trace", "destination.trace"] as const;

/** What a golden is made of. */
export interface GoldenSubject extends Omit<GoldenSummary, "format" | "checks"> {
  readonly run: Pick<Run, "source" | "destination">;
  /** The rules, in the order in which they are to be written. Always the same list, where there are many goldens. */
  readonly rules: readonly string[];
  /** What each of them said. */
  readonly outcomes: readonly CheckOutcome[];
}

/** A golden's files before they are bytes: of a trace one character is one byte. */
export type GoldenTexts = Readonly<Record<GoldenFile, string>>;

const ENCODER = new TextEncoder();

/** Renders a golden's files: the same bytes on every machine. */
export function renderGolden(subject: GoldenSubject): GoldenFiles {
  return encodeGolden(printGolden(subject));
}

/** Renders a golden's files as texts. Most are compared and never written, so they need not become bytes. */
export function printGolden(subject: GoldenSubject): GoldenTexts {
  return {
    "summary.json": printSummary(subject),
    "source.trace": printTrace(subject.run.source),
    "destination.trace": printTrace(subject.run.destination),
  };
}

/** The bytes of the texts. */
export function encodeGolden(texts: GoldenTexts): GoldenFiles {
  return {
    "summary.json": ENCODER.encode(texts["summary.json"]),
    "source.trace": latin1Bytes(texts["source.trace"]),
    "destination.trace": latin1Bytes(texts["destination.trace"]),
  };
}

/** A record as QEMU 10.0 prints it; the line shape of later versions carries no thread, which a golden should show. */
function printTrace(records: readonly TraceRecord[]): string {
  return printLog(records, "tid");
}

/** One line for each figure's row and each check, so that a text difference reads well. */
function printSummary({ run: _, iterations, rules, outcomes, ...rest }: GoldenSubject): string {
  const head = JSON.stringify({ format: GOLDEN_FORMAT, ...rest }, null, 2).replace(/\n\}$/, "");
  const rows = iterations.map((row) => `    ${JSON.stringify(row)}`).join(",\n");
  const list = rows === "" ? "[]" : `[\n${rows}\n  ]`;
  return `${head},\n  "iterations": ${list},\n  "checks": {\n${printChecks(rules, outcomes)}\n  }\n}\n`;
}

/** Sections that are kept for one list of rules: runs of a kind have the same outcomes, thousands of them. */
const SECTIONS_MAX = 64;
const SECTIONS = new WeakMap<readonly string[], Map<string, string>>();

/** A line for each check. */
function printChecks(ids: readonly string[], outcomes: readonly CheckOutcome[]): string {
  let sections = SECTIONS.get(ids);
  if (sections === undefined) SECTIONS.set(ids, sections = new Map());
  const key = keyOf(outcomes);
  const known = sections.get(key);
  if (known !== undefined) return known;
  const section = ids.map((id, at) => `    ${JSON.stringify(id)}: ${JSON.stringify(outcomes[at])}`).join(
    ",\n",
  );
  if (sections.size === SECTIONS_MAX) sections.clear();
  sections.set(key, section);
  return section;
}

/** What tells outcomes from others: twenty of them to a number, which is exact as far as that. */
function keyOf(outcomes: readonly CheckOutcome[]): string {
  let key = "";
  for (let at = 0; at < outcomes.length;) {
    let number = 0;
    for (const end = Math.min(at + 20, outcomes.length); at < end; at++) {
      const outcome = outcomes[at];
      number = 3 * number + (outcome === "unknown" ? 0 : outcome === "pass" ? 1 : 2);
    }
    key += `${number} `;
  }
  return key;
}

/** Reads a summary; `undefined` when the file is damaged or of another format, which is a difference like any other. */
export function readSummary(bytes: Uint8Array): GoldenSummary | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as Partial<GoldenSummary> | null;
    const isWhole = value?.format === GOLDEN_FORMAT && typeof value.figures === "object" &&
      Array.isArray(value.iterations) && typeof value.checks === "object" && value.checks !== null;
    return isWhole ? value as GoldenSummary : undefined;
  } catch {
    return undefined;
  }
}
