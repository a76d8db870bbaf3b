/**
 * Processes that work on the same goldens at the same time.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { FolderLock } from "../files/mod.ts";
import { inManyGoldens } from "./testdata/many_goldens.ts";
import { runCommand } from "./testdata/string_io.ts";

const HOLDER = new URL("testdata/lock_holder.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const WAITS = "Another process works on the goldens here; waiting until it is done\n";

/** Whether something is done by itself, though nobody gives way. */
async function ends(work: Promise<unknown>): Promise<boolean> {
  let ended = false;
  work.then(() => ended = true);
  await new Promise((resolve) => setTimeout(resolve, 150));
  return ended;
}

Deno.test("golden commands wait for one that writes, say so, and do not wait for one that was killed", async () => {
  await inManyGoldens(2, async (folder) => {
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", CONFIG, HOLDER, `${folder}/scenarios`],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = holder.stdout.getReader();
    assertEquals(new TextDecoder().decode((await reader.read()).value), "held\n");

    const commands = ["check", "update"].map((name) => runCommand(["golden", name], { folder }));
    for (const command of commands) assert(!await ends(command));

    // Killed as by a user who lost patience: the lock is the kernel's, and goes with the process.
    holder.kill("SIGKILL");
    for (const command of commands) {
      const { code, err } = await command;
      assertEquals({ code, err }, { code: 0, err: WAITS });
    }
    await reader.cancel();
    await holder.status;
    assertEquals((await runCommand(["golden", "update"], { folder })).err, "");
  });
});

Deno.test("golden checks go on side by side", async () => {
  await inManyGoldens(2, async (folder) => {
    using _ = await FolderLock.take(`${folder}/scenarios`, "shared", () => {});
    const checks = await Promise.all([1, 2].map(() => runCommand(["golden", "check"], { folder })));
    assertEquals(checks.map(({ code, err }) => `${code} ${err}`), ["0 ", "0 "]);
  });
});
