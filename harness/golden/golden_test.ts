/**
 * Goldens: the same bytes each time, and differences said in words.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { DISK, writeSet } from "../files/mod.ts";
import { catalogOf, type TraceRecord } from "../trace/mod.ts";
import { describeDifference } from "./describe_difference.ts";
import { describeSwitchover } from "./describe_traces.ts";
import { type GoldenSubject, readSummary, renderGolden } from "./golden.ts";
import { acceptAll, compareGolden, findOrphans, listGoldens, readGolden } from "./golden_set.ts";
import { textDifference } from "./text_difference.ts";

const CATALOG = catalogOf("10.0");

/** `"name@12"` to a record of an event without arguments, at 12 us. */
function events(words: string): TraceRecord[] {
  return words.split(" ").filter(Boolean).map((word) => {
    const [name = "", at] = word.split("@");
    return { declaration: CATALOG.expect(name), at: Number(at), thread: 1, values: [] };
  });
}

const SUBJECT: GoldenSubject = {
  name: "a",
  why: "to see a golden",
  profile: "10.0",
  seed: 3,
  figures: {
    source: "completed",
    downtime_ms: 7,
    totalTimeMs: 1333,
    downtimeMs: 20,
    transferredBytes: 266e6,
  },
  iterations: [{ sentBytes: 100 * 4096, thresholdBytes: 2000 }, { sentBytes: 2 * 4096 }],
  rules: ["a", "b"],
  outcomes: ["unknown", "pass"],
  run: {
    source: events("savevm_state_setup@10 migration_bitmap_sync_start@20"),
    destination: events("loadvm_state_setup@30"),
  },
};
const GOLDEN = renderGolden(SUBJECT);

Deno.test("renderGolden explains itself and keeps the order of its checks", () => {
  const summary = readSummary(GOLDEN["summary.json"]);
  assertEquals(Object.keys(summary?.checks ?? {}), ["a", "b"]);
  assertEquals([summary?.why, summary?.seed, summary?.profile], ["to see a golden", 3, "10.0"]);
  assertEquals(
    new TextDecoder().decode(GOLDEN["source.trace"]),
    "1@0.000010:savevm_state_setup \n1@0.000020:migration_bitmap_sync_start \n",
  );
});

Deno.test("readSummary takes a damaged file for none", () => {
  for (const text of ["", "{", "null", "[]", `{"format":99}`]) {
    assertEquals(readSummary(new TextEncoder().encode(text)), undefined);
  }
});

Deno.test("describeDifference says what changed, the meaning first", async (t) => {
  const table: [because: string, change: Partial<GoldenSubject>, sentences: string[]][] = [
    ["nothing", {}, []],
    ["figures: how it ended before what it took", {
      figures: { ...SUBJECT.figures, downtime_ms: 9, totalTimeMs: 2533, source: "failed", downtimeMs: null },
    }, [
      "source is now failed, was completed",
      "downtime_ms +2: 9, was 7",
      "total time 1.2 s longer: 2.533 s, was 1.333 s",
      "downtime: none, was 20 ms",
    ]],
    ["iterations", {
      iterations: [{ sentBytes: 412 * 4096, thresholdBytes: 3000 }, { sentBytes: 4096 }, { sentBytes: 5 }],
    }, [
      "iteration 1 sends 312 more pages (1.22 MiB), has a threshold 1000 B higher",
      "iteration 2 sends 1 fewer page (4 KiB)",
      "iteration 3 is new: it sends 5 B",
    ]],
    ["an amount that rounds to what it was", {
      figures: { ...SUBJECT.figures, transferredBytes: 266e6 + 50 },
    }, [
      "transferred 50 B more: 266000050, was 266000000",
    ]],
    ["iterations that change alike", {
      iterations: SUBJECT.iterations.map((row) => ({ ...row, sentBytes: Number(row.sentBytes) - 4096 })),
    }, ["iteration 1 sends 1 fewer page (4 KiB); so does 2"]],
    ["an iteration that is gone", { iterations: [{ sentBytes: 100 * 4096, thresholdBytes: 2000 }] }, [
      "iteration 2 is gone: it sent 2 pages (8 KiB)",
    ]],
    ["rules, the failing one first", { outcomes: ["pass", "fail"] }, [
      "rule b now fails (it passed)",
      "rule a now passes (it was not judged)",
    ]],
    ["more events", { run: { ...SUBJECT.run, source: events("savevm_state_setup@10") } }, [
      "source.trace, from line 2: 1 fewer migration_bitmap_sync_start",
    ]],
    ["a later time", { run: { ...SUBJECT.run, destination: events("loadvm_state_setup@35") } }, [
      "destination.trace, from line 1: the same events; the first that differs, loadvm_state_setup, comes 5 us later",
    ]],
    ["another order", {
      run: { ...SUBJECT.run, source: events("migration_bitmap_sync_start@10 savevm_state_setup@20") },
    }, ["source.trace, from line 1: the same events in another order"]],
  ];
  for (const [because, change, sentences] of table) {
    await t.step(because, () => {
      assertEquals(describeDifference(GOLDEN, renderGolden({ ...SUBJECT, ...change })), sentences);
    });
  }
});

Deno.test("describeSwitchover says when the guest stops, by the checkpoint or the state", () => {
  const trace = (text: string) => new TextEncoder().encode(text);
  const checkpoint = trace("1@2.040000:vmstate_downtime_checkpoint src-downtime-start\n");
  const state = trace("1@0.840000:migrate_set_state new state device\n");
  const none = trace("1@0.840000:migrate_set_state new state cancelled\n");
  assertEquals(describeSwitchover(state, checkpoint), [
    "switchover 1.2 s later: at 2.040000 s, was at 0.840000 s",
  ]);
  assertEquals(describeSwitchover(checkpoint, none), ["no switchover any more: it was at 2.040000 s"]);
  assertEquals(describeSwitchover(none, state), ["switchover at 0.840000 s: there was none"]);
  assertEquals(describeSwitchover(none, none), []);
});

Deno.test("textDifference shows hunks and is bounded", () => {
  assertEquals(textDifference("a\nb\n", "a\nb\n"), []);
  assertEquals(textDifference("a\nb\n", "a\nc\n"), ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]);
  const numbers = (from: number) => Array.from({ length: 5000 }, (_, index) => `${from + index}`).join("\n");
  const long = textDifference(numbers(0), numbers(100_000), 12);
  assertEquals(long.slice(1), [
    ...["-0", "-1", "-2", "… 5 lines more like this: -"],
    ...["+100000", "+100001", "+100002", "… 5 lines more like this: +"],
  ]);
  const changed = Array.from({ length: 90 }, (_, at) => at % 9 === 0 ? `new ${at}` : `${at}`).join("\n");
  const many = textDifference(Array.from({ length: 90 }, (_, at) => `${at}`).join("\n"), changed, 12);
  assertEquals(many.length, 13);
  assert(many.at(-1)?.includes("lines more"));
});

Deno.test("compareGolden finds same, differing, missing and orphaned ones, and acceptAll mends them all", () => {
  const root = `${Deno.makeTempDirSync()}/golden`;
  writeSet(
    root,
    acceptAll([{ status: "missing", name: "a", now: GOLDEN }, {
      status: "missing",
      name: "old",
      now: GOLDEN,
    }]),
  );
  assertEquals(listGoldens(root), ["a", "old"]);
  assertEquals(compareGolden("a", readGolden(root, "a"), GOLDEN).status, "same");
  const changed = renderGolden({ ...SUBJECT, seed: 4 });
  const results = [
    compareGolden("a", readGolden(root, "a"), changed),
    compareGolden("b", readGolden(root, "b"), GOLDEN),
    ...findOrphans(root, ["a", "b"]),
  ];
  assertEquals(results.map(({ status }) => status), ["differs", "missing", "orphan"]);
  writeSet(root, acceptAll(results));
  assertEquals(listGoldens(root), ["a", "b"]);
  assertEquals(compareGolden("a", readGolden(root, "a"), changed).status, "same");
  DISK.remove(`${root}/a/source.trace`);
  assertEquals(compareGolden("a", readGolden(root, "a"), changed).status, "missing");
  Deno.removeSync(`${root}/..`, { recursive: true });
});

Deno.test("goldens are compared fast enough for ten thousand of them", () => {
  const root = `${Deno.makeTempDirSync()}/golden`;
  const names = Array.from({ length: 200 }, (_, index) => `s${index}`);
  // Six hundred files need not reach the disk for this.
  const unsynced = { ...DISK, write: (path: string, bytes: Uint8Array) => Deno.writeFileSync(path, bytes) };
  writeSet(
    root,
    acceptAll(names.map((name) => ({ status: "missing" as const, name, now: GOLDEN }))),
    unsynced,
  );
  const start = performance.now();
  for (const name of names) assertEquals(compareGolden(name, readGolden(root, name), GOLDEN).status, "same");
  assertEquals(findOrphans(root, names), []);
  const each = (performance.now() - start) / names.length;
  // 10,000 in 3 s is 0.3 ms each; 0.03 ms was measured on two shared cores. The bound leaves room for a busy machine.
  assert(each < 3, `${each} ms each`);
  Deno.removeSync(`${root}/..`, { recursive: true });
});
