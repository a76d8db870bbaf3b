/**
 * A sample asks and changes nothing: not where the page loop rests, not what the guest has run, not when a write returns.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import { printLine } from "../trace/mod.ts";
import { simulate, type SimulatedRun } from "./mod.ts";

const filled = [{ start_page: 201, pages: 1413 }];

const TABLE: readonly [because: string, scenario: Partial<ScenarioInput>][] = [
  ["the time is tested when the write call of the 64th page has returned, however slow it is", {
    guest: { ram_bytes: 11_583_488, filled: [{ start_page: 353, pages: 2475 }] },
    link: { rate_bytes_per_second: 24_786_308 },
    parameters: { "max-bandwidth": 49_572_616, "downtime-limit": 7 },
  }],
  ["a throttled guest's time is reckoned from the last change of its pace", {
    profile: "11.1",
    time_limit_ms: 7580,
    guest: { ram_bytes: 7_700_480, filled: [{ start_page: 235, pages: 1645 }] },
    capabilities: { "auto-converge": true },
    workload: [{ kind: "random", start_page: 235, pages: 1439, rate_pages_per_second: 3458 }],
    parameters: { "max-bandwidth": 5_253_130, "downtime-limit": 4 },
  }],
  ["what the throttle took is told as of its end", {
    profile: "11.1",
    time_limit_ms: 9686,
    guest: { ram_bytes: 3_166_208, filled: [{ start_page: 96, pages: 677 }] },
    capabilities: { "auto-converge": true },
    workload: [{ kind: "sweep", start_page: 96, pages: 423, rate_pages_per_second: 646 }],
    parameters: { "max-bandwidth": 1_811_229, "downtime-limit": 1 },
    operator: [{ execute: "migrate_cancel", at_ms: 4532 }],
  }],
  ["the section of a device ends when the write call that its state caused has returned", {
    seed: 429,
    time_limit_ms: 1988,
    capabilities: { "return-path": true },
    guest: {
      ram_bytes: 6_610_944,
      devices: [
        { name: "0000:00:00.0/device", bytes: 5406, save_us: 437, load_us: 558, needed: true },
        { name: "0000:00:01.0/device", bytes: 74, save_us: 11, load_us: 1618, needed: true },
        { name: "0000:00:02.0/device", bytes: 86_914, save_us: 266, load_us: 1, needed: true },
      ],
      filled,
    },
    workload: [{ kind: "sweep", start_page: 201, pages: 971, rate_pages_per_second: 342 }],
    link: { rate_bytes_per_second: 15_558_193 },
    parameters: { "downtime-limit": 3 },
  }],
];

/** The run without its samples, in words. */
function told({ source, destination, outcome }: SimulatedRun): readonly unknown[] {
  return [outcome, ...[source, destination].map((records) => records.map((one) => printLine(one, "tid")))];
}

Deno.test("a run is the same however often it is sampled", async (t) => {
  for (const [because, scenario] of TABLE) {
    await t.step(because, () => {
      const [often = [], seldom, never] = [7, 201, 3_000_000].map((sampling_interval_ms) =>
        told(simulate(makeScenario({ why: because, ...scenario, sampling_interval_ms })))
      );
      assertEquals(seldom, often);
      assertEquals(never, often);
    });
  }
});
