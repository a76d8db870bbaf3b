/**
 * Verdicts as SARIF 2.1.0, which code hosts show beside the lines of a file.
 *
 * @module
 */
import {
  type Evidence,
  type EvidenceLine,
  type Rule,
  type RuleVerdict,
  showVersions,
  type SmallestTrace,
} from "../checks/mod.ts";
import { describeSmallest, showEvent } from "./evidence.ts";
import type { ReportSubject } from "./screen.ts";

function ruleOf({ id, claim, why, source, versions, category }: Rule): Record<string, unknown> {
  return {
    id,
    shortDescription: { text: `${claim}.` },
    fullDescription: { text: `${claim}. ${why}.` },
    help: { text: `${why}.\nSource: ${source}.\nHolds in QEMU ${showVersions(versions)}.` },
    properties: { category },
  };
}

/** The file of a side: the trace's own name where it is known, and a name made of the title where it is not. */
function fileOf({ title, files }: ReportSubject, side: EvidenceLine["side"]): string {
  return files?.[side] ?? `${title}/${side}.trace`;
}

/** A path as a URI reference: a folder may be called anything. */
export function uriOf(path: string): string {
  return encodeURI(path).replace(/[#?[\]]/g, encodeURIComponent);
}

function location(subject: ReportSubject, line: EvidenceLine): Record<string, unknown> {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(fileOf(subject, line.side)) },
      region: { startLine: Math.max(1, line.line) },
    },
  };
}

function resultOf(
  subject: ReportSubject,
  { rule, knownDefect, smallest }: RuleVerdict,
  ruleIndex: number,
  { note, at, earlier, side, migration }: Evidence,
): Record<string, unknown> {
  const defect = knownDefect === undefined ? "" : ` Known QEMU defect: ${knownDefect.text}.`;
  const qemu = Object.fromEntries(subject.judgement.sides.map(({ side: of, catalog }) => [of, catalog]));
  const whole = { physicalLocation: { artifactLocation: { uri: uriOf(fileOf(subject, side)) } } };
  return {
    ruleId: rule.id,
    ruleIndex,
    level: knownDefect === undefined ? "error" : "warning",
    message: { text: `${note}.${defect}` },
    locations: [at === undefined ? whole : location(subject, at)],
    ...(earlier === undefined ? {} : {
      relatedLocations: [{ ...location(subject, earlier), message: { text: "the earlier event" } }],
    }),
    ...(smallest === undefined ? {} : { codeFlows: [flow(subject, smallest)] }),
    properties: { migration, qemu },
  };
}

/** The smallest trace that still fails, as the steps that lead to the result. */
function flow(subject: ReportSubject, smallest: SmallestTrace): Record<string, unknown> {
  const locations = smallest.lines.map((line) => ({
    location: { ...location(subject, line), message: { text: showEvent(line) } },
  }));
  const text = `The smallest trace that still fails: ${describeSmallest(smallest)}`;
  return { message: { text }, threadFlows: [{ locations }] };
}

/** Makes the log: one run of the tool for all subjects, a result for each piece of evidence. */
export function makeSarif(subjects: readonly ReportSubject[]): Record<string, unknown> {
  const rules = [
    ...new Set(subjects.flatMap(({ judgement }) => judgement.verdicts.map(({ rule }) => rule))),
  ];
  const results = subjects.flatMap((subject) =>
    subject.judgement.verdicts.filter(({ outcome }) => outcome === "fail").flatMap((verdict) =>
      verdict.evidence.map((one) => resultOf(subject, verdict, rules.indexOf(verdict.rule), one))
    )
  );
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: { driver: { name: "switchover", rules: rules.map(ruleOf) } },
      columnKind: "unicodeCodePoints",
      results,
    }],
  };
}
