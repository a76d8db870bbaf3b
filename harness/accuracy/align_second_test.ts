/**
 * A second migration's guest stands where its counter says, throttled or not.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { simulate } from "../model/mod.ts";
import { makeScenario } from "../scenario/mod.ts";
import { alignSecond } from "./align_second.ts";
import { readInputs, type RecordedInputs } from "./recorded_inputs.ts";
import { PLAIN_META } from "./testdata/plain_meta.ts";

const PAGES = 3000;
const SECOND_MS = 4000;
const AGAIN = { execute: "migrate", at_ms: SECOND_MS } as const;

function inputsOf(touches: readonly (readonly [t: number, touches: number])[]): RecordedInputs {
  const entries = [
    { t: 100, side: "src", cmd: "migrate" },
    ...touches.map(([t, touches]) => ({ t, side: "src", touches })),
  ];
  const inputs = readInputs(JSON.stringify(PLAIN_META), JSON.stringify({ entries }));
  assert(inputs.ok);
  return inputs.value;
}

const scenario = makeScenario({
  why: "a guest that is throttled, cancelled and migrated again",
  guest: { ram_bytes: 67_108_864, filled: [{ start_page: 1024, pages: PAGES }] },
  workload: [{
    kind: "sweep",
    start_page: 1024,
    pages: PAGES,
    rate_pages_per_second: 20_000,
    offset_pages: 7,
  }],
  capabilities: { "auto-converge": true },
  parameters: { "max-bandwidth": 4_000_000 },
  operator: [{ execute: "migrate_cancel", at_ms: 3500 }, AGAIN],
});

/** Where the model's sweep stands when the second migration starts. */
function standsAt(of: typeof scenario): number {
  const [sweep] = of.workload;
  assert(sweep?.kind === "sweep");
  const { guestWrites } = simulate({ ...of, time_limit_ms: SECOND_MS }, { trace: false, samples: false });
  return (sweep.offset_pages + guestWrites) % PAGES;
}

Deno.test("alignSecond moves the sweep so that it stands where the counter says", () => {
  const inputs = inputsOf([[103.8, 50_000], [103.9, 51_000], [104.1, 99_999]]);
  assertEquals(standsAt(alignSecond(scenario, inputs)), 52_000 % PAGES);
  assert(standsAt(scenario) !== 52_000 % PAGES);
});

Deno.test("alignSecond leaves alone what it cannot tell", () => {
  assertEquals(alignSecond(scenario, inputsOf([])), scenario);
  const once = { ...scenario, operator: [] };
  assertEquals(alignSecond(once, inputsOf([[103.8, 50_000], [103.9, 51_000]])), once);
});
