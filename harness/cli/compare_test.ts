/**
 * `compare`: a recording beside the model of it, a scenario beside a changed one, and what is no run.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { compareFigures, TimelineRecorder } from "../report/mod.ts";
import { runCommand } from "./testdata/string_io.ts";

const RECORDING = "recordings/precopy-bw64-dr31";
const MODEL = "scenarios/recording_precopy_bw64_dr31.json";

Deno.test("compare holds a recording against the model of it", async () => {
  const { code, out } = await runCommand(["compare", RECORDING, MODEL]);
  assertEquals(code, 0, out);
  assertMatch(out, /^Source +completed +completed +same$/m);
  assertMatch(out, /^Total time +2\.209 s +2\.\d+ s +[+−]/m);
  assertMatch(out, /^Iterations that the trace shows +4 +4 +same$/m);
});

Deno.test("compare finds nothing to tell of a run and itself", async () => {
  const { code, out } = await runCommand(["compare", MODEL, MODEL, "--json"]);
  assertEquals(code, 0);
  const { figures, rules } = JSON.parse(out) as { figures: { difference: string }[]; rules: unknown[] };
  assert(figures.every(({ difference }) => difference === "same"), out);
  assertEquals(rules, []);
});

Deno.test("compare says which rule fails in one of two recordings, and on the page where", async () => {
  const file = Deno.makeTempFileSync({ suffix: ".html" });
  const { code, out } = await runCommand([
    ...["compare", "recordings/nonconv-cancel", "recordings/cancel-device", "--html", file],
  ]);
  const page = Deno.readTextFileSync(file);
  Deno.removeSync(file);
  assertEquals(code, 1);
  assertMatch(out, /^rule one-guest-after-cancel: \w+ in A, fail in B$/m);
  const row = page.slice(page.indexOf("<code>one-guest-after-cancel</code>"));
  assertMatch(row.slice(0, row.indexOf("</tr>")), /✗ fail<\/span>\s*<a\s+class="place"[^>]*data-jump="\d+"/);
});

Deno.test("compare tells what one run alone tells, what was set otherwise, and rounds no loss up to the whole", async () => {
  const file = Deno.makeTempFileSync({ suffix: ".html" });
  const { out } = await runCommand([
    ...["compare", "recordings/autoconverge-aggressive", `${RECORDING}/src.trace.gz`, "--html", file],
  ]);
  const page = Deno.readTextFileSync(file);
  Deno.removeSync(file);
  assertMatch(out, /^Destination +completed +– +not told of B$/m);
  assertMatch(out, /^Transferred +\S+ MiB +– +not told of B$/m);
  assertMatch(page, /<h3>Settings that differ<\/h3>[\s\S]*<th scope="row">max-bandwidth<\/th>/);
  const [a, b] = [100_000, 100].map((totalTimeMs) => ({
    figures: {
      source: null,
      destination: null,
      iterations: 7,
      totalTimeMs,
      downtimeMs: null,
      transferredBytes: null,
    },
    timeline: new TimelineRecorder().finish(),
  }));
  assert(a !== undefined && b !== undefined);
  const difference = compareFigures(a, b).find(({ name }) => name === "Total time")?.difference;
  assertEquals(difference, "−99.9 s (−99.9 %)");
});

Deno.test("compare refuses what is no pair of runs", async (t) => {
  const table: [args: string[], reason: string][] = [
    [[RECORDING], "compare takes two runs"],
    [[RECORDING, RECORDING, RECORDING], "compare takes two runs"],
    [[RECORDING, "nowhere"], "there is no such file"],
    [[RECORDING, "deno.json"], "deno.json"],
  ];
  for (const [args, reason] of table) {
    await t.step(args.join(" "), async () => {
      const { code, err } = await runCommand(["compare", ...args]);
      assertEquals(code, 2);
      assertStringIncludes(err, reason);
    });
  }
});
