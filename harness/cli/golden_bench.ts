/**
 * `golden check` on ten thousand small goldens: all of them run, as in CI; run and remembered; none changed since then.
 *
 * Besides the clock it tells the processors' time, which other work on the machine stretches less.
 *
 *     deno task bench:golden [COUNT]
 *
 * @module
 */
import { cpuUsage } from "node:process";
import { inManyGoldens } from "./testdata/many_goldens.ts";
import { runCommand } from "./testdata/string_io.ts";

const count = Number(Deno.args[0] ?? 10_000);

await inManyGoldens(count, async (folder) => {
  for (
    const [what, ...flags] of [
      ["every scenario run", "--anew"],
      ["every scenario run, and remembered"],
      ["none changed since"],
    ]
  ) {
    const [start, used] = [performance.now(), cpuUsage()];
    const { out } = await runCommand(["golden", "check", ...flags], { folder });
    const { user, system } = cpuUsage(used);
    const seconds = (performance.now() - start) / 1000;
    const cpu = (user + system) / 1e6;
    const each = (cpu * 1000 / count).toFixed(3);
    // deno-lint-ignore no-console
    console.log(
      `${what}: ${seconds.toFixed(2)} s, ${cpu.toFixed(2)} s of CPU, ${each} ms each: ${out.trimEnd()}`,
    );
  }
});
