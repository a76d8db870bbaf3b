/**
 * `check` notices a catalog of another version: where lines are not read, and where they are read wrongly.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { kindOf } from "./input.ts";
import { runCommand } from "./testdata/string_io.ts";

const SOURCE = "recordings/precopy-bw64-dr31/src.trace.gz";

Deno.test("check says which catalog fits better than the one that was asked for", async () => {
  const { out } = await runCommand(["check", "--source", SOURCE, "--catalog", "11.1"]);
  assertMatch(out, /the catalog 11\.1 does not fit: 10\.0 reads \d+ more lines of the start/);
  const right = await runCommand(["check", "--source", SOURCE, "--catalog", "10.0"]);
  assert(!right.out.includes("does not fit"));
});

Deno.test("check says which version it took, and which others the events do not rule out", async () => {
  const whole = await runCommand(["check", "--source", SOURCE]);
  assertMatch(whole.out, /version told from the events: QEMU 10\.0\n/);
  const file = Deno.makeTempFileSync({ suffix: ".trace" });
  Deno.writeTextFileSync(file, "1@1.000001:migrate_set_state new state setup\n");
  const short = await runCommand(["check", "--source", file]);
  assertMatch(
    short.out,
    /version told from the events: QEMU 10\.0; 9\.2, 9\.0, 8\.2, 8\.2-dev, 7\.2 would read them as well\n/,
  );
});

const SHARED = new URL("../../../shared/recordings/", import.meta.url).pathname;
const isThere = kindOf(SHARED) === "folder";

Deno.test({
  name: `check names the version of recordings of 7.2, 10.0 and 11.1, and says so where --profile is another${
    isThere ? "" : " (skipped: ../shared is missing)"
  }`,
  ignore: !isThere,
  async fn(t) {
    const table = [
      ["q72-precopy", "7.2", ["8.2-dev", "10.0", "11.0-dev", "11.1"]],
      ["precopy-bw64-dr31", "10.0", ["7.2", "8.2-dev", "11.0-dev", "11.1"]],
      ["q111-pause-before-switchover", "11.1", ["7.2", "8.2-dev", "10.0", "11.0-dev"]],
    ] as const;
    for (const [recording, version, others] of table) {
      const source = `${SHARED}${recording}/src.trace.gz`;
      await t.step(`${recording} is of ${version}`, async () => {
        const { out } = await runCommand(["check", "--source", source, "--no-shrink"]);
        assertStringIncludes(out, `version told from the events: QEMU ${version}\n`);
        const right = await runCommand(["check", "--source", source, "--no-shrink", "--profile", version]);
        assert(!/does not fit|is not as in QEMU|told to be/.test(right.out), right.out);
      });
      for (const other of others) {
        await t.step(`${recording} read as ${other}`, async () => {
          const { out } = await runCommand(["check", "--source", source, "--no-shrink", "--profile", other]);
          assertStringIncludes(out, `told to be of QEMU ${other}, but ${version} reads `);
        });
      }
    }
  },
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
