/**
 * The catalogs that come with the project are what `deno task catalogs` makes of QEMU's files, to the byte.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { buildCatalogs } from "./build_catalogs.ts";

const CATALOGS = new URL("../../../shared/catalogs/", import.meta.url);
const isThere = exists(CATALOGS);

function exists(url: URL): boolean {
  try {
    return Deno.statSync(url).isDirectory;
  } catch {
    return false;
  }
}

Deno.test({
  name: `the catalogs are made of QEMU's files${isThere ? "" : " (skipped: ../shared is missing)"}`,
  ignore: !isThere,
  fn() {
    const files = buildCatalogs((file) => Deno.readTextFileSync(new URL(file, CATALOGS)));
    assertEquals(files.size, 12);
    for (const [name, text] of files) {
      assertEquals(
        Deno.readTextFileSync(new URL(name, import.meta.url)) === text,
        true,
        `${name} is up to date`,
      );
    }
  },
});
