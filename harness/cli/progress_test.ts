/**
 * The line of a campaign's progress: what it tells, and that a terminal can draw over it.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Io } from "./command.ts";
import { progressLine, type ProgressState } from "./progress.ts";
import { stringIo } from "./testdata/string_io.ts";

const STATE: ProgressState = {
  ...{ done: 123_456, all: 1_000_000, secondsLeft: undefined, findings: 2, reached: 2118 },
};

/** What is written of two looks, five seconds apart. */
function written(around: Partial<Io>, findings = 2): string {
  const { io, err } = stringIo();
  let now = 0;
  const line = progressLine({ ...io, ...around }, () => now);
  line.show({ ...STATE, done: 0, reached: 1000 });
  now = 12_000;
  line.show({ ...STATE, findings });
  return err();
}

Deno.test("on a terminal one line is drawn over, and never longer than its row", async (t) => {
  const table: [columns: number | undefined, line: string][] = [
    [
      undefined,
      "123456 of 1000000 cases, 10288 a second, 2 findings, 2118 behaviours (+1118), 86 s left",
    ],
    [88, "123456 of 1000000 cases, 10288 a second, 2 findings, 2118 behaviours (+1118), 86 s left"],
    [87, "123456 of 1000000 cases, 10288 a second, 2 findings, 86 s left"],
    [60, "123456 of 1000000 cases, 2 findings, 86 s left"],
    [40, "123456 of 1000000 cases, 2 findings"],
    [30, "123456 of 1000000 cases"],
    [12, "123456 of 1"],
  ];
  for (const [columns, line] of table) {
    await t.step(`${columns} columns`, () => {
      const text = written({ live: true, columns: () => columns });
      assertEquals(text.split("\r\x1b[K").at(-1), line);
      assert(!text.includes("\n"));
      for (const one of text.split("\r\x1b[K")) assert(one.length < (columns ?? Infinity), one);
    });
  }
});

Deno.test("elsewhere each line stands by itself, whole and without control characters", () => {
  const text = written({ live: false, columns: () => 20 });
  assertMatch(
    text,
    /^123456 of 1000000 cases, 10288 a second, 2 findings, 2118 behaviours \(\+\d+\), 86 s left\n$/,
  );
});

Deno.test("one finding is one, and elsewhere than on a terminal ten seconds pass between two lines", () => {
  assertMatch(written({ live: false }, 1), /^[^\n]*, 1 finding, [^\n]*\n$/);
});
