/**
 * The fast way gives what the slow one gives, and runs of bits are found as a walk over them finds them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../base/mod.ts";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import { endOfRun } from "./bitmap.ts";
import { simulate } from "./mod.ts";

Deno.test("endOfRun finds what a walk over the bits finds", () => {
  const random = new RandomStream(3, "bits");
  const bit = (bits: Uint32Array, page: number): number => (bits[page >>> 5] ?? 0) >>> (page & 31) & 1;
  for (let round = 0; round < 300; round++) {
    const words = () =>
      Uint32Array.from({ length: 6 }, () => random.below(3) === 0 ? random.word() : 0xffffffff);
    const [a, b] = [words(), words()];
    const page = random.below(150);
    const most = 1 + random.below(192 - page);
    let end = page;
    while (end < page + most && bit(a, end) === 1 && bit(b, end) === 1) end++;
    assertEquals(endOfRun(a, b, page, most), end);
  }
});

const FULL: ScenarioInput = {
  why: "long runs of dirty pages",
  guest: { ram_bytes: 2 ** 27, filled: [{ start_page: 0, pages: 32768 }] },
  workload: [{ kind: "sweep", start_page: 777, pages: 20_000, rate_pages_per_second: 9000 }],
  parameters: { "max-bandwidth": 100_000_000 },
};

Deno.test("write calls that are made in one loop leave the same run as calls made one by one", () => {
  // A delay of nothing that is still a delay closes the fast way: one rate without limit after another.
  const slow = { steps: [{ at_ms: 3_600_000, rate_bytes_per_second: 1 }] };
  for (const profile of ["10.0", "11.1"] as const) {
    const fast = simulate(makeScenario({ ...FULL, profile }));
    const careful = simulate(makeScenario({ ...FULL, profile, link: slow }));
    assertEquals(fast.outcome, careful.outcome);
    assert(fast.source.length > 100);
    assertEquals(
      fast.source.map(({ at, declaration: { name }, values }) => [at, name, ...values]),
      careful.source.map(({ at, declaration: { name }, values }) => [at, name, ...values]),
    );
  }
});
