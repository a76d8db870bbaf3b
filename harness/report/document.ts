/**
 * The verdict as a JSON document: the stable shape that `run --json` and `check --json` print.
 *
 * @module
 */
import type { Evidence, EvidenceLine, SmallestTrace } from "../checks/mod.ts";
import { printSmallest, showEvent } from "./evidence.ts";
import { countVerdicts, type ReportSubject } from "./screen.ts";

/** The shape in one place, for the help of the commands that print it. */
export const DOCUMENT_SHAPE = `{"title", "outcome": "pass" | "fail" | "unknown",
 "figures": {"source", "destination", "iterations", "totalTimeMs", "downtimeMs", "transferredBytes"},
 "convergence": [{"migration", "verdict", "why", "count", "iterations": […], "remedies": […]}],
 "counts": {"pass", "fail", "unknown"}, "samples",
 "sides": [{"side", "catalog", "events", "others", "migrations": […]}],
 "verdicts": [{"id", "outcome", "claim", "seen", "violations", "note", "absent", "knownDefect",
   "evidence": [{"side", "migration", "note", "at", "earlier", "around": [{"side", "line", "text"}]}],
   "smallest": null | {"traces": [{"trace", "side", "log"}], "lines": [{"trace", "side", "line", "text"}],
     "of": EVENTS, "needs": "nothing" | "facts" | "facts and samples", "isMinimal", "judged"}}],
 "notes": […]}`;

/** Makes the document; numbers that are not known become null. */
export function makeDocument({ title, figures, judgement, notes }: ReportSubject): Record<string, unknown> {
  return {
    title,
    outcome: judgement.outcome,
    figures,
    convergence: judgement.convergence,
    counts: countVerdicts(judgement),
    sides: judgement.sides,
    samples: judgement.samples,
    verdicts: judgement.verdicts.map((verdict) => ({
      id: verdict.rule.id,
      outcome: verdict.outcome,
      claim: verdict.rule.claim,
      seen: verdict.seen,
      violations: verdict.violations,
      note: verdict.note,
      absent: verdict.absent ?? [],
      knownDefect: verdict.knownDefect?.text ?? null,
      evidence: verdict.evidence.map(evidenceDocument),
      smallest: verdict.smallest === undefined ? null : smallestDocument(verdict.smallest),
    })),
    notes,
  };
}

function evidenceDocument({ side, migration, note, at, earlier, around }: Evidence) {
  return {
    side,
    migration,
    note,
    at: at === undefined ? null : lineDocument(at),
    earlier: earlier === undefined ? null : lineDocument(earlier),
    around: around.map(lineDocument),
  };
}

function smallestDocument(smallest: SmallestTrace) {
  const { lines, of, needs, isMinimal, judged } = smallest;
  return {
    traces: printSmallest(smallest),
    lines: lines.map((line) => ({ trace: line.trace, ...lineDocument(line) })),
    of,
    needs,
    isMinimal,
    judged,
  };
}

function lineDocument(line: EvidenceLine) {
  return { side: line.side, line: line.line, text: showEvent(line) };
}
