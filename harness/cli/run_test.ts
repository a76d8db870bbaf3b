/**
 * `run`: the verdict on a scenario, what it writes, and scenarios with mistakes.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { runCommand } from "./testdata/string_io.ts";

const CONVERGING = "scenarios/converging_sweep.json";
const RANDOM = "scenarios/random_working_set.json";

Deno.test("run prints outcome, figures, why and counts", async () => {
  const { code, out } = await runCommand(["run", CONVERGING]);
  assertEquals(code, 0, out);
  for (
    const label of ["outcome", "iterations", "total time", "downtime", "transferred", "convergence", "checks"]
  ) {
    assertMatch(out, new RegExp(`^${label} +\\S`, "m"));
  }
  assertStringIncludes(out, "source completed, destination completed");
  assertMatch(out, /^convergence +converged: /m);
});

Deno.test("run says why a migration does not converge, and what would have helped", async () => {
  const { code, out } = await runCommand(["run", "scenarios/dirty_rate_beats_link.json"]);
  assertEquals(code, 0, out);
  assertMatch(out, /^convergence +decided by the operator: cancelled/m);
  assertMatch(out, /downtime-limit \d+: /);
});

Deno.test("the README shows what run says", async () => {
  const { out } = await runCommand(["run", "scenarios/dirty_rate_beats_link.json"]);
  const [, shown = ""] = /```text\n([^`]*)```/.exec(Deno.readTextFileSync("README.md")) ?? [];
  const lines = shown.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "…");
  assert(lines.length >= 4);
  for (const line of lines) assertStringIncludes(out, line);
});

Deno.test("run judges every committed scenario without a failed check, but for QEMU's known defects", async (t) => {
  for (const { name } of Deno.readDirSync("scenarios")) {
    if (name === "schema.json") continue;
    await t.step(name, async () => {
      const { code, out } = await runCommand(["run", `scenarios/${name}`, "--no-shrink", "--json"]);
      const { verdicts } = JSON.parse(out) as { verdicts: { outcome: string; knownDefect: string | null }[] };
      const failed = verdicts.filter(({ outcome }) => outcome === "fail");
      assertEquals(failed.filter(({ knownDefect }) => knownDefect === null), []);
      assertEquals(code, failed.length === 0 ? 0 : 1);
    });
  }
});

/** The files that `run --trace --stats` writes, as one text. */
async function written(...args: string[]): Promise<string> {
  const folder = Deno.makeTempDirSync();
  const { code, err } = await runCommand([
    "run",
    ...args,
    "--trace",
    folder,
    "--stats",
    `${folder}/samples.jsonl`,
  ]);
  assertEquals([code, err], [0, ""]);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assertEquals(names, ["destination.trace", "samples.jsonl", "source.trace"]);
  const text = names.map((name) => Deno.readTextFileSync(`${folder}/${name}`)).join("\n--\n");
  Deno.removeSync(folder, { recursive: true });
  return text;
}

Deno.test("run gives the same bytes twice, and others with another seed", async () => {
  const first = await written(RANDOM);
  assertEquals(await written(RANDOM), first);
  assertEquals(await written(RANDOM, "--seed", "7"), first, "the scenario's own seed");
  assertNotEquals(await written(RANDOM, "--seed", "8"), first);
});

Deno.test("run --trace writes what check reads and passes", async () => {
  const folder = Deno.makeTempDirSync();
  await runCommand(["run", CONVERGING, "--trace", folder, "--stats", `${folder}/samples.jsonl`]);
  const { code, out, err } = await runCommand(["check", folder, "--json"]);
  assertEquals([code, err], [0, ""]);
  const { sides, samples, counts } = JSON.parse(out);
  assertEquals(sides.map(({ side }: { side: string }) => side), ["source", "destination"]);
  assert(samples > 10 && counts.pass >= 25, out.slice(0, 200));
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("run takes a scenario from standard input and several at once", async () => {
  const { out } = await runCommand(["run", "-", "--json"], {
    stdin: new TextEncoder().encode(`{ "why": "idle" }`),
  });
  assertEquals(JSON.parse(out).figures.source, "completed");
  const both = await runCommand(["run", CONVERGING, "scenarios/idle_guest.json", "--json"]);
  assertEquals(JSON.parse(both.out).runs.length, 2);
});

Deno.test("run says each mistake of a scenario with its place, with exit code 2", async (t) => {
  const folder = Deno.makeTempDirSync();
  const put = (text: string) => {
    Deno.writeTextFileSync(`${folder}/s.json`, text);
    return `${folder}/s.json`;
  };
  const table: [because: string, text: string, sentence: RegExp][] = [
    [
      "a misspelt key",
      `{ "why": "x",\n  "gest": {} }`,
      /s\.json:2:3: Unknown key "gest"; did you mean "guest"\?/,
    ],
    ["a negative rate", `{ "why": "x", "link": { "rate_bytes_per_second": -5 } }`, /s\.json:1:50: .* not -5/],
    ["an empty file", "", /Cannot read .*s\.json: the file is empty/],
    ["no JSON", "why?", /s\.json:1:1: This is no JSON value/],
    [
      "what the model does not have",
      `{ "why": "x", "capabilities": { "x-colo": true, "return-path": true } }`,
      /The model does not have x-colo/,
    ],
  ];
  for (const [because, text, sentence] of table) {
    await t.step(because, async () => {
      const { code, out, err } = await runCommand(["run", put(text)]);
      assertMatch(err, sentence);
      assertEquals([code, out], [2, ""]);
      assertEquals(err.trimEnd().split("\n").length, 1, err);
    });
  }
  await t.step("a folder", async () => {
    const { code, err } = await runCommand(["run", folder]);
    assertEquals([code, err], [2, `switchover: Cannot read ${folder}: it is a folder\n`]);
  });
  await t.step("a place that cannot be written", async () => {
    const { code, err } = await runCommand(["run", CONVERGING, "--trace", `${folder}/s.json/x`]);
    assertEquals(code, 2);
    assertMatch(err, /Cannot write .*part of its path is no folder/);
  });
  Deno.removeSync(folder, { recursive: true });
});
