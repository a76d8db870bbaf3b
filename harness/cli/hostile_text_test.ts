/**
 * L62 of facts/tracing.md g: what a stranger's log holds is escaped where it is shown to people.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { runCommand } from "./testdata/string_io.ts";

const P = "1@1.00000";
/** Colours, a cleared screen, a carriage return, bidirectional overrides as bytes and as characters, a bell. */
const HOSTILE = "\x1b[31m\x1b[2J\r\u202e\u2066\x07\x9b";
/** What an argument's name may hold: it is quoted where it does not fit its conversion. */
const TURNED = "\u202e\x1b[31m";
/** What may reach a terminal: no control character but the newline, nothing that turns the writing round. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

Deno.test("L62 no command shows a terminal what a log or a name of a file tells it to do", async (t) => {
  const folder = Deno.makeTempDirSync();
  const put = (name: string, text: string) => {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
    return `${folder}/${name}`;
  };
  const log = [
    `${P}1:migrate_set_state new state ${HOSTILE}`,
    `${P}2:migrate_set_state new state setup`,
    `${P}3:migrate_error error=${HOSTILE}`,
    `${P}4:nosuch${HOSTILE}`,
    `${P}5:vmstate_save ${HOSTILE}, ${HOSTILE}`,
    `${P}5:migrate_set_state new state completed${HOSTILE}`,
    HOSTILE,
  ].join("\n") + "\n";
  const table: [because: string, args: string[]][] = [
    ["a log", ["check", put("log", log), "--all"]],
    ["a name of a file", ["check", put(`x${HOSTILE}`, "no event\n")]],
    ["a file that is missing", ["check", `${folder}/nothing${HOSTILE}`]],
    // Without the carriage return, which ends a line of declarations: the reason quotes the type.
    ["declarations", [
      "catalog",
      "list",
      "--catalog",
      put("d", `foo(${HOSTILE.replace("\r", "")} x) "%d"\n`),
    ]],
    ["doubtful declarations", ["catalog", "list", "--catalog", put("e", `foo(int ${TURNED}) "%s"\n`)]],
    ["a catalog's name", ["check", `${folder}/log`, "--catalog", `none${HOSTILE}`]],
    ["an event's name", ["catalog", "show", `x${HOSTILE}`]],
    ["a flag", ["check", `--nosuch${HOSTILE}`]],
    ["a command", [`run${HOSTILE}`]],
    ["a scenario", ["run", put("s.json", `{"${JSON.stringify(HOSTILE).slice(1, -1)}": 1}`)]],
  ];
  for (const [because, args] of table) {
    await t.step(because, async () => {
      const { out, err } = await runCommand(args);
      assert(out + err !== "");
      assertEquals(
        UNSAFE.exec(out + err)?.[0].codePointAt(0),
        undefined,
        JSON.stringify(out + err).slice(0, 900),
      );
    });
  }
  Deno.removeSync(folder, { recursive: true });
});
