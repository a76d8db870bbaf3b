/**
 * Cases by number: the same whoever tries them, shrunk when they fail, replayed from their data.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { FuzzTarget } from "../target.ts";
import { replayCase, slugOf, tryCase } from "./try_case.ts";

/** Fails for lists with a number of 100 or more. */
const BROKEN: FuzzTarget<number[]> = {
  name: "broken",
  summary: "a property that does not hold",
  layer: "trace",
  weight: 1,
  arbitrary: fc.array(fc.nat(200)),
  check(list) {
    const bad = list.find((value) => value >= 100);
    if (bad !== undefined) throw new Error(`value ${bad} is too large`);
  },
  encode: (list) => ({ "case.json": new TextEncoder().encode(JSON.stringify(list)) }),
  decode: (files) => JSON.parse(new TextDecoder().decode(files["case.json"])),
};

Deno.test("tryCase finds, shrinks and names a failure, and the same case gives the same one", () => {
  const failures = Array.from({ length: 100 }, (_, index) => tryCase(BROKEN, 1, index)).filter((one) =>
    one !== undefined
  );
  assert(failures.length > 10);
  for (const { files, message, bucket, index } of failures) {
    assertEquals(new TextDecoder().decode(files["case.json"]), "[100]");
    assertEquals(message, "value 100 is too large");
    assertEquals(bucket, failures[0]?.bucket);
    assertEquals(tryCase(BROKEN, 1, index), failures.find((one) => one.index === index));
  }
});

Deno.test("replayCase tells whether a case still fails", () => {
  const files = BROKEN.encode([5, 150]);
  assertEquals(replayCase(BROKEN, files), "value 150 is too large");
  assertEquals(replayCase({ ...BROKEN, check: () => {} }, files), undefined);
});

Deno.test("slugOf keeps failures alike together and others apart", () => {
  assertEquals(slugOf(`line 5: got "a"`), slugOf(`line 77: got "b"`));
  assertNotEquals(slugOf("line 5: got it"), slugOf("line 5: lost it"));
  assert(/^[a-z0-9_-]+$/.test(slugOf("\u0000 /../ é")));
});
