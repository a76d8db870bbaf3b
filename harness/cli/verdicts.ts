/**
 * Prints what was judged, as `run` and `check` both do: a screen each, or one document; and the exit code of it all.
 *
 * @module
 */
import {
  ANSI,
  makeDocument,
  PLAIN,
  renderScreen,
  renderVerdicts,
  type ReportSubject,
} from "../report/mod.ts";
import type { Arguments } from "./arguments.ts";
import { EXIT, type ExitCode, type Flag, type Io } from "./command.ts";

/** The flag that asks for every rule. */
export const ALL_FLAG: Flag = {
  name: "all",
  summary: "List every rule with its verdict, and why it could not be judged",
};

/** Prints the screen of one, unless a document was asked for. */
export function printScreen(subject: ReportSubject, isFirst: boolean, args: Arguments, io: Io): void {
  if (args.has("json")) return;
  const paint = io.colour ? ANSI : PLAIN;
  io.out(`${isFirst ? "" : "\n"}${renderScreen(subject, paint)}`);
  if (args.has("all")) io.out(`\n${renderVerdicts(subject.judgement, paint)}`);
}

/** Prints the document if it was asked for: of one, or a list of several. */
export function printDocument(subjects: readonly ReportSubject[], args: Arguments, io: Io): void {
  if (!args.has("json")) return;
  const documents = subjects.map(makeDocument);
  io.out(`${JSON.stringify(documents.length === 1 ? documents[0] : { runs: documents })}\n`);
}

/** 1 when any failed; 3 when none could be judged. */
export function exitCodeOf(subjects: readonly ReportSubject[]): ExitCode {
  const outcomes = subjects.map(({ judgement }) => judgement.outcome);
  if (outcomes.includes("fail")) return EXIT.failed;
  return outcomes.includes("pass") ? EXIT.ok : EXIT.unknown;
}
