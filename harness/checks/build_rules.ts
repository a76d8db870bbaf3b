/**
 * Writes `docs/rules.md`.
 *
 * @module
 */
import { RULES } from "./rules/mod.ts";
import { rulesDocument } from "./rules_document.ts";

if (import.meta.main) {
  Deno.writeTextFileSync(new URL("../../docs/rules.md", import.meta.url), rulesDocument(RULES));
}
