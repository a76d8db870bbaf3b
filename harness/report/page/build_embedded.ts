/**
 * Makes `embedded.ts`: the plotting library, the pages' own scripts and styles as texts in a module, each with its hash.
 *
 * `deno task pages` writes it; a test says when it is stale. So a page needs neither network nor permissions: its parts
 * are program text like the rest.
 *
 * The scripts under `browser/` are TypeScript modules. Their types are taken out and they are put one after the other, in
 * an order in which each comes after what it uses, inside one function.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire, stripTypeScriptTypes } from "node:module";

const HERE = new URL("./", import.meta.url);
const TARGET = new URL("embedded.ts", HERE);
const SHARED = ["format.ts", "browser/data.ts"];
const SCRIPTS = {
  run: [...SHARED, "browser/scales.ts", "browser/charts.ts", "browser/strips.ts", "browser/run.ts"],
  sweep: [...SHARED, "browser/grid.ts", "browser/sweep.ts"],
};

function libraryFile(path: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`uplot/${path}`), "utf8");
}

/** One script of several modules that import from each other and from nothing else. */
function joinModules(names: readonly string[]): string {
  const bodies = names.map((name) => {
    const text = readFileSync(new URL(name, HERE), "utf8");
    return stripTypeScriptTypes(text)
      .replace(/^import\s[^;]*from\s+"\.[^"]*";$/gm, "")
      .replace(/^export /gm, "")
      .replace(/\/\*\*[\s\S]*?\*\//g, "")
      .replace(/^\s*\/\/.*$/gm, "")
      .replace(/[ \t]+$/gm, "")
      .replace(/\n{2,}/g, "\n");
  });
  const text = `"use strict";(() => {\n${bodies.join("").trim()}\n})();`;
  const left = /^\s*(?:import|export)\s.*$/m.exec(text);
  if (left !== null) throw new Error(`A page's script cannot hold "${left[0]}"`);
  return text;
}

function embed(text: string): { text: string; hash: string } {
  // Inside an element of its own a script may hold anything but the element's end.
  if (/<\/(?:script|style)|<!--/i.test(text)) {
    throw new Error("The text would end the element that it stands in");
  }
  return { text, hash: `sha256-${createHash("sha256").update(text).digest("base64")}` };
}

/** The text of `embedded.ts` as the sources are now. */
export function embeddedModule(): string {
  const parts = {
    plot: embed(libraryFile("dist/uPlot.iife.min.js").trim()),
    plotStyle: embed(libraryFile("dist/uPlot.min.css").trim()),
    style: embed(readFileSync(new URL("browser/page.css", HERE), "utf8").trim()),
    run: embed(joinModules(SCRIPTS.run)),
    sweep: embed(joinModules(SCRIPTS.sweep)),
    plotLicence: libraryFile("LICENSE").trim(),
  };
  return `/**
 * What the pages carry: the plotting library uPlot (MIT, its licence is in \`plotLicence\`), scripts and styles.
 *
 * Made by \`deno task pages\`; do not edit.
 *
 * @module
 */

/** A text and what a content security policy names it by. */
export interface Embedded {
  readonly text: string;
  readonly hash: string;
}

/** The parts. */
export const EMBEDDED: Readonly<Record<"plot" | "plotStyle" | "style" | "run" | "sweep", Embedded>> & {
  readonly plotLicence: string;
} = ${JSON.stringify(parts, null, 2)};
`;
}

if (import.meta.main) Deno.writeTextFileSync(TARGET, embeddedModule());
