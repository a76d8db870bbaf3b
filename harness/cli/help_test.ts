/**
 * Help texts, held by snapshots (`deno task test -- --update` or `deno task test -u` accepts new ones), and bad usage.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertSnapshot } from "@std/testing/snapshot";
import { COMMANDS } from "./commands.ts";
import { runCommand } from "./testdata/string_io.ts";

/** Both assertions read and write the same files; `-- --update` reaches the one, Deno's own `-u` the other. */
const assertShown = (t: Deno.TestContext, text: string) =>
  Deno.args.length > 0 ? assertSnapshot(t, text) : t.assertSnapshot(text);

const NAMES = COMMANDS.flatMap((entry) =>
  "commands" in entry ? entry.commands.map(({ name }) => [entry.name, name]) : [[entry.name]]
);

Deno.test("switchover --help lists every command", async (t) => {
  const { out, code } = await runCommand(["--help"]);
  assertEquals(code, 0);
  for (const words of NAMES) assertMatch(out, new RegExp(`^  ${words.join(" ")} `, "m"));
  await assertShown(t, out);
});

Deno.test("every command has --help with a usage line, --json and its shape", async (t) => {
  for (const words of NAMES) {
    await t.step(words.join(" "), async (step) => {
      const { out, err, code } = await runCommand([...words, "--help"]);
      assertEquals([code, err], [0, ""]);
      for (const part of ["Usage: ", "--json", "--help", "--json prints:"]) assert(out.includes(part), part);
      assert(out.split("\n").every((line) => line.length <= 120), "lines fit a terminal");
      await assertShown(step, out);
    });
  }
});

Deno.test("bad usage is one sentence and exit code 2", async (t) => {
  const table: [because: string, args: string[], sentence: RegExp][] = [
    ["an unknown command", ["chek"], /^switchover: There is no command "chek"; did you mean "check"\?\n$/],
    [
      "an unknown command of a group",
      ["golden", "chek"],
      /golden has no command "chek"; did you mean "check"\?/,
    ],
    ["an unknown flag", ["check", "--sorce", "x"], /check has no flag "--sorce"; did you mean "--source"\?/],
    ["a flag of one letter", ["run", "-x"], /run has no flag "-x"; --help lists those that it has\n$/],
    ["a flag without its value", ["run", "a", "--seed"], /--seed needs a value: --seed N/],
    [
      "a value that is no number",
      ["run", "scenarios/idle_guest.json", "--seed", "x"],
      /--seed must be a whole number/,
    ],
    ["a negative number", ["run", "scenarios/idle_guest.json", "--seed=-1"], /--seed must be a whole number/],
    ["a value for a switch", ["run", "a", "--json=yes"], /--json takes no value/],
    [
      "an unknown profile",
      ["run", "scenarios/idle_guest.json", "--profile", "9"],
      /it is one of 8.2-dev, 10.0/,
    ],
    ["no scenario", ["run"], /run needs a scenario/],
    ["no trace", ["check"], /check needs a trace/],
    ["too many traces", ["check", "a", "b", "c"], /the traces of one migration/],
    [
      "a bad shard",
      ["fuzz", "--shard", "3/2"],
      /--shard must be I\/N with I from 1 to N, or all, not "3\/2"/,
    ],
    ["a bad duration", ["fuzz", "--time", "soon"], /--time must be a duration/],
    ["an unknown target", ["fuzz", "run", "nothing"], /There is no fuzz target "nothing"/],
    ["an unknown event", ["catalog", "show", "nothing_at_all"], /No catalog has an event "nothing_at_all"/],
    [
      "a name that would move the cursor",
      ["check", "no\x1b[2Jsuch"],
      /Cannot read no·\[2Jsuch: there is no such file/,
    ],
    ["a prototype's flag", ["run", "--__proto__.x=1"], /run has no flag "--__proto__.x"/],
  ];
  for (const [because, args, sentence] of table) {
    await t.step(because, async () => {
      const { code, out, err } = await runCommand(args);
      assertMatch(err, sentence);
      assertEquals([code, out], [2, ""]);
      assertEquals(err.trimEnd().split("\n").length, 1, err);
      assert(!err.includes("    at "), "no stack trace");
    });
  }
});
