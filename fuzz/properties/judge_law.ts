/**
 * The law that the model's runs pass every check: the rules of the judge, which shares no code with the model.
 *
 * @module
 */
import { type Evidence, type Judgement, judgeRun, type Scenario, type SimulatedRun } from "../../mod.ts";
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

/** A rule that a scenario breaks with a right model: what the scenario does to the guest is wrong, and the rule says so. */
interface Excuse {
  readonly rules: readonly string[];
  readonly why: string;
  readonly when: (scenario: Scenario) => boolean;
}

function does(command: string): (scenario: Scenario) => boolean {
  return ({ operator }) => operator.some(({ execute }) => execute === command);
}

const EXCUSES: readonly Excuse[] = [
  {
    rules: ["one-guest-after-completion", "guest-stays-stopped-after-completion", "one-guest-after-cancel"],
    why: "An operator who says cont on the source after the switchover has two guests",
    when: does("cont"),
  },
  {
    rules: ["guest-resumes-after-failure"],
    why: "A guest that the operator stopped stays stopped",
    when: does("stop"),
  },
  {
    rules: ["one-guest-after-failure", "one-guest-after-completion"],
    why: "A connection that breaks when all has arrived leaves each side with a guest of its own",
    when: (scenario) => scenario.faults.length > 0 || does("yank")(scenario),
  },
  {
    rules: ["ack-before-the-switchover"],
    why: "With a stopped guest QEMU does not wait for the acknowledgement",
    when: (scenario) => !scenario.guest.running || does("stop")(scenario),
  },
  {
    rules: ["no-downtime-bytes-while-running", "pong-after-its-ping"],
    why: "A second migrate finds the guest stopped by the first, and its log goes on from the first one's",
    when: does("migrate"),
  },
  {
    rules: ["one-guest-after-cancel"],
    why: "The defect of a cancel in the device phase, which the rule knows from 10.0 on, is older",
    when: (scenario) => scenario.profile === "8.2-dev" && does("migrate_cancel")(scenario),
  },
];

function isExcused(rule: string, scenario: Scenario): boolean {
  return EXCUSES.some(({ rules, when }) => rules.includes(rule) && when(scenario));
}

/** Whether it tells of something that is not there, rather than of something that is. */
function isAbsence({ at, note }: Evidence): boolean {
  return at === undefined || /^never followed by|is missing at the end$/.test(note);
}

/** A rule that fails where no defect of QEMU is known to break it, and not because of what a cut log lacks. */
export const JUDGED: Law = {
  id: "judged",
  why: "The model claims to do what QEMU does, and the rules say what QEMU does",
  broken({ scenario, run }) {
    // The log of a process that ends in the middle of a migration is cut, too.
    const isCut = run.outcome.timedOut || does("quit")(scenario) ||
      scenario.faults.some(({ kind }) => kind === "source-dies");
    const failed = judgementOf(run).verdicts.find(({ rule, outcome, knownDefect, evidence }) =>
      outcome === "fail" && knownDefect === undefined && !isExcused(rule.id, scenario) &&
      !(isCut && evidence.every(isAbsence))
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
