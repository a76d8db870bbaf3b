/**
 * Prints what was judged, as `run` and `check` both do: a screen each, or one document; and the exit code of it all.
 *
 * @module
 */
import {
  ANSI,
  makeDocument,
  makeSarif,
  PLAIN,
  renderAnnotations,
  renderJunit,
  renderScreen,
  renderVerdicts,
  type ReportSubject,
} from "../report/mod.ts";
import type { Arguments } from "./arguments.ts";
import { CommandError, EXIT, type ExitCode, type Flag, type Io } from "./command.ts";

/** The flag that asks for every rule. */
export const ALL_FLAG: Flag = {
  name: "all",
  summary: "List every rule with its verdict, and why it could not be judged",
};

/** What machines read, by the name that `--report` gives it. */
const REPORTS: Readonly<Record<string, (subjects: readonly ReportSubject[]) => string>> = {
  junit: renderJunit,
  sarif: (subjects) => `${JSON.stringify(makeSarif(subjects), null, 2)}\n`,
  github: renderAnnotations,
};

/** The flag that asks for a report for machines in place of the screen. */
export const REPORT_FLAG: Flag = {
  name: "report",
  value: "KIND",
  summary: "Print junit (XML), sarif (2.1.0) or github (annotations) in place of the screen",
};

/** The report that was asked for; undefined when none was. */
function reportOf(args: Arguments): ((subjects: readonly ReportSubject[]) => string) | undefined {
  const kind = args.text("report");
  if (kind === undefined) return undefined;
  const report = Object.hasOwn(REPORTS, kind) ? REPORTS[kind] : undefined;
  if (report !== undefined) return report;
  throw new CommandError(
    `Cannot report as ${JSON.stringify(kind)}: ${Object.keys(REPORTS).join(", ")} are known`,
  );
}

/** Whether people read what is printed. */
export function isForPeople(args: Arguments): boolean {
  return !args.has("json") && reportOf(args) === undefined;
}

/** Prints the screen of one, unless a document was asked for. */
export function printScreen(subject: ReportSubject, isFirst: boolean, args: Arguments, io: Io): void {
  if (!isForPeople(args)) return;
  const paint = io.colour ? ANSI : PLAIN;
  io.out(`${isFirst ? "" : "\n"}${renderScreen(subject, paint)}`);
  if (args.has("all")) io.out(`\n${renderVerdicts(subject.judgement, paint)}`);
}

/** Prints the document or the report if it was asked for: of one, or of several. */
export function printDocument(subjects: readonly ReportSubject[], args: Arguments, io: Io): void {
  const report = reportOf(args);
  if (report !== undefined) io.out(report(subjects));
  if (report !== undefined || !args.has("json")) return;
  const documents = subjects.map(makeDocument);
  io.out(`${JSON.stringify(documents.length === 1 ? documents[0] : { runs: documents })}\n`);
}

/** 1 when any failed; 3 when none could be judged. */
export function exitCodeOf(subjects: readonly ReportSubject[]): ExitCode {
  const outcomes = subjects.map(({ judgement }) => judgement.outcome);
  if (outcomes.includes("fail")) return EXIT.failed;
  return outcomes.includes("pass") ? EXIT.ok : EXIT.unknown;
}
