/**
 * multifd: packets, channels, syncs, and what they do to a migration.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, parseScenario, type ScenarioInput } from "../scenario/mod.ts";
import type { TraceRecord } from "../trace/mod.ts";
import { simulate } from "./simulate.ts";

/** A full packet: 128 pages behind a header of 1344 bytes. */
const PACKET_BYTES = 525632;

/** The inputs of multifd-2ch, without what the guest's firmware writes all the time. */
const GUEST: Partial<ScenarioInput> = {
  guest: {
    ram_bytes: 268435456,
    filled: [{ start_page: 1024, pages: 10000 }, { start_page: 16384, pages: 24576 }],
  },
  workload: [{ kind: "sweep", start_page: 1024, pages: 10000, rate_pages_per_second: 5000 }],
  capabilities: { multifd: true },
};

const run = (input: Partial<ScenarioInput>) => simulate(makeScenario({ why: "x", ...GUEST, ...input }));

/** Every event of a name, each as its arguments by name. */
function events(records: readonly TraceRecord[], name: string): Record<string, number>[] {
  return records.filter(({ declaration }) => declaration.name === name).map(({ declaration, values }) =>
    Object.fromEntries(declaration.args.map((arg, index) => [arg.name, Number(values[index])]))
  );
}

const countOf = (records: readonly TraceRecord[], name: string): number => events(records, name).length;
const cyclesOf = (records: readonly TraceRecord[]): number[] =>
  events(records, "migrate_transferred").map(({ transferred = 0 }) => transferred);
const ramOf = (made: ReturnType<typeof run>): Record<string, number> =>
  made.samples.findLast(({ side }) => side === "source")?.["query-migrate"].ram ?? {};

Deno.test("limited cycles carry whole packets: the limit, and one more for each channel that is busy", () => {
  const made = run({ parameters: { "max-bandwidth": 209715200 } });
  const [first, second, third] = cyclesOf(made.source);
  // 42 packets where 40 pass the limit (multifd-2ch: 22241900, with the two sections that its 50 ms made).
  assertEquals([first, third], [22241882, 42 * PACKET_BYTES + 18]);
  assertEquals(second, 22198546);
});

Deno.test("more channels go further beyond the limit", () => {
  const worst = (channels: number): number =>
    Math.max(
      ...cyclesOf(run({ parameters: { "max-bandwidth": 41943040, "multifd-channels": channels } }).source),
    );
  assert(worst(2) < 12 * PACKET_BYTES);
  // multifd-8ch-slow: 8410130 bytes, twice the limit.
  assertEquals(Math.floor(worst(8) / PACKET_BYTES), 16);
});

Deno.test("packets are numbered once each, and both sides see the same ones on each channel", () => {
  const { source, destination } = run({ parameters: { "multifd-channels": 3 } });
  const sent = events(source, "multifd_send_fill");
  assertEquals(sent.map(({ packet_num }) => packet_num).sort((a = 0, b = 0) => a - b), sent.map((_, n) => n));
  const of = (all: Record<string, number>[], channel: number) =>
    all.filter(({ id }) => id === channel).map(({ packet_num, flags, next_packet_size }) => (
      { packet_num, flags, next_packet_size }
    ));
  for (const channel of [0, 1, 2]) {
    assertEquals(of(events(destination, "multifd_recv_unfill"), channel), of(sent, channel));
  }
});

Deno.test("multifd-bytes is 64 a channel, 1344 a packet, and the pages", () => {
  const made = run({ parameters: { "multifd-channels": 3 } });
  const packets = events(made.source, "multifd_send_fill");
  const pages = packets.reduce((sum, { next_packet_size = 0 }) => sum + next_packet_size, 0);
  const ram = ramOf(made);
  assertEquals(ram["multifd-bytes"], 3 * 64 + 1344 * packets.length + pages);
  assertEquals(pages, 4096 * (ram["normal"] ?? 0));
});

Deno.test("a sync is a SYNC packet of every channel, at setup and at the end of each round", () => {
  const { source, destination } = run({ parameters: { "multifd-channels": 3 } });
  const syncs = events(source, "multifd_send_sync_main");
  const flagged = events(source, "multifd_send_fill").filter(({ flags = 0 }) => (flags & 1) !== 0);
  assert(syncs.length >= 3, `${syncs.length} syncs`);
  assertEquals(flagged.length, 3 * syncs.length);
  assertEquals(
    events(destination, "multifd_recv_sync_main").map(({ packet_num = 0 }) => packet_num + 1),
    syncs.map(({ packet_num }) => packet_num),
  );
});

Deno.test("each time that the search passes the end of the list there is a sync: four in multifd-2ch", () => {
  const text = Deno.readTextFileSync(new URL("../../scenarios/recording_multifd_2ch.json", import.meta.url));
  const parsed = parseScenario(text, "recording_multifd_2ch.json");
  assert(parsed.ok);
  assertEquals(countOf(simulate(parsed.value).source, "multifd_send_sync_main"), 4);
});

Deno.test("an old machine type syncs after each section, and has no marker for it", () => {
  const guest = { ...GUEST.guest, machine: "pc-i440fx-8.0" };
  const parameters = { "max-bandwidth": 209715200, "zero-page-detection": "multifd" };
  const { source } = run({ guest, parameters });
  assertEquals(
    countOf(source, "multifd_send_sync_main"),
    1 + events(source, "savevm_section_end")
      .filter(({ section_id }) => section_id === 1).length,
  );
});

Deno.test("zero pages: found by the channels, by the migration thread, or sent", async (t) => {
  const table: [detection: string, perPacket: boolean, duplicate: boolean, because: string][] = [
    ["multifd", true, true, "the channels name them in the packets"],
    ["legacy", false, true, "they go through the main stream"],
    ["none", false, false, "nobody looks"],
  ];
  for (const [detection, perPacket, duplicate, because] of table) {
    await t.step(`${detection}: ${because}`, () => {
      const made = run({ parameters: { "max-bandwidth": 0, "zero-page-detection": detection } });
      const zeros = events(made.source, "multifd_send_ram_fill").some(({ zero = 0 }) => zero > 0);
      const ram = ramOf(made);
      assertEquals([zeros, (ram["duplicate"] ?? 0) > 0], [perPacket, duplicate]);
      assertEquals((ram["precopy-bytes"] ?? 0) > 200_000, detection === "legacy");
    });
  }
});

Deno.test("without multifd the setting none sends zero pages whole, too", () => {
  const parameters = { "max-bandwidth": 0, "zero-page-detection": "none" };
  const made = run({ capabilities: {}, parameters });
  assertEquals([made.outcome.duplicatePages, made.outcome.source], [0, "completed"]);
});

Deno.test("compression: few words shrink, random bytes do not, and both take time (multifd-zlib, multifd-zstd)", () => {
  const plain = { start_page: 1024, pages: 10000 };
  const sizes = (compression: string, pages = 2048): { largest: number; median: number; totalMs: number } => {
    const guest = { ...GUEST.guest, filled: [plain, { start_page: 16384, pages, random: true }] };
    const made = run({ guest, parameters: { "max-bandwidth": 0, "multifd-compression": compression } });
    const full = events(made.source, "multifd_send_fill").map(({ next_packet_size = 0 }) => next_packet_size)
      .filter((size) => size > 0).sort((a, b) => a - b);
    return {
      largest: full.at(-1) ?? 0,
      median: full[full.length >> 1] ?? 0,
      totalMs: made.outcome.totalTimeMs,
    };
  };
  const [none, zlib, zstd] = [sizes("none"), sizes("zlib"), sizes("zstd")];
  assertEquals([none.largest, zlib.largest, zstd.largest], [524288, 524453, 524300]);
  assertEquals([none.median, zlib.median, zstd.median], [524288, 3084, 732]);
  // Where a few words are written, packets of zstd come every 88 us, others every 95 to 130: it takes random pages to lose.
  const [random, ...compressed] = ["none", "zstd", "zlib"].map((compression) =>
    sizes(compression, 24576).totalMs
  );
  assertEquals([random, ...compressed].toSorted((a = 0, b = 0) => a - b), [random, ...compressed]);
});

Deno.test("a killed destination fails a channel first, then the migration", async (t) => {
  const table: [profile: ScenarioInput["profile"], states: string, result: number][] = [
    ["10.0", "setup active failed failed", 0],
    ["11.1", "setup active failing failing failed", -1],
  ];
  for (const [profile, states, result] of table) {
    await t.step(`${profile} (multifd-dst-killed)`, () => {
      const { source, outcome } = run({
        ...(profile === undefined ? {} : { profile }),
        parameters: { "max-bandwidth": 33554432, "multifd-channels": 4 },
        faults: [{ at_ms: 1403, kind: "destination-dies" }],
      });
      const seen = source.filter(({ declaration }) => declaration.name === "migrate_set_state")
        .map(({ values }) => values[0]).join(" ");
      assertEquals([seen, outcome.source], [states, "failed"]);
      assert(countOf(source, "multifd_send_error") >= 1);
      assertEquals(countOf(source, "multifd_send_thread_end"), 4);
      const ends = source.filter(({ declaration, values }) =>
        declaration.name === "savevm_section_end" && values[0] === "ram"
      );
      assertEquals(Number(ends.at(-1)?.values[2]), result);
    });
  }
});

Deno.test("a cancelled migration ends its channels before it says so", () => {
  const { source, outcome } = run({
    parameters: { "max-bandwidth": 33554432 },
    operator: [{ at_ms: 1000, execute: "migrate_cancel" }],
  });
  const names = source.map(({ declaration, values }) => `${declaration.name} ${String(values[0] ?? "")}`);
  assertEquals(outcome.source, "cancelled");
  const last = names.findLastIndex((name) => name.startsWith("multifd_send_thread_end"));
  assert(names.indexOf("multifd_send_terminate_threads ") < last);
  assert(last < names.indexOf("migrate_set_state cancelled"));
});

Deno.test("8.2 hands full batches over at once, finds zero pages itself, and syncs once more at the end", () => {
  const parameters = { "max-bandwidth": 0 };
  const old = run({ profile: "8.2-dev", parameters });
  const made = run({ parameters });
  assertEquals(old.outcome.source, "completed");
  assert(countOf(old.source, "multifd_send") > 0 && countOf(old.source, "multifd_send_fill") === 0);
  assertEquals(
    countOf(old.source, "multifd_send_sync_main"),
    countOf(made.source, "multifd_send_sync_main") + 1,
  );
  assertEquals(ramOf(old)["duplicate"], ramOf(made)["duplicate"]);
});

Deno.test("channels share the wire with the main connection", () => {
  const legacy = { "max-bandwidth": 0, "zero-page-detection": "legacy" };
  const slow = run({
    link: { rate_bytes_per_second: 2_000_000 },
    workload: [],
    parameters: legacy,
    guest: {
      ram_bytes: 268435456,
      filled: [{ start_page: 40000, pages: 500 }],
    },
  });
  // 2 MB of pages and 0.6 MB of zero page markers.
  assert(slow.outcome.totalTimeMs > 1250, `${slow.outcome.totalTimeMs} ms`);
});

Deno.test("channels share the wire among themselves", () => {
  const link = { rate_bytes_per_second: 100_000_000 };
  const totals = [1, 4].map((channels) =>
    run({ link, workload: [], parameters: { "max-bandwidth": 0, "multifd-channels": channels } }).outcome
      .totalTimeMs
  );
  const [one = 0, four = 0] = totals;
  assert(Math.abs(one - four) < 0.1 * one, `${one} ms with one channel, ${four} ms with four`);
});

Deno.test("the same seed gives the same run, another one another order of the channels", () => {
  const parameters = { "max-bandwidth": 41943040, "multifd-channels": 8 };
  const order = (seed: number): string =>
    events(run({ seed, parameters, time_limit_ms: 1500 }).source, "multifd_send_fill").map(({ id }) => id)
      .join("");
  assertEquals(order(1), order(1));
  assert(order(1) !== order(2));
});

Deno.test("the search that finds nothing ends with its sync, whatever the sync adds to the rate", () => {
  const made = run({
    profile: "11.1",
    seed: 2,
    guest: { ram_bytes: 11_321_344, filled: [{ start_page: 345, pages: 2419 }] },
    workload: [{ kind: "random", start_page: 345, pages: 1058, rate_pages_per_second: 415_437 }],
    parameters: { "max-bandwidth": 430_755_940, "downtime-limit": 117 },
  });
  assertEquals(made.outcome.source, "completed");
  const words = made.source.map(({ declaration: { name } }) => name).filter((name) =>
    name === "multifd_send_ram_fill" || name === "multifd_send_sync_main" || name === "ram_save_complete"
  );
  // Nothing is on its way when the stopped phase is over.
  assertEquals(words.slice(-2), ["multifd_send_sync_main", "ram_save_complete"]);
});
