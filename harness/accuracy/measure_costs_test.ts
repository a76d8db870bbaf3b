/**
 * Costs as they are read off a trace, and their medians.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { COSTS, setCosts, simulate } from "../model/mod.ts";
import { makeScenario } from "../scenario/mod.ts";
import { type CostSamples, measureCosts, mediansOf } from "./measure_costs.ts";
import { readInputs, type RecordedMeta } from "./recorded_inputs.ts";
import { PLAIN_META } from "./testdata/plain_meta.ts";

/** Two cycles of 1000 pages: one before the second sync, 10 us a page; one after it, 2 us a page. */
const LINES: [at: number, event: string][] = [
  [0, "migrate_set_state new state setup"],
  [300, "migration_bitmap_sync_start "],
  [700, "migration_bitmap_sync_end dirty_pages 0"],
  [800, `migrate_pending_estimate estimate pending size ${5000 * 4096} (pre = 0 post=0)`],
  [900, "savevm_section_start ram, section_id 1"],
  [10_900, "savevm_section_end ram, section_id 1 -> 0"],
  [11_000, `migrate_pending_estimate estimate pending size ${4000 * 4096} (pre = 0 post=0)`],
  [11_100, "migration_bitmap_sync_start "],
  [11_200, "migration_bitmap_sync_end dirty_pages 9"],
  [11_260, `migrate_pending_exact exact pending size ${4000 * 4096} (pre = 0 post=0)`],
  [12_000, "savevm_section_start ram, section_id 1"],
  [14_000, "savevm_section_end ram, section_id 1 -> 0"],
  [14_100, `migrate_pending_estimate estimate pending size ${3000 * 4096} (pre = 0 post=0)`],
  [15_000, "vmstate_downtime_checkpoint src-downtime-start"],
  [15_170, "vmstate_downtime_checkpoint src-vm-stopped"],
];

function measured(change: Partial<RecordedMeta>, lines = LINES): Record<string, number> {
  const meta = { ...PLAIN_META, ram_mib: 256, ...change };
  const inputs = readInputs(
    JSON.stringify(meta),
    JSON.stringify({ entries: [{ t: 1, side: "src", cmd: "migrate" }] }),
  );
  assert(inputs.ok);
  const log = lines.map(([at, event]) => `1@1.${String(at).padStart(6, "0")}:${event}\n`).join("");
  const samples: CostSamples = new Map();
  measureCosts(inputs.value.meta, new TextEncoder().encode(log), samples);
  return Object.fromEntries(mediansOf(samples));
}

Deno.test("costs are measured where nothing else hides them", () => {
  const { loadWarmPage, firstSyncTcg, syncTcg, stopTcg, exactAnswer } = measured({});
  assertEquals([loadWarmPage, firstSyncTcg, stopTcg, exactAnswer], [2, 400, 170, 60]);
  assertAlmostEquals(syncTcg ?? 0, 100 - 0.25 * 65.536, 1e-9);
  const kvm = measured({ accel: "kvm" });
  assertEquals([kvm["stopKvm"], kvm["stopTcg"]], [170, undefined]);
  assertAlmostEquals(kvm["firstSyncKvm"] ?? 0, 400 - COSTS.firstSyncKvmPer1000Pages * 65.536, 1e-9);
  const flush: [number, string] = [310, "kvm_dirty_ring_flush 0"];
  const ring = measured({ accel: "kvm" }, [...LINES, flush].sort(([a], [b]) => a - b));
  assertEquals([ring["firstSyncRing"], ring["firstSyncKvm"]], [400, undefined]);
  assertAlmostEquals(ring["syncRing"] ?? 0, 100 - 0.25 * 65.536, 1e-9);
});

Deno.test("huge pages are counted from the first section on that waits for one, up to the one that ends the pass", () => {
  const lines: [at: number, event: string][] = [[0, "migrate_set_state new state setup"]];
  lines.push([300, "migration_bitmap_sync_start "], [700, "migration_bitmap_sync_end dirty_pages 0"]);
  let left = 20_000;
  lines.push([800, `migrate_pending_estimate estimate pending size ${left * 4096} (pre = 0 post=0)`]);
  // One at hand, one cold in part, four that each wait for two huge pages of 5 ms, and the last of the pass.
  const sections = [1400, 6400, 11_400, 11_400, 11_400, 11_400, 900];
  for (const [index, micros] of sections.entries()) {
    const at = 1000 + index * 100_000;
    left -= 1024;
    const isLast = index === sections.length - 1;
    lines.push([at, "savevm_section_start ram, section_id 1"]);
    lines.push([at + micros, `savevm_section_end ram, section_id 1 -> ${isLast ? 1 : 0}`]);
    lines.push([
      at + micros + 10,
      `migrate_pending_estimate estimate pending size ${left * 4096} (pre = 0 post=0)`,
    ]);
  }
  lines.push([701_000, "migration_bitmap_sync_start "], [701_100, "migration_bitmap_sync_end dirty_pages 9"]);
  assertAlmostEquals(
    measured({}, lines)["hugePage"] ?? 0,
    (11_400 - 1024 * COSTS.loadWarmPage) / 2,
    1e-9,
  );
  assertEquals(measured({}, lines.filter(([at]) => at < 500_000)).hugePage, undefined);
});

Deno.test("pages that go another way, or whose tracing takes time, tell nothing of a socket", () => {
  for (
    const change of [{ transport: "file" }, { relay_rate: 30e6 }, {
      capabilities: { src: ["multifd"], dst: [] },
    }]
  ) {
    assertEquals(measured(change)["loadWarmPage"], undefined);
  }
  assertEquals(measured({ events: "full" }), {});
  assertEquals(measured({ transport: "exec-gzip" })["gzipPlainPage"], 2);
});

Deno.test("costs that are set count until they are put back", () => {
  const downtime = (): number =>
    simulate(makeScenario({ why: "x", guest: { ram_bytes: 33_554_432 } })).outcome.downtimeMs;
  const [before, stop] = [downtime(), COSTS.stopTcg];
  const restore = setCosts([["stopTcg", 50_000]]);
  assert(downtime() >= before + 45);
  restore();
  assertEquals([downtime(), COSTS.stopTcg], [before, stop]);
});
