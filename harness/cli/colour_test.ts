/**
 * Colours, as the environment asks for them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { usesColour } from "./colour.ts";

Deno.test("usesColour heeds the environment", async (t) => {
  const table: [environment: Record<string, string>, terminal: boolean, elsewhere: boolean][] = [
    [{}, true, false],
    [{ TERM: "xterm" }, true, false],
    [{ TERM: "dumb" }, false, false],
    [{ NO_COLOR: "1" }, false, false],
    [{ NO_COLOR: "" }, true, false],
    [{ FORCE_COLOR: "1" }, true, true],
    [{ FORCE_COLOR: "3", TERM: "dumb" }, true, true],
    [{ FORCE_COLOR: "" }, true, false],
    [{ FORCE_COLOR: "0" }, false, false],
    [{ FORCE_COLOR: "false" }, false, false],
    [{ CLICOLOR_FORCE: "1" }, true, true],
    [{ CLICOLOR_FORCE: "0" }, false, false],
    [{ CLICOLOR: "0" }, false, false],
    [{ CLICOLOR: "0", CLICOLOR_FORCE: "1" }, true, true],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, false, false],
  ];
  for (const [environment, terminal, elsewhere] of table) {
    await t.step(JSON.stringify(environment), () => {
      assertEquals(usesColour((name) => environment[name], true), terminal, "on a terminal");
      assertEquals(usesColour((name) => environment[name], false), elsewhere, "elsewhere");
    });
  }
});
