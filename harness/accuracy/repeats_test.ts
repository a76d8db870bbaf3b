/**
 * Two runs of QEMU with the same inputs, and how far they lie apart.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { readInputs, type RecordedInputs } from "./recorded_inputs.ts";
import { comparableSyncs, inputsKey, pairRepeats, printRepeats, type RecordedOutcome } from "./repeats.ts";
import { PLAIN_META } from "./testdata/plain_meta.ts";

function inputsOf(meta: object, entries: readonly object[] = []): RecordedInputs {
  const inputs = readInputs(
    JSON.stringify({ ...PLAIN_META, ...meta }),
    JSON.stringify({ entries: [{ t: 1, side: "src", cmd: "migrate", args: { uri: "unix:a" } }, ...entries] }),
  );
  assert(inputs.ok);
  return inputs.value;
}

Deno.test("inputsKey tells what a migration was given, and nothing of what came of it", async (t) => {
  const plain = inputsKey(inputsOf({}));
  const table: [because: string, same: boolean, inputs: RecordedInputs][] = [
    ["another version and name", true, inputsOf({ case: "q111-x", qemu: "11.1.3" })],
    ["another address", true, {
      ...inputsOf({}),
      entries: [{ t: 1, side: "src", cmd: "migrate", args: { uri: "unix:b" } }],
    }],
    ["what query-migrate said", true, inputsOf({}, [{ t: 2, side: "src", cmd: "query-migrate" }])],
    ["another guest", false, inputsOf({ workload: { mode: "sweep", pages: 9 } })],
    ["other parameters", false, inputsOf({ parameters: { src: { "max-bandwidth": 1 } } })],
    ["a cancel", false, inputsOf({}, [{ t: 2, side: "src", cmd: "migrate_cancel" }])],
    [
      "the recorder's own cancel",
      true,
      inputsOf({ problems: ["time limit reached; cancelling"] }, [
        { t: 2, side: "src", cmd: "migrate_cancel" },
      ]),
    ],
    ["a kill", false, inputsOf({}, [{ t: 2, side: "dst", note: "SIGKILL" }])],
  ];
  for (const [because, same, inputs] of table) {
    await t.step(because, () => assertEquals(inputsKey(inputs) === plain, same));
  }
});

function outcome(
  name: string,
  inputs: string,
  status: string,
  totalMs: number,
  syncs: number | null = null,
): RecordedOutcome {
  const downtimeMs = status === "completed" ? totalMs / 100 : null;
  return {
    name,
    inputs,
    figures: { status, totalMs, downtimeMs, transferred: totalMs * 1000 },
    syncs,
    modelAway: name === "a" ? 1 : 0,
  };
}

Deno.test("pairRepeats and printRepeats hold runs of the same inputs beside each other", () => {
  const outcomes = [
    outcome("a", "1", "completed", 1000, 4),
    outcome("b", "2", "completed", 500, 9),
    outcome("c", "1", "completed", 800, 5),
    outcome("d", "2", "cancelled", 700, 99),
    outcome("f", "1", "completed", 800, 5),
    outcome("g", "1", "completed", 800),
    outcome("e", "3", "completed", 9),
  ];
  assertEquals(pairRepeats(outcomes), [
    { names: ["a", "c"], sameVerdict: true, totalTime: 0.2, downtimeMs: 2, transferred: 0.2, syncs: 1 },
    {
      names: ["b", "d"],
      sameVerdict: false,
      totalTime: null,
      downtimeMs: null,
      transferred: null,
      syncs: null,
    },
    { names: ["c", "f"], sameVerdict: true, totalTime: 0, downtimeMs: 0, transferred: 0, syncs: 0 },
    { names: ["f", "g"], sameVerdict: true, totalTime: 0, downtimeMs: 0, transferred: 0, syncs: null },
  ]);
  const text = printRepeats(outcomes).join("\n");
  for (
    const part of [
      "4 pairs",
      "threshold before the first | 1 of 2",
      "within one | 2 of 2",
      "equal in these runs | 4 of 5",
      "iterations within one | 5 of 5",
      "a, c: 20.00 % of the total time",
      "b, d: one converged",
    ]
  ) {
    assert(text.includes(part), text);
  }
  assertEquals(printRepeats([]), ["No two recordings have the same inputs."]);
});

Deno.test("comparableSyncs counts the syncs of a run whose first threshold came before its second sync", () => {
  const view = { names: [], iterations: 0, spanMicros: 0, lastState: "completed", syncs: [0, 7, 9] };
  const cycle = { bytes: 1, milliseconds: 100, isFull: true };
  assertEquals(comparableSyncs({ ...view, cycles: [{ ...cycle, pass: 1 }] }), 3);
  assertEquals(comparableSyncs({ ...view, cycles: [{ ...cycle, pass: 2 }] }), null);
  assertEquals(comparableSyncs({ ...view, cycles: [] }), null);
});
