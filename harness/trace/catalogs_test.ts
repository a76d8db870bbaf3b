/**
 * The catalogs of the project: whole, in order, and found by name.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { CATALOG_NAMES, catalogFrom, catalogOf, parseDeclarations } from "./mod.ts";
import { CATALOG_TEXTS } from "./catalogs/mod.ts";

Deno.test("CATALOG_NAMES lists the catalogs, oldest first", () => {
  assertEquals(CATALOG_NAMES, [
    "7.2",
    "8.2-dev",
    "8.2",
    "9.0",
    "9.2",
    "10.0",
    "10.1",
    "10.2",
    "11.0-dev",
    "11.1",
  ]);
});

Deno.test("every catalog reads without error or doubt, and no event is declared twice", () => {
  for (const name of CATALOG_NAMES) {
    const { errors, warnings } = parseDeclarations(CATALOG_TEXTS[name]);
    assertEquals([...errors, ...warnings], [], name);
  }
});

Deno.test("catalogOf makes a catalog once", () => {
  assertEquals(catalogOf("10.0") === catalogOf("10.0"), true);
});

Deno.test("catalogFrom names the line that it cannot read", () => {
  assertThrows(() => catalogFrom("mine", "a(void)\nb\n"), Error, "Catalog mine, line 2: no argument list");
});

Deno.test("expect names the event that is missing; names of prototypes are plain names", () => {
  assertThrows(() => catalogOf("10.0").expect("nosuch"), Error, "The catalog 10.0 has no event nosuch");
  assertEquals(catalogOf("10.0").get("constructor"), undefined);
  assertEquals(catalogOf("10.0").get("__proto__"), undefined);
});
