/**
 * Knobs: which numbers of a scenario can be turned, and what turning one changes.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findKnob, snap, turn } from "./knob.ts";
import { parseScenario } from "./parse_scenario.ts";

const WRITES = { kind: "sweep", pages: 100, rate_pages_per_second: 5 };
const SCENARIO = {
  why: "knobs are turned",
  workload: [WRITES, { kind: "idle", task: 2 }, { ...WRITES, task: 1, rate_pages_per_second: 7 }],
};

interface Turned {
  readonly parameters?: unknown;
  readonly link?: unknown;
  readonly guest?: unknown;
  readonly workload: readonly Readonly<Record<string, unknown>>[];
}

Deno.test("turn sets what a knob leads to, and the scenario stays one", async (t) => {
  const rates = (...values: number[]) => [values[0], undefined, values[1]];
  const table: [name: string, value: number, unit: string, seen: (turned: Turned) => unknown, is: unknown][] =
    [
      ["max-bandwidth", 5, "B/s", (s) => s.parameters, { "max-bandwidth": 5 }],
      ["link-rate", 6, "B/s", (s) => s.link, { rate_bytes_per_second: 6 }],
      ["ram", 8192000, "B", (s) => s.guest, { ram_bytes: 8192000 }],
      ["dirty-rate", 9, "pages/s", (s) => s.workload.map((one) => one["rate_pages_per_second"]), rates(9, 9)],
      ["workload[2].pages", 40, "pages", (s) => s.workload.map((one) => one["pages"]), rates(100, 40)],
      ["guest.vcpus", 4, "", (s) => s.guest, { vcpus: 4 }],
    ];
  for (const [name, value, unit, seen, is] of table) {
    await t.step(name, () => {
      const knob = findKnob(SCENARIO, name);
      assert(knob.ok, knob.ok ? "" : knob.error);
      assertEquals(knob.value.unit, unit);
      const turned = turn(SCENARIO, knob.value, value);
      assertEquals(seen(turned as Turned), is);
      const parsed = parseScenario(JSON.stringify(turned), name);
      assert(parsed.ok, JSON.stringify(parsed));
    });
  }
  assertEquals(SCENARIO.workload[0], WRITES, "the scenario itself is left alone");
});

Deno.test("findKnob says why a name is no knob", async (t) => {
  const table: [name: string, reason: string][] = [
    ["max-bandwith", `did you mean "max-bandwidth"?`],
    ["workload[1].rate_pages_per_second", "no number"],
    ["workload[9].pages", "no number"],
    ["workload", "is no number"],
    ["cpu-throttle-tailslow", "is no number"],
    ["__proto__.pages", "no number"],
    ["constructor", "no number"],
    ["a b", "no number"],
    ["", "no number"],
  ];
  for (const [name, reason] of table) {
    await t.step(`"${name}"`, () => {
      const knob = findKnob(SCENARIO, name);
      assert(!knob.ok);
      assertStringIncludes(knob.error, reason);
    });
  }
  const idle = findKnob({ why: "", workload: [{ kind: "idle" }] }, "dirty-rate");
  assert(!idle.ok);
  assertStringIncludes(idle.error, "no phase of the workload writes");
});

Deno.test("snap gives the nearest value that a knob can take", () => {
  const value = (name: string, at: number) => {
    const knob = findKnob(SCENARIO, name);
    assert(knob.ok);
    return snap(knob.value, at);
  };
  assertEquals(value("ram", 5000), 4096);
  assertEquals(value("max-bandwidth", 2.5), 3);
  assertEquals(value("dirty-rate", 2.5), 2.5);
});
