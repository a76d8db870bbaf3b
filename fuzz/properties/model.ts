/**
 * The model under attack: random scenarios, whose runs must pass every check and keep the laws.
 *
 * @module
 */
import fc from "fast-check";
import {
  ChromeTraceWriter,
  makeScenario,
  printLog,
  type Scenario,
  type ScenarioInput,
  simulate,
  type SimulatedRun,
  visitRecords,
} from "../../mod.ts";
import { mutateScenario } from "../arbitraries/mutate_scenario.ts";
import { anyScenarioInput } from "../arbitraries/scenario.ts";
import { type Json, simplerJson } from "../arbitraries/simpler_json.ts";
import type { CaseFiles, Cause, FuzzTarget } from "../target.ts";
import { behavioursOf } from "./behaviour.ts";
import { GUEST_KNOWN, JUDGED_BY_PAGES } from "./guest_laws.ts";
import { JUDGED } from "./judge_law.ts";
import { KIN_LAWS } from "./kin_laws.ts";
import { type Law, LawBroken, phaseAt, type Simulate } from "./law.ts";
import { RUN_LAWS } from "./run_laws.ts";
import { noteTrail, trailOf } from "./trail.ts";
import { kindsOf, SCENARIO_KINDS } from "./scenario_kinds.ts";

/** A scenario and the laws that its run is held against. */
export interface ModelCase {
  readonly scenario: ScenarioInput;
  /** Ids of laws. That the model does not throw is asked of every case. */
  readonly laws: readonly string[];
}

/** Every law there is. */
export const LAWS: readonly Law[] = [...RUN_LAWS, JUDGED, GUEST_KNOWN, JUDGED_BY_PAGES, ...KIN_LAWS];

/** Cheap laws hold of every case; of the others a case draws a few, since each costs a run or more. */
const ALWAYS: readonly string[] = [
  "in-time-order",
  "outcome-legal",
  "pages-conserved",
  "counters-grow",
  "judged",
  "guest-known",
];
const DRAWN_MAX = 3;
/** The dear law that sees most besides, drawn more often than the rest: one case of so many. */
const BY_PAGES_EVERY = 4;

const ENCODER = new TextEncoder();

function anyCase(): fc.Arbitrary<ModelCase> {
  const pages = JUDGED_BY_PAGES.id;
  const others = LAWS.map(({ id }) => id).filter((id) => !ALWAYS.includes(id) && id !== pages);
  return fc.record({
    scenario: anyScenarioInput(),
    byPages: fc.nat(BY_PAGES_EVERY - 1),
    drawn: fc.subarray(others, { maxLength: DRAWN_MAX }),
  }).map(({ scenario, byPages, drawn }) => (
    { scenario, laws: [...ALWAYS, ...(byPages === 0 ? [pages] : []), ...drawn] }
  ));
}

function tryRun(scenario: Scenario, run: Simulate): SimulatedRun {
  try {
    return run(scenario);
  } catch (error) {
    throw new LawBroken("no-crash", crashPhase(scenario, run), String(error));
  }
}

/**
 * Records of both sides that laws are asked of at most: half a million rounds that send next to nothing are more of the
 * same, and their logs would fill the memory of a worker.
 */
const RECORDS_MAX = 400_000;

/** A scenario and its run, given up so early that laws can hold it in memory. */
function boundedRun(scenario: Scenario, run: Simulate): { scenario: Scenario; subject: SimulatedRun } {
  const subject = tryRun(scenario, run);
  const { time_limit_ms } = scenario;
  if (subject.source.length + subject.destination.length <= RECORDS_MAX || time_limit_ms <= 1) {
    return { scenario, subject };
  }
  return boundedRun({ ...scenario, time_limit_ms: Math.floor(time_limit_ms / 4) }, run);
}

/** The status of the source in the longest run that does not crash. */
function crashPhase(scenario: Scenario, run: Simulate): string {
  let [good, bad] = [0, scenario.time_limit_ms];
  let status = "none";
  while (bad - good > 1) {
    const time_limit_ms = Math.floor((good + bad) / 2);
    try {
      status = run({ ...scenario, time_limit_ms }).outcome.source;
      good = time_limit_ms;
    } catch {
      bad = time_limit_ms;
    }
  }
  return status;
}

/** Names the features that a scenario has, as it is written: what is not written has its default. */
export function featuresOf(scenario: ScenarioInput): string[] {
  const { profile, capabilities, parameters, workload, link, operator, faults, guest, transport } = scenario;
  const on = Object.entries(capabilities ?? {}).filter(([, value]) => value).map(([name]) => name);
  const linkKinds = Object.keys(link ?? {}).map((key) => (
    { rate_bytes_per_second: "slow-link", latency_us: "latency", steps: "link-steps" }[key] ?? key
  ));
  const guestKinds = Object.keys(guest ?? {}).filter((key) => key !== "ram_bytes");
  return [
    ...(profile === undefined ? [] : [profile]),
    ...on,
    ...Object.keys(parameters ?? {}),
    ...(workload ?? []).map(({ kind }) => kind),
    ...linkKinds,
    ...(transport === undefined ? [] : [transport]),
    ...(operator ?? []).map(({ execute }) => execute),
    ...(faults ?? []).map(({ kind }) => kind),
    ...guestKinds,
  ].filter((name, index, all) => all.indexOf(name) === index);
}

/** Makes the target for a model: the project's own, or a broken one that must be found out. */
export function modelTarget(run: Simulate): FuzzTarget<ModelCase> {
  return {
    name: "model",
    summary: "random scenarios: the model never throws, its runs pass every check and keep the laws",
    layer: "model",
    weight: 2,
    arbitrary: anyCase(),
    kindsOf: ({ scenario }) => kindsOf(scenario),
    kinds: SCENARIO_KINDS,
    check({ scenario: input, laws }) {
      const { scenario, subject } = boundedRun(makeScenario(input), run);
      for (const law of LAWS) {
        if (!laws.includes(law.id)) continue;
        const broken = brokenBy(law, scenario, subject, run);
        if (broken !== undefined) throw broken;
      }
      noteTrail(input, subject);
      return behavioursOf(subject);
    },
    *simpler({ scenario, laws }) {
      for (const id of laws) if (laws.length > 1) yield { scenario, laws: [id] };
      // A shorter run first: every later try costs less.
      for (const part of [1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 7 / 8]) {
        const time_limit_ms = Math.floor((scenario.time_limit_ms ?? 0) * part);
        if (time_limit_ms > 0) yield { scenario: { ...scenario, time_limit_ms }, laws };
      }
      const { sampling_interval_ms } = scenario;
      if (sampling_interval_ms !== undefined) {
        const fewer = Math.min(60, sampling_interval_ms * 2);
        if (fewer > sampling_interval_ms) {
          yield { scenario: { ...scenario, sampling_interval_ms: fewer }, laws };
        }
      }
      for (const simpler of simplerJson(scenario as Json)) {
        if (mayBeScenario(simpler) && !isLarger(simpler, scenario)) yield { scenario: simpler, laws };
      }
    },
    isCase: ({ scenario }) => isScenario(scenario),
    mayBreak({ scenario: input, laws }, rule) {
      if (rule === "no-crash") return true;
      let bounded: ReturnType<typeof boundedRun>;
      try {
        bounded = boundedRun(makeScenario(input), run);
      } catch {
        return false;
      }
      const { scenario, subject } = bounded;
      return LAWS.some((law) =>
        laws.includes(law.id) && isOf(law, rule) && mayBreakBy(law, rule, scenario, subject, run)
      );
    },
    mutate: (known, other, draw) => ({
      scenario: mutateScenario(known.scenario, other.scenario, draw, trailOf(known.scenario, run).moments),
      laws: other.laws,
    }),
    cheap: ({ scenario, laws }) => ({ scenario, laws: laws.filter((id) => ALWAYS.includes(id)) }),
    costOf: ({ scenario }) => trailOf(scenario, run).size,
    causeOf({ scenario }, error): Cause {
      if (!(error instanceof LawBroken)) {
        return { rule: "crash", phase: "none", features: featuresOf(scenario) };
      }
      return { rule: error.law, phase: error.phase, features: featuresOf(scenario) };
    },
    encode: ({ scenario, laws }) => ({
      "scenario.json": ENCODER.encode(`${JSON.stringify(scenario, null, 2)}\n`),
      "laws.json": ENCODER.encode(`${JSON.stringify(laws)}\n`),
    }),
    decode(files) {
      const text = (name: string) => new TextDecoder().decode(files[name]);
      return { scenario: JSON.parse(text("scenario.json")), laws: JSON.parse(text("laws.json")) };
    },
    show: ({ scenario }) => showRun(scenario, run),
  };
}

function brokenBy(law: Law, scenario: Scenario, subject: SimulatedRun, run: Simulate): LawBroken | undefined {
  let broken: ReturnType<Law["broken"]>;
  try {
    broken = law.broken({ scenario, run: subject, simulate: run });
  } catch (error) {
    return new LawBroken(`${law.id}-crash`, "end", String(error));
  }
  if (broken === undefined) return undefined;
  const name = broken.part === undefined ? law.id : `${law.id}-${broken.part}`;
  return new LawBroken(name, phaseAt(subject, broken.at), broken.detail);
}

/** Whether what is broken could be this law, by its name; `judged` could be `judged-by-pages`, too. */
function isOf({ id }: Law, rule: string): boolean {
  return rule === id || rule.startsWith(`${id}-`);
}

function mayBreakBy(
  law: Law,
  rule: string,
  scenario: Scenario,
  subject: SimulatedRun,
  simulate: Simulate,
): boolean {
  if (law.mayName === undefined) return brokenBy(law, scenario, subject, simulate)?.law === rule;
  try {
    return law.mayName({ scenario, run: subject, simulate }, rule.slice(law.id.length + 1));
  } catch {
    // `broken` may throw as well, and then that is what is broken.
    return true;
  }
}

/**
 * Whether a default that a removal brings back makes the run longer or the guest larger, or a smaller number makes more
 * samples: that is no simpler case.
 */
function isLarger(one: ScenarioInput, other: ScenarioInput): boolean {
  const time = ({ time_limit_ms = Infinity }: ScenarioInput): number => time_limit_ms;
  const ram = ({ guest }: ScenarioInput): number => guest?.ram_bytes ?? Infinity;
  const moreSamples = (one.sampling_interval_ms ?? Infinity) < (other.sampling_interval_ms ?? 0);
  return time(one) > time(other) || ram(one) > ram(other) || moreSamples;
}

/** Whether it has the one part that a scenario must have; JSON steps make many values that are none for other reasons. */
function mayBeScenario(value: Json): value is ScenarioInput & Json {
  return typeof value === "object" && value !== null && "why" in value;
}

function isScenario(value: ScenarioInput): boolean {
  try {
    makeScenario(value);
    return true;
  } catch {
    return false;
  }
}

/** What the case does, for whoever reads the finding: the traces as QEMU would log them, and for a trace viewer. */
function showRun(input: ScenarioInput, run: Simulate): CaseFiles {
  try {
    const { source, destination } = run(makeScenario(input));
    let chrome = "";
    const writer = new ChromeTraceWriter((text) => chrome += text);
    visitRecords(source, { event: (event) => writer.event("source", event) });
    visitRecords(destination, { event: (event) => writer.event("destination", event) });
    writer.end();
    return {
      "source.trace": ENCODER.encode(printLog(source, "tid")),
      "destination.trace": ENCODER.encode(printLog(destination, "tid")),
      "chrome-trace.json": ENCODER.encode(chrome),
    };
  } catch {
    // A run that crashes has no trace.
    return {};
  }
}

/** The target `model`. */
export const MODEL: FuzzTarget<ModelCase> = modelTarget(simulate);
