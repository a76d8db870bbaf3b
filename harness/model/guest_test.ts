/**
 * Guest writes: in turn, in bursts, stopped, throttled, and the same however often one looks.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { RandomStream } from "../base/mod.ts";
import type { Phase } from "../scenario/mod.ts";
import { countBits } from "./bitmap.ts";
import { Guest } from "./guest.ts";
import { writesUntil } from "./guest_writes.ts";
import { RamBlock } from "./ram.ts";

const SWEEP = {
  kind: "sweep",
  task: 0,
  duration_ms: null,
  start_page: 100,
  pages: 50,
  rate_pages_per_second: 1000,
  offset_pages: 0,
  content: "data",
  words: 1,
  draws: null,
  burst_pages: null,
  rest_ms: 0,
} as const satisfies Phase;

function guestOf(...phases: Phase[]): { guest: Guest; block: RamBlock } {
  const block = new RamBlock("pc.ram", 1024, "tcg");
  const guest = new Guest([{ phases, random: new RandomStream(1, "guest/0") }], block);
  guest.setRunning(true, 0);
  return { guest, block };
}

Deno.test("Guest writes a sweep's pages in turn, from its offset on", () => {
  const { guest, block } = guestOf({ ...SWEEP, offset_pages: 45 });
  guest.advance(10_000);
  const isLogged = (page: number): boolean => ((block.log[page >>> 5] ?? 0) & (1 << (page & 31))) !== 0;
  assertEquals([144, 145, 149, 100, 104, 105].map(isLogged), [false, true, true, true, true, false]);
  assertEquals(countBits(block.log), 10);
});

Deno.test("Guest writes nothing while it is stopped, and catches up with nothing", () => {
  const { guest, block } = guestOf(SWEEP);
  guest.setRunning(false, 5_000);
  guest.advance(50_000);
  assertEquals(countBits(block.log), 5);
  guest.setRunning(true, 50_000);
  guest.advance(52_000);
  assertEquals(countBits(block.log), 7);
});

Deno.test("Guest runs 10 ms of every 10 / (1 - p) ms under a throttle, and sleeps first (facts 4.2)", () => {
  const { guest, block } = guestOf({ ...SWEEP, pages: 900, start_page: 0 });
  guest.setThrottle(80, 0);
  guest.advance(39_000);
  assertEquals(countBits(block.log), 0, "the first sleep lasts 40 ms");
  guest.advance(100_000);
  assertEquals(countBits(block.log), 20, "two slices of 10 ms at 1000 pages a second");
  assertEquals(guest.slowdownPercent, 80);
  guest.setThrottle(0, 100_000);
  guest.advance(200_000);
  assertEquals(guest.slowdownPercent, 80, "of the time until the throttle ended, whoever looks when");
});

Deno.test("Guest has run and written until its process ended, whoever looks when", () => {
  const { guest } = guestOf({ ...SWEEP, pages: 900, start_page: 0 });
  guest.setThrottle(50, 0);
  guest.advance(25_000);
  guest.end(35_000);
  const seen = [guest.runningMicros, guest.slowdownPercent, guest.writes];
  assertEquals(seen, [15_000, 100 * 20 / 35, 15], "10 ms of sleep, 10 of work, 10 of sleep, 5 of work");
  guest.advance(100_000);
  assertEquals([guest.runningMicros, guest.slowdownPercent, guest.writes], seen);
});

Deno.test("Guest takes up a changed throttle at the next tick, and is asleep until its slice", () => {
  const { guest } = guestOf({ ...SWEEP, pages: 900, start_page: 0 });
  guest.setThrottle(50, 0);
  assertEquals(
    [guest.awakeAt(3000), guest.awakeAt(12_000)],
    [10_000, 12_000],
    "10 ms of sleep, 10 ms of work",
  );
  guest.setThrottle(80, 25_000);
  assertEquals(guest.throttlePercent, 80);
  assertEquals(guest.awakeAt(35_000), 35_000, "the tick of the old throttle is at 40 ms");
  assertEquals(guest.awakeAt(41_000), 80_000, "the new one sleeps 40 ms");
  guest.setThrottle(0, 50_000);
  assertEquals(guest.awakeAt(51_000), 51_000);
});

Deno.test("Guest makes the same writes however often it is asked to advance", () => {
  const phases: Phase[] = [
    { ...SWEEP, duration_ms: 7, content: "alternating" },
    {
      kind: "random",
      task: 0,
      duration_ms: 11,
      start_page: 0,
      pages: 800,
      rate_pages_per_second: 30_000,
      hot_pages: 20,
      hot_percent: 50,
      content: "data",
      words: 1,
      draws: null,
      burst_pages: 40,
      rest_ms: 1,
    },
    { kind: "idle", task: 0, duration_ms: 3 },
  ];
  const once = guestOf(...phases);
  once.guest.advance(100_000);
  const often = guestOf(...phases);
  for (let at = 0; at <= 100_000; at += 137) often.guest.advance(at);
  often.guest.advance(100_000);
  assertEquals(often.block.log, once.block.log);
  assertEquals(often.block.content, once.block.content);
});

Deno.test("writesUntil counts the writes of whole and partial bursts", () => {
  const phase = { ...SWEEP, burst_pages: 10, rest_ms: 20 };
  const table: [elapsed: number, writes: number][] = [[0, 0], [5_000, 5], [10_000, 10], [29_999, 10], [
    31_000,
    11,
  ]];
  for (const [elapsed, writes] of table) assertEquals(writesUntil(phase, elapsed), writes, `${elapsed} us`);
});

Deno.test("Guest dirties as many pages as a vector tells of the time since the last sync", () => {
  const { guest, block } = guestOf({
    kind: "vector",
    task: 0,
    duration_ms: null,
    start_page: 10,
    intervals_ms: [100, 1000],
    dirty_pages: [50, 200],
  });
  const dirtyAfter = (moment: number): number => {
    guest.advance(moment);
    const count = countBits(block.log);
    block.log.fill(0);
    guest.synced(moment);
    return count;
  };
  assertEquals(dirtyAfter(50_000), 25, "half of the first interval");
  assertEquals(dirtyAfter(150_000), 50, "the whole of it, from the sync on");
  assertEquals(dirtyAfter(5_150_000), 200, "no more than was ever measured");
});

Deno.test("Guest leaves a page zero or not as the last of two tasks wrote it, however often one looks", () => {
  const vector: Phase = {
    kind: "vector",
    task: 0,
    duration_ms: null,
    start_page: 0,
    intervals_ms: [40, 100],
    dirty_pages: [10, 15],
  };
  const zeros: Phase = { ...SWEEP, task: 1, start_page: 0, pages: 20, content: "zeros" };
  const after = (...looks: number[]): readonly number[] => {
    const block = new RamBlock("pc.ram", 1024, "tcg");
    const tasks = [[vector], [zeros]].map((phases) => ({ phases, random: new RandomStream(1, "guest") }));
    const guest = new Guest(tasks, block);
    guest.setRunning(true, 0);
    for (const look of looks) guest.advance(look);
    return [...block.content];
  };
  const often = Array.from({ length: 30 }, (_, index) => index * 1000 + 500);
  assertEquals(after(30_000), after(...often, 30_000));
  assertEquals(
    after(30_000)[0],
    1 << 6,
    "of seven pages with data by 30 ms the second sweep has zeroed six since",
  );
});
