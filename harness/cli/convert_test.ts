/**
 * `convert`: into every format and back, and what it refuses.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { runCommand } from "./testdata/string_io.ts";

const TRACE = "recordings/precopy-bw64-dr31/src.trace.gz";
const DESTINATION = "recordings/precopy-bw64-dr31/dst.trace.gz";

Deno.test("convert goes into each format and back to the same log", async (t) => {
  const folder = Deno.makeTempDirSync();
  const log = gunzipSync(Deno.readFileSync(TRACE));
  for (const format of ["log", "simpletrace", "jsonl"]) {
    await t.step(format, async () => {
      const there = `${folder}/there.${format}`;
      const { out } = await runCommand(["convert", TRACE, "--to", format, "--out", there, "--json"]);
      assertEquals(JSON.parse(out).inputs[0].events, 355);
      const { code } = await runCommand(["convert", there, "--to", "log", "--out", `${folder}/back`]);
      assertEquals(code, 0);
      assertEquals(Deno.readFileSync(`${folder}/back`), new Uint8Array(log));
    });
  }
  await t.step("chrome, both sides", async () => {
    const there = `${folder}/there.json`;
    const { code, err } = await runCommand(["convert", TRACE, DESTINATION, "--to", "chrome", "--out", there]);
    assertEquals([code, err], [0, "version told from the events: QEMU 10.0\n"]);
    const document = JSON.parse(Deno.readTextFileSync(there));
    assert((document.traceEvents ?? document).length > 600);
  });
  assert([...Deno.readDirSync(folder)].every(({ name }) => !name.endsWith(".partial")));
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("convert refuses in one sentence and leaves no file", async (t) => {
  const folder = Deno.makeTempDirSync();
  const text = `${folder}/text`;
  Deno.writeTextFileSync(text, "hello\nworld\n");
  const out = `${folder}/out`;
  const table: [because: string, args: string[], sentence: RegExp][] = [
    ["no format", [TRACE, "--out", out], /convert needs --to FORMAT and --out FILE/],
    ["an unknown format", [TRACE, "--to", "xml", "--out", out], /--to cannot be "xml"; it is one of log/],
    [
      "two sides in one log",
      [TRACE, DESTINATION, "--to", "log", "--out", out],
      /takes the trace of one side/,
    ],
    ["no trace", [text, "--to", "log", "--out", out], /text:1:1: No line of it is an event/],
    [
      "a place that is not there",
      [TRACE, "--to", "log", "--out", `${folder}/no/out`],
      /Cannot write .*no such file/,
    ],
  ];
  for (const [because, args, sentence] of table) {
    await t.step(because, async () => {
      const { code, err } = await runCommand(["convert", ...args]);
      assertMatch(err, sentence);
      assertEquals(code, 2);
    });
  }
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["text"]);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("convert says when another catalog reads the trace better than the one of --profile", async () => {
  const there = Deno.makeTempFileSync();
  const args = ["convert", TRACE, "--to", "jsonl", "--out", there, "--profile"];
  const right = await runCommand([...args, "10.0"]);
  assertEquals([right.code, right.err], [0, ""]);
  const wrong = await runCommand([...args, "11.1"]);
  assertMatch(
    wrong.err,
    /^source: told to be of QEMU 11\.1, but 10\.0 reads \d+ more lines of the start: read and judged as QEMU 10\.0\n$/,
  );
  const forced = await runCommand([...args.slice(0, -1), "--catalog", "11.1"]);
  assertMatch(forced.err, /^the catalog 11\.1 does not fit: 10\.\d reads \d+ more lines of the start\n$/);
});

Deno.test("convert to JSON lines gives the readings of an ambiguous line", async () => {
  const folder = Deno.makeTempDirSync();
  const line = (name: string) => `1@1.000001:vmstate_save_state_loop ${name}[3]\n`;
  Deno.writeTextFileSync(`${folder}/log`, line("a/b/c") + line("a/c"));
  const { code } = await runCommand(["convert", `${folder}/log`, "--to", "jsonl", "--out", `${folder}/out`]);
  assertEquals(code, 0);
  const lines = Deno.readTextFileSync(`${folder}/out`).trim().split("\n").map((one) => JSON.parse(one));
  assertEquals(lines.map(({ args }) => args.field), ["c", "c"]);
  assertEquals(lines.map(({ readings }) => readings), [
    [{ name: "a/b", field: "c", n_elems: 3 }, { name: "a", field: "b/c", n_elems: 3 }],
    undefined,
  ]);
  await runCommand(["convert", `${folder}/out`, "--to", "log", "--out", `${folder}/back`]);
  assertEquals(Deno.readTextFileSync(`${folder}/back`), line("a/b/c") + line("a/c"));
});
