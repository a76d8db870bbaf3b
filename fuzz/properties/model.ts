/**
 * The model under attack: every random scenario gives a run that no check fails, the same one each time.
 *
 * @module
 */
import { judgeScenario, makeScenario, parseScenario, printLog, type ScenarioInput } from "../../mod.ts";
import { anyScenarioInput } from "../arbitraries/scenario.ts";
import type { CaseFiles, FuzzTarget } from "../target.ts";

const FILE = "scenario.json";

/** Random scenarios through model and checks. */
export const MODEL: FuzzTarget<ScenarioInput> = {
  name: "model",
  summary: "random scenarios: no check fails on the run, and the run ends in virtual time",
  arbitrary: anyScenarioInput(),
  check(input) {
    const { run, judgement } = judgeScenario(makeScenario(input));
    if (run.outcome.timedOut) throw new Error("the run does not end before its time limit");
    const failed = judgement.verdicts.find(({ outcome }) => outcome === "fail");
    if (failed === undefined) return;
    const [evidence] = failed.evidence;
    const place = evidence?.at === undefined ? "" : ` at ${evidence.at.side}:${evidence.at.line}`;
    throw new Error(`check ${failed.rule.id} fails${place}: ${evidence?.note ?? failed.note}`);
  },
  encode(input): CaseFiles {
    const { run } = judgeScenario(makeScenario(input));
    const text = (records: typeof run.source) => new TextEncoder().encode(printLog(records, "tid"));
    return {
      [FILE]: new TextEncoder().encode(`${JSON.stringify(input, null, 2)}\n`),
      "source.trace": text(run.source),
      "destination.trace": text(run.destination),
    };
  },
  decode(files) {
    const text = new TextDecoder().decode(files[FILE]);
    const parsed = parseScenario(text, FILE);
    if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join("\n"));
    return JSON.parse(text) as ScenarioInput;
  },
};
