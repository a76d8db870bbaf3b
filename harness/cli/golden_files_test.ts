/**
 * Goldens whose files are not as they should be: each is told in one sentence with its place, and nothing is lost.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { keptGolden } from "./golden_files.ts";
import { inManyGoldens } from "./testdata/many_goldens.ts";
import { runCommand } from "./testdata/string_io.ts";

/** Changes a file's bytes, one character for each. */
function edit(path: string, change: (text: string) => string): void {
  const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
  Deno.writeFileSync(path, Uint8Array.from(change(text), (char) => char.charCodeAt(0)));
}

Deno.test("golden check says what is wrong with a file, and where", async (t) => {
  const table: [because: string, damage: (folder: string) => void, code: number, said: string][] = [
    [
      "line ends of another system",
      (at) => edit(`${at}/source.trace`, (text) => text.replaceAll("\n", "\r\n")),
      1,
      ": The line ends with CR LF, and those of a golden with LF alone\n\n1 golden",
    ],
    [
      "a byte order mark",
      (at) => edit(`${at}/summary.json`, (text) => `\u00ef\u00bb\u00bf${text}`),
      1,
      "golden/s0/summary.json:1:1: A byte order mark stands here, and a golden has none\n\n1 golden",
    ],
    [
      "broken JSON",
      (at) => edit(`${at}/summary.json`, (text) => text.replace(`"seed":`, `"seed"`)),
      1,
      "golden/s0/summary.json:6:10: A colon must stand here\n",
    ],
    [
      "an empty summary",
      (at) => edit(`${at}/summary.json`, () => ""),
      1,
      "golden/s0/summary.json:1:1: The file is empty\n",
    ],
    [
      "a trace that was cut",
      (at) => edit(`${at}/source.trace`, (text) => text.slice(0, 20)),
      1,
      "golden/s0/source.trace:1:21: The last line is cut off\n",
    ],
    [
      "a file that is gone",
      (at) => Deno.removeSync(`${at}/destination.trace`),
      1,
      "The golden is not whole: golden/s0 lacks destination.trace.\n",
    ],
    [
      "a folder in a file's place",
      (at) => {
        Deno.removeSync(`${at}/destination.trace`);
        Deno.mkdirSync(`${at}/destination.trace`);
      },
      2,
      "golden/s0/destination.trace: it is a folder",
    ],
  ];
  for (const [because, damage, code, said] of table) {
    await t.step(because, () =>
      inManyGoldens(1, async (folder) => {
        damage(`${folder}/golden/s0`);
        const { code: own, out, err } = await runCommand(["golden", "check"], { folder }).catch((error) => ({
          code: 2,
          out: "",
          err: String(error),
        }));
        assertStringIncludes(`${out}${err}`, said);
        assertEquals(own, code);
      }));
  }
});

Deno.test("golden update writes nothing where a golden's folder is none", async () => {
  await inManyGoldens(2, async (folder) => {
    Deno.removeSync(`${folder}/golden/s0`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/golden/s0`, "somebody's");
    edit(`${folder}/golden/s1/source.trace`, (text) => text.slice(0, 20));
    const before = keptGolden(`${folder}/golden`, "s1");
    const said = await runCommand(["golden", "update"], { folder }).then(({ err }) => err, String);
    assertStringIncludes(said, "golden/s0 is no folder; nothing was changed");
    assertEquals(keptGolden(`${folder}/golden`, "s1"), before);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["golden", "scenarios"]);
    assertEquals(Deno.readTextFileSync(`${folder}/golden/s0`), "somebody's");
  });
});

Deno.test("golden check and update take the name of an orphan", async () => {
  await inManyGoldens(2, async (folder) => {
    Deno.removeSync(`${folder}/scenarios/s1.json`);
    const { code, out } = await runCommand(["golden", "check", "s1"], { folder });
    assertEquals([code, out.split("\n")[0]], [1, "orphan s1"]);
    await runCommand(["golden", "update", "s1"], { folder });
    assertEquals([...Deno.readDirSync(`${folder}/golden`)].map(({ name }) => name), ["s0"]);
  });
});
