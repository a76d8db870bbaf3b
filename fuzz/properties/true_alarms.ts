/**
 * True alarms: runs whose traces are as bad as the rules say, since an operator, a fault or a defect of QEMU made them so.
 *
 * A campaign expects them rather than looking away: a run has these alarms if and only if it gives cause. Everything is
 * read off the model's own end and the traces, nothing is asked of the judge.
 *
 * @module
 */
import type { Scenario, SimulatedRun, TraceRecord } from "../../mod.ts";
import type { Trial } from "./law.ts";

/** An alarm that is right. */
export interface Alarm {
  readonly rule: string;
  /** What was done to the guest. */
  readonly cause: string;
}

/** Where a source's guest stands when its log ends. */
interface SourceEnd {
  /** The last status. */
  readonly status: string;
  /** Whether the guest ran when the last migration began, and whether it runs now; a process that ends stops nothing. */
  readonly ranBefore: boolean;
  readonly runs: boolean;
}

const SHUTDOWN = "shutdown";

function endOf(records: readonly TraceRecord[]): SourceEnd {
  let [status, ranBefore, runs] = ["none", false, false];
  for (const { declaration: { name }, values } of records) {
    if (name === "migrate_set_state") {
      status = String(values[0]);
      if (status === "setup") ranBefore = runs;
    } else if (name === "vm_state_notify") {
      if (values[2] === SHUTDOWN) continue;
      runs = values[0] === 1;
    }
  }
  return { status, ranBefore, runs };
}

/** Whether a destination's guest runs, be it the last one's or an earlier one's; a process's end aside. */
function runsThere({ destination, earlierDestinations }: SimulatedRun): boolean {
  return [...(earlierDestinations ?? []), destination].some((records) => {
    const changes = records.filter(({ declaration: { name }, values }) =>
      name === "vm_state_notify" && values[2] !== SHUTDOWN
    );
    return changes.at(-1)?.values[0] === 1;
  });
}

/** Whether the destination's last status says that it failed. */
function failedThere({ destination }: SimulatedRun): boolean {
  return destination.findLast(({ declaration: { name } }) => name === "migrate_set_state")?.values[0] ===
    "failed";
}

/** Below this rate a few packets of multifd, of half a megabyte each, need longer than a cancel may. */
const STILL_BYTES_PER_SECOND = 1_000_000;

/** Whether channels of multifd may wait for a wire for longer than the operator does. */
function standsStill({ capabilities, link, faults }: Scenario): boolean {
  if (capabilities["multifd"] !== true || capabilities["postcopy-ram"] === true) return false;
  // Nobody takes the call, so there are no channels: from 11.0 on a cancel waits for the attempt itself to end.
  if (faults.some(({ kind }) => kind === "not-accepted")) return false;
  const rates = [link, ...link.steps].flatMap((part) =>
    Object.entries(part).filter(([name]) => name.endsWith("_bytes_per_second")).map(([, rate]) => rate)
  );
  return rates.some((rate) => typeof rate === "number" && rate < STILL_BYTES_PER_SECOND);
}

/** How long a cancel may take, in microseconds. */
const CANCEL_MICROS_MAX = 10_000_000;

/** Whether a status follows `cancelling`, or a sample still shows it, when the operator has given up waiting. */
function cancelHangs({ source, samples }: SimulatedRun): boolean {
  const statuses = source.filter(({ declaration: { name } }) => name === "migrate_set_state");
  return statuses.some(({ at, values }, index) => {
    if (values[0] !== "cancelling") return false;
    const after = statuses[index + 1]?.at ?? Infinity;
    const isLate = (moment: number): boolean => moment - at > CANCEL_MICROS_MAX;
    return (after !== Infinity && isLate(after)) ||
      samples.some(({ t_us, side, "query-migrate": { status } }) =>
        side === "source" && status === "cancelling" && t_us < after && isLate(t_us)
      );
  });
}

/** The alarms that a run must raise, and no others. */
export function trueAlarms({ scenario, run }: Trial): Alarm[] {
  const alarms: Alarm[] = [];
  const end = endOf(run.source);
  const said = (command: string): boolean =>
    run.facts.actions?.some((action) => action.command === command) === true;
  const breaks = scenario.faults.length > 0 || said("yank");
  if (standsStill(scenario) && cancelHangs(run)) {
    alarms.push({
      rule: "multifd-cancel-ends-soon",
      cause: "multifd's channels stand still, and a cancel shuts down the main channel only",
    });
  }
  if (run.samples.some(({ "query-migrate": reply }) => Number(reply["expected-downtime"]) < 0)) {
    alarms.push({
      rule: "expected-downtime-not-negative",
      cause:
        "avail-switchover-bandwidth is below 1000, and what is dirty is divided by 0 bytes in a millisecond",
    });
  }
  // Once the status says how it ended nothing of the guest changes any more: the cleanup may be still to come.
  if (!end.ranBefore) return alarms;
  if (end.runs && runsThere(run)) {
    if (end.status === "completed" && said("cont")) {
      alarms.push({ rule: "one-guest-after-completion", cause: "the operator said cont on the source" });
    }
    if (end.status === "cancelled" && said("migrate_cancel")) {
      alarms.push({ rule: "one-guest-after-cancel", cause: "the cancel came when everything had been sent" });
    }
    if (end.status === "failed" && (breaks || said("quit"))) {
      alarms.push({
        rule: "one-guest-after-failure",
        cause: "the connection broke when everything had been sent",
      });
    }
  }
  const isSure = scenario.capabilities["return-path"] === true;
  if (end.status === "completed" && !end.runs && !runsThere(run) && failedThere(run) && !isSure) {
    alarms.push({
      rule: "some-guest-after-completion",
      cause: "without a return path the source does not hear that the destination failed",
    });
  }
  return alarms;
}
