/**
 * The matrix: each bug of the museum on its stage, the rules that object, and when they do.
 *
 * In:  the exhibits, a clock for the wall time.
 * Out: a row for each; a bug that no rule catches has none, and a stage that offends without its bug names the rules.
 *
 * @module
 */
import {
  CONSERVED,
  type Evidence,
  type GuestKnown,
  judgeRun,
  SATURATED,
  THROTTLED,
  WRITES_FOUND,
} from "../checks/mod.ts";
import { type BugId, type Exhibit, MUSEUM, simulate, type SimulatedRun } from "../model/mod.ts";
import { type Stage, STAGES } from "./stages.ts";

/** A rule, or a law, that objects to a run. */
export interface Catch {
  readonly id: string;
  readonly claim: string;
  /** The first thing that it says is wrong. */
  readonly note: string;
  /** Virtual milliseconds after the `migrate` command; null when it is known at the end only. */
  readonly atMs: number | null;
}

/** One bug on its stage. */
export interface MuseumRow {
  readonly exhibit: Exhibit;
  readonly stage: Stage;
  /** The rules that object to the run with the bug, the earliest first. */
  readonly caught: readonly Catch[];
  /** The rules that object to the same scenario without the bug: none. */
  readonly offended: readonly string[];
  /** Milliseconds from the start of the simulation to the first objection; null when there was none. */
  readonly wallMs: number | null;
}

/** Shows every bug, or some, on its stage. */
export function judgeMuseum(clock: () => number, only: readonly string[] = []): MuseumRow[] {
  return MUSEUM.filter(({ id }) => only.length === 0 || only.includes(id)).map((exhibit) =>
    judgeExhibit(exhibit, clock)
  );
}

/** Shows one bug on its stage. */
function judgeExhibit(exhibit: Exhibit & { readonly id: BugId }, clock: () => number): MuseumRow {
  const stage = STAGES[exhibit.id];
  const { scenario, perPageEvents = false } = stage;
  const well = simulate(scenario, { perPageEvents });
  const healthy = judgeRun(well);
  const start = clock();
  let wallMs: number | null = null;
  const run = simulate(scenario, { perPageEvents, bugs: [exhibit.id] });
  const judged = judgeRun(run, { onViolation: () => wallMs ??= clock() - start });
  const caught = judged.verdicts.filter(({ outcome }) => outcome === "fail").map((
    { rule: { id, claim }, evidence },
  ): Catch => ({ id, claim, note: evidence[0]?.note ?? "", atMs: earliest(evidence) }));
  const broken = brokenLaws(run, stage.guest);
  if (broken.length > 0) wallMs ??= clock() - start;
  caught.push(...broken);
  caught.sort((a, b) => (a.atMs ?? Infinity) - (b.atMs ?? Infinity));
  return {
    exhibit,
    stage,
    caught,
    offended: [
      ...healthy.verdicts.filter(({ outcome }) => outcome === "fail").map(({ rule }) => rule.id),
      ...brokenLaws(well, stage.guest).map(({ id }) => id),
    ],
    wallMs,
  };
}

/** The laws that a run of a known guest breaks; they speak when it is over. */
function brokenLaws(run: SimulatedRun, guest: GuestKnown | undefined): Catch[] {
  if (guest === undefined) return [];
  return [SATURATED, THROTTLED, WRITES_FOUND, CONSERVED].flatMap(({ id, claim, judge }) => {
    const { outcome, note } = judge(run, guest);
    return outcome === "fail" ? [{ id, claim, note, atMs: null }] : [];
  });
}

/** When a rule first objects, in milliseconds. */
function earliest(evidence: readonly Evidence[]): number | null {
  const moments = evidence.map(momentOf).filter((at) => at !== null);
  return moments.length === 0 ? null : Math.min(...moments) / 1000;
}

function momentOf({ at, note }: Evidence): number | null {
  if (at?.record !== undefined) return at.record.at;
  // Of a sample the evidence has the moment in its note only.
  const sample = /\(sample at (\d+) us\)/.exec(note)?.[1];
  return sample === undefined ? null : Number(sample);
}

/** Whether a run with a bug differs from one without: the traces or the samples. */
export function differs(a: SimulatedRun, b: SimulatedRun): boolean {
  const text = ({ source, destination, samples }: SimulatedRun): string =>
    JSON.stringify(
      [source, destination].map((records) =>
        records.map(({ at, declaration, values }) => [at, declaration.name, values.map(String)])
      ),
    ) + JSON.stringify(samples);
  return text(a) !== text(b);
}
