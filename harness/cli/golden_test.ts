/**
 * Every golden of the project (`deno task test -- --update` or
 * `deno task test -u` accepts what differs), and the commands that keep them.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DISK, pendingFolder, writeSet } from "../files/mod.ts";
import { acceptAll } from "../golden/mod.ts";
import { PLAIN } from "../report/mod.ts";
import { GOLDEN_ROOT, showResult } from "./golden_show.ts";
import { compareAll, scenarioNames } from "./golden_runs.ts";
import { processIo } from "./main.ts";
import { type Around, type Ran, runCommand, stringIo } from "./testdata/string_io.ts";
import { asksForUpdate } from "./testdata/update_mode.ts";

Deno.test("every scenario's run is its golden, and no golden is left over", async (t) => {
  const { io } = stringIo();
  const results = await compareAll([], io);
  const changed = results.filter(({ status }) => status !== "same");
  if (changed.length > 0 && !processIo().ci && await asksForUpdate(t)) {
    return writeSet(GOLDEN_ROOT, acceptAll(results));
  }
  const text = changed.map((result) => showResult(result, PLAIN)).join("\n");
  assert(changed.length === 0, `${text}\nIf this is what was meant: deno task switchover golden update`);
  assert(results.length >= 10);
});

type Run = (args: string[], around?: Around) => Promise<Ran>;

/** Works in a project of two scenarios and their goldens: in its folder, and with what runs a command there. */
async function inProject(work: (folder: string, run: Run) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  const run: Run = async (args, around = {}) => await runCommand(args, { ...around, folder });
  Deno.mkdirSync(`${folder}/scenarios`);
  for (const name of ["idle_guest", "destination_dies"]) {
    Deno.copyFileSync(`scenarios/${name}.json`, `${folder}/scenarios/${name}.json`);
  }
  try {
    await run(["golden", "update"]);
    await work(folder, run);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function edit(path: string, from: string | RegExp, to: string): void {
  Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace(from, to));
}

Deno.test("golden check says what changed: the meaning, then the lines, then how to accept it", async () => {
  await inProject(async (folder, run) => {
    assertEquals((await run(["golden", "check"])).code, 0);
    edit(`${folder}/scenarios/idle_guest.json`, `"pages": 8000`, `"pages": 9000`);
    const { code, out } = await run(["golden", "check", "--anew"]);
    assertEquals(code, 1);
    assertMatch(
      out,
      /^differs idle_guest\n(?: {2}.*\n)* {2}transferred [\d.]+ MiB more: [\d.]+ MiB, was [\d.]+ MiB$/m,
    );
    assertStringIncludes(out, "source.trace, from line");
    assertStringIncludes(out, "@@ -");
    assertStringIncludes(
      out,
      "2 goldens, 1 not as accepted; if this is what was meant: deno task switchover golden update",
    );
    assertEquals((await run(["golden", "check", "destination"])).code, 0);
    const json = JSON.parse((await run(["golden", "check", "--json"])).out);
    assertEquals(json.goldens.map(({ status }: { status: string }) => status), ["same", "differs"]);
  });
});

Deno.test("golden check fails for a missing golden and for an orphan; update mends both", async () => {
  await inProject(async (folder, run) => {
    DISK.rename(`${folder}/scenarios/idle_guest.json`, `${folder}/scenarios/renamed.json`);
    const { code, out } = await run(["golden", "check"]);
    assertEquals(code, 1);
    assertMatch(out, /^missing renamed$/m);
    assertMatch(out, /^orphan idle_guest$/m);
    const update = await run(["golden", "update"]);
    assertMatch(update.out, /^written renamed$/m);
    assertMatch(update.out, /^removed idle_guest$/m);
    assertEquals((await run(["golden", "check"])).code, 0);
    assertStringIncludes(
      (await run(["golden", "list"])).out,
      "With nothing written, one pass is enough",
    );
  });
});

Deno.test("golden writes nothing in CI", async () => {
  await inProject(async (folder, run) => {
    edit(`${folder}/scenarios/idle_guest.json`, `"pages": 8000`, `"pages": 9000`);
    const before = Deno.readTextFileSync(`${folder}/golden/idle_guest/summary.json`);
    for (const command of ["update", "review"]) {
      const { code, err } = await run(["golden", command], { ci: true });
      assertEquals(code, 2);
      assertStringIncludes(err, "not written in CI");
    }
    assertEquals((await run(["golden", "check"], { ci: true })).code, 1);
    assertEquals(Deno.readTextFileSync(`${folder}/golden/idle_guest/summary.json`), before);
  });
});

/** Makes both goldens differ. */
function changeBoth(folder: string): void {
  edit(`${folder}/scenarios/idle_guest.json`, `"pages": 8000`, `"pages": 9000`);
  edit(`${folder}/scenarios/destination_dies.json`, `"max-bandwidth": 25165824`, `"max-bandwidth": 35165824`);
}

async function statuses(run: Run): Promise<string[]> {
  const json = JSON.parse((await run(["golden", "check", "--json"])).out);
  return json.goldens.map(({ status }: { status: string }) => status);
}

Deno.test("golden review accepts one and leaves another, and needs somebody to ask", async () => {
  await inProject(async (folder, run) => {
    changeBoth(folder);
    assertEquals((await run(["golden", "review"])).code, 2);
    const { code, out, err } = await run(["golden", "review"], { answers: ["what?", "", "s", "a"] });
    assertEquals([code, out.split("\n")[0]], [1, "1 golden accepted, 0 rejected, 1 left open"]);
    assertStringIncludes(out, "CHANGELOG.md");
    assertStringIncludes(err, "differs destination_dies");
    assertStringIncludes(err, "Answer with a letter");
    assertEquals(await statuses(run), ["differs", "same"]);
  });
});

Deno.test("golden review takes a capital letter for all that are left", async () => {
  await inProject(async (folder, run) => {
    changeBoth(folder);
    const { code, out, err } = await run(["golden", "review"], { answers: ["A"] });
    assertEquals([code, out.split("\n")[0]], [0, "2 goldens accepted, 0 rejected, 0 left open"]);
    // What is accepted unseen is not shown either.
    assertEquals(err.match(/^differs /gm)?.length, 1);
    assertEquals(await statuses(run), ["same", "same"]);
  });
});

Deno.test("golden review takes the end of input for quit: what was accepted before it counts", async () => {
  await inProject(async (folder, run) => {
    changeBoth(folder);
    const { code, out } = await run(["golden", "review"], { answers: ["a"] });
    assertEquals([code, out.split("\n")[0]], [1, "1 golden accepted, 0 rejected, 1 left open"]);
    assertEquals(await statuses(run), ["same", "differs"]);
  });
});

Deno.test("golden review does not ask again about what was rejected, until its run changes", async () => {
  await inProject(async (folder, run) => {
    changeBoth(folder);
    const review = async (answers: string[], ...flags: string[]) =>
      JSON.parse((await run(["golden", "review", "--json", ...flags], { answers })).out);
    const both = { accepted: [], rejected: ["destination_dies"], left: ["idle_guest"] };
    assertEquals(await review(["r", "s"]), both);
    assertEquals(await statuses(run), ["differs", "differs"], "a rejected one goes on failing");
    assertStringIncludes(
      (await run(["golden", "check"])).out,
      "destination_dies (rejected in golden review)",
    );
    // One question alone is answered: the other is not asked.
    assertEquals(await review(["s"]), both);
    assertEquals(await review(["s", "s"], "--again"), {
      accepted: [],
      rejected: [],
      left: ["destination_dies", "idle_guest"],
    });
    assertEquals(await review(["r", "q"]), both);
    edit(
      `${folder}/scenarios/destination_dies.json`,
      `"max-bandwidth": 35165824`,
      `"max-bandwidth": 45165824`,
    );
    assertEquals(await review(["a", "q"]), {
      accepted: ["destination_dies"],
      rejected: [],
      left: ["idle_guest"],
    });
    assert(!DISK.exists(`${folder}/.switchover/rejected.json`), "what was accepted is no longer rejected");
    assertEquals(await statuses(run), ["same", "differs"]);
  });
});

Deno.test("an interrupted update is told of, and finished or undone by the next one", async () => {
  await inProject(async (folder, run) => {
    const pending = pendingFolder(`${folder}/${GOLDEN_ROOT}`);
    DISK.makeFolder(pending);
    DISK.write(`${pending}/0`, new Uint8Array(5));
    const { code, err } = await run(["golden", "check"]);
    assertEquals(code, 2);
    assertStringIncludes(err, "An update of the goldens was interrupted");
    assertStringIncludes((await run(["golden", "update"])).err, "An interrupted update was undone");
    assertEquals((await run(["golden", "check"])).code, 0);
  });
});

Deno.test("golden check says that it is not in the project's folder", async () => {
  await inProject(async (folder, run) => {
    DISK.rename(`${folder}/scenarios`, `${folder}/elsewhere`);
    const { code, err } = await run(["golden", "check"]);
    assertEquals(code, 2);
    assertMatch(err, /There is no folder \S+\/scenarios here/);
  });
});

Deno.test("golden check refuses a name that no scenario has", async () => {
  const { code, err } = await runCommand(["golden", "check", "nothing-like-it"]);
  assertEquals([code, err], [2, `switchover: No scenario has "nothing-like-it" in its name\n`]);
  assert(scenarioNames().length > 0);
});

Deno.test("deno test -u and -- --update ask for an update, and leave nothing behind", async () => {
  const folder = Deno.makeTempDirSync();
  const mode = new URL("testdata/update_mode.ts", import.meta.url).href;
  Deno.writeTextFileSync(
    `${folder}/a_test.ts`,
    `import { asksForUpdate } from "${mode}";
Deno.test("asks", async (t) => Deno.writeTextFileSync("${folder}/answer", String(await asksForUpdate(t))));`,
  );
  Deno.mkdirSync(`${folder}/temporary`);
  const answer = async (before: string[], after: string[]) => {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", "--no-config", "-A", ...before, `${folder}/a_test.ts`, ...after],
      env: { TMPDIR: `${folder}/temporary` },
      stdout: "null",
      stderr: "null",
    }).output();
    return [success, Deno.readTextFileSync(`${folder}/answer`)];
  };
  assertEquals(await answer([], []), [true, "false"]);
  assertEquals(await answer(["-u"], []), [true, "true"]);
  assertEquals(await answer([], ["--", "--update"]), [true, "true"]);
  assertEquals([...Deno.readDirSync(`${folder}/temporary`)], []);
  assert(!DISK.exists(`${folder}/__snapshots__`));
  Deno.removeSync(folder, { recursive: true });
});
