/**
 * The catalogs that come with the project are what `deno task catalogs` makes of QEMU's files, to the byte.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { buildCatalogs } from "./build_catalogs.ts";
import { needsShared } from "./testdata/shared.ts";

const { at: CATALOGS, ignore, skipped } = needsShared("catalogs/");

Deno.test({
  name: `the catalogs are made of QEMU's files${skipped}`,
  ignore,
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
