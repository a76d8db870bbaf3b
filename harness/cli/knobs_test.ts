/**
 * Axes and settings as they are typed.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { CommandError } from "./command.ts";
import { readAxis, turnKnobs } from "./knobs.ts";

const SCENARIO = { why: "axes", workload: [{ kind: "sweep", pages: 100, rate_pages_per_second: 5 }] };

Deno.test("readAxis spreads steps evenly, by a factor, or takes a list", async (t) => {
  const table: [text: string, values: number[]][] = [
    ["downtime-limit=0..300:4", [0, 100, 200, 300]],
    ["downtime-limit=300..0:4", [300, 200, 100, 0]],
    ["downtime-limit=30,100,300,100", [30, 100, 300]],
    ["downtime-limit=1..1000:4log", [1, 10, 100, 1000]],
    ["max-bandwidth=1MiB..4MiB:3log", [2 ** 20, 2_100_000, 2 ** 22]],
    ["dirty-rate=1k..2k:2", [1000, 2000]],
    ["dirty-rate=1.5k..1.5k:5", [1500]],
    // Three digits would give 10000, 10000, 10000, 10001.
    ["dirty-rate=10000..10001:4", [10000, 10000.3, 10000.7, 10001]],
    ["downtime-limit=1..3:9", [1, 2, 3]],
    ["ram=100M..101M:2", [24414 * 4096, 24658 * 4096]],
    ["workload[0].pages=1..5:2", [1, 5]],
  ];
  for (const [text, values] of table) {
    await t.step(text, () => assertEquals(readAxis(SCENARIO, text).values, values));
  }
});

Deno.test("readAxis has ten steps unless told otherwise", () => {
  assertEquals(readAxis(SCENARIO, "dirty-rate=1..10").values, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

Deno.test("turnKnobs sets numbers and leaves a text without settings as it is", () => {
  const text = JSON.stringify(SCENARIO);
  assertEquals(turnKnobs(text, []), text);
  assertEquals(turnKnobs("no JSON", ["max-bandwidth=1"]), "no JSON", "its reader says what is wrong");
  const turned = JSON.parse(turnKnobs(text, ["max-bandwidth=64MiB", "dirty-rate=2k"]));
  assertEquals(turned.parameters, { "max-bandwidth": 2 ** 26 });
  assertEquals(turned.workload[0].rate_pages_per_second, 2000);
  for (
    const bad of [
      "max-bandwidth",
      "=5",
      "max-bandwidth=",
      "max-bandwidth=-1",
      "max-bandwidth=1e999",
      "nothing=1",
    ]
  ) {
    assertThrows(() => turnKnobs(text, [bad]), CommandError);
  }
});
