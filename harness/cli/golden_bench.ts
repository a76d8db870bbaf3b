/**
 * `golden check` on ten thousand small goldens: all of them run, as in CI; run and remembered; none changed since then.
 *
 * A small golden is a whole migration, from setup to the destination's announcements, of an idle guest of a mebibyte
 * with the usual machine's devices, traced on both sides: some 320 lines, and the verdicts of all rules. The smallest
 * whole migration in `golden/`, `idle_guest`, has 370. What that is in bytes is printed.
 *
 * Besides the clock it tells the processors' time, which other work on the machine stretches less.
 *
 *     deno task bench:golden [COUNT]
 *
 * @module
 */
import { cpuUsage } from "node:process";
import { GOLDEN_FILES } from "../golden/mod.ts";
import { inManyGoldens } from "./testdata/many_goldens.ts";
import { runCommand } from "./testdata/string_io.ts";

/** Lines of trace and bytes of one golden, in the middle of a few of each version. */
function sizeOf(root: string): [lines: number, bytes: number] {
  let [lines, bytes, seen] = [0, 0, 0];
  for (const { name } of [...Deno.readDirSync(root)].slice(0, 64)) {
    seen++;
    for (const file of GOLDEN_FILES) {
      const content = Deno.readFileSync(`${root}/${name}/${file}`);
      bytes += content.length;
      if (file.endsWith(".trace")) lines += content.filter((byte) => byte === 10).length;
    }
  }
  return [Math.round(lines / seen), Math.round(bytes / seen)];
}

const count = Number(Deno.args[0] ?? 10_000);

await inManyGoldens(count, async (folder) => {
  const [lines, size] = sizeOf(`${folder}/golden`);
  // deno-lint-ignore no-console
  console.log(`${count} goldens, each of ${lines} lines of trace and ${size} bytes in all`);
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
