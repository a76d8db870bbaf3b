/**
 * XBZRLE: the cache, the encoding's length, and what both do to a migration.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, parseScenario, type ScenarioInput } from "../scenario/mod.ts";
import { Ram, RamBlock } from "./ram.ts";
import { simulate } from "./simulate.ts";
import { Xbzrle, XbzrleCounters } from "./xbzrle.ts";

/** A block of 16 pages and a cache of 4 slots. */
function smallCache(): { block: RamBlock; cache: Xbzrle; counters: XbzrleCounters } {
  const block = new RamBlock("pc.ram", 16, "tcg");
  const counters = new XbzrleCounters();
  const cache = new Xbzrle(new Ram([block], "tcg"), counters, 4 * 4096);
  return { block, cache, counters };
}

Deno.test("Xbzrle.judge", async (t) => {
  // Each step: a write of so many words to a page, or a page to be sent in a generation, and what comes of it.
  type Step = readonly ["write", number, number] | readonly ["send", number, number, string];
  const table: [because: string, steps: Step[]][] = [
    ["the first sending misses, the second without a write is skipped", [
      ["send", 1, 1, "miss"],
      ["send", 1, 2, "skip"],
    ]],
    ["a changed page is encoded, once", [
      ["send", 1, 1, "miss"],
      ["write", 1, 3],
      ["send", 1, 2, "encoded"],
      ["send", 1, 2, "skip"],
    ]],
    ["a page that changed all over overflows, and is known afterwards", [
      ["send", 1, 1, "miss"],
      ["write", 1, 1024],
      ["send", 1, 2, "overflow"],
      ["send", 1, 2, "skip"],
    ]],
    ["a write before the copy was made is in the copy", [
      ["write", 1, 3],
      ["send", 1, 1, "miss"],
      ["send", 1, 2, "skip"],
    ]],
    ["pages of one slot: a fresh copy is not given up, an old one is", [
      ["send", 1, 1, "miss"],
      ["send", 5, 2, "miss"],
      ["send", 1, 2, "skip"],
      ["send", 5, 4, "miss"],
      ["send", 5, 4, "skip"],
      ["send", 1, 4, "miss"],
    ]],
    ["a hit keeps a copy young", [
      ["send", 1, 1, "miss"],
      ["send", 1, 3, "skip"],
      ["send", 5, 4, "miss"],
      ["send", 1, 4, "skip"],
    ]],
  ];
  for (const [because, steps] of table) {
    await t.step(because, () => {
      const { block, cache } = smallCache();
      for (const step of steps) {
        if (step[0] === "write") block.noteChanges(step[1], step[1] + 1, step[2]);
        else {
          const outcome = cache.judge(block, 0, step[1], { generation: step[2], lastStage: false });
          assertEquals(outcome, step[3], JSON.stringify(step));
        }
      }
    });
  }
});

Deno.test("Xbzrle puts nothing into the cache in the last stage, but counts misses", () => {
  const { block, cache, counters } = smallCache();
  const last = { generation: 1, lastStage: true };
  assertEquals(cache.judge(block, 0, 1, last), "miss");
  assertEquals(cache.judge(block, 0, 1, last), "miss");
  assertEquals(counters.cacheMiss, 2);
});

Deno.test("a zero page's copy is zero: the same page is not encoded until it is written again", () => {
  const { block, cache } = smallCache();
  block.noteChanges(1, 2, 4);
  cache.sentZero(block, 0, 1, 1);
  assertEquals(cache.judge(block, 0, 1, { generation: 2, lastStage: false }), "skip");
  block.noteChanges(1, 2, 4);
  assertEquals(cache.judge(block, 0, 1, { generation: 2, lastStage: false }), "encoded");
});

Deno.test("rates are those of a period in which pages were sent", () => {
  const { block, cache, counters } = smallCache();
  for (const page of [0, 1]) cache.judge(block, 0, page, { generation: 1, lastStage: false });
  cache.periodEnds(2);
  assertEquals([counters.cacheMissRate, counters.encodingRate], [1, 0]);
  block.noteChanges(0, 1, 1);
  cache.judge(block, 0, 0, { generation: 2, lastStage: false });
  counters.bytes += 9;
  cache.periodEnds(2);
  assertEquals(counters.encodingRate, 0, "no page was sent, so the rates stay");
  cache.periodEnds(4);
  assertEquals([counters.cacheMissRate, counters.encodingRate], [0, 4096 / 9]);
});

const readScenario = (name: string) => {
  const file = `${name}.json`;
  const text = Deno.readTextFileSync(new URL(`../../scenarios/${file}`, import.meta.url));
  const parsed = parseScenario(text, file);
  assert(parsed.ok);
  return parsed.value;
};

const cyclesOf = (run: ReturnType<typeof simulate>): number[] =>
  run.source.filter(({ declaration }) => declaration.name === "migrate_transferred")
    .map(({ values }) => Number(values[0]));

Deno.test("the model of xbzrle-big sends the recording's bytes in every cycle, and its pages", () => {
  const run = simulate(readScenario("recording_xbzrle_big"));
  // 12 cycles of the first pass, one with its end and one with the wrap, then the copied pages of the cache's first round.
  const expected = [2635660, ...Array(11).fill(2626578), 2547990, 2551836, ...Array(12).fill(2523978)];
  assertEquals(cyclesOf(run), expected);
  const last = run.samples.findLast(({ side }) => side === "source")?.["query-migrate"];
  assertEquals([last?.ram?.["normal"], last?.ram?.["duplicate"]], [16508, 57355]);
  const cache = last?.["xbzrle-cache"] as Record<string, number>;
  assertEquals([cache["cache-miss"], cache["cache-miss-rate"], cache["overflow"]], [8197, 1, 0]);
  assertEquals(run.outcome.iterations, 6);
});

Deno.test("without xbzrle the guest of xbzrle-big does not converge as soon", () => {
  const scenario = readScenario("recording_xbzrle_big");
  const without = simulate({ ...scenario, capabilities: {}, time_limit_ms: 5000 });
  assertEquals(without.outcome.timedOut, true);
});

/** A small guest under XBZRLE. */
function xbzrleRun(words: number, more: Partial<ScenarioInput> = {}) {
  return simulate(makeScenario({
    why: "x",
    guest: { ram_bytes: 33554432, filled: [{ start_page: 1024, pages: 4096 }] },
    workload: [{ kind: "sweep", start_page: 1024, pages: 4096, rate_pages_per_second: 4000, words }],
    capabilities: { xbzrle: true },
    parameters: { "max-bandwidth": 12_000_000 },
    time_limit_ms: 8000,
    ...more,
  }));
}

const cacheOf = (run: ReturnType<typeof xbzrleRun>): Record<string, number> =>
  run.samples.findLast(({ side }) => side === "source")?.["query-migrate"]["xbzrle-cache"] as Record<
    string,
    number
  >;

Deno.test("the more words a write changes, the more bytes; a whole page overflows", () => {
  const few = cacheOf(xbzrleRun(1));
  const more = cacheOf(xbzrleRun(16));
  const all = cacheOf(xbzrleRun(1024));
  assertEquals([few["overflow"], more["overflow"]], [0, 0]);
  assert((more["bytes"] ?? 0) / (more["pages"] ?? 1) > 3 * (few["bytes"] ?? 0) / (few["pages"] ?? 1));
  assert((all["overflow"] ?? 0) > 0);
});

Deno.test("pages that are written but not changed are skipped, not sent", () => {
  const run = xbzrleRun(0);
  const skipped = run.source.filter(({ declaration }) => declaration.name === "save_xbzrle_page_skipping");
  assert(skipped.length > 100, `${skipped.length} pages skipped`);
  assertEquals(run.outcome.source, "completed");
});

Deno.test("a cache enlarged while migrating reports its new size and stays as it is (xbzrle-resize)", () => {
  const enlarge = {
    at_ms: 2000,
    execute: "migrate-set-parameters" as const,
    arguments: { "xbzrle-cache-size": 67108864 },
  };
  const parameters = { "max-bandwidth": 4_000_000, "xbzrle-cache-size": 65536 };
  const kept = cacheOf(xbzrleRun(1, { parameters }));
  const resized = cacheOf(xbzrleRun(1, { parameters, operator: [enlarge] }));
  assertEquals(resized, { ...kept, "cache-size": 67108864 });
});

Deno.test("the counters go on in a second migration of the process", () => {
  const run = xbzrleRun(1, {
    parameters: { "max-bandwidth": 40_000_000 },
    operator: [
      { at_ms: 1500, execute: "migrate_cancel" },
      { from: "cancelled", at_ms: 100, execute: "migrate" },
    ],
  });
  const caches = run.samples.map((sample) =>
    sample["query-migrate"]["xbzrle-cache"] as Record<string, number>
  )
    .filter((cache) => cache !== undefined);
  const misses = caches.map((cache) => cache["cache-miss"] ?? 0);
  assert(misses.every((count, index) => count >= (misses[index - 1] ?? 0)));
});
