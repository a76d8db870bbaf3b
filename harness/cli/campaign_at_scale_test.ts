/**
 * `deno task campaign:scale` in small: what it compares is equal, and it can see that something is not.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { compareAtScale, differencesOf, triedTwice } from "./campaign_at_scale.ts";

Deno.test("a campaign over all targets is the same whole and in two shards that are killed and resumed", async () => {
  const out = Deno.makeTempDirSync();
  const told: string[] = [];
  const scale = {
    runs: 400,
    seed: 3,
    workers: 1,
    shards: 2,
    kills: 1,
    targets: ["declarations", "model"],
    out,
  };
  assertEquals(await compareAtScale(scale, (line) => told.push(line)), []);
  assert(told.some((line) => /: killed with \d+ cases done$/.test(line)), told.join("\n"));
  Deno.writeTextFileSync(`${out}/shard1/journal/9-9`, "\ndeclarations 0 1:.");
  assertEquals(triedTwice(`${out}/shard1`).length, 1);
  // Something that only the merged campaign has reached, and a case that it lacks.
  const journal = `${out}/merged/journal/1-0`;
  const text = Deno.readTextFileSync(journal).replace(/^model 0 (\d+):\*$/m, "+model nowhere\nmodel 1 $1:*");
  Deno.writeTextFileSync(journal, text);
  assertEquals(differencesOf(`${out}/whole`, `${out}/merged`).map((line) => line.replace(/:.*/, "")), [
    "cases of model",
    "model reaches nowhere",
    "summary of model",
  ]);
  Deno.removeSync(out, { recursive: true });
});
