/**
 * Projects of many small goldens, for what has to be quick with ten thousand of them.
 *
 * @module
 */
import { judgeScenario } from "../../pipeline.ts";
import { parseScenario } from "../../scenario/mod.ts";
import { GOLDEN_FILES } from "../../golden/mod.ts";
import { goldenOf } from "../golden_runs.ts";

/** An idle guest of one mebibyte: a whole migration, as short as one can be. */
const SCENARIO = JSON.stringify({ why: "one of many", guest: { ram_bytes: 1048576 } });

/**
 * Works in a folder with `s0`, `s1` … and their goldens.
 *
 * The scenarios differ in their names alone, so one run makes all of the goldens.
 */
export async function inManyGoldens(count: number, work: (folder: string) => Promise<void>): Promise<void> {
  const parsed = parseScenario(SCENARIO, "many");
  if (!parsed.ok) throw new Error("The scenario of many is none");
  const judged = judgeScenario(parsed.value);
  const folder = Deno.makeTempDirSync();
  Deno.mkdirSync(`${folder}/scenarios`);
  for (let at = 0; at < count; at++) {
    const golden = goldenOf(`s${at}`, judged);
    Deno.mkdirSync(`${folder}/golden/s${at}`, { recursive: true });
    for (const file of GOLDEN_FILES) Deno.writeFileSync(`${folder}/golden/s${at}/${file}`, golden[file]);
    Deno.writeTextFileSync(`${folder}/scenarios/s${at}.json`, SCENARIO);
  }
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
