/**
 * The smallest trace that `check` shows is judged as the whole was: saved and checked, it fails by the same rule.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { OPERATORS } from "../checks/mod.ts";
import { RandomStream } from "../base/mod.ts";
import { writeRecording } from "../record/mod.ts";
import { printLog, type Run } from "../trace/mod.ts";
import { recordedRuns } from "./mutants.ts";
import { runCommand } from "./testdata/string_io.ts";

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
