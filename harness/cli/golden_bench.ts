/**
 * `golden check` on ten thousand small goldens: all of them run, and none of them changed since the last check.
 *
 *     deno task bench:golden [COUNT]
 *
 * @module
 */
import { inManyGoldens } from "./testdata/many_goldens.ts";
import { runCommand } from "./testdata/string_io.ts";

const count = Number(Deno.args[0] ?? 10_000);

await inManyGoldens(count, async (folder) => {
  for (const what of ["every scenario run", "none changed since"]) {
    const start = performance.now();
    const { out } = await runCommand(["golden", "check"], { folder });
    const seconds = (performance.now() - start) / 1000;
    const each = (seconds * 1000 / count).toFixed(3);
    // deno-lint-ignore no-console
    console.log(`${what}: ${seconds.toFixed(2)} s, ${each} ms each: ${out.trimEnd()}`);
  }
});
