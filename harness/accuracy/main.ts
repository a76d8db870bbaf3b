/**
 * `deno task accuracy`: the model beside every recording that it can describe.
 *
 * Flags: `--recordings DIR` (default ../shared/recordings), `--only GLOB` (several with commas), `--json` (one document
 * on standard output and no file). Without `--only` and `--json` it writes docs/accuracy.md.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import type { CaseComparison } from "./compare_runs.ts";
import { type LeftOut, printAccuracy } from "./print_accuracy.ts";
import { readFiles, RECORDINGS, recordingsIn } from "./recording_files.ts";
import { type CaseResult, type RecordingFiles, runCase } from "./run_case.ts";
import { summarise } from "./summarise_cases.ts";

const REPORT = "docs/accuracy.md";
function matcher(globs: string | undefined): (name: string) => boolean {
  if (globs === undefined) return () => true;
  const patterns = globs.split(",").map((glob) =>
    new RegExp(`^${glob.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`)
  );
  return (name) => patterns.some((pattern) => pattern.test(name));
}

function printLine({ name, source, destination, fullCycles, ...figures }: CaseComparison): string {
  const { iterations, totalMs, downtimeMs, transferred, syncError, verdict } = figures;
  const change = 100 * (transferred.model - transferred.real) / Math.max(1, transferred.real);
  return [
    name.padEnd(36),
    `${source.equal ? "S" : "-"}${destination.equal ? "D" : "-"}`,
    `${fullCycles.equal}/${fullCycles.compared}`.padEnd(8),
    `${iterations.model}/${iterations.real}`.padEnd(6),
    `${totalMs.model}/${totalMs.real} ms`.padEnd(15),
    (downtimeMs === null ? "" : `${downtimeMs.model}/${downtimeMs.real} ms`).padEnd(12),
    `${change.toFixed(2)} %`.padEnd(9),
    (syncError === null ? "" : `${(100 * syncError).toFixed(1)} %`).padEnd(7),
    verdict.equal ? verdict.real : `${verdict.model} / ${verdict.real}`,
  ].join(" ");
}

/** A recording that makes the program stumble is said, and the others are still run. */
function attempt(name: string, files: RecordingFiles): ReturnType<typeof runCase> {
  try {
    return runCase(name, files);
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { ok: false, error: `A defect of the model or of this program: ${reason}` };
  }
}

function main(): void {
  const flags = parseArgs(Deno.args, { string: ["recordings", "only"], boolean: ["json"] });
  const folder = flags.recordings ?? RECORDINGS;
  const isWanted = matcher(flags.only);
  const cases: CaseResult[] = [];
  const leftOut: LeftOut[] = [];
  for (const name of recordingsIn(folder).filter(isWanted)) {
    const files = readFiles(`${folder}/${name}`);
    const result = typeof files === "string" ? { ok: false as const, error: files } : attempt(name, files);
    if (!result.ok) {
      leftOut.push({ name, reason: result.error });
      continue;
    }
    cases.push(result.value);
    if (flags.json) continue;
    const { comparison, undetermined, undeterminedCycles, remarks } = result.value;
    console.log(printLine(comparison));
    if (!comparison.source.equal) console.log(`    source: ${comparison.source.difference}`);
    if (!comparison.destination.equal) console.log(`    destination: ${comparison.destination.difference}`);
    for (const reason of [...undetermined, ...undeterminedCycles, ...remarks]) console.log(`    ${reason}`);
  }
  const determined = cases.filter(({ undetermined }) => undetermined.length === 0);
  const withCycles = determined.filter(({ undeterminedCycles }) => undeterminedCycles.length === 0);
  const report = { summary: summarise(cases), determined: summarise(determined, withCycles), cases, leftOut };
  if (flags.json) {
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  const text = printAccuracy(report, "deno task accuracy");
  const summaryEnd = text.indexOf("\n## Cases");
  console.log(`\n${text.slice(0, summaryEnd)}`);
  if (flags.only !== undefined) return;
  Deno.writeTextFileSync(REPORT, text);
  console.log(`${cases.length} cases, ${leftOut.length} recordings left out; written to ${REPORT}`);
}

if (import.meta.main) main();
