/**
 * The law that the model's runs pass every check: the rules of the judge, which shares no code with the model.
 *
 * @module
 */
import { type Judgement, judgeRun, type Rule, RULES, type SimulatedRun } from "../../mod.ts";
import type { Law } from "./law.ts";
import { trueAlarms } from "./true_alarms.ts";

const JUDGEMENTS = new WeakMap<SimulatedRun, Judgement>();

/** What the judge says of a run; it is asked once. */
export function judgementOf(run: SimulatedRun): Judgement {
  const known = JUDGEMENTS.get(run);
  if (known !== undefined) return known;
  const judgement = judgeRun(run);
  JUDGEMENTS.set(run, judgement);
  return judgement;
}

/** What the name of a part has behind that of the rule when the rule should have failed. */
const SILENT = "-silent";

/** Each rule alone, as a list that the judge knows again. */
const ALONE = new Map(RULES.map((rule): [string, readonly Rule[]] => [rule.id, [rule]]));

/** The rules that fail are those whose alarm is true, and all of those: a judge that is silent is as wrong as a model. */
export const JUDGED: Law = {
  id: "judged",
  why: "The model claims to do what QEMU does, and the rules say what QEMU does",
  broken(trial) {
    const { run } = trial;
    const failed = judgementOf(run).verdicts.filter(({ outcome }) => outcome === "fail");
    const expected = trueAlarms(trial);
    const wrong = failed.find(({ rule }) => !expected.some((alarm) => alarm.rule === rule.id));
    if (wrong !== undefined) {
      const [evidence] = wrong.evidence;
      const record = evidence?.at?.record;
      return {
        part: wrong.rule.id,
        detail: `${wrong.rule.claim}; ${evidence?.note ?? wrong.note}`,
        at: evidence?.side === "source" ? record?.at : undefined,
      };
    }
    const silent = expected.find((alarm) => !failed.some(({ rule }) => rule.id === alarm.rule));
    if (silent === undefined) return undefined;
    return { part: `${silent.rule}${SILENT}`, detail: `no alarm, though ${silent.cause}` };
  },
  mayName(trial, part) {
    const isSilent = part.endsWith(SILENT);
    const id = isSilent ? part.slice(0, -SILENT.length) : part;
    const rules = ALONE.get(id);
    // The part may be how the judge threw.
    if (rules === undefined) return true;
    const fails = judgeRun(trial.run, { rules }).verdicts.some(({ outcome }) => outcome === "fail");
    const isExpected = trueAlarms(trial).some((alarm) => alarm.rule === id);
    return isSilent ? isExpected && !fails : fails && !isExpected;
  },
};
