/**
 * `golden update` killed with SIGKILL at every change of a file that it makes: all goldens old, or all new.
 *
 * The same at the level of the operations, and killed again while it recovers: `harness/files/write_set_test.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { pendingFolder, recoverSet } from "../files/mod.ts";
import { GOLDEN_FILES, listGoldens } from "../golden/mod.ts";
import { GOLDEN_ROOT } from "./golden_show.ts";
import { runCommand } from "./testdata/string_io.ts";

const PROGRAM = new URL("testdata/killed_update.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

/** The goldens of a project: their names, and all of their bytes. */
function stateOf(project: string): string {
  const root = `${project}/${GOLDEN_ROOT}`;
  return JSON.stringify(
    listGoldens(root).map((name) => [
      name,
      GOLDEN_FILES.map((file) => Deno.readTextFileSync(`${root}/${name}/${file}`)),
    ]),
  );
}

/** Writes a project of a scenario whose golden is old, and a golden whose scenario is gone. */
async function setUp(project: string): Promise<void> {
  Deno.mkdirSync(`${project}/scenarios`);
  const scenario = Deno.readTextFileSync("scenarios/idle_guest.json");
  for (const name of ["gone", "stays"]) Deno.writeTextFileSync(`${project}/scenarios/${name}.json`, scenario);
  assertEquals((await runCommand(["golden", "update"], { folder: project })).code, 0);
  Deno.removeSync(`${project}/scenarios/gone.json`);
  Deno.writeTextFileSync(
    `${project}/scenarios/stays.json`,
    scenario.replace(`"pages": 8000`, `"pages": 9000`),
  );
}

/** Puts the old goldens back, whatever is there. */
function restore(project: string, files: ReadonlyMap<string, Uint8Array>): void {
  for (const folder of [GOLDEN_ROOT, pendingFolder(GOLDEN_ROOT)]) {
    try {
      Deno.removeSync(`${project}/${folder}`, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  for (const [path, bytes] of files) {
    Deno.mkdirSync(`${project}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
    Deno.writeFileSync(`${project}/${path}`, bytes);
  }
}

Deno.test("golden update killed with SIGKILL at every write, rename and removal leaves all old or all new", async () => {
  const project = Deno.makeTempDirSync();
  await setUp(project);
  const before = stateOf(project);
  const files = new Map(
    listGoldens(`${project}/${GOLDEN_ROOT}`).flatMap((name) =>
      GOLDEN_FILES.map((file): [string, Uint8Array] => {
        const path = `${GOLDEN_ROOT}/${name}/${file}`;
        return [path, Deno.readFileSync(`${project}/${path}`)];
      })
    ),
  );
  const update = async (steps: number) =>
    await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", CONFIG, PROGRAM, `${steps}`],
      cwd: project,
      stdout: "null",
      stderr: "null",
    }).output();
  assertEquals((await update(Infinity)).code, 0);
  const after = stateOf(project);
  assert(before !== after);
  const told: string[] = [];
  for (let steps = 0;; steps++) {
    restore(project, files);
    const { signal, code } = await update(steps);
    if (signal === null) {
      assertEquals(code, 0);
      break;
    }
    assertEquals(signal, "SIGKILL");
    const leftover = recoverSet(`${project}/${GOLDEN_ROOT}`);
    const now = stateOf(project);
    told.push(now === before ? "old" : now === after ? "new" : `mixed after ${steps} steps (${leftover})`);
    // What is left in golden.pending would make the next check refuse to work.
    assert(leftover === "nothing" || !exists(pendingFolder(`${project}/${GOLDEN_ROOT}`)));
  }
  // Folder, three files, journal written: old. From the journal's rename on: new.
  const [old, fresh] = [
    told.filter((one) => one === "old").length,
    told.filter((one) => one === "new").length,
  ];
  assertEquals(told, [...Array(old).fill("old"), ...Array(fresh).fill("new")]);
  assert(old >= 6 && fresh >= 9, `${old} old, ${fresh} new`);
  Deno.removeSync(project, { recursive: true });
});

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
