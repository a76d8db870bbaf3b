/**
 * Verdicts as workflow commands of GitHub, which it shows beside the lines of a change.
 *
 * @module
 */
import type { ReportSubject } from "./screen.ts";

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** One line for each piece of evidence; a known defect of QEMU is a warning, anything else an error. */
export function renderAnnotations(subjects: readonly ReportSubject[]): string {
  const lines: string[] = [];
  for (const { title, files, judgement } of subjects) {
    for (const { rule, outcome, evidence, knownDefect } of judgement.verdicts) {
      if (outcome !== "fail") continue;
      const level = knownDefect === undefined ? "error" : "warning";
      for (const { note, at, side } of evidence) {
        const file = files?.[at?.side ?? side] ?? `${title}/${side}.trace`;
        const place = at === undefined ? "" : `,line=${Math.max(1, at.line)}`;
        const defect = knownDefect === undefined ? "" : `\nKnown QEMU defect: ${knownDefect.text}.`;
        const text = `${note}\n${rule.claim}.\n${rule.why}.${defect}`;
        lines.push(`::${level} file=${property(file)}${place},title=${property(rule.id)}::${data(text)}\n`);
      }
    }
  }
  return lines.join("");
}
