/**
 * The law that the model's runs pass every check: the rules of the judge, which shares no code with the model.
 *
 * @module
 */
import { type Judgement, judgeRun, type SimulatedRun } from "../../mod.ts";
import type { Law } from "./law.ts";

const JUDGEMENTS = new WeakMap<SimulatedRun, Judgement>();

/** What the judge says of a run; it is asked once. */
export function judgementOf(run: SimulatedRun): Judgement {
  const known = JUDGEMENTS.get(run);
  if (known !== undefined) return known;
  const judgement = judgeRun(run);
  JUDGEMENTS.set(run, judgement);
  return judgement;
}

/** A rule that fails where no defect of QEMU is known to break it. */
export const JUDGED: Law = {
  id: "judged",
  why: "The model claims to do what QEMU does, and the rules say what QEMU does",
  broken({ run }) {
    const { verdicts } = judgementOf(run);
    const failed = verdicts.find(({ outcome, knownDefect }) =>
      outcome === "fail" && knownDefect === undefined
    );
    if (failed === undefined) return undefined;
    const [evidence] = failed.evidence;
    const record = evidence?.at?.record;
    return {
      part: failed.rule.id,
      detail: `${failed.rule.claim}; ${evidence?.note ?? failed.note}`,
      at: evidence?.side === "source" ? record?.at : undefined,
    };
  },
};
