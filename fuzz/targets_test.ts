/**
 * Each fuzz target tries a few hundred cases with a fixed seed, a case survives being written and read, and every case
 * of the corpus holds.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { drawCase, replayCase, tryItem } from "./campaign/try_case.ts";
import type { CaseFiles } from "./target.ts";
import { TARGETS } from "./targets.ts";

const SEED = 20261120;
const CASES = 300;

for (const target of TARGETS) {
  Deno.test(`fuzz target ${target.name}: ${CASES} cases hold`, () => {
    const broken = Array.from(
      { length: CASES },
      (_, index) => tryItem(target, drawCase(target, SEED, index)).broken,
    )
      .filter((one) => one !== undefined);
    assertEquals(broken.map((one) => `${one?.cause.rule}: ${one?.error}`), []);
  });

  Deno.test(`fuzz target ${target.name}: a case survives encode and decode`, () => {
    for (const item of fc.sample(target.arbitrary, { numRuns: 20, seed: 7 })) {
      assertEquals(target.decode(target.encode(item)), item);
    }
  });
}

Deno.test("every case of the corpus holds", () => {
  const corpus = new URL("corpus/", import.meta.url);
  for (const { name } of Deno.readDirSync(corpus)) {
    if (name === "README.md") continue;
    const folder = new URL(`${name}/`, corpus);
    const head = JSON.parse(Deno.readTextFileSync(new URL("finding.json", folder)));
    const target = TARGETS.find((one) => one.name === head.target);
    assert(target !== undefined, `${name}: there is no target ${head.target}`);
    const files: Record<string, Uint8Array> = {};
    for (const file of head.files) files[file] = Deno.readFileSync(new URL(file, folder));
    assertEquals(replayCase(target, files satisfies CaseFiles), undefined, name);
  }
});
