/**
 * Differences of catalogs, the silent signs of a wrong one, and the guess which one a log needs.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  Catalog,
  catalogFrom,
  type CatalogName,
  catalogOf,
  type Declaration,
  diffCatalogs,
  guessCatalog,
  parseDeclarations,
  readLog,
  SkewWatch,
} from "./mod.ts";
import { needsShared } from "./testdata/shared.ts";

function names(list: readonly { readonly name: string }[]): string {
  return list.map(({ name }) => name).join(" ");
}

Deno.test("diffCatalogs tells added, removed, renamed and changed", () => {
  const a = catalogFrom(
    "a",
    'same(void) ""\nold_name(int a) "a %d"\nother(int a) "%d"\nformat(int a) "%d"\ngone(void)\n',
  );
  const b = catalogFrom(
    "b",
    'same(void) ""\nnew_name(int a) "a %d"\nother(int b) "%d"\nformat(int a) "a=%d"\ncome_up(int x) "x"\n',
  );
  const { added, removed, renamed, changed, unchanged } = diffCatalogs(a, b);
  assertEquals(unchanged, 1);
  assertEquals(names(added), "come_up");
  assertEquals(names(removed), "gone");
  assertEquals(renamed.map(({ before, after, same }) => `${before.name}>${after.name} ${same}`), [
    "old_name>new_name true",
  ]);
  assertEquals(changed.map(({ before, what }) => `${before.name}: ${what.join()}`), [
    "other: arguments",
    "format: format",
  ]);
});

const { at: SEEDS, ignore, skipped } = needsShared("catalogs/");

function seed(file: string): Catalog {
  const text = Deno.readTextFileSync(new URL(`${file}.trace-events`, SEEDS));
  return new Catalog(file, parseDeclarations(text).declarations);
}

/** Cells of the table under a heading of facts/tracing.md, without the row of headings; lines of a list as one cell. */
function factsOf(section: string): string[][] {
  const facts = Deno.readTextFileSync(new URL("../facts/tracing.md", SEEDS));
  const from = facts.indexOf(`### ${section} `);
  const to = facts.indexOf("\n###", from + 1);
  const lines = facts.slice(from, to === -1 ? facts.length : to).split("\n");
  const rows = lines.filter((line) => line.startsWith("| ")).slice(2)
    .map((line) => line.slice(2, -2).split(" | "));
  return rows.length > 0
    ? rows
    : lines.filter((line) => line.startsWith("- ")).map((line) => [line.slice(2)]);
}

/** The event that a cell begins with: `name(…`, or a name alone. */
function eventOf(cell: string | undefined): string {
  return /^\w+/.exec(cell ?? "")?.[0] ?? "";
}

/** As the facts write an event's arguments and format. */
function shapeOf({ args, format }: Declaration): string {
  const list = args.map(({ type, name }) => `${type}${type.endsWith("*") ? "" : " "}${name}`).join(", ");
  return `(${list === "" ? "void" : list}) \`${format}\``;
}

Deno.test({
  name: `diffCatalogs finds facts h in the two seed catalogs, item by item${skipped}`,
  ignore,
  fn() {
    const { added, removed, renamed, changed, unchanged } = diffCatalogs(
      seed("qemu-e2k-2023-10"),
      seed("qemu-2025-10"),
    );
    const pairs = (rows: readonly string[][]) => rows.map(([a, b]) => `${eventOf(a)}>${eventOf(b)}`);
    const sorted = (list: readonly string[]) => [...list].sort();
    const h1 = pairs(factsOf("h.1"));
    const h2 = pairs(factsOf("h.2"));
    assertEquals([h1.length, h2.length, factsOf("h.3").length, factsOf("h.4").length], [22, 7, 2, 22]);
    assertEquals(factsOf("h.5").length, 12);
    assertEquals(unchanged, 285);
    // Two of h.2 have nothing of their successors' names and little of their text: the commits alone tell.
    const unseen = [
      "get_mem_fault_cpu_index>postcopy_blocktime_tid_cpu_map",
      "loadvm_postcopy_handle_run_bh>vmstate_downtime_checkpoint",
    ];
    assertEquals(sorted(h2.filter((pair) => unseen.includes(pair))), unseen);
    const found = renamed.map(({ before, after }) => `${before.name}>${after.name}`);
    assertEquals(sorted(found), sorted([...h1, ...h2].filter((pair) => !unseen.includes(pair))));
    const alike = renamed.filter(({ same }) => same).map(({ before, after }) =>
      `${before.name}>${after.name}`
    );
    // One of h.2 prints nothing before and after: only its meaning differs.
    assertEquals(sorted(alike), sorted([...h1, "savevm_state_complete_precopy>migration_precopy_complete"]));
    assertEquals(
      sorted(removed.map(({ name }) => name)),
      sorted([
        ...factsOf("h.3").map(([cell]) => eventOf(cell)),
        ...unseen.map((pair) => pair.split(">")[0] ?? ""),
      ]),
    );
    assertEquals(
      sorted(added.map(({ name }) => name)),
      sorted([
        ...factsOf("h.4").map(([cell]) => eventOf(cell)),
        ...unseen.map((pair) => pair.split(">")[1] ?? ""),
      ]),
    );
    assertEquals(
      changed.map(({ before, after }) => [before.name, shapeOf(before), shapeOf(after)]).sort(),
      factsOf("h.5").map((row) => row.slice(0, 3)).sort(),
    );
  },
});

const P = "1@1.000001:";
const LINES = {
  channel: `${P}migration_set_outgoing_channel ioc=0x1 ioctype=qio-channel-file hostname=(null) err=(nil)\n`,
  multifd: `${P}multifd_set_outgoing_channel ioc=0x1 ioctype=qio-channel-socket hostname=a err=(nil)\n`,
  field: `${P}vmstate_load_state_field timer:cpu_ticks_prev exists=1\n`,
  /** From the recordings precopy-bw64-dr31 and, of 11.1.3, facts/qemu-11.1.md. */
  bytes:
    `${P}migrate_transferred transferred 6838156 time_spent 100 bandwidth 68381 switchover_bw 0 max_size 20514468\n`,
  mbit:
    `${P}migrate_transferred transferred 6838165 time_spent 100 bandwidth 547 switchover_bw 68381 max_size 20514495\n`,
};

Deno.test("L21 f.6 SkewWatch names the silent cases, and only those", async (t) => {
  const table: readonly (readonly [line: keyof typeof LINES, catalog: CatalogName, claim: string])[] = [
    ["channel", "11.1", "the log also prints a host name, as to 10.2"],
    ["channel", "10.0", ""],
    ["multifd", "11.1", "the log also prints a host name, as to 10.2"],
    ["multifd", "8.2", "the log also prints an error, as to 8.1"],
    ["multifd", "8.2-dev", ""],
    ["field", "9.0", "the log also says whether the field exists, as from 9.1"],
    ["field", "10.0", ""],
    ["bytes", "11.1", "the log counts bandwidth in bytes per millisecond, as before 11.1"],
    ["bytes", "10.0", ""],
    ["mbit", "10.0", "the log counts bandwidth in Mbit/s, as from 11.1"],
    ["mbit", "11.1", ""],
  ];
  for (const [line, name, claim] of table) {
    await t.step(`${line} read as ${name}: ${claim || "all is well"}`, () => {
      const watch = new SkewWatch(catalogOf(name));
      let events = 0;
      readLog(catalogOf(name), LINES[line] + LINES[line], {
        event: (event) => {
          events++;
          watch.event(event);
        },
      });
      assertEquals(events, 2, "both lines are accepted: that is what makes the case silent");
      const findings = watch.findings().map(({ claim, line, count }) => `${line} ${count} ${claim}`);
      assertEquals(findings, claim === "" ? [] : [`1 2 ${claim}`]);
    });
  }
});

Deno.test("guessCatalog takes the catalog with the fewest misfits", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const best = (log: string) => guessCatalog(bytes(log))[0]?.catalog.name;
  assertEquals(best(`${LINES.bytes}${P}migration_socket_outgoing_connected hostname=(null)\n`), "10.2");
  assertEquals(best(`${LINES.field.replace(" exists=1", "")}${P}vmstate_downtime_checkpoint x\n`), "9.0");
  assertEquals(best(LINES.mbit), "11.1");
  // A cut last line is not held against any catalog.
  assertEquals(guessCatalog(bytes(`${LINES.mbit}${P}migrate_set_state new st`))[0]?.misfits, 0);
});
