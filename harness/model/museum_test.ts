/**
 * The museum's labels; that each bug shows and is caught is tested in harness/museum.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { type Exhibit, MUSEUM } from "./mod.ts";

Deno.test("every exhibit has a name of its own, and tells what was wrong, when, and who mended it", () => {
  const exhibits: readonly Exhibit[] = MUSEUM;
  assertEquals(new Set(exhibits.map(({ id }) => id)).size, exhibits.length);
  for (const { id, title, wrong, versions, mended, where } of exhibits) {
    assertMatch(id, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    for (const text of [title, wrong, versions]) assertMatch(text, /^\S.*[^.\s]$/);
    assertMatch(mended.hash, /^[0-9a-f]{10}$/);
    assertMatch(mended.date, /^20\d\d-[01]\d-[0-3]\d$/);
    assertMatch(where, /^[a-z_]+\.ts, /);
  }
});

Deno.test("every exhibit's place names a file of the model that asks for its switch", () => {
  for (const { id, where } of MUSEUM) {
    const files = where.split("; ").map((place) => place.split(",")[0] ?? "");
    const asked = files.some((file) =>
      Deno.readTextFileSync(new URL(file, import.meta.url)).includes(`has("${id}")`)
    );
    assertEquals(asked, true, `${id}: no file of ${files.join(", ")} asks for it`);
  }
});
