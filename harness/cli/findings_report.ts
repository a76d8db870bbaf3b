/**
 * Findings in the formats that build servers read: JUnit's XML and SARIF 2.1.0.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html and the Jenkins JUnit plugin's schema
 * @module
 */
import { writeFile } from "../files/mod.ts";
import type { Arguments } from "./arguments.ts";
import { uriOf } from "../report/mod.ts";
import { type FindingHead, readFindingHead } from "./finding_folder.ts";
import { PROGRAM } from "./help.ts";
import { quoteWord } from "./page.ts";

/** A finding and where it lies. */
export interface PlacedFinding extends FindingHead {
  readonly folder: string;
}

/** What was tried, target by target: a target without a finding is a test that passed. */
export interface TargetCases {
  readonly target: string;
  readonly cases: number;
}

/** The findings of these folders; a folder that holds none is left out. */
export function placed(folders: readonly string[]): PlacedFinding[] {
  return folders.flatMap((folder) => {
    const head = readFindingHead(folder);
    return head === undefined ? [] : [{ ...head, folder }];
  });
}

/** Writes what `--junit` and `--sarif` ask for. */
export function writeReports(
  args: Arguments,
  perTarget: Readonly<Record<string, { readonly done: number }>>,
  findings: readonly PlacedFinding[],
): void {
  const each = Object.entries(perTarget).map(([target, { done }]) => ({ target, cases: done }));
  const [junit, sarif] = [args.text("junit"), args.text("sarif")];
  if (junit !== undefined) writeFile(junit, junitOf(each, findings));
  if (sarif !== undefined) writeFile(sarif, sarifOf(findings));
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`)
    // What XML 1.0 cannot hold at all.
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff]/gu, "\ufffd");
}

/** One test case for each target, and one that failed for each finding. */
export function junitOf(targets: readonly TargetCases[], findings: readonly PlacedFinding[]): string {
  const cases = targets.map(({ target, cases }) =>
    `    <testcase classname="fuzz.${escapeXml(target)}" name="${cases} cases"/>\n`
  );
  const failed = findings.map(({ target, bucket, message, folder, rule }) =>
    `    <testcase classname="fuzz.${escapeXml(target)}" name="${escapeXml(bucket)}">\n` +
    `      <failure type="${escapeXml(rule)}" message="${escapeXml(message.split("\n")[0] ?? "")}">` +
    `${escapeXml(`${message}\n\n${PROGRAM} fuzz replay ${quoteWord(folder)}\n`)}</failure>\n    </testcase>\n`
  );
  const count = cases.length + failed.length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<testsuites tests="${count}" failures="${failed.length}">\n` +
    `  <testsuite name="switchover fuzz" tests="${count}" failures="${failed.length}">\n` +
    `${cases.join("")}${failed.join("")}  </testsuite>\n</testsuites>\n`;
}

/** One result for each finding; its place is the case's own file. */
export function sarifOf(findings: readonly PlacedFinding[]): string {
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: { driver: { name: "switchover fuzz", rules: rules.map((id) => ({ id })) } },
      results: findings.map(({ rule, bucket, message, folder, files }) => ({
        ruleId: rule,
        ruleIndex: rules.indexOf(rule),
        level: "error",
        message: { text: `${message}\nReplay: ${PROGRAM} fuzz replay ${quoteWord(folder)}` },
        locations: [{
          physicalLocation: {
            artifactLocation: { uri: uriOf(`${folder}/${files[0] ?? "finding.json"}`) },
            region: { startLine: 1 },
          },
        }],
        partialFingerprints: { "switchoverBucket/v1": bucket },
      })),
    }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
