/**
 * `check` notices a catalog of another version: where lines are not read, and where they are read wrongly.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCommand } from "./testdata/string_io.ts";

const SOURCE = "recordings/precopy-bw64-dr31/src.trace.gz";

Deno.test("check says which catalog fits better than the one that was asked for", async () => {
  const { out } = await runCommand(["check", "--source", SOURCE, "--catalog", "11.1"]);
  assertMatch(out, /the catalog 11\.1 does not fit: (?:10\.\d|9\.2) reads \d+ more lines of the start/);
  const right = await runCommand(["check", "--source", SOURCE, "--catalog", "10.0"]);
  assert(!right.out.includes("does not fit"));
});

Deno.test("check names a figure that another version counts in other units", async () => {
  const { out } = await runCommand(["check", "--source", SOURCE, "--catalog", "11.1"]);
  assertMatch(out, /source:\d+ migrate_transferred .*the log counts bandwidth in bytes per millisecond/);
});

Deno.test("check says where a trace-events file is refused, and by whom", async () => {
  const file = Deno.makeTempFileSync({ suffix: ".trace-events" });
  Deno.writeTextFileSync(file, 'a(void) ""\nb(int) "%d"\n');
  const { code, err } = await runCommand(["check", "--source", SOURCE, "--catalog", file]);
  assertEquals(code, 2);
  assertMatch(
    err,
    /\.trace-events:2:3: the argument 'int' has no name \(refused by tracetool\)\n2 \| b\(int\) "%d"\n {6}\^\n$/,
  );
});
