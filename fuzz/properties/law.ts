/**
 * What a law of the model is, and how a broken one is told.
 *
 * @module
 */
import type { MigrationStatus, Scenario, SimulatedRun, SimulateOptions } from "../../mod.ts";

/** Runs a scenario: the model, or in tests of the laws a broken one. */
export type Simulate = (scenario: Scenario, options?: SimulateOptions) => SimulatedRun;

/** A scenario, its run, and the means to run others beside it. */
export interface Trial {
  readonly scenario: Scenario;
  readonly run: SimulatedRun;
  readonly simulate: Simulate;
}

/** Something that must hold of every run, or of every two runs of scenarios that are akin. */
export interface Law {
  /** In words with hyphens; it names the folders of findings. */
  readonly id: string;
  /** Why a run that breaks it is wrong. */
  readonly why: string;
  /** What is broken, and when; `undefined` when the law holds or does not apply. */
  readonly broken: (trial: Trial) => Broken | undefined;
  /**
   * A cheaper look whether `broken` could name this part: false only when it would not. Without it `broken` is asked.
   */
  readonly mayName?: (trial: Trial, part: string) => boolean;
}

/** How a law is broken. */
export interface Broken {
  /** What was seen and what was to be seen, on one line. */
  readonly detail: string;
  /** The moment in virtual microseconds, where there is one. */
  readonly at?: number | undefined;
  /** A part of the law that has a name of its own, such as a rule of the checks. */
  readonly part?: string;
}

/** Thrown when a case breaks a law. */
export class LawBroken extends Error {
  override readonly name = "LawBroken";

  /**
   * @param law The law's id, with its part.
   * @param phase The status of the source when it was broken; `end` when the outcome is what is wrong.
   */
  constructor(readonly law: string, readonly phase: string, detail: string) {
    super(`${law} (${phase}): ${detail}`);
  }
}

/** The status of the source at a moment of virtual time; `end` after the last record. */
export function phaseAt({ source }: SimulatedRun, at: number | undefined): MigrationStatus | "end" {
  const last = source.at(-1);
  if (at === undefined || last === undefined || at > last.at) return "end";
  let status: MigrationStatus = "none";
  for (const { at: moment, declaration, values } of source) {
    if (moment > at) break;
    if (declaration.name === "migrate_set_state") status = String(values[0]) as MigrationStatus;
  }
  return status;
}
