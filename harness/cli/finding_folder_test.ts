/**
 * The folder of a finding says the same whoever writes it: the campaign that drew the case, or a merge that read it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { writeFinding } from "./finding_folder.ts";

const BYTES = new Uint8Array([10]);

/** The README of a finding whose files come in an order. */
function readmeOf(names: readonly string[]): string {
  const folder = Deno.makeTempDirSync();
  try {
    writeFinding(folder, 1, {
      target: "log",
      index: 7,
      rule: "never-throws",
      message: "it threw",
      bucket: "log-never-throws",
      shrinks: 0,
      files: { "input.log": BYTES },
      shows: Object.fromEntries(names.map((name) => [name, BYTES])),
    });
    return Deno.readTextFileSync(`${folder}/log-never-throws/README.md`).replaceAll(folder, "");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("the order in which a finding's files were made or read does not show", () => {
  const drawn = readmeOf(["source.trace", "destination.trace", "chrome-trace.json"]);
  const merged = readmeOf(["chrome-trace.json", "destination.trace", "source.trace"]);
  assertEquals(merged, drawn);
});
