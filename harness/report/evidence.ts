/**
 * A failed check for people: claim, why, the offending lines with those around them.
 *
 * @module
 */
import {
  type Evidence,
  type EvidenceLine,
  type RuleVerdict,
  showVersions,
  type SmallestLine,
  type SmallestTrace,
} from "../checks/mod.ts";
import { printLine, printPayload, type Side } from "../trace/mod.ts";
import { counted, type Paint, safeText } from "./paint.ts";

/** The text of an event as a log shows it, without its time. */
export function showEvent({ name, record }: EvidenceLine): string {
  if (record === undefined) return safeText(name);
  return safeText(`${name} ${printPayload(record.declaration, record.values)}`.trimEnd(), 160);
}

/** One failed check. */
export function showFailure(verdict: RuleVerdict, paint: Paint): string {
  const { rule, violations, evidence, knownDefect, note } = verdict;
  const head = `${paint.bad("FAIL")} ${paint.strong(rule.id)} (${counted(violations, "violation")})`;
  const defect = knownDefect === undefined
    ? []
    : [`  ${paint.doubt(`known QEMU defect (${showVersions(knownDefect.versions)}):`)} ${knownDefect.text}`];
  const body = [`  ${rule.claim}.`, `  Why it matters: ${rule.why}.`, ...defect];
  const shown = evidence.length === 0
    ? [`  ${safeText(note)}`]
    : evidence.flatMap((one) => showEvidence(one, paint));
  const least = verdict.smallest === undefined ? [] : showSmallest(verdict.smallest, paint);
  return `${[head, ...body, ...shown, ...least].join("\n")}\n`;
}

/** Lines of the smallest trace that a screen shows. */
const SMALLEST_MAX = 24;

/** What is said of a smallest trace: its size, whether it is sure to be the smallest, and what it needs to fail. */
export function describeSmallest({ lines, of, needs, isMinimal, judged }: SmallestTrace): string {
  const size = `${lines.length} of ${counted(of, "event")}`;
  const cut = isMinimal ? "" : `; the search was cut after ${judged} judged events`;
  return `${size}${needs === "nothing" ? "" : `, with the run's ${needs}`}${cut}`;
}

function showSmallest(smallest: SmallestTrace, paint: Paint): string[] {
  const { lines } = smallest;
  const shape = shapeOf(smallest);
  const shown = lines.slice(0, SMALLEST_MAX).map((line) => {
    const text = line.record === undefined ? line.name : printLine(line.record, shape).trimEnd();
    return `    ${placeInSmallest(smallest, line)}  ${safeText(text, 200)}`;
  });
  const more = lines.length > SMALLEST_MAX ? [`    … and ${lines.length - SMALLEST_MAX} more`] : [];
  return [
    `  ${paint.strong("smallest trace that still fails")} (${describeSmallest(smallest)}):`,
    ...shown,
    ...more,
  ];
}

function shapeOf({ lines }: SmallestTrace): "tid" | "iso" {
  return lines.some(({ record }) => record !== undefined && record.thread > 0) ? "tid" : "iso";
}

/** Where a line of a smallest trace stands; of two logs of a side the second is called so. */
export function placeInSmallest({ lines }: SmallestTrace, { side, line, trace }: SmallestLine): string {
  const logs = [...new Set(lines.filter((one) => one.side === side).map((one) => one.trace))];
  return logs.length < 2 ? `${side}:${line}` : `${side} ${logs.indexOf(trace) + 1}:${line}`;
}

/** One log of a smallest trace. */
export interface SmallestLog {
  readonly trace: number;
  readonly side: Side;
  readonly log: string;
}

/** The logs of a smallest trace, one for each of the traces of which anything is left. */
export function printSmallest(smallest: SmallestTrace): SmallestLog[] {
  const shape = shapeOf(smallest);
  const logs = new Map<number, SmallestLog>();
  for (const { trace, side, record } of smallest.lines) {
    if (record === undefined) continue;
    const log = `${logs.get(trace)?.log ?? ""}${printLine(record, shape)}`;
    logs.set(trace, { trace, side, log });
  }
  return [...logs.values()];
}

function showEvidence({ at, earlier, around, note, side }: Evidence, paint: Paint): string[] {
  const place = at === undefined ? side : `${at.side}:${at.line}`;
  const lines = [`  ${paint.strong(place)}: ${safeText(note)}`];
  if (earlier !== undefined) {
    lines.push(`    conflicts with ${earlier.side}:${earlier.line} ${showEvent(earlier)}`);
  }
  const width = Math.max(0, ...around.map(({ line }) => String(line).length));
  for (const line of around) {
    const isIt = line.line === at?.line && line.side === at.side;
    const text = `${isIt ? ">" : " "} ${String(line.line).padStart(width)} | ${showEvent(line)}`;
    lines.push(`    ${isIt ? paint.strong(text) : paint.faint(text)}`);
  }
  return lines;
}
