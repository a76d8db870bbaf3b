/**
 * multifd and the host: pages sent without a copy, and a guest that shares its processors with the channels.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import { simulate } from "./simulate.ts";

const GUEST: Partial<ScenarioInput> = {
  guest: { ram_bytes: 268435456, filled: [{ start_page: 1024, pages: 30000 }] },
  workload: [{ kind: "sweep", start_page: 1024, pages: 20000, rate_pages_per_second: 16000 }],
  transport: "tcp",
  capabilities: { multifd: true, "zero-copy-send": true },
  parameters: { "max-bandwidth": 0 },
};

const run = (input: Partial<ScenarioInput>) => simulate(makeScenario({ why: "x", ...GUEST, ...input }));
type Run = ReturnType<typeof run>;

const ramOf = ({ samples }: Run): Record<string, number> =>
  samples.findLast(({ side, "query-migrate": { ram } }) => side === "source" && ram !== undefined)
    ?.["query-migrate"]
    .ram ?? {};

/** How often a channel sent pages between two of its SYNC packets. */
function flushesOfPages({ source }: Run): number {
  const hasPages = new Set<number>();
  let flushes = 0;
  for (const { declaration: { name, args }, values } of source) {
    if (name !== "multifd_send_fill") continue;
    const of = (wanted: string): number => Number(values[args.findIndex((arg) => arg.name === wanted)]);
    if (of("next_packet_size") > 0) hasPages.add(of("id"));
    if ((of("flags") & 1) !== 0 && hasPages.delete(of("id"))) flushes++;
  }
  return flushes;
}

Deno.test("dirty-sync-missed-zero-copy counts the flushes of pages that a loopback has copied", async (t) => {
  const table: [input: Partial<ScenarioInput>, misses: boolean, because: string][] = [
    [{}, true, "one for each channel and sync between which it sent pages (both recordings: 4 and 78)"],
    [
      { link: { rate_bytes_per_second: 1_250_000_000 } },
      false,
      "a real link sends from the guest's own pages",
    ],
    [{ capabilities: { multifd: true } }, false, "without the capability nothing is flushed"],
  ];
  for (const [input, misses, because] of table) {
    await t.step(because, () => {
      const made = run(input);
      const flushes = flushesOfPages(made);
      assert(flushes >= 2, `${flushes} flushes`);
      assertEquals(ramOf(made)["dirty-sync-missed-zero-copy"], misses ? flushes : 0);
    });
  }
});

Deno.test("pinning pages takes time: zero-copy over a loopback is slower than copying", () => {
  const total = (capabilities: Record<string, boolean>): number =>
    run({ capabilities, workload: [] }).outcome.totalTimeMs;
  assert(total({ multifd: true, "zero-copy-send": true }) > total({ multifd: true }));
});

/** Pages a second that the guest dirties between the first sync and the second. */
function dirtyRate({ source }: Run): number {
  const [first, second] = source.filter(({ declaration: { name } }) => name === "migration_bitmap_sync_end");
  if (first === undefined || second === undefined) throw new Error("A run without a second sync");
  return Number(second.values[0]) / (second.at - first.at) * 1e6;
}

Deno.test("channels that compute take half of the guest's time, one alone does not", () => {
  const rateOf = (channels: number): number =>
    dirtyRate(run({
      guest: { ram_bytes: 268435456, filled: [{ start_page: 1024, pages: 30000 }] },
      workload: [{ kind: "sweep", start_page: 1024, pages: 60000, rate_pages_per_second: 16000 }],
      capabilities: { multifd: true },
      parameters: { "max-bandwidth": 0, "tls-creds": "tls0", "multifd-channels": channels },
    }));
  assert(rateOf(1) > 15_000, `${rateOf(1)}`);
  // Of tls-psk-multifd's guest 44 to 46 % are left while the channels are busy.
  assert(rateOf(2) > 6_000 && rateOf(2) < 12_000, `${rateOf(2)}`);
});
