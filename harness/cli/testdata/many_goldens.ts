/**
 * Projects of many small goldens, for what has to be quick with ten thousand of them.
 *
 * @module
 */
import { judgeScenario } from "../../pipeline.ts";
import { PAGE_SIZE } from "../../base/mod.ts";
import { parseScenario, PROFILE_NAMES } from "../../scenario/mod.ts";
import { GOLDEN_FILES } from "../../golden/mod.ts";
import { goldenOf } from "../golden_one.ts";

/** A whole migration, as short as one can be: an idle guest of a mebibyte, a few pages more, of each version in turn. */
function scenarioText(at: number): string {
  return JSON.stringify({
    why: "one of many",
    profile: PROFILE_NAMES[at % PROFILE_NAMES.length],
    seed: at,
    guest: { ram_bytes: (256 + at % 61) * PAGE_SIZE },
  });
}

/** Works in a folder with `s0`, `s1` … and their goldens, no two of which are the same. */
export async function inManyGoldens(count: number, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  Deno.mkdirSync(`${folder}/scenarios`);
  for (let at = 0; at < count; at++) {
    const [name, text] = [`s${at}`, scenarioText(at)];
    const parsed = parseScenario(text, name);
    if (!parsed.ok) throw new Error("The scenario of many is none");
    const golden = goldenOf(name, judgeScenario(parsed.value));
    Deno.mkdirSync(`${folder}/golden/${name}`, { recursive: true });
    for (const file of GOLDEN_FILES) Deno.writeFileSync(`${folder}/golden/${name}/${file}`, golden[file]);
    Deno.writeTextFileSync(`${folder}/scenarios/${name}.json`, text);
  }
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
