/**
 * Whether a `deno test` was asked to accept what differs: by `-- --update`, as users of `@std/testing` type it, or by
 * Deno's own `-u` (`--update-snapshots`, Deno 2.9).
 *
 * Deno passes its own flag to nothing but `t.assertSnapshot`, and no API tells of it. A snapshot that was never taken
 * tells: asserting it fails, unless snapshots are updated. It is named after the test and kept in a folder of its own,
 * outside the project, which is removed when the tests of the file are over.
 *
 * @module
 */

/** @param t The test that asks. */
export async function asksForUpdate(t: Deno.TestContext): Promise<boolean> {
  if (Deno.args.includes("--update") || Deno.args.includes("-u")) return true;
  const folder = Deno.makeTempDirSync();
  try {
    await t.assertSnapshot("goldens are accepted", { path: `${folder}/asked.snap` });
  } catch {
    Deno.removeSync(folder, { recursive: true });
    return false;
  }
  // Deno writes the snapshot after the last test and before this event.
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }), { once: true });
  return true;
}
