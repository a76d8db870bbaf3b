/**
 * Convergence as traces tell it: what ends an iteration, and what is said where a trace tells less.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { type ArgValue, type CatalogName, catalogOf, visitRecords } from "../trace/mod.ts";
import { type Convergence, Judge } from "./mod.ts";

/** `"100 migrate_set_state setup"`, a line an event: moment, name, values. */
function convergenceOf(version: CatalogName, text: string): Convergence | undefined {
  return convergencesOf(version, text)[0];
}

function convergencesOf(version: CatalogName, text: string): readonly Convergence[] {
  const catalog = catalogOf(version);
  const records = text.trim().split("\n").map((line) => {
    const [at, name = "", ...given] = line.trim().split(" ");
    const declaration = catalog.expect(name);
    const values = declaration.args.map(({ kind, bits }, index): ArgValue => {
      const value = given[index] ?? "0";
      return kind === "string" ? value : bits === 64 ? BigInt(value) : Number(value);
    });
    return { declaration, at: Number(at), thread: 1, values };
  });
  const judge = new Judge({ version });
  visitRecords(records, judge.side("source", catalog));
  return judge.finish().convergence;
}

Deno.test("a bitmap sync ends an iteration in 7.2, which traces one event for both pending sizes", () => {
  const found = convergenceOf(
    "7.2",
    `0 migrate_set_state setup
     100 migration_bitmap_sync_end 0
     200 migrate_set_state active
     300 migrate_pending 9000000 0 9000000 0 0
     100000 migrate_transferred 4000000 100 40000 3000000
     100100 migrate_pending 5000000 3000000 5000000 0 0
     200000 migrate_transferred 4000000 100 40000 3000000
     200100 migration_bitmap_sync_end 500
     200200 migrate_pending 2000000 3000000 2000000 0 0
     200300 migration_thread_low_pending 2000000`,
  );
  assertEquals(found?.verdict, "converged");
  assertEquals(found?.iterations.map(({ pending, dirtied }) => [pending, dirtied]), [[2000000, NaN]]);
});

Deno.test("what postcopy has to go ends no iteration of precopy", () => {
  const found = convergenceOf(
    "10.0",
    `0 migrate_set_state setup
     1 migrate_set_state active
     2 migrate_pending_estimate 9000000 9000000 0
     100000 migrate_transferred 4000000 100 40000 0 3000000
     100100 migrate_pending_estimate 5000000 5000000 0
     100200 postcopy_start
     100300 migrate_pending_estimate 0 0 0
     100400 migrate_pending_exact 800000 0 800000`,
  );
  assertEquals([found?.verdict, found?.count], ["decided by the operator", 0]);
  assertMatch(
    found?.why ?? "",
    /^postcopy was started after 1 cycle of the first pass, with 4\.8 MiB to go$/,
  );
});

Deno.test("a trace without pending sizes is not taken for one that sent nothing", () => {
  const found = convergenceOf(
    "10.0",
    `0 migrate_set_state setup
     1 migrate_set_state active
     100000 migrate_transferred 4000000 100 40000 0 3000000
     100200 postcopy_start`,
  );
  assertEquals(found?.why, "postcopy was started after 1 cycle; the pending size was not traced");
});

Deno.test("a cancel after the decision to switch over says both: it had converged, and was cancelled", () => {
  const decided = `0 migrate_set_state setup
     100 migration_bitmap_sync_end 0
     200 migrate_set_state active
     300 migrate_pending_estimate 9000000 9000000 0
     100000 migrate_transferred 4000000 100 40000 0 3000000
     200000 migrate_pending_estimate 1000000 1000000 0
     200100 migration_bitmap_sync_end 500
     200200 migrate_pending_exact 2000000 2000000 0
     200300 migration_thread_low_pending 2000000`;
  const left = "1 iteration: 1.9 MiB were left, at or below the threshold of 2.9 MiB";
  const cases = [
    ["", "converged", left],
    ["300000 migrate_set_state failed", "converged", `${left}; it failed in the switchover`],
    [
      "300000 migrate_set_state cancelling",
      "decided by the operator",
      `cancelled after it had converged and its switchover had begun; ${left}`,
    ],
  ] as const;
  for (const [end, verdict, why] of cases) {
    const found = convergenceOf("10.0", `${decided}\n${end}`.trim());
    assertEquals([found?.verdict, found?.why], [verdict, why], end);
  }
});

Deno.test("a migration that is over before anything was sent says so", () => {
  const cases = [
    ["cancelling", "decided by the operator", "cancelled before anything was sent"],
    ["failed", "unknown", "it failed before anything was sent"],
  ] as const;
  for (const [state, verdict, why] of cases) {
    const found = convergenceOf("10.0", `0 migrate_set_state setup\n9 migrate_set_state ${state}`);
    assertEquals([found?.verdict, found?.why], [verdict, why], state);
  }
});

Deno.test("the iterations of the last 100 migrations are kept, and the verdict of all", () => {
  const migration = (at: number) =>
    `${at} migrate_set_state setup
     ${at + 200} migrate_set_state active
     ${at + 300} migrate_pending_estimate 9000000 9000000 0
     ${at + 400} migrate_pending_estimate 1000000 1000000 0
     ${at + 500} migration_bitmap_sync_end 500
     ${at + 600} migrate_pending_exact 2000000 2000000 0
     ${at + 900} migrate_set_state completed`;
  const found = convergencesOf(
    "10.0",
    Array.from({ length: 103 }, (_, at) => migration(at * 1000)).join("\n"),
  );
  assertEquals(found.map(({ iterations }) => iterations.length), [0, 0, 0, ...Array<number>(100).fill(1)]);
  assertEquals(new Set(found.map(({ why, count }) => `${count} ${why}`)).size, 1);
});
