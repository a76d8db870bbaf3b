/**
 * What a source's trace shows of its host.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { catalogOf, readLog } from "../trace/mod.ts";
import { HostObserver, type HostTimes } from "./observe_host.ts";

Deno.test("HostObserver reads a source's trace: sections, the last stage, the rest of the downtime", () => {
  const lines: [at: number, event: string][] = [
    [0, "migrate_set_state new state setup"],
    [100, "migrate_pending_estimate estimate pending size 40960 (pre = 40960 post=0)"],
    [110, "savevm_section_start ram, section_id 1"],
    [1110, "savevm_section_end ram, section_id 1 -> 1"],
    [1120, "migrate_pending_estimate estimate pending size 4096 (pre = 4096 post=0)"],
    [1200, "migrate_pending_exact exact pending size 81920 (pre = 81920 post=0)"],
    [1250, "cpu_throttle_set set guest CPU throttled by 20%"],
    [1260, "cpu_throttle_set set guest CPU throttled by 30%"],
    [1300, "vmstate_downtime_checkpoint src-downtime-start"],
    [1400, "vmstate_downtime_checkpoint src-vm-stopped"],
    [1500, "savevm_section_start ram, section_id 1"],
    [1700, "migration_bitmap_sync_end dirty_pages 3"],
    [2500, "savevm_section_end ram, section_id 1 -> 0"],
    [2600, "savevm_section_start timer, section_id 0"],
    [2700, "savevm_section_end timer, section_id 0 -> 0"],
    [3000, "vmstate_downtime_checkpoint src-downtime-end"],
  ];
  const log = lines.map(([at, event]) => `1@1.${String(at).padStart(6, "0")}:${event}\n`).join("");
  const observer = new HostObserver();
  readLog(catalogOf("10.0"), new TextEncoder().encode(log), observer);
  assertEquals(observer.times, {
    sectionMicros: 2000,
    lastStageMicros: 800,
    decidedPages: 20,
    unsentPages: 1,
    otherDowntimeMicros: 900,
    throttledAfterMicros: 1250,
    throttleSteps: [{ atMicros: 1_001_250, percent: 20 }, { atMicros: 1_001_260, percent: 30 }],
    syncsBeforeThreshold: 1,
    ringStuckAfterMicros: null,
    laterCycles: [],
    cycleEnds: [],
    margins: [],
    edges: 0,
    cutSections: 0,
    stoppedInFirstPass: { bytes: 0, afterMicros: 1300 },
  });
});

function timesOf(lines: readonly (readonly [at: number, event: string])[]): HostTimes {
  const log = lines.map(([at, event]) => `1@1.${String(at).padStart(6, "0")}:${event}\n`).join("");
  const observer = new HostObserver();
  readLog(catalogOf("10.0"), new TextEncoder().encode(log), observer);
  return observer.times;
}

Deno.test("HostObserver sees when a ring had its last entries before exits that reap nothing", () => {
  const full = (at: number): readonly [number, string] => [at, "kvm_dirty_ring_full vcpu 0"];
  const reap: readonly [number, string] = [500, "kvm_dirty_ring_reap reaped 1024 pages (took 36 us)"];
  const storm = Array.from({ length: 100 }, (_, index) => full(600 + 8 * index));
  const setup: readonly [number, string] = [100, "migrate_set_state new state setup"];
  assertEquals(timesOf([setup, full(490), reap, ...storm]).ringStuckAfterMicros, 400);
  assertEquals(timesOf([setup, full(490), reap, ...storm.slice(1)]).ringStuckAfterMicros, null);
});

Deno.test("HostObserver keeps the cycles between the first pass and the first throttle", () => {
  const sync = "migration_bitmap_sync_end dirty_pages 1";
  const cycle = (bytes: number): string =>
    `migrate_transferred transferred ${bytes} time_spent 100 bandwidth 1 switchover_bw 0 max_size 1`;
  const events = [
    "migrate_set_state new state setup",
    sync,
    cycle(1),
    sync,
    cycle(2),
    cycle(3),
    "cpu_throttle_set set guest CPU throttled by 20%",
    cycle(4),
  ];
  assertEquals(timesOf(events.map((event, index) => [index, event])).laterCycles, [2, 3]);
});

Deno.test("HostObserver keeps the ends of cycles, what each sync left over the threshold, and edges of a millisecond", () => {
  const cycle = (ms: number, size: number): string =>
    `migrate_transferred transferred 1 time_spent ${ms} bandwidth 1 switchover_bw 0 max_size ${size}`;
  const estimate = (size: number): string =>
    `migrate_pending_estimate estimate pending size ${size} (pre = 0 post=0)`;
  const exact = (size: number): string => `migrate_pending_exact exact pending size ${size} (pre = 0 post=0)`;
  const events = [
    "migrate_set_state new state setup",
    exact(5),
    cycle(100, 10_100),
    estimate(10_050), // 10,000 after a cycle of 101 ms
    exact(12_000),
    cycle(101, 10_000),
    estimate(10_050), // 10,100 after one of 100
    estimate(10_200),
    cycle(104, 10_000),
    estimate(10_050),
    exact(9000),
  ];
  const { cycleEnds, margins, edges } = timesOf(events.map((event, index) => [index, event]));
  assertEquals(cycleEnds, [1_000_002, 1_000_005, 1_000_008]);
  assertEquals(margins, [1900, -1000]);
  assertEquals(edges, 2);
});

Deno.test("HostObserver counts the sections that ended after 50 ms with pages left", () => {
  const section = (from: number, until: number, ret: number): readonly (readonly [number, string])[] => [
    [from, "savevm_section_start ram, section_id 1"],
    [until, `savevm_section_end ram, section_id 1 -> ${ret}`],
  ];
  const setup: readonly [number, string] = [100, "migrate_set_state new state setup"];
  const stopped: readonly [number, string] = [200_000, "vmstate_downtime_checkpoint src-vm-stopped"];
  const table: [lines: readonly (readonly [number, string])[], cuts: number][] = [
    [section(200, 50_300, 0), 1],
    [section(200, 50_300, 1), 0],
    [section(200, 9000, 0), 0],
    [[stopped, ...section(200_100, 290_000, 0)], 0],
    [[...section(200, 50_300, 0), [60_000, "migrate_set_state new state setup"]], 0],
  ];
  for (const [lines, cuts] of table) assertEquals(timesOf([setup, ...lines]).cutSections, cuts);
});
