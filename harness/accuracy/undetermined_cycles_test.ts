/**
 * The bytes of full cycles are undetermined by what a recording shows itself: its guest's counter, the ends of its cycles.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { HostTimes } from "./observe_host.ts";
import { readInputs } from "./recorded_inputs.ts";
import { cyclesUndeterminedBy } from "./undetermined_cycles.ts";
import { PLAIN_META } from "./testdata/plain_meta.ts";

const WELL: HostTimes = {
  sectionMicros: 0,
  lastStageMicros: null,
  decidedPages: 0,
  unsentPages: 0,
  otherDowntimeMicros: null,
  throttledAfterMicros: null,
  throttleSteps: [],
  syncsBeforeThreshold: 0,
  ringStuckAfterMicros: null,
  laterCycles: [],
  cycleEnds: [],
  margins: [],
  edges: 0,
  stoppedInFirstPass: null,
};

interface Shown {
  readonly host?: Partial<HostTimes>;
  readonly capabilities?: readonly string[];
  /** Writes of the second after `migrate`, 5000 of which the rate of before tells. */
  readonly written?: number;
  /** When a parameter is set, and which. */
  readonly command?: readonly [t: number, parameter: string];
}

function reasonsOf({ host = {}, capabilities = [], written = 5000, command }: Shown): string {
  const meta = {
    ...PLAIN_META,
    capabilities: { src: capabilities, dst: capabilities },
    workload: { mode: "sweep" },
    touches_per_s_before: 5000,
  };
  const entries = [
    { t: 99.5, side: "src", touches: 4500 },
    { t: 100, side: "src", cmd: "migrate" },
    { t: 101, side: "src", touches: 7000 + written },
    { t: 101.5, side: "src", event: "STOP" },
    { t: 102, side: "src", touches: 7000 + written },
    ...(command === undefined
      ? []
      : [{ t: command[0], side: "src", cmd: "migrate-set-parameters", args: { [command[1]]: 1 } }]),
  ];
  const inputs = readInputs(JSON.stringify(meta), JSON.stringify({ entries }));
  assert(inputs.ok, inputs.ok ? "" : inputs.error);
  return cyclesUndeterminedBy({ inputs: inputs.value, host: { ...WELL, ...host } }).join("; ");
}

const XBZRLE = ["xbzrle"];
const ENDS = [100_900_000, 101_000_000, 101_100_000];

Deno.test("full cycles are undetermined by the guest's counter, or by what falls on the end of a cycle", async (t) => {
  const table: [because: string, shown: Shown, reason: string][] = [
    ["nothing", { capabilities: XBZRLE }, ""],
    ["fifteen writes are none", { capabilities: XBZRLE, written: 5015 }, ""],
    [
      "sixteen are",
      { capabilities: XBZRLE, written: 4984 },
      "up to 16 writes from where the rate of before has it",
    ],
    ["nobody but XBZRLE sees words", { written: 4984 }, ""],
    ["a throttle is meant to hold it back", {
      capabilities: XBZRLE,
      written: 4984,
      host: { throttledAfterMicros: 900_000 },
    }, ""],
    [
      "a pass that hung on a millisecond",
      { capabilities: XBZRLE, host: { edges: 1 } },
      "1 of its passes ended",
    ],
    ["of plain pages one has as many bytes as the other", { host: { edges: 1 } }, ""],
    ["a limit set before the end", {
      host: { cycleEnds: ENDS },
      command: [100.9985, "max-bandwidth"],
    }, "max-bandwidth was set 1.5 ms before the end of a cycle"],
    ["and after it", {
      host: { cycleEnds: ENDS },
      command: [101.0005, "max-bandwidth"],
    }, "max-bandwidth was set 0.5 ms after the end of a cycle"],
    ["in the middle of one", { host: { cycleEnds: ENDS }, command: [101.05, "max-bandwidth"] }, ""],
    ["another parameter limits none", { host: { cycleEnds: ENDS }, command: [101, "downtime-limit"] }, ""],
    ["before the migration", { host: { cycleEnds: ENDS }, command: [99.9, "max-bandwidth"] }, ""],
  ];
  for (const [because, shown, reason] of table) {
    await t.step(because, () => {
      const found = reasonsOf(shown);
      assertEquals(found === "", reason === "", found);
      assert(found.includes(reason), found);
    });
  }
});
