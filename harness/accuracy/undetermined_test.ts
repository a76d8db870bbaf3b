/**
 * A recording is undetermined by what it shows itself: its guest's counter, and its host's times.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import type { HostTimes } from "./observe_host.ts";
import { readInputs } from "./recorded_inputs.ts";
import { undeterminedBy } from "./undetermined.ts";
import { PLAIN_META } from "./testdata/plain_meta.ts";
import { QUIET_HOST } from "./testdata/quiet_host.ts";

const WELL: HostTimes = {
  ...QUIET_HOST,
  sectionMicros: 300_000,
  lastStageMicros: 5600,
  decidedPages: 4000,
  otherDowntimeMicros: 1500,
};
/** Cycles of three packets and of five, in turn: 512 pages in the mean, as the guest writes in a cycle. */
const EVEN = Array.from({ length: 20 }, (_, cycle) => (cycle % 2 === 0 ? 3 : 5) * 525_632);

interface Shown {
  readonly host?: Partial<HostTimes>;
  readonly scenario?: Partial<ScenarioInput>;
  /** Pages that the guest writes in the second after `migrate`; 5000 a second before. */
  readonly written?: number;
  /** In the place of a second of which it writes all the time. */
  readonly readings?: readonly object[];
  readonly pages?: { readonly normalPages: number; readonly zeroPages: number };
}

/** Stopped before its first cycle was over: 4000 of 40,000 pages had been sent, and were written again. */
const COLD: Partial<HostTimes> = {
  decidedPages: 40_000,
  unsentPages: 36_000,
  lastStageMicros: 53_300,
  stoppedInFirstPass: { bytes: 0, afterMicros: 100_000 },
};
const FILLED: Partial<ScenarioInput> = {
  guest: { ram_bytes: 2 ** 30, filled: [{ start_page: 0, pages: 39_000 }] },
};

/** Readings of a guest that writes 5000 pages in a second, and some fewer in the first fifth of it. */
function heldUp(fewer: number): object[] {
  const at = (t: number, touches: number) => ({ t, side: "src", touches });
  return [at(100, 7000), at(100.2, 8000 - fewer), at(101, 12_000)];
}

const MAPPED: Partial<ScenarioInput> = {
  transport: "file",
  incoming_after_ms: 0,
  capabilities: { "mapped-ram": true },
  parameters: { "max-bandwidth": 0 },
};

const SWEEP: ScenarioInput["workload"] = [{
  kind: "sweep",
  start_page: 1024,
  pages: 100,
  rate_pages_per_second: 5000,
}];

/** Readings of a guest that stands still for 0.4 s in the middle of a second, and then writes at another rate. */
function stoppedMidway(later: number): object[] {
  const at = (t: number, touches: number) => ({ t, side: "src", touches });
  const stands = at(100.3, 8500).touches;
  return [
    at(100, 7000),
    at(100.3, stands),
    { t: 100.3, side: "src", event: "STOP" },
    at(100.5, stands),
    { t: 100.7, side: "src", event: "RESUME" },
    at(100.7, stands),
    at(101, stands + later * 0.3),
  ];
}

/** Readings of a steady guest, and a command. */
function cancelledAt(t: number): object[] {
  return [
    { t: 100, side: "src", touches: 7000 },
    { t: 101, side: "src", touches: 12_000 },
    { t, side: "src", cmd: "migrate_cancel" },
  ];
}

/** A guest of nothing but zero pages, which takes 48.5 ms to look through. */
const ZEROS = { normalPages: 100, zeroPages: 261_400 };

function reasonsOf({ host = {}, scenario = {}, written = 5000, readings, pages }: Shown): string {
  const meta = {
    ...PLAIN_META,
    qemu: "11.1.3",
    workload: { mode: "sweep" },
    touches_per_s_before: 5000,
  };
  const entries = [
    { t: 100, side: "src", cmd: "migrate" },
    ...(readings ?? [
      { t: 100, side: "src", touches: 7000 },
      { t: 101, side: "src", touches: 7000 + written },
    ]),
    { t: 101.5, side: "src", event: "STOP" },
    { t: 102, side: "src", touches: 7000 + written },
  ];
  const inputs = readInputs(JSON.stringify(meta), JSON.stringify({ entries }));
  assert(inputs.ok);
  return undeterminedBy({
    inputs: inputs.value,
    scenario: makeScenario({ why: "x", ...scenario }),
    host: { ...WELL, ...host },
    ...(pages ?? { normalPages: 10_000, zeroPages: 100 }),
  }).join("; ");
}

Deno.test("a recording is undetermined by its guest's counter or by its host's times", async (t) => {
  const unlimited = { parameters: { "max-bandwidth": 0 } };
  const table: [because: string, shown: Shown, reasons: string][] = [
    ["nothing", {}, ""],
    ["a guest 4 % slower is the same", { written: 4800 }, ""],
    [
      "a guest 6 % slower is not",
      { written: 4700 },
      "the guest wrote 4700 pages/s during the migration, 5000 before it",
    ],
    ["a guest that is throttled is meant to be slower", {
      written: 1000,
      scenario: { capabilities: { "auto-converge": true } },
      host: { throttledAfterMicros: 500_000 },
    }, ""],
    ["until then it is not", {
      written: 4700,
      scenario: { capabilities: { "auto-converge": true } },
      host: { throttledAfterMicros: 1_200_000 },
    }, "the guest wrote 4700 pages/s during the migration, 5000 before it"],
    ["a throttle of 60 % leaves two fifths, give or take two slices of 10 ms", {
      written: 2190,
      scenario: { capabilities: { "auto-converge": true } },
      host: { throttledAfterMicros: 0, throttleSteps: [{ atMicros: 100_000_000, percent: 60 }] },
    }, ""],
    [
      "a throttle that left less",
      {
        written: 1700,
        scenario: { capabilities: { "auto-converge": true } },
        host: { throttledAfterMicros: 0, throttleSteps: [{ atMicros: 100_000_000, percent: 60 }] },
      },
      "the guest wrote 1700 pages/s under a throttle of 60 %, which leaves 2000 of what it wrote before",
    ],
    ["a step that was soon followed by another tells nothing", {
      written: 1700,
      scenario: { capabilities: { "auto-converge": true } },
      host: {
        throttledAfterMicros: 0,
        throttleSteps: [{ atMicros: 100_000_000, percent: 60 }, { atMicros: 100_500_000, percent: 66 }],
      },
    }, ""],
    [
      "a cancel as a cycle ended",
      { readings: cancelledAt(101.1015), host: { cycleEnds: [101_000_000, 101_100_000] } },
      "migrate_cancel came 1.5 ms after the end of a cycle: whether that cycle began is decided by how late the thread " +
      "woke before",
    ],
    ["one in the middle of a cycle", {
      readings: cancelledAt(101.05),
      host: { cycleEnds: [101_000_000, 101_100_000] },
    }, ""],
    ["a guest that was stopped writes nothing", { written: 0, scenario: { guest: { running: false } } }, ""],
    ["a guest that is stopped midway is no slower", { readings: stoppedMidway(5000) }, ""],
    [
      "one that goes on at another rate is another",
      { readings: stoppedMidway(5700) },
      "the guest wrote 5350 pages/s during the migration, 5000 before it",
    ],
    [
      "a guest that is held up, and catches up later",
      { readings: heldUp(300) },
      "the guest was up to 60 ms of its writes away from their mean rate",
    ],
    ["a guest that is held up for less than half a cycle", { readings: heldUp(220) }, ""],
    [
      "a guest that still fills its memory has not begun",
      { readings: [{ t: 99.9, side: "src", touches: 0 }], scenario: { workload: SWEEP } },
      "the guest had not begun its workload when the migration started",
    ],
    ["an idle one never does", { readings: [{ t: 99.9, side: "src", touches: 0 }] }, ""],
    ["pages are limited by the rate", { host: { sectionMicros: 900_000 } }, ""],
    [
      "pages of an unlimited stream are not",
      { host: { sectionMicros: 190_000 }, scenario: unlimited },
      "a page took 19.0 us to send and load where memory that is touched for the first time takes 10.6",
    ],
    [
      "channels that nothing limits",
      { host: { sectionMicros: 60_000 }, scenario: { ...unlimited, capabilities: { multifd: true } } },
      "the channels took 60.0 ms to send what takes 11.3",
    ],
    ["channels that are as quick as usual", {
      host: { sectionMicros: 16_900 },
      scenario: { ...unlimited, capabilities: { multifd: true } },
    }, ""],
    ["channels that compress", {
      host: { sectionMicros: 60_000 },
      scenario: {
        capabilities: { multifd: true },
        parameters: { "max-bandwidth": 0, "multifd-compression": "zlib" },
      },
    }, ""],
    ["TLS takes its time", {
      host: { sectionMicros: 900_000 },
      scenario: { parameters: { "max-bandwidth": 0, "tls-creds": "t" } },
    }, ""],
    ["a slow wire too", {
      host: { sectionMicros: 900_000 },
      scenario: { ...unlimited, link: { rate_bytes_per_second: 3e7 } },
    }, ""],
    [
      "pages after the stop",
      { host: { lastStageMicros: 24_000 } },
      "a page took 6.0 us after the stop where one that is sent again takes 1.4",
    ],
    ["unless they go out for the first time", { host: { lastStageMicros: 24_000, unsentPages: 2000 } }, ""],
    [
      "pages that come first after the stop, where memory is at hand for a part of them",
      { host: COLD, scenario: FILLED, pages: { normalPages: 40_000, zeroPages: 100 } },
      "36000 pages came first after the stop, which took 53.3 ms where 285.5 are usual: whether the host has " +
      "memory at hand is no input",
    ],
    ["as long as that mostly takes", {
      host: { ...COLD, lastStageMicros: 280_000 },
      scenario: FILLED,
      pages: { normalPages: 40_000, zeroPages: 100 },
    }, ""],
    ["or are few", { host: { lastStageMicros: 6000, decidedPages: 900 } }, ""],
    [
      "devices",
      { host: { otherDowntimeMicros: 8000 } },
      "the stop and the devices took 8.0 ms where 1.6 ms are usual",
    ],
    ["many devices take longer", {
      host: { otherDowntimeMicros: 8000 },
      scenario: { guest: { added_devices: ["e1000", "vga"] } },
    }, ""],
    [
      "a race before the first threshold",
      { host: { syncsBeforeThreshold: 9 }, scenario: { profile: "11.1" } },
      "9 syncs came before there was a threshold: which of them finds nothing is a race of the host's threads",
    ],
    [
      "a ring that overflowed",
      { host: { ringStuckAfterMicros: 5_100_000 } },
      "the dirty ring overflowed after 5.1 s, which is a fault of the host's KVM: the guest stood still from then on",
    ],
    [
      "channels that are as quick as the guest",
      { host: { laterCycles: EVEN }, scenario: { capabilities: { multifd: true } } },
      "the channels sent 384 to 640 pages in a cycle, 512 in the mean of 20, and the guest wrote 500: when the one " +
      "gains on the other is the host's scheduler's",
    ],
    ["without multifd a cycle is what the limit says", { host: { laterCycles: EVEN } }, ""],
    ["nine cycles have no mean", {
      host: { laterCycles: EVEN.slice(0, 9) },
      scenario: { capabilities: { multifd: true } },
    }, ""],
    ["quicker channels win", {
      host: { laterCycles: EVEN.map((bytes) => 2 * bytes) },
      scenario: { capabilities: { multifd: true } },
    }, ""],
    [
      "channels whose packets are the threshold",
      {
        host: { laterCycles: EVEN.map((bytes) => 2 * bytes), margins: [9e6, -8 * 525_632] },
        scenario: { capabilities: { multifd: true } },
      },
      "what was left came within 8.0 packets of the threshold, which is 3.0 times what the channels sent in a cycle, " +
      "8.0 packets give or take 2.1: at which sync it ended is the host's scheduler's",
    ],
    ["far from the threshold they are none", {
      host: { laterCycles: EVEN.map((bytes) => 2 * bytes), margins: [18 * 525_632] },
      scenario: { capabilities: { multifd: true } },
    }, ""],
    ["and where the downtime is shorter", {
      host: { laterCycles: EVEN.map((bytes) => 2 * bytes), margins: [-8 * 525_632] },
      scenario: { capabilities: { multifd: true }, parameters: { "downtime-limit": 30 } },
    }, ""],
    ["a scan as it is", { host: { sectionMicros: 50_000 }, pages: ZEROS }, ""],
    [
      "a scan that waited for memory",
      { host: { sectionMicros: 57_000 }, pages: ZEROS },
      "the host took 57.0 ms to look for what is not zero where 48.5 are usual",
    ],
    [
      "KVM clears its log meanwhile",
      { host: { sectionMicros: 57_000 }, pages: ZEROS, scenario: { guest: { accelerator: "kvm" } } },
      "",
    ],
    ["zeros that the guest has written are read", {
      host: { sectionMicros: 80_000 },
      pages: ZEROS,
      scenario: { guest: { touched: [{ start_page: 1024, pages: 240_000 }] } },
    }, ""],
    [
      "a file that was written quicker",
      { host: { sectionMicros: 12_000 }, scenario: { transport: "file", incoming_after_ms: 0 } },
      "the host took 12.0 ms to write the file where 17.6 are usual",
    ],
    [
      "a file of mapped-ram that had to wait for the page cache",
      { host: { sectionMicros: 52_000 }, scenario: MAPPED },
      "the host took 52.0 ms to write the file where 30.0 are usual",
    ],
    ["as quick as usual", { host: { sectionMicros: 31_000 }, scenario: MAPPED }, ""],
    ["one that is limited", {
      host: { sectionMicros: 52_000 },
      scenario: { ...MAPPED, parameters: { "max-bandwidth": 31_457_280 } },
    }, ""],
    ["10.0 does not race", { host: { syncsBeforeThreshold: 9 } }, ""],
  ];
  for (const [because, shown, reasons] of table) {
    await t.step(because, () => assertEquals(reasonsOf(shown), reasons));
  }
});
