/**
 * Many goldens compared by several: the same is found whoever compares which, and one mistake ends it.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DISK } from "../files/mod.ts";
import { CommandError } from "./command.ts";
import { compareShared, type Share, type Work } from "./golden_share.ts";
import { inManyGoldens } from "./testdata/many_goldens.ts";

Deno.test("compareShared finds the same alone and with others, in the order of the names", async () => {
  await inManyGoldens(50, async (folder) => {
    const names = Array.from({ length: 50 }, (_, at) => `s${at}`);
    for (const at of [7, 20, 49]) DISK.remove(`${folder}/golden/s${at}/source.trace`);
    const work = {
      folders: { goldens: `${folder}/golden`, scenarios: `${folder}/scenarios` },
      names,
      digests: true,
    };
    const alone = await compareShared(work, 1);
    assertEquals(alone.map(({ result }) => result.name), names);
    const missing = alone.filter(({ result }) => result.status !== "same");
    assertEquals(missing.map(({ result }) => `${result.status} ${result.name}`), [
      "missing s7",
      "missing s20",
      "missing s49",
    ]);
    assert(alone.every(({ result, digest }) => (result.status === "same") === (digest !== undefined)));
    // Others are asked at once, and may come too late or find work: it makes no difference.
    for (const cores of [2, 3]) assertEquals(await compareShared(work, cores, 0), alone);

    // A worker that has all to itself.
    const worker = new Worker(new URL("golden_worker.ts", import.meta.url), { type: "module" });
    const share = await new Promise<Share>((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<Share>) => resolve(data);
      worker.postMessage({ ...work, counters: new Int32Array(new SharedArrayBuffer(8)) } satisfies Work);
    });
    worker.terminate();
    assertEquals(
      share.compared.map(([at, compared]) => [names[at], compared]),
      names.map((name, at) => [name, alone[at]]),
    );

    for (const at of [45, 30]) DISK.write(`${folder}/scenarios/s${at}.json`, new TextEncoder().encode("{"));
    for (const cores of [1, 2]) {
      await assertRejects(() => compareShared(work, cores, 0), CommandError, "scenarios/s30.json:1:2:");
    }
  });
});
