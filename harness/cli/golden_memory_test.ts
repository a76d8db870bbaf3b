/**
 * What `golden check` does not run again, and everything that makes it run again.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { DISK } from "../files/mod.ts";
import { digestProgram, GoldenMemory, MEMORY_FILE } from "./golden_memory.ts";
import { compareOne, scenarioPath } from "./golden_one.ts";
import { inManyGoldens } from "./testdata/many_goldens.ts";
import { runCommand } from "./testdata/string_io.ts";

/** What checks the goldens of a project. */
const checkIn = (folder: string, ci = false) => async (...flags: string[]) =>
  await runCommand(["golden", "check", ...flags], { folder, ci });

Deno.test("golden check runs again what has changed, and nothing else", async () => {
  await inManyGoldens(3, async (folder) => {
    const check = checkIn(folder);
    assertEquals((await check()).out, "3 goldens, 0 not as accepted\n");
    const again = "3 goldens, 0 not as accepted (3 unchanged since the last check)\n";
    assertEquals((await check()).out, again);
    assertEquals((await check("--anew")).out, "3 goldens, 0 not as accepted\n");

    const scenario = Deno.readTextFileSync(`${folder}/scenarios/s1.json`);
    Deno.writeTextFileSync(
      `${folder}/scenarios/s1.json`,
      scenario.replace(/"ram_bytes":\d+/, `"ram_bytes":2097152`),
    );
    const changed = await check();
    assertEquals(changed.code, 1);
    assertStringIncludes(changed.out, "3 goldens, 1 not as accepted (2 unchanged since the last check)");
    assertEquals((await check()).code, 1, "what differs is not remembered as the same");
    Deno.writeTextFileSync(`${folder}/scenarios/s1.json`, scenario);
    assertEquals((await check()).out, again);

    const trace = DISK.read(`${folder}/golden/s2/source.trace`) ?? new Uint8Array();
    DISK.write(`${folder}/golden/s2/source.trace`, trace.with(5, 65));
    assertEquals((await check()).code, 1, "a golden that was edited is compared");
    DISK.remove(`${folder}/golden/s2/source.trace`);
    assertEquals((await check()).code, 1, "and so is one that is not whole");
    DISK.write(`${folder}/golden/s2/source.trace`, trace);

    DISK.rename(`${folder}/scenarios/s0.json`, `${folder}/scenarios/s3.json`);
    assertEquals((await check()).code, 1, "orphans and missing ones are found beside what is known");
    DISK.rename(`${folder}/scenarios/s3.json`, `${folder}/scenarios/s0.json`);

    DISK.write(`${folder}/${MEMORY_FILE}`, new TextEncoder().encode(`{"program": "another", "same": {}}`));
    assertEquals((await check()).out, "3 goldens, 0 not as accepted\n");
    DISK.write(`${folder}/${MEMORY_FILE}`, new TextEncoder().encode(`{"program": `));
    assertEquals((await check()).out, "3 goldens, 0 not as accepted\n");
  });
});

Deno.test("golden check in CI runs everything and remembers nothing", async () => {
  await inManyGoldens(2, async (folder) => {
    const check = checkIn(folder);
    await checkIn(folder, true)();
    assert(!DISK.exists(`${folder}/.switchover`));
    await check();
    assertEquals(
      (await checkIn(folder, true)()).out,
      "2 goldens, 0 not as accepted\n",
    );
  });
});

Deno.test("digestProgram changes with any file but those of tests", () => {
  const folder = Deno.makeTempDirSync();
  const put = (path: string, text: string) => {
    DISK.makeFolder(`${folder}/p/${path}`.replace(/\/[^/]*$/, ""));
    Deno.writeTextFileSync(`${folder}/p/${path}`, text);
    return digestProgram(`${folder}/p`);
  };
  const digests = [put("a.ts", "1"), put("a.ts", "2"), put("model/b.ts", "1"), put("model/c.json", "1")];
  assertEquals(new Set(digests).size, 4);
  assertEquals(put("a_test.ts", "1"), digests[3]);
  assertEquals(put("model/testdata/x", "1"), digests[3]);
  Deno.writeTextFileSync(`${folder}/deno.lock`, "{}");
  assertNotEquals(digestProgram(`${folder}/p`), digests[3]);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("a golden that is known costs a fifth of one that is run, or less", async () => {
  await inManyGoldens(40, async (folder) => {
    await checkIn(folder)();
    const memory = GoldenMemory.open(`${folder}/${MEMORY_FILE}`);
    const folders = { goldens: `${folder}/golden`, scenarios: `${folder}/scenarios` };
    const took = (work: (name: string) => void) => {
      const start = performance.now();
      for (let at = 0; at < 40; at++) work(`s${at}`);
      return performance.now() - start;
    };
    // The least of several, in turns: other work on the machine only adds. `deno task bench:golden` takes 10,000.
    let [known, anew] = [Infinity, Infinity];
    for (let round = 0; round < 5; round++) {
      known = Math.min(
        known,
        took((name) => assert(memory?.isSame(name, scenarioPath(folders.scenarios, name), folders.goldens))),
      );
      anew = Math.min(
        anew,
        took((name) => assertEquals(compareOne(folders, name, false).result.status, "same")),
      );
    }
    assert(known * 5 < anew, `${known} ms where all are known, ${anew} ms where all are run`);
  });
});
