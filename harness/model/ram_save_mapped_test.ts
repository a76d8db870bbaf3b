/**
 * mapped-ram: every page at its place in a file, with and without channels.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import type { TraceRecord } from "../trace/mod.ts";
import { simulate } from "./simulate.ts";

const countOf = (records: readonly TraceRecord[], name: string): number =>
  records.filter(({ declaration }) => declaration.name === name).length;

function run(capabilities: Record<string, boolean>, more: Partial<ScenarioInput> = {}) {
  return simulate(makeScenario({
    why: "x",
    guest: {
      ram_bytes: 201326592,
      filled: [{ start_page: 1024, pages: 6000 }, { start_page: 16384, pages: 8192 }],
    },
    workload: [{ kind: "sweep", start_page: 1024, pages: 6000, rate_pages_per_second: 6664 }],
    transport: "file",
    incoming_after_ms: 800,
    capabilities,
    parameters: { "max-bandwidth": 0 },
    ...more,
  }));
}

Deno.test("mapped-ram accounts 4096 bytes a page, the bitmaps and the ends of sections (file-mapped-ram)", () => {
  const { outcome, source } = run({ "mapped-ram": true });
  const sections =
    source.filter(({ declaration, values }) =>
      declaration.name === "savevm_section_start" && values[0] === "ram"
    ).length;
  // 6184 bytes of bitmaps for six RAMBlocks; the last section's end is not counted.
  assertEquals(
    outcome.precopyBytes + outcome.downtimeBytes,
    4096 * outcome.normalPages + 6184 + 8 * (sections - 1),
  );
  // Setup, device state and description besides: 119343 bytes more than the pages.
  assertEquals(outcome.transferredBytes, 4096 * outcome.normalPages + 119343);
});

Deno.test("mapped-ram with multifd: channels write pages without packets, and sync among themselves", () => {
  const { outcome, source, destination, samples } = run({ "mapped-ram": true, multifd: true });
  const ram = samples.findLast(({ side }) => side === "source")?.["query-migrate"].ram;
  assertEquals(ram?.["multifd-bytes"], 4096 * outcome.normalPages);
  assertEquals([outcome.precopyBytes, outcome.downtimeBytes], [8, 6184]);
  assertEquals(outcome.transferredBytes, 4096 * outcome.normalPages + 119343);
  assertEquals([countOf(source, "multifd_send_fill"), countOf(source, "multifd_send_thread_end")], [0, 2]);
  // One at setup, one at the end of the round, two in the last stage (file-mapped-ram-multifd).
  assertEquals(countOf(source, "multifd_send_sync_main"), 4);
  assertEquals(
    [countOf(destination, "multifd_recv_unfill"), countOf(destination, "multifd_recv_thread_end")],
    [0, 2],
  );
});

Deno.test("all pages are read in the section that lists the RAMBlocks", () => {
  const loads = (capabilities: Record<string, boolean>): number[] => {
    const { destination } = run(capabilities);
    const at = (name: string): number[] =>
      destination.filter(({ declaration }) => declaration.name === name).map((record) => record.at);
    const starts = at("ram_load_start");
    return at("ram_load_complete").map((end, index) => Math.round((end - (starts[index] ?? 0)) / 1000));
  };
  const [first = 0, ...rest] = loads({ "mapped-ram": true });
  assert(first > 100, `${first} ms`);
  assert(rest.every((ms) => ms < 2), `${rest.join(" ")} ms`);
  const [plain = 0, ...others] = loads({});
  assert(plain < 2 && Math.max(...others) > 100);
});

Deno.test("a limited cycle of mapped-ram stops at the page that passes the limit", () => {
  const { source } = run({ "mapped-ram": true }, { parameters: { "max-bandwidth": 50_000_000 } });
  const cycles = source.filter(({ declaration }) => declaration.name === "migrate_transferred")
    .map(({ values }) => Number(values[0]));
  const pages = Math.floor(5_000_000 / 4096) + 1;
  assertEquals(cycles[1], 4096 * pages + 18);
});

Deno.test("with zero-page-detection none every page is written", () => {
  const { outcome } = run({ "mapped-ram": true }, {
    parameters: { "max-bandwidth": 0, "zero-page-detection": "none" },
  });
  assertEquals(outcome.duplicatePages, 0);
});

Deno.test("a page is written again in less time than at first (q111-file-mapped-ram: 1.2 us and 3.2)", () => {
  const { source } = run({ "mapped-ram": true }, { profile: "11.1" });
  const moments = (name: string): number[] =>
    source.filter(({ declaration, values }) => declaration.name === name && values[0] === "ram").map((
      { at },
    ) => at);
  const [starts, ends] = [moments("savevm_section_start"), moments("savevm_section_end")];
  const found = source.filter(({ declaration }) => declaration.name === "migration_bitmap_sync_end")
    .map(({ values }) => Number(values[0]));
  // The first pass takes a section of 50 ms and its rest; the next section sends what the first sync found.
  const passEnd = source.findLastIndex(({ declaration, values }) =>
    declaration.name === "migration_bitmap_sync_end" && Number(values[0]) === found[1]
  );
  const section = starts.findIndex((at) => at > (source[passEnd]?.at ?? 0));
  const micros = ((ends[section] ?? 0) - (starts[section] ?? 0)) / (found[1] ?? 0);
  assert(micros > 1.1 && micros < 1.8, `${micros} us a page`);
});
