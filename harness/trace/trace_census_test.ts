/**
 * What a census counts, and what it calls odd.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { catalogOf, NAMES_MAX, oddities, readLog, TraceCensus } from "./mod.ts";

function census(log: string) {
  const counted = new TraceCensus();
  readLog(catalogOf("10.0"), log, counted);
  return counted.result();
}

Deno.test("TraceCensus says nothing of an ordinary log", () => {
  const log = "1@1.000001:ram_load_start \n2@1.000000:ram_load_start \n1@1.000001:ram_load_start \n";
  const { events, shapes } = census(log);
  assertEquals([events, shapes], [3, { tid: 3, iso: 0, bare: 0 }]);
  assertEquals(oddities(census(log)), []);
});

Deno.test("TraceCensus names what is odd", async (t) => {
  const table: readonly (readonly [because: string, log: string, said: readonly string[]])[] = [
    ["L48 shapes", "1@1.000001:ram_load_start \nram_load_start \n2025-07-21T18:35:05Z ram_load_start \n", [
      "lines of several shapes: 1 tid, 1 iso, 1 bare",
    ]],
    ["L13 glued", "text1@1.000001:ram_load_start \n", ["events glued to other text on their line: 1"]],
    ["L7 NUL", "migrate_error error=a\0b\n", ["events with a NUL byte in a string: 1"]],
    ["L24 blank", "ram_load_start\n", ["events without the blank behind their name: 1"]],
    [
      "L49 clock",
      "7@3.000000:ram_load_start \n7@2.000000:ram_load_start \n7@2.500000:ram_load_start \n7@2.499999:ram_load_start \n",
      [
        "steps back of a thread's clock: 2, the furthest by 1000000 us at line 2",
      ],
    ],
    ["L19 L20 misfits", "1@1.000000:nosuch \n1@1.000000:nosuch 2\n1@1.000000:savevm_send_ping x\n", [
      "lines that are no events of the catalog: 3 of 2 names, most often nosuch (unknown-event, line 1)",
    ]],
  ];
  for (const [because, log, said] of table) {
    await t.step(because, () => assertEquals(oddities(census(log)), said));
  }
});

Deno.test("L61 a log of many unknown names is counted in bounded memory", () => {
  const counted = census(
    Array.from({ length: 5000 }, (_, index) => `1@1.000000:nosuch_${index} \n`).join(""),
  );
  assertEquals([counted.misfits.length, counted.misfitsUnlisted], [NAMES_MAX, 5000 - NAMES_MAX]);
  assertEquals(counted.others.get("unknown-event"), 5000);
});
