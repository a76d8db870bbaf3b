/**
 * The verdict as a JSON document: the stable shape that `run --json` and `check --json` print.
 *
 * @module
 */
import type { Evidence, EvidenceLine } from "../checks/mod.ts";
import { showEvent } from "./evidence.ts";
import { countVerdicts, type ReportSubject } from "./screen.ts";

/** The shape in one place, for the help of the commands that print it. */
export const DOCUMENT_SHAPE = `{"title", "outcome": "pass" | "fail" | "unknown",
 "figures": {"source", "destination", "iterations", "totalTimeMs", "downtimeMs", "transferredBytes"},
 "convergence": [{"migration", "verdict", "why", "count", "iterations": […], "remedies": […]}],
 "counts": {"pass", "fail", "unknown"}, "samples",
 "sides": [{"side", "catalog", "events", "others", "migrations": […]}],
 "verdicts": [{"id", "outcome", "claim", "seen", "violations", "note", "knownDefect",
   "evidence": [{"side", "migration", "note", "at", "earlier", "around": [{"side", "line", "text"}]}]}],
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
    verdicts: judgement.verdicts.map(({ rule, outcome, seen, violations, note, knownDefect, evidence }) => ({
      id: rule.id,
      outcome,
      claim: rule.claim,
      seen,
      violations,
      note,
      knownDefect: knownDefect?.text ?? null,
      evidence: evidence.map(evidenceDocument),
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

function lineDocument(line: EvidenceLine) {
  return { side: line.side, line: line.line, text: showEvent(line) };
}
