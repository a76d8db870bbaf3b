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
  assertStringIncludes(err, 'a catalog cannot be "6.0": it is neither a file nor one of 7.2, ');
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

function write(text: string): string {
  const file = Deno.makeTempFileSync({ suffix: ".trace-events" });
  Deno.writeTextFileSync(file, text);
  return file;
}

Deno.test("catalog list, show and diff take trace-events files", async () => {
  const a = write('# mine\none(int i) "i=%d"\ngone(void) ""\ndisable off(int i) "%d"\n');
  const b = write('one(unsigned i) "i=%u"\noff(int i) "%d"\ncome(char *s, int x) "%s %d"\n');
  assertEquals((await runCommand(["catalog", "list", "--catalog", a])).out, "one\ngone\noff\n");
  const { out } = await runCommand(["catalog", "show", "--catalog", a, "one", "off"]);
  assertEquals(out, `one(int i) "i=%d"\n  ${a}\ndisable off(int i) "%d"\n  ${a}\n`);
  const diff = await runCommand(["catalog", "diff", a, b]);
  assertEquals(
    diff.out,
    "- gone\n+ come\n" +
      '~ one(int i) "i=%d"\n  one(unsigned i) "i=%u"\n' +
      '~ disable off(int i) "%d"\n  off(int i) "%d"\n0 events as before\n',
  );
});

Deno.test("catalog shows each refused line of a file with a caret, by the tracetool that was asked for", async () => {
  const file = write('vcpu a(void) ""\nb(intptr_t x) "%p"\nc(void) "x\\n"\n');
  const newest = await runCommand(["catalog", "list", "--catalog", file, "--profile", "11.1"]);
  assertEquals([newest.code, newest.out], [2, ""]);
  assertEquals(
    newest.err,
    `switchover: ${file}:1:1: the property 'vcpu' is not known (refused by the tracetool of 11.1)
1 | vcpu a(void) ""
    ^
${file}:2:3: the type 'intptr_t' is not one that tracepoints may use (refused by the tracetool of 11.1)
2 | b(intptr_t x) "%p"
      ^
${file}:3:11: a format that ends with a newline (refused by the tracetool of 11.1)
3 | c(void) "x\\n"
              ^
`,
  );
  const old = await runCommand(["catalog", "list", "--catalog", file, "--profile", "2.11"]);
  assertEquals([old.code, old.out], [0, "a\nb\nc\n"]);
  const doubtful = await runCommand(["catalog", "list", "--catalog", write("a(int x) 5\n")]);
  assertEquals([doubtful.code, doubtful.out], [0, "a\n"]);
  assertMatch(
    doubtful.err,
    /:1:10: warning: what follows is no format and is dropped\n1 \| a\(int x\) 5\n {13}\^\n/,
  );
});
