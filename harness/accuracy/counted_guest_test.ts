/**
 * The guest as its own counter has it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { simulate } from "../model/mod.ts";
import { makeScenario } from "../scenario/mod.ts";
import { countedGuest } from "./counted_guest.ts";
import { readInputs, type RecordedInputs } from "./recorded_inputs.ts";
import { PLAIN_META } from "./testdata/plain_meta.ts";

/** Readings 250 and 700 ms after `migrate`, and one before it. */
function inputsWith(...writes: [before: number, at250: number, at700: number]): RecordedInputs {
  const entries = [
    { t: 99.5, side: "src", touches: writes[0] },
    { t: 100, side: "src", cmd: "migrate" },
    { t: 100.25, side: "src", touches: writes[1] },
    { t: 100.7, side: "src", touches: writes[2] },
  ];
  const inputs = readInputs(JSON.stringify(PLAIN_META), JSON.stringify({ entries }));
  assert(inputs.ok);
  return inputs.value;
}

const SWEEP = {
  kind: "sweep" as const,
  start_page: 1024,
  pages: 500,
  rate_pages_per_second: 1000,
  offset_pages: 100,
};
const ENDLESS = { guest: { ram_bytes: 2 ** 26 }, parameters: { "max-bandwidth": 1_000_000 } };

Deno.test("countedGuest writes as many pages by each reading as the counter says", () => {
  const scenario = makeScenario({ why: "x", ...ENDLESS, workload: [SWEEP] });
  const counted = countedGuest(scenario, inputsWith(1000, 1900, 2017), null);
  assert(counted !== null);
  // 600 writes before `migrate`, 300 after it; 117 more, and then a thousand a second.
  const table: [ms: number, writes: number][] = [[125, 150], [250, 300], [700, 417], [800, 517]];
  for (const [ms, writes] of table) {
    const { guestWrites } = simulate({ ...counted, time_limit_ms: ms }, { trace: false, samples: false });
    assert(Math.abs(guestWrites - writes) <= 1, `${guestWrites} writes in ${ms} ms`);
  }
});

Deno.test("countedGuest goes on at the rate of before where a throttle steps in", () => {
  const scenario = makeScenario({ why: "x", ...ENDLESS, workload: [SWEEP] });
  const counted = countedGuest(scenario, inputsWith(1000, 1900, 2017), 300_000);
  assertEquals(counted?.workload.map((phase) => "duration_ms" in phase ? phase.duration_ms : 0), [250, null]);
});

Deno.test("countedGuest leaves a guest alone that rests, or that nobody has read", () => {
  const resting = makeScenario({
    why: "x",
    ...ENDLESS,
    workload: [{ ...SWEEP, burst_pages: 10, rest_ms: 50 }],
  });
  assertEquals(countedGuest(resting, inputsWith(1000, 1900, 2017), null), null);
  const sweeping = makeScenario({ why: "x", ...ENDLESS, workload: [SWEEP] });
  assertEquals(countedGuest(sweeping, inputsWith(1000, 0, 0), null), null);
});
