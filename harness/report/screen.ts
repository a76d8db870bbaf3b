/**
 * The verdict on one screen.
 *
 * @module
 */
import { type Convergence, failuresOf, type Judgement } from "../checks/mod.ts";
import { showFailure } from "./evidence.ts";
import type { Side } from "../trace/mod.ts";
import type { RunFigures } from "./figures.ts";
import { counted, type Paint, safeText, showBytes } from "./paint.ts";

/** What a screen or a document is about. */
export interface ReportSubject {
  /** The scenario's or the recording's name, or the traces' files. */
  readonly title: string;
  /** Why the scenario exists. */
  readonly why?: string;
  readonly figures: RunFigures;
  readonly judgement: Judgement;
  /** Besides the verdict: what had to be guessed, what was left out. */
  readonly notes: readonly string[];
  /** The traces' files, where there are any. */
  readonly files?: Readonly<Partial<Record<Side, string>>>;
}

type Row = readonly [label: string, text: string];

/** Rows of a label and a text, aligned. A text may have several lines. */
function alignRows(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  const indent = `\n${" ".repeat(width + 2)}`;
  return rows.map(([label, text]) => `${label.padEnd(width)}  ${text.replaceAll("\n", indent)}\n`).join("");
}

/** Renders the screen. */
export function renderScreen(subject: ReportSubject, paint: Paint): string {
  const { title, why, judgement, notes } = subject;
  const rows: Row[] = [
    ["outcome", showOutcome(subject.figures, paint)],
    ...figureRows(subject.figures),
    ...judgement.convergence.map((one): Row => [
      judgement.convergence.length > 1 ? `migration ${one.migration}` : "convergence",
      showConvergence(one, paint),
    ]),
    ["trace", showSides(judgement)],
    ["checks", showCounts(judgement, paint)],
    ...notes.map((note): Row => ["note", safeText(note)]),
  ];
  const head = why === undefined ? "" : `${safeText(why)}\n`;
  const details = failuresOf(judgement.verdicts).map((verdict) => `\n${showFailure(verdict, paint)}`).join(
    "",
  );
  return `${paint.strong(safeText(title))}\n${head}\n${alignRows(rows)}${details}`;
}

function showOutcome({ source, destination }: RunFigures, paint: Paint): string {
  const side = (name: string, status: string | null) => {
    if (status === null) return `${name} not told`;
    const shade = status === "completed" ? paint.good : status === "failed" ? paint.bad : paint.doubt;
    return `${name} ${shade(safeText(status))}`;
  };
  return `${side("source", source)}, ${side("destination", destination)}`;
}

function figureRows({ iterations, totalTimeMs, downtimeMs, transferredBytes }: RunFigures): Row[] {
  const rows: Row[] = [];
  if (iterations !== null) rows.push(["iterations", `${iterations} (dirty-sync-count)`]);
  if (totalTimeMs !== null) rows.push(["total time", `${totalTimeMs} ms`]);
  if (downtimeMs !== null) rows.push(["downtime", `${downtimeMs} ms`]);
  if (transferredBytes !== null) rows.push(["transferred", showBytes(transferredBytes)]);
  return rows;
}

function showConvergence({ verdict, why, remedies }: Convergence, paint: Paint): string {
  const shade = verdict === "converged" || verdict === "converging" ? paint.good : paint.doubt;
  const lines = [`${shade(verdict)}: ${why}`];
  if (remedies.length > 0) lines.push("any one of these would have let it switch over:");
  for (const { name, value, arithmetic } of remedies) lines.push(`  ${name} ${value}: ${arithmetic}`);
  return lines.join("\n");
}

function showSides({ sides, samples }: Judgement): string {
  const lines = sides.map(({ side, catalog, events, others }) => {
    const odd = Object.entries(others).filter(([, count]) => count > 0)
      .map(([kind, count]) => `, ${counted(count, `${kind} line`)}`);
    return `${side}: ${counted(events, "event")} of QEMU ${catalog}${odd.join("")}`;
  });
  if (samples > 0) lines.push(counted(samples, "query-migrate sample"));
  return lines.join("\n");
}

/** How many verdicts of each outcome. */
export function countVerdicts({ verdicts }: Judgement): { pass: number; fail: number; unknown: number } {
  const counts = { pass: 0, fail: 0, unknown: 0 };
  for (const { outcome } of verdicts) counts[outcome]++;
  return counts;
}

function showCounts(judgement: Judgement, paint: Paint): string {
  const { pass, fail, unknown } = countVerdicts(judgement);
  const failed = fail === 0 ? "0 fail" : paint.bad(`${fail} fail`);
  return `${pass === 0 ? "0 pass" : paint.good(`${pass} pass`)}, ${failed}, ${unknown} unknown`;
}

/** Every rule with its verdict: what failed first, then what passed, then what could not be judged and why. */
export function renderVerdicts({ verdicts }: Judgement, paint: Paint): string {
  const width = Math.max(...verdicts.map(({ rule }) => rule.id.length));
  const shades = { fail: paint.bad, pass: paint.good, unknown: paint.faint } as const;
  const lines = (["fail", "pass", "unknown"] as const).flatMap((outcome) =>
    verdicts.filter((verdict) => verdict.outcome === outcome).map(({ rule, seen, note }) => {
      const text = outcome === "pass" ? `put to the test ${counted(seen, "time")}` : safeText(note, 120);
      return `${shades[outcome](outcome.padEnd(7))}  ${rule.id.padEnd(width)}  ${text}\n`;
    })
  );
  return lines.join("");
}
