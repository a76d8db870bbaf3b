/**
 * What a run reaches, as names: by these a guided campaign sees whether a case does something new.
 *
 * - pairs of tracepoints that follow each other on one side, with how often (1, 4, 16, 64 and more);
 * - the sign of every numeric argument and the value of every word argument: which way a decision went;
 * - states of the rules: which rule gave which verdict;
 * - how the run ended.
 *
 * @module
 */
import type { Declaration, Rule, SimulatedRun, TraceRecord } from "../../mod.ts";
import { judgementOf } from "./judge_law.ts";

/** Counts are told apart by their powers of four. */
function magnitude(count: number): number {
  return 4 ** Math.floor(Math.log2(count) / 2);
}

/** Arguments that are words of QEMU's, such as a status, rather than names of this or that device. */
const WORD = /^[a-z][a-z-]{1,24}$/;

/** Everything that a run reaches. */
export function behavioursOf(run: SimulatedRun): Set<string> {
  const found = new Set<string>();
  reach(found, "source", run.source);
  reach(found, "destination", run.destination);
  for (const { rule, outcome, seen } of judgementOf(run).verdicts) {
    const names = namesOf(rule);
    found.add(names[outcome]);
    if (seen > 0) found.add(`${names.seen}${magnitude(seen)}`);
  }
  const { source, destination, timedOut, guestRuns } = run.outcome;
  const runs = `${guestRuns.source ? "source" : "-"}/${guestRuns.destination ? "destination" : "-"}`;
  found.add(`end ${source}/${destination} guest ${runs}${timedOut ? " timed out" : ""}`);
  return found;
}

interface RuleNames {
  readonly pass: string;
  readonly fail: string;
  readonly unknown: string;
  readonly seen: string;
}

const RULE_NAMES = new WeakMap<Rule, RuleNames>();

function namesOf(rule: Rule): RuleNames {
  let names = RULE_NAMES.get(rule);
  if (names === undefined) {
    const [pass = "", fail = "", unknown = ""] = ["pass", "fail", "unknown"].map((one) =>
      `rule ${rule.id} ${one}`
    );
    RULE_NAMES.set(rule, names = { pass, fail, unknown, seen: `rule ${rule.id} seen ` });
  }
  return names;
}

/** What the sign of an argument is called, on one side. */
interface SignNames {
  readonly above: string;
  readonly below: string;
  readonly zero: string;
}

/** Made once: to put a name together for each argument of each record takes longer than to judge the run. */
const SIGN_NAMES = {
  source: new WeakMap<Declaration, readonly SignNames[]>(),
  destination: new WeakMap<Declaration, readonly SignNames[]>(),
};

type SideName = keyof typeof SIGN_NAMES;

function signsOf(side: SideName, declaration: Declaration): readonly SignNames[] {
  let names = SIGN_NAMES[side].get(declaration);
  if (names === undefined) {
    names = declaration.args.map((_, index) => {
      const name = `${side} ${declaration.name}.${index}`;
      return { above: `${name}>0`, below: `${name}<0`, zero: `${name}=0` };
    });
    SIGN_NAMES[side].set(declaration, names);
  }
  return names;
}

function reach(found: Set<string>, side: SideName, records: readonly TraceRecord[]): void {
  const pairs = new Map<Declaration | undefined, Map<Declaration, number>>();
  let before: Declaration | undefined;
  for (const { declaration, values } of records) {
    let followers = pairs.get(before);
    if (followers === undefined) pairs.set(before, followers = new Map());
    followers.set(declaration, (followers.get(declaration) ?? 0) + 1);
    before = declaration;
    const signs = signsOf(side, declaration);
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (typeof value === "string") {
        if (WORD.test(value)) found.add(`${side} ${declaration.name}.${index}=${value}`);
        continue;
      }
      const { above, below, zero } = signs[index] as SignNames;
      found.add(value === undefined || Number(value) === 0 ? zero : value > 0 ? above : below);
    }
  }
  for (const [first, followers] of pairs) {
    for (const [second, count] of followers) {
      found.add(`${side} ${first?.name ?? ""}>${second.name} x${magnitude(count)}`);
    }
  }
}
