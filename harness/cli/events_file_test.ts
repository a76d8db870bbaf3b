/**
 * `check --events`: an event that was on and did not come is an alarm; one that may have been off is a note.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { catalogOf } from "../trace/mod.ts";
import { SwitchedOn } from "./events_file.ts";
import { runCommand } from "./testdata/string_io.ts";

const LOST = "migration_completion_vm_stop";

const TABLE: readonly (readonly [because: string, text: string, name: string, isOn: boolean])[] = [
  ["a name is a pattern", "savevm_state_header\n", "savevm_state_header", true],
  ["what is not named is off", "savevm_state_header\n", "savevm_state_setup", false],
  ["a star is any text", "savevm_*\n", "savevm_state_setup", true],
  ["a pattern is the whole name", "loadvm_*\n", "qemu_loadvm_state_section", false],
  ["a question mark is one character", "ram_load_star?\n", "ram_load_start", true],
  ["a later line overrules", "ram_*\n-ram_save_page\n", "ram_save_page", false],
  ["either way", "-ram_save_page\nram_*\n", "ram_save_page", true],
  ["a comment names nothing", "# ram_save_page\nram_load_start\n", "ram_save_page", false],
  ["lines may end as on Windows", "ram_load_start\r\n", "ram_load_start", true],
  ["a dot is a dot", "ram.load_start\n", "ram_load_start", false],
];

Deno.test("a file of events is read as QEMU reads it", async (t) => {
  for (const [because, text, name, isOn] of TABLE) {
    await t.step(because, () => {
      const events = new SwitchedOn(text);
      assertEquals(events.has(name), isOn);
      assertEquals(events.offIn([catalogOf("10.0")]).includes(name), !isOn);
    });
  }
});

Deno.test("a line that is lost is an alarm where the event is known to be on, and a note where it is not", async () => {
  const folder = Deno.makeTempDirSync();
  const at = (name: string) => `${folder}/${name}`;
  const whole = gunzipSync(Deno.readFileSync("recordings/precopy-bw64-dr31/src.trace.gz")).toString("latin1");
  Deno.writeTextFileSync(at("log"), whole.replace(new RegExp(`^.*${LOST}.*\n`, "m"), ""));
  const names = new Set(whole.match(/(?<=:)[a-z]\w+(?= )/g));
  Deno.writeTextFileSync(at("all"), [...names].join("\n"));
  Deno.writeTextFileSync(at("others"), `*\n-${LOST}\n`);
  Deno.writeTextFileSync(at("none"), "# nothing\n-*\n");
  const check = (...args: string[]) => runCommand(["check", at("log"), "--no-shrink", ...args]);

  const bare = await check();
  assertEquals(bare.code, 0);
  assertMatch(bare.out, new RegExp(`note +\\d+ rules? (is|are) open for want of ${LOST}: not switched on`));

  const on = await check("--events", at("all"));
  assertEquals(on.code, 1);
  assertStringIncludes(on.out, LOST);

  const off = await check("--events", at("others"), "--all");
  assertEquals(off.code, 0);
  assert(!off.out.includes("0 pass"), off.out);

  const none = await check("--events", at("none"));
  assertEquals([none.code, none.err], [2, `switchover: ${at("none")}:1:1: No event is switched on by it\n`]);
  Deno.removeSync(folder, { recursive: true });
});
