/**
 * Signals: a command that computes is ended by the first one.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

Deno.test("SIGTERM ends a run that computes for long", async () => {
  const folder = await Deno.makeTempDir();
  const scenario = `${folder}/scenario.json`;
  const guest = { ram_bytes: 2 ** 40 };
  const workload = [{ kind: "random", pages: 2 ** 28, rate_pages_per_second: 1_000_000 }];
  await Deno.writeTextFile(scenario, JSON.stringify({ why: "A run of a minute and more", guest, workload }));
  const program = new URL("main.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", "--allow-env", program, "run", scenario],
    stdout: "null",
    stderr: "null",
  }).spawn();
  // Long enough for the program to have started, so that the signal meets the computation.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  child.kill("SIGTERM");
  const { signal } = await child.status;
  await Deno.remove(folder, { recursive: true });
  assertEquals(signal, "SIGTERM");
});
