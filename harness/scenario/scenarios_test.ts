/**
 * The committed scenarios and their published schema.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { buildJsonSchema } from "./build_schema.ts";
import { parseScenario, showScenarioError } from "./parse_scenario.ts";

const FOLDER = new URL("../../scenarios/", import.meta.url);
const NAMES = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name !== "schema.json")
  .sort();

Deno.test("scenarios/schema.json is what `deno task schema` makes", () => {
  assertEquals(Deno.readTextFileSync(new URL("schema.json", FOLDER)), buildJsonSchema());
});

Deno.test("every file in scenarios/ is a valid scenario that names its schema", () => {
  assert(NAMES.length >= 10, `only ${NAMES.length} scenarios`);
  for (const name of NAMES) {
    const parsed = parseScenario(Deno.readTextFileSync(new URL(name, FOLDER)), name);
    assert(parsed.ok, parsed.ok ? "" : parsed.error.map(showScenarioError).join("\n"));
    assertEquals(parsed.value.$schema, "./schema.json", name);
    assert(/^[a-z0-9_]+\.json$/.test(name), `${name}: words joined by underscores`);
  }
});
