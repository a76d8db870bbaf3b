/**
 * Laws that two runs of scenarios that are akin keep: metamorphic laws.
 *
 * None of them knows what a run should look like; each knows how two runs must relate.
 *
 * @module
 */
import {
  makeScenario,
  MORE_DOWNTIME as LATER,
  printLine,
  type Sample,
  type Scenario,
  type ScenarioInput,
  type SimulatedRun,
  type TraceRecord,
} from "../../mod.ts";
import type { Broken, Law } from "./law.ts";

/** Events that fire for every page, and only when asked for. */
const PER_PAGE = new Set(["migration_transferred_bytes", "ram_save_page"]);

function line(record: TraceRecord | undefined): string {
  return record === undefined ? "nothing" : printLine(record, "tid").trim();
}

/** Whether two records are told in the same words, as far as can be seen without making them. */
function isSame(one: TraceRecord | undefined, other: TraceRecord | undefined): boolean {
  if (one === undefined || other === undefined || one.declaration !== other.declaration) return false;
  if (one.at !== other.at || one.thread !== other.thread || one.values.length !== other.values.length) {
    return false;
  }
  for (let index = 0; index < one.values.length; index++) {
    if (!Object.is(one.values[index], other.values[index])) return false;
  }
  return true;
}

/** The first difference of two traces; before a moment, when one is given. */
function differenceOf(
  one: readonly TraceRecord[],
  other: readonly TraceRecord[],
  until: number,
  show: (record: TraceRecord | undefined) => string = line,
): Broken | undefined {
  const [a = [], b = []] = until === Infinity
    ? [one, other]
    : [one, other].map((records) => records.filter(({ at }) => at < until));
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [left, right] = [a[index], b[index]];
    if (isSame(left, right) || show(left) === show(right)) continue;
    return { detail: `${line(left)} became ${line(right)}`, at: left?.at ?? right?.at };
  }
  return undefined;
}

interface Seen {
  /** Only what is before this moment, in microseconds. */
  readonly until?: number;
  /** Whether the samples are compared, too. */
  readonly samples?: boolean;
  /** Whether only the names of the events are compared. */
  readonly names?: boolean;
  /** Whether it matters that something was still to come at the end. */
  readonly cut?: boolean;
}

/** Significant digits that two sums of the same times in other pieces share. */
const SUM_DIGITS = 9;

/** How two runs differ. The outcome is compared only where the whole runs are. */
function runsDiffer(one: SimulatedRun, other: SimulatedRun, seen: Seen = {}): Broken | undefined {
  const until = seen.until ?? Infinity;
  const show = seen.names === true ? (record?: TraceRecord) => record?.declaration.name ?? "nothing" : line;
  const difference = differenceOf(one.source, other.source, until, show) ??
    differenceOf(one.destination, other.destination, until, show);
  if (difference !== undefined) return difference;
  if (seen.samples !== false) {
    const texts = [one, other].map(({ samples }) =>
      samples.filter(({ t_us }) => t_us < until).map((sample: Sample) => JSON.stringify(sample))
    );
    const [a = [], b = []] = texts;
    const at = a.findIndex((text, index) => text !== b[index]);
    if (at !== -1 || a.length !== b.length) {
      const index = at === -1 ? Math.min(a.length, b.length) : at;
      return { detail: `sample ${a[index]} became ${b[index]}`, at: one.samples[index]?.t_us };
    }
  }
  if (until !== Infinity) return undefined;
  const told = ({ outcome }: SimulatedRun): string => {
    const { timedOut, guestSlowdownPercent } = outcome;
    return JSON.stringify({
      ...outcome,
      timedOut: seen.cut !== false && timedOut,
      // A sum of times that is made in other pieces differs in its last digits.
      guestSlowdownPercent: seen.names === true
        ? guestSlowdownPercent.toPrecision(SUM_DIGITS)
        : guestSlowdownPercent,
    });
  };
  const [a, b] = [told(one), told(other)];
  return a === b ? undefined : { detail: `${a} became ${b}` };
}

/** A law that a change of the scenario changes nothing. */
function changesNothing(
  id: string,
  why: string,
  change: (scenario: Scenario) => ScenarioInput | undefined,
  seen: Seen = {},
): Law {
  return {
    id,
    why,
    broken({ scenario, run, simulate }) {
      const changed = change(scenario);
      return changed === undefined ? undefined : runsDiffer(run, simulate(makeScenario(changed)), seen);
    },
  };
}

const TWICE = changesNothing(
  "same-again",
  "The same scenario gives the same bytes, or no finding could be replayed",
  (scenario) => scenario,
);

/** Commands that end a migration wherever it is. */
const CUTS: ReadonlySet<string> = new Set(["quit", "yank", "migrate_cancel"]);

const OBSERVED: Law = {
  id: "watching-changes-nothing",
  why: "What is recorded of a run is not part of it",
  broken({ scenario, run, simulate }) {
    const unseen = simulate(scenario, { trace: false, samples: false });
    const [was, is] = [run, unseen].map(({ outcome }) => JSON.stringify(outcome));
    if (was !== is) return { detail: `without a trace ${was} became ${is}` };
    // Where a run is cut in the middle of the page loop, the loop rests at another page when it traces each, and finds a
    // broken stream within a word of pages rather than within one.
    const isCut = run.outcome.timedOut || scenario.faults.length > 0 ||
      scenario.operator.some(({ execute }) => CUTS.has(execute));
    // A limit that is set while pages are sent is seen at the next write call: up to 32 pages later than one by one.
    const isLimited = scenario.operator.some(({ execute, arguments: given }) =>
      execute === "migrate-set-parameters" && given?.["max-bandwidth"] !== undefined
    );
    if (isCut || isLimited) return undefined;
    const detailed = simulate(scenario, { perPageEvents: true });
    const usual = (records: readonly TraceRecord[]) =>
      records.filter(({ declaration }) => !PER_PAGE.has(declaration.name));
    // Samples are taken in the middle of the page loop, which rests at other pages when it traces each; and a sum of
    // page times that is made page by page may fall on the other side of a microsecond.
    return runsDiffer(
      run,
      { ...detailed, source: usual(detailed.source), destination: usual(detailed.destination) },
      { samples: false, names: true },
    );
  },
};

const SAMPLED = changesNothing(
  "sampling-changes-nothing",
  "query-migrate is a question, not an order",
  (scenario) => ({ ...scenario, sampling_interval_ms: scenario.sampling_interval_ms * 2 + 1 }),
  { samples: false },
);

/** Another migrate has a destination of its own, and a run shows the last one only. */
function migratesAgain({ operator }: Scenario): boolean {
  return operator.some(({ execute }) => execute === "migrate");
}

/** Half of the time limit, in milliseconds; at least 1. */
function halfTime({ time_limit_ms }: Scenario): number {
  return Math.max(1, Math.floor(time_limit_ms / 2));
}

const PREFIX: Law = {
  id: "time-limit-cuts",
  why: "A run that is given up earlier is the beginning of the longer one: nothing knows the future",
  broken({ scenario, run, simulate }) {
    if (migratesAgain(scenario)) return undefined;
    const time_limit_ms = halfTime(scenario);
    return runsDiffer(run, simulate({ ...scenario, time_limit_ms }), { until: time_limit_ms * 1000 });
  },
};

const LATER_CANCEL: Law = {
  id: "later-command-later",
  why: "A command changes nothing that was before it",
  broken({ scenario, run, simulate }) {
    if (migratesAgain(scenario)) return undefined;
    const at_ms = halfTime(scenario);
    const cancel = { execute: "migrate_cancel", at_ms } as const;
    const cancelled = simulate(makeScenario({ ...scenario, operator: [...scenario.operator, cancel] }));
    // Where the migration was over before, the run was over too; now it waits for the command.
    const over = run.source.at(-1)?.at ?? 0;
    return runsDiffer(run, cancelled, { until: Math.min(at_ms * 1000, over), samples: false });
  },
};

const LATER_FAULT: Law = {
  id: "later-fault-later",
  why: "A fault changes nothing that was before it",
  broken({ scenario, run, simulate }) {
    if (migratesAgain(scenario)) return undefined;
    const at_ms = halfTime(scenario);
    const cut = { kind: "network-cut", at_ms } as const;
    const broken = simulate(makeScenario({ ...scenario, faults: [...scenario.faults, cut] }));
    const over = run.source.at(-1)?.at ?? 0;
    return runsDiffer(run, broken, { until: Math.min(at_ms * 1000, over), samples: false });
  },
};

const IDLE_TASK = changesNothing(
  "idle-task-is-nothing",
  "A task that writes nothing is not seen by a migration",
  (scenario) => ({
    ...scenario,
    workload: [...scenario.workload, { kind: "idle", task: 99, duration_ms: null }],
  }),
);

const NO_WRITES = changesNothing(
  "rate-zero-is-idle",
  "A phase that writes no page a second is an idle one",
  (scenario) => ({
    ...scenario,
    workload: scenario.workload.map((phase) =>
      "rate_pages_per_second" in phase && phase.rate_pages_per_second === 0
        ? { kind: "idle" as const, task: phase.task, duration_ms: phase.duration_ms }
        : phase
    ),
  }),
);

const LONG_PHASE = changesNothing(
  "endless-is-long",
  "A phase that outlasts the run is endless",
  (scenario) => ({
    ...scenario,
    workload: scenario.workload.map((phase) =>
      phase.duration_ms === null ? { ...phase, duration_ms: scenario.time_limit_ms * 2 } : phase
    ),
  }),
);

const SAME_RATE = changesNothing(
  "same-rate-is-no-step",
  "A link whose rate changes to what it was has not changed",
  (scenario) => {
    const { link } = scenario;
    const last = link.steps.at(-1) ??
      { at_ms: 0, kind: "constant", rate_bytes_per_second: link.rate_bytes_per_second };
    if (last.kind !== "constant") return undefined;
    const { at_ms, rate_bytes_per_second } = last;
    // Splitting a transmission at a finite rate rounds differently in the last bit; only exact rates are compared.
    if (rate_bytes_per_second !== null && rate_bytes_per_second !== 0) return undefined;
    const steps = [...link.steps, { at_ms: at_ms + 77, rate_bytes_per_second }];
    return { ...scenario, link: { ...link, steps } };
  },
);

const FUTURE_STEP = changesNothing(
  "step-after-the-end",
  "A change of the link after the run changes nothing",
  (scenario) => {
    const after = Math.max(scenario.time_limit_ms, scenario.link.steps.at(-1)?.at_ms ?? 0) + 1;
    const steps = [...scenario.link.steps, { at_ms: after, rate_bytes_per_second: 1 }];
    return { ...scenario, link: { ...scenario.link, steps } };
  },
  { cut: false },
);

const FUTURE_COMMAND = changesNothing(
  "parameters-of-a-state-never-entered",
  "What waits for a status that the source never enters does not happen",
  (scenario) => ({
    ...scenario,
    // Without pause-before-switchover nothing waits there.
    ...(scenario.capabilities["pause-before-switchover"] === true ? {} : {
      operator: [
        ...scenario.operator,
        {
          execute: "migrate-set-parameters" as const,
          at_ms: 0,
          from: "pre-switchover" as const,
          arguments: { "downtime-limit": 1 },
        },
      ],
    }),
  }),
);

const MORE_DOWNTIME: Law = {
  id: "more-downtime-no-later",
  why: "Until the switchover a larger downtime-limit changes nothing but the wish to switch over earlier",
  broken({ scenario, run, simulate }) {
    const { operator, faults, link, capabilities, parameters } = scenario;
    if (run.outcome.source !== "completed" || operator.length + faults.length + link.steps.length > 0) {
      return undefined;
    }
    // Dirty-limit reads the downtime in other ways. Auto-converge judges its guest at each sync, and a larger limit syncs
    // earlier and more often: the throttle takes another course.
    const otherwise = ["dirty-limit", "auto-converge", "background-snapshot"] as const;
    if (otherwise.some((name) => capabilities[name] === true)) return undefined;
    const strict = Number(parameters["downtime-limit"] ?? 300);
    const limit = strict * 2 + 1;
    // Nothing is below a threshold of 0, so no exact count is asked for: the estimate alone decides (facts/precopy.md 1.5).
    if (strict === 0 || limit > 2_000_000) return undefined;
    const patient = simulate({ ...scenario, parameters: { ...parameters, "downtime-limit": limit } });
    // A sync that comes earlier is a round more, and may be no later for that: what counts is the moment.
    const { outcome, note } = LATER.judge(run, patient);
    return outcome === "fail" ? { detail: `with downtime-limit ${limit}: ${note}` } : undefined;
  },
};

/** The metamorphic laws. To add one is to add one constant and one line. */
export const KIN_LAWS: readonly Law[] = [
  TWICE,
  OBSERVED,
  SAMPLED,
  PREFIX,
  LATER_CANCEL,
  LATER_FAULT,
  IDLE_TASK,
  NO_WRITES,
  LONG_PHASE,
  SAME_RATE,
  FUTURE_STEP,
  FUTURE_COMMAND,
  MORE_DOWNTIME,
];
