/**
 * Verdicts as JUnit XML, which build servers show as tests: a suite for each run, a case for each rule.
 *
 * @module
 */
import type { Evidence, RuleVerdict, SmallestTrace } from "../checks/mod.ts";
import { describeSmallest, placeInSmallest, showEvent } from "./evidence.ts";
import type { ReportSubject } from "./screen.ts";

/** XML 1.0 has no place for control characters, escaped or not; they become `·`. */
function xml(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/gu, "·")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function evidenceText({ side, at, earlier, note, around }: Evidence): string {
  const lines = [`${side}${at === undefined ? "" : `:${at.line}`}: ${note}`];
  if (earlier !== undefined) {
    lines.push(`conflicts with ${earlier.side}:${earlier.line} ${showEvent(earlier)}`);
  }
  for (const line of around) lines.push(`${line.line} | ${showEvent(line)}`);
  return lines.join("\n");
}

function smallestText(smallest: SmallestTrace): string {
  return [
    `The smallest trace that still fails (${describeSmallest(smallest)}):`,
    ...smallest.lines.map((line) => `${placeInSmallest(smallest, line)} ${showEvent(line)}`),
  ].join("\n");
}

function testCase({ rule, outcome, note, evidence, knownDefect, smallest }: RuleVerdict): string {
  const head = `    <testcase classname="switchover.${rule.category}" name="${xml(rule.id)}"`;
  if (outcome === "pass") return `${head}/>`;
  if (outcome === "unknown") return `${head}><skipped message="${xml(note)}"/></testcase>`;
  const type = knownDefect === undefined ? "failure" : "known QEMU defect";
  const text = [
    `${rule.claim}.`,
    `Why it matters: ${rule.why}.`,
    ...(knownDefect === undefined ? [] : [`Known QEMU defect: ${knownDefect.text}.`]),
    ...evidence.map(evidenceText),
    ...(smallest === undefined ? [] : [smallestText(smallest)]),
  ].join("\n");
  return `${head}><failure type="${type}" message="${xml(note)}">${xml(text)}</failure></testcase>`;
}

/** Renders runs as one JUnit document. Rules that do not apply are skipped tests, with the reason. */
export function renderJunit(subjects: readonly ReportSubject[]): string {
  const count = (verdicts: readonly RuleVerdict[], wanted: string) =>
    verdicts.filter(({ outcome }) => outcome === wanted).length;
  const suites = subjects.map(({ title, judgement: { verdicts } }) => {
    const failures = count(verdicts, "fail");
    const skipped = count(verdicts, "unknown");
    const head = `  <testsuite name="${xml(title)}" tests="${verdicts.length}" failures="${failures}" ` +
      `errors="0" skipped="${skipped}">`;
    return [head, ...verdicts.map(testCase), "  </testsuite>"].join("\n");
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="switchover">\n${
    suites.join("\n")
  }\n</testsuites>\n`;
}
