/**
 * `catalog`: what each version traces, what differs, and who shows it.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCommand } from "./testdata/string_io.ts";

async function json(...args: string[]) {
  return JSON.parse((await runCommand(["catalog", ...args, "--json"])).out);
}

Deno.test("catalog list has every catalog, and the events of one", async () => {
  const { catalogs } = await json("list");
  assert(
    catalogs.some(({ name, events }: { name: string; events: number }) => name === "10.0" && events > 300),
  );
  const { catalog, events } = await json("list", "--catalog", "11.1", "migration_bitmap_sync");
  assertEquals([catalog, events], ["11.1", ["migration_bitmap_sync_start", "migration_bitmap_sync_end"]]);
});

Deno.test("catalog show puts versions that declare an event alike together", async () => {
  const { out } = await runCommand(["catalog", "show", "migrate_transferred"]);
  assertEquals(out.split("\n").length, 5);
  assertMatch(out, /^ {2}7\.2$/m);
});

Deno.test("catalog diff tells what came, went and changed", async () => {
  const { added, removed, renamed, changed } = await json("diff", "10.0", "11.1");
  assert(added.length > 0 && removed.length > 0 && renamed.length > 0);
  assert(changed.some(({ name }: { name: string }) => name === "process_incoming_migration_co_end"));
  const same = await json("diff", "10.0", "10.0");
  assertEquals([same.added, same.removed, same.renamed, same.changed], [[], [], [], []]);
  const { code, err } = await runCommand(["catalog", "diff", "10.0", "6.0"]);
  assertEquals(code, 2);
  assertStringIncludes(err, `There is no catalog "6.0"`);
});

Deno.test("catalog coverage tells which scenarios emit an event", async () => {
  const { events } = await json("coverage", "cpu_throttle_set", "migration_bitmap_sync_start");
  assert(
    events.every(({ scenarios, recordings }: { scenarios: string[]; recordings: string[] }) =>
      scenarios.length > 0 && recordings.length > 0
    ),
  );
  const { out } = await runCommand(["catalog", "coverage"]);
  assertMatch(out, /^\d+ of \d+ events emitted by scenarios, \d+ of the \d+ recorded ones$/m);
});
