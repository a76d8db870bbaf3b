/**
 * The bytes of full cycles are undetermined by what a recording shows itself: its guest's counter, the ends of its cycles.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { HostTimes } from "./observe_host.ts";
import { readInputs } from "./recorded_inputs.ts";
import { cyclesUndeterminedBy } from "./undetermined_cycles.ts";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import { PLAIN_META } from "./testdata/plain_meta.ts";
import { QUIET_HOST } from "./testdata/quiet_host.ts";

interface Shown {
  readonly host?: Partial<HostTimes>;
  readonly capabilities?: readonly string[];
  /** Writes of the second after `migrate`, 5000 of which the rate of before tells. */
  readonly written?: number;
  /** When a parameter is set, and which. */
  readonly command?: readonly [t: number, parameter: string];
  readonly scenario?: Partial<ScenarioInput>;
  readonly zeroPages?: number;
}

function reasonsOf(
  { host = {}, capabilities = [], written = 5000, command, scenario = {}, zeroPages }: Shown,
): string {
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
  return cyclesUndeterminedBy({
    inputs: inputs.value,
    scenario: makeScenario({ why: "x", profile: "11.1", ...scenario }),
    host: { ...QUIET_HOST, ...host },
    zeroPages: zeroPages ?? null,
  }).join("; ");
}

const IDLE: Partial<ScenarioInput> = { guest: { ram_bytes: 2 ** 28 } };
const UNFILLED: ScenarioInput["workload"] = [{
  kind: "sweep",
  start_page: 1024,
  pages: 50,
  rate_pages_per_second: 9,
}];
const ALTERNATING: ScenarioInput["workload"] = UNFILLED.map((phase) => ({
  ...phase,
  content: "alternating",
}));
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
    [
      "or the zeros of a guest that writes them",
      { written: 4984, scenario: { ...IDLE, workload: ALTERNATING } },
      "which pages were zero as they were sent is decided to the write",
    ],
    [
      "or that writes to pages that were zero",
      { written: 4984, scenario: { ...IDLE, workload: UNFILLED } },
      "which pages were zero as they were sent is decided to the write",
    ],
    ["but not to others", {
      written: 4984,
      scenario: {
        guest: { ram_bytes: 2 ** 28, filled: [{ start_page: 1024, pages: 50 }] },
        workload: UNFILLED,
      },
    }, ""],
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
    [
      "a section that the host held up",
      { host: { cutSections: 1 }, scenario: { parameters: { "max-bandwidth": 15_728_640 } } },
      "1 of its RAM sections were cut after 50 ms, where a cycle's pages take 4.1 ms at most",
    ],
    ["one that has pages for longer than that", {
      host: { cutSections: 1 },
      scenario: { parameters: { "max-bandwidth": 230_686_720 } },
    }, ""],
    ["or had at some time", {
      host: { cutSections: 1 },
      scenario: {
        parameters: { "max-bandwidth": 15_728_640 },
        operator: [{
          execute: "migrate-set-parameters",
          at_ms: 9,
          arguments: { "max-bandwidth": 230_686_720 },
        }],
      },
    }, ""],
    ["one that nothing limits", {
      host: { cutSections: 1 },
      scenario: { parameters: { "max-bandwidth": 0 } },
    }, ""],
    [
      "a firmware with a page less (of 11.1: 116 in 65,536 and 130 of ROMs)",
      { zeroPages: 65_551, scenario: IDLE },
      "1 pages more were zero than its guest and the firmware of 11.1 leave",
    ],
    ["the firmware of all", { zeroPages: 65_550, scenario: IDLE }, ""],
    ["a guest that writes zeros in turn", {
      zeroPages: 65_551,
      scenario: { ...IDLE, workload: ALTERNATING },
    }, ""],
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
