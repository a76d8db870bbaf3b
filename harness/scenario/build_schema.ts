/**
 * Makes `scenarios/schema.json`, the published JSON Schema, of the schema that validates scenarios.
 *
 * @module
 */
import { toJsonSchema } from "@valibot/to-json-schema";
import { CAPABILITIES, PARAMETERS } from "./parameters.ts";
import { SCENARIO_SCHEMA } from "./schema.ts";

/** The text of `scenarios/schema.json`: draft 2020-12, what may be left out is not required. */
export function buildJsonSchema(): string {
  const schema = toJsonSchema(SCENARIO_SCHEMA, {
    target: "draft-2020-12",
    typeMode: "input",
    errorMode: "ignore",
  });
  const named = {
    ...schema,
    title: "A switchover scenario",
    properties: {
      ...schema.properties,
      capabilities: nameKeys(schema.properties?.["capabilities"], Object.keys(CAPABILITIES)),
      parameters: nameKeys(schema.properties?.["parameters"], Object.keys(PARAMETERS)),
    },
  };
  return `${JSON.stringify(named, null, 2)}\n`;
}

/** Editors complete names only when the schema lists them. */
function nameKeys(schema: unknown, names: readonly string[]): object {
  return { ...(schema as object), propertyNames: { enum: names } };
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("../../scenarios/schema.json", import.meta.url), buildJsonSchema());
}
