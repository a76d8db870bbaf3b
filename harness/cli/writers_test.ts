/**
 * One log of several QEMUs: `check` reads the lines of each by themselves where something tells whose they are.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { runCommand } from "./testdata/string_io.ts";

type Wrap = (line: string) => string;

const PAIRS: Readonly<Record<string, readonly [Wrap, Wrap]>> = {
  "hosts of a journal": [
    (line) => `Nov 20 12:53:07 hosta qemu[101]: ${line}`,
    (line) => `Nov 20 12:53:07 hostb qemu[101]: ${line}`,
  ],
  "processes of a journal": [
    (line) => `Nov 20 12:53:07 hosta qemu[101]: ${line}`,
    (line) => `Nov 20 12:53:07 hosta qemu[202]: ${line}`,
  ],
  "journalctl -o json": [
    (line) => JSON.stringify({ _HOSTNAME: "hosta", _PID: "101", MESSAGE: line }),
    (line) => JSON.stringify({ _HOSTNAME: "hosta", _PID: "202", MESSAGE: line }),
  ],
  "pods": [(line) => `[pod/launcher-a/compute] ${line}`, (line) => `[pod/launcher-b/compute] ${line}`],
  "names before": [(line) => `hosta: ${line}`, (line) => `hostb: ${line}`],
};

function linesOf(recording: string, file: string): string[] {
  const bytes = gunzipSync(Deno.readFileSync(`recordings/${recording}/${file}.trace.gz`));
  return bytes.toString("latin1").trimEnd().split("\n");
}

/** Turn by turn, as far as both go. */
function mixed(a: readonly string[], b: readonly string[]): string {
  const turns = a.flatMap((line, index) => [line, ...b.slice(index, index + 1)]);
  return [...turns, ...b.slice(a.length), ""].join("\n");
}

async function checked(...args: string[]) {
  const { out, err } = await runCommand(["check", ...args, "--json", "--no-shrink"]);
  assert(out !== "", err);
  const { counts, sides, verdicts } = JSON.parse(out);
  const failed = verdicts.filter(({ outcome }: { outcome: string }) => outcome === "fail");
  return {
    counts,
    sides: sides.map(({ side, events }: { side: string; events: number }) => [side, events]),
    failed,
  };
}

for (const recording of ["precopy-bw64-dr31", "q111-precopy-bw64-dr31"]) {
  Deno.test(`check tells the sides of ${recording} apart in one log`, async (t) => {
    const folder = Deno.makeTempDirSync();
    const source = linesOf(recording, "src");
    const destination = linesOf(recording, "dst");
    const at = source.findIndex((line) => line.includes("migration_bitmap_sync_end"));
    // A sync that ends twice: what is wrong must be found, and on its own line of the file.
    const broken = source.toSpliced(at, 0, source[at] ?? "");
    Deno.writeTextFileSync(`${folder}/a.log`, `${broken.join("\n")}\n`);
    Deno.writeTextFileSync(`${folder}/b.log`, `${destination.join("\n")}\n`);
    const plain = await checked(`${folder}/a.log`, `${folder}/b.log`);
    assert(plain.failed.length > 0);
    const file = `${folder}/both.log`;
    for (const [what, [one, other]] of Object.entries(PAIRS)) {
      await t.step(what, async () => {
        Deno.writeTextFileSync(file, mixed(broken.map(one), destination.map(other)));
        const found = await checked(file);
        assertEquals([found.counts, found.sides], [plain.counts, plain.sides]);
        const lines = Deno.readTextFileSync(file).split("\n");
        const { line, text } = found.failed[0].evidence[0].around[0];
        assert(lines[line - 1]?.includes(text.trim().split(" ").at(-1) ?? ""), `${line}: ${text}`);
      });
    }
    await t.step("but two of one side are no migration, and standard input is read once", async () => {
      const [one, other] = PAIRS.pods ?? [];
      assert(one !== undefined && other !== undefined);
      const text = mixed(source.map(one), source.map(other));
      Deno.writeTextFileSync(file, text);
      const { err, code } = await runCommand(["check", file]);
      assertEquals(code, 2);
      assertMatch(
        err,
        /2 QEMUs, "pod\/launcher-a\/compute" \(source\), .* grep -F "pod\/launcher-a\/compute"/,
      );
      const stdin = new TextEncoder().encode(mixed(source.map(one), destination.map(other)));
      assertMatch((await runCommand(["check", "-"], { stdin })).err, /2 QEMUs.*give it as a file/);
    });
    Deno.removeSync(folder, { recursive: true });
  });
}

Deno.test("check says why it judges nothing where nothing tells the sides apart", async () => {
  const text = mixed(linesOf("precopy-bw64-dr31", "src"), linesOf("precopy-bw64-dr31", "dst"));
  const { out, code } = await runCommand(["check", "-"], { stdin: new TextEncoder().encode(text) });
  assertMatch(out, /^note +the log has both sides of the migration, .*: give each side's by itself$/m);
  assertEquals(code, 3);
});
