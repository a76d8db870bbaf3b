/**
 * A failed check for people: claim, why, the offending lines with those around them.
 *
 * @module
 */
import { type Evidence, type EvidenceLine, type RuleVerdict, showVersions } from "../checks/mod.ts";
import { printPayload } from "../trace/mod.ts";
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
  return `${[head, ...body, ...shown].join("\n")}\n`;
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
