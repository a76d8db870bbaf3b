/**
 * The smallest trace that `check` shows is judged as the whole was: saved and checked, it fails by the same rule.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { judgeRun, OPERATORS, RULES } from "../checks/mod.ts";
import { RandomStream } from "../base/mod.ts";
import { writeRecording } from "../record/mod.ts";
import { catalogOf, printLog, type Run } from "../trace/mod.ts";
import { Arguments } from "./arguments.ts";
import { readFolder } from "./check_input.ts";
import { recordedRuns } from "./mutants.ts";
import { writeShrunk } from "./second_look.ts";
import { runCommand, stringIo } from "./testdata/string_io.ts";

interface Verdict {
  readonly id: string;
  readonly outcome: string;
  readonly smallest: null | { readonly lines: readonly unknown[]; readonly of: number };
}

async function verdictsOf(...args: string[]): Promise<readonly Verdict[]> {
  const { out } = await runCommand(["check", ...args, "--json"]);
  assert(out !== "", args.join(" "));
  return (JSON.parse(out) as { verdicts: Verdict[] }).verdicts;
}

function writeRun(folder: string, { source, destination, facts, samples }: Run): void {
  Deno.mkdirSync(folder, { recursive: true });
  const { meta, qmp } = writeRecording(facts, samples);
  Deno.writeTextFileSync(`${folder}/meta.json`, meta);
  Deno.writeTextFileSync(`${folder}/qmp.json`, qmp);
  for (const [name, records] of [["source", source], ["destination", destination]] as const) {
    if (records.length === 0) continue;
    const shape = records.some(({ thread }) => thread > 0) ? "tid" : "iso";
    const bytes = Uint8Array.from(printLog(records, shape), (char) => char.charCodeAt(0));
    Deno.writeFileSync(`${folder}/${name}.trace`, bytes);
  }
}

const RUNS = new Set(["precopy-bw64-dr31", "dst-missing-device", "q111-precopy-bw64-dr31", "multifd-2ch"]);

Deno.test("a smallest trace, saved and checked, fails by the rule of which it was made", async (t) => {
  const folder = Deno.makeTempDirSync();
  let shown = 0;
  for (const { name, run } of recordedRuns(new URL("../../recordings/", import.meta.url))) {
    if (!RUNS.has(name)) continue;
    await t.step(name, async () => {
      for (const [index, operator] of OPERATORS.entries()) {
        // A third of the operators on each recording: all of them, over three.
        if ((index + name.length) % 3 !== 0) continue;
        const mutant = operator.apply(run, new RandomStream(1, `${name}/${operator.name}`));
        if (mutant === undefined) continue;
        const whole = `${folder}/${name}/${operator.name}`;
        writeRun(whole, mutant);
        for (const { id, smallest } of await verdictsOf(whole, "--shrunk", `${whole}.shrunk`)) {
          if (smallest === null) continue;
          shown++;
          assert(smallest.lines.length < smallest.of, `${operator.name}: ${id} was not shrunk`);
          const again = await verdictsOf(`${whole}.shrunk/${id}`, "--no-shrink");
          assertEquals(again.find((one) => one.id === id)?.outcome, "fail", `${operator.name}: ${id}`);
        }
      }
    });
  }
  assert(shown >= 40, `${shown} smallest traces`);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("run shows the smallest trace of a run that fails, and check fails it by the same rule", async () => {
  const folder = Deno.makeTempDirSync();
  const { code, out } = await runCommand([
    "run",
    "scenarios/cancelled_in_the_device_phase.json",
    "--shrunk",
    folder,
  ]);
  assertEquals(code, 1);
  assertMatch(out, /smallest trace that still fails \(\d+ of \d+ events\):\n {4}source:\d+ {2}\d+@0\.0/);
  const [verdict] = (await verdictsOf(`${folder}/one-guest-after-cancel`, "--no-shrink"))
    .filter(({ id }) => id === "one-guest-after-cancel");
  assertEquals(verdict?.outcome, "fail");
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("writeShrunk keeps two destinations apart, as recordings do", async () => {
  const folder = Deno.makeTempDirSync();
  const [rule] = RULES;
  assert(rule !== undefined);
  const declaration = catalogOf("10.0").expect("loadvm_state_setup");
  const lines = [1, 2, 3].map((trace) => ({
    trace,
    side: trace === 1 ? "source" as const : "destination" as const,
    line: trace,
    name: declaration.name,
    record: { declaration, at: trace, thread: 7, values: [] },
  }));
  const smallest = { lines, of: 9, needs: "nothing" as const, isMinimal: true, judged: 1 };
  const judgement = judgeRun({ facts: {}, source: [], destination: [], samples: [] });
  const verdicts = judgement.verdicts.map((one) => one.rule === rule ? { ...one, smallest } : one);
  writeShrunk(
    { ...judgement, verdicts },
    { traces: [], facts: {}, samples: [] },
    new Arguments([], { shrunk: folder }),
  );
  const { traces } = await readFolder(`${folder}/${rule.id}`, stringIo().io);
  assertEquals(traces.map(({ side, path }) => `${side}: ${Deno.readTextFileSync(path)}`), [
    "source: 7@0.000001:loadvm_state_setup \n",
    "destination: 7@0.000002:loadvm_state_setup \n",
    "destination: 7@0.000003:loadvm_state_setup \n",
  ]);
  Deno.removeSync(folder, { recursive: true });
});
