/**
 * The embedded parts of the pages are those of the sources.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { embeddedModule } from "./build_embedded.ts";
import { EMBEDDED } from "./embedded.ts";

Deno.test("embedded.ts is current; deno task pages makes it anew", async () => {
  // The file is formatted like the rest, so what it holds is compared, not how it is written.
  const url = `data:application/typescript,${encodeURIComponent(embeddedModule())}`;
  const made = (await import(url)).EMBEDDED as typeof EMBEDDED;
  for (const [name, part] of Object.entries(made)) {
    const key = name as keyof typeof EMBEDDED;
    assert(JSON.stringify(EMBEDDED[key]) === JSON.stringify(part), `${name} is stale: run deno task pages`);
  }
  assertEquals(Object.keys(EMBEDDED), Object.keys(made));
});

Deno.test("each embedded part has the hash that the policy of a page names", () => {
  for (const key of ["plot", "plotStyle", "style", "run", "sweep"] as const) {
    const { text, hash } = EMBEDDED[key];
    assertEquals(hash, `sha256-${createHash("sha256").update(text).digest("base64")}`);
    assert(!/<\/(?:script|style)/i.test(text));
  }
  assert(EMBEDDED.plotLicence.includes("The MIT License"));
  assert(EMBEDDED.plot.text.includes("leeoniya/uPlot"), "the library names its origin");
});
