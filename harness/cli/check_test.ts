/**
 * `check` on the committed recordings, on damaged copies of them and on what is no trace.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { dispatch } from "./dispatch.ts";
import { HEAD_BYTES } from "./input.ts";
import { COMMANDS } from "./commands.ts";
import { runCommand, stringIo } from "./testdata/string_io.ts";

const RECORDINGS = "recordings";
const NAMES = [...Deno.readDirSync(RECORDINGS)].filter(({ isDirectory }) => isDirectory).map(({ name }) =>
  name
).sort();
/** Recordings that prove a defect of QEMU itself. */
const DEFECTS = ["cancel-device", "dst-missing-device"];

interface Document {
  readonly outcome: string;
  readonly counts: { readonly pass: number; readonly fail: number; readonly unknown: number };
  readonly sides: readonly {
    readonly side: string;
    readonly events: number;
    readonly others: Record<string, number>;
  }[];
  readonly verdicts: readonly {
    readonly id: string;
    readonly outcome: string;
    readonly knownDefect: string | null;
    readonly evidence: readonly { readonly note: string; readonly at: { readonly line: number } | null }[];
  }[];
}

async function checkJson(...args: string[]): Promise<Document> {
  const { out, err } = await runCommand(["check", ...args, "--json"]);
  assertEquals(err, "");
  return JSON.parse(out);
}

Deno.test("check has no false alarm on any committed recording, and reads every event of it", async (t) => {
  assert(NAMES.length >= 10);
  for (const name of NAMES) {
    await t.step(name, async () => {
      const { verdicts, counts, sides } = await checkJson(`${RECORDINGS}/${name}`);
      const failed = verdicts.filter(({ outcome }) => outcome === "fail");
      assert(failed.every(({ knownDefect }) => knownDefect !== null), failed.map(({ id }) => id).join());
      if (!DEFECTS.includes(name)) assertEquals(failed.map(({ id }) => id), []);
      assert(counts.pass >= 25, `${counts.pass} passed`);
      for (const { others } of sides) assertEquals([others["unknown-event"], others["mismatch"]], [0, 0]);
    });
  }
});

/** The source's trace of a recording as lines. */
function sourceLines(name: string): string[] {
  const bytes = gunzipSync(Deno.readFileSync(`${RECORDINGS}/${name}/src.trace.gz`));
  return new TextDecoder().decode(bytes).trimEnd().split("\n");
}

function inFolder(name: string, lines: readonly string[]): string {
  const folder = Deno.makeTempDirSync();
  for (const file of ["meta.json", "qmp.json.gz", "dst.trace.gz"]) {
    Deno.copyFileSync(`${RECORDINGS}/${name}/${file}`, `${folder}/${file}`);
  }
  Deno.writeTextFileSync(`${folder}/src.trace`, `${lines.join("\n")}\n`);
  return folder;
}

Deno.test("check names the rule and the line of a damage", async (t) => {
  const good = sourceLines("precopy-bw64-dr31");
  const at = (pattern: RegExp, from = 0) =>
    good.findIndex((line, index) => index >= from && pattern.test(line));
  const start = at(/migration_bitmap_sync_start/, at(/migration_bitmap_sync_start/) + 1);
  const end = at(/migration_bitmap_sync_end/, start);
  const swapped = [...good];
  [swapped[start], swapped[end]] = [good[end] ?? "", good[start] ?? ""];
  const stopped = at(/src-vm-stopped/);
  const cycle = at(/migrate_transferred/, 100);
  const table: [because: string, lines: string[], near: number][] = [
    ["a sync that ends before it starts", swapped, start + 1],
    ["a checkpoint deleted", good.filter((_, index) => index !== stopped), stopped + 1],
    [
      "a number changed",
      good.with(
        cycle,
        (good[cycle] ?? "").replace(/max_size (\d+)/, (_, size) => `max_size ${Number(size) + 1000}`),
      ),
      cycle + 1,
    ],
  ];
  for (const [because, lines, near] of table) {
    await t.step(because, async () => {
      const folder = inFolder("precopy-bw64-dr31", lines);
      const { outcome, verdicts } = await checkJson(folder);
      assertEquals(outcome, "fail");
      const evidence = verdicts.filter((verdict) => verdict.outcome === "fail").flatMap((verdict) =>
        verdict.evidence
      );
      const places = evidence.flatMap(({ at }) => at === null ? [] : [at.line]);
      assert(places.some((line) => Math.abs(line - near) <= 3), `line ${near} is not near ${places.join()}`);
      const { code, out } = await runCommand(["check", folder]);
      assertEquals(code, 1);
      assertMatch(out, /^FAIL [a-z0-9-]+ \(\d+ violations?\)$/m);
      Deno.removeSync(folder, { recursive: true });
    });
  }
});

Deno.test("check takes a side alone, both in any order, compressed or not, and standard input", async (t) => {
  const lines = new TextEncoder().encode(`${sourceLines("precopy-bw64-dr31").join("\n")}\n`);
  const folder = Deno.makeTempDirSync();
  const dst = `${RECORDINGS}/precopy-bw64-dr31/dst.trace.gz`;
  Deno.writeFileSync(`${folder}/plain`, lines);
  Deno.writeFileSync(`${folder}/packed.gz`, gzipSync(lines));
  Deno.writeFileSync(`${folder}/packed.zst`, zstdCompressSync(lines));
  const table: [because: string, args: string[], sides: string[]][] = [
    ["plain", [`${folder}/plain`], ["source"]],
    ["gzip", [`${folder}/packed.gz`], ["source"]],
    ["zstd", [`${folder}/packed.zst`], ["source"]],
    ["both, the destination first", [dst, `${folder}/plain`], ["source", "destination"]],
    ["both, named", ["--destination", dst, "--source", `${folder}/plain`], ["source", "destination"]],
    ["with samples", [dst, `${folder}/plain`, "--qmp", `${RECORDINGS}/precopy-bw64-dr31/qmp.json.gz`], [
      "source",
      "destination",
    ]],
  ];
  for (const [because, args, sides] of table) {
    await t.step(because, async () => {
      const document = await checkJson(...args);
      assertEquals(document.sides.map(({ side }) => side), sides);
      assertEquals(document.outcome, "pass");
    });
  }
  await t.step("standard input", async () => {
    const { code, out } = await runCommand(["check", "-"], { stdin: lines });
    assertEquals(code, 0, out);
    assertStringIncludes(out, "standard input");
  });
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("check says what cannot be read in one sentence, with exit code 2", async (t) => {
  const folder = Deno.makeTempDirSync();
  const good = Deno.readFileSync(`${RECORDINGS}/precopy-bw64-dr31/src.trace.gz`);
  const noise = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919 + (index >> 3) * 31) % 256);
  const put = (name: string, bytes: Uint8Array) => {
    Deno.writeFileSync(`${folder}/${name}`, bytes);
    return `${folder}/${name}`;
  };
  Deno.mkdirSync(`${folder}/empty`);
  const table: [because: string, args: string[], sentence: RegExp][] = [
    ["a missing file", [`${folder}/nothing`], /Cannot read .*nothing: there is no such file$/m],
    ["a folder without traces", [`${folder}/empty`], /is a folder without src\.trace/],
    ["a folder for one of two", [`${folder}/empty`, put("a.gz", good)], /it is a folder/],
    ["an empty file", [put("none", new Uint8Array())], /the file is empty/],
    ["random bytes", [put("noise", noise)], /noise:1:1: This is no trace: it is binary/],
    [
      "text of another kind",
      [put("text", new TextEncoder().encode("hello\nworld\n"))],
      /text:1:1: None of its 2 lines is an event of QEMU\n$/,
    ],
    [
      "a scenario",
      ["scenarios/idle_guest.json"],
      /idle_guest\.json:1:1: None of its \d+ lines is an event of QEMU; a scenario is what run takes/,
    ],
    [
      "compressed data cut short",
      [put("cut.gz", good.subarray(0, 1500))],
      /cut\.gz:126:21: Cannot read on: its compressed data ends too early, at byte 1500 of the file$/m,
    ],
    [
      "compressed data damaged",
      [put("bad.gz", good.with(good.length - 8, 255 - (good.at(-8) ?? 0)))],
      /bad\.gz:\d{3}:1: Cannot read on: the checksum of its compressed data is wrong, at byte \d+ of the file$/m,
    ],
    [
      "text behind compressed data",
      [put("tail.gz", Uint8Array.from([...good, ...new TextEncoder().encode("1@1.000001:x \n")]))],
      /tail\.gz:\d{3}:1: Cannot read on: what follows its compressed data is not gzip, at byte \d+ of the file$/m,
    ],
    [
      "zstd cut short, which node:zlib takes for whole",
      [put("cut.zst", new Uint8Array(zstdCompressSync(gunzipSync(good))).subarray(0, 900))],
      /cut\.zst:1:1: Cannot read on: its compressed data ends too early, at byte 900 of the file$/m,
    ],
    [
      "simpletrace of a version that nobody knows",
      [
        put(
          "version.st",
          Uint8Array.of(
            ...Array(8).fill(255),
            ...[0xb4, 0x29, 0xa4, 0x0a, 0xcb, 0x77, 0xb1, 0xf2],
            9,
            ...Array(7).fill(0),
          ),
        ),
      ],
      /version\.st:1:1: Cannot read on: simpletrace version 9, of which 2, 3 and 4 can be read, at byte 0/,
    ],
    [
      "samples that are none",
      [put("b.gz", good), "--qmp", put("q.json", new TextEncoder().encode("[1,"))],
      /q\.json:1:4: /,
    ],
    ["the same side twice", [put("c.gz", good), put("d.gz", good)], /both look like the source's/],
    ["a catalog that is none", [put("e.gz", good), "--catalog", "6.0"], /it is neither a file nor one of/],
  ];
  for (const [because, args, sentence] of table) {
    await t.step(because, async () => {
      const { code, out, err } = await runCommand(["check", ...args]);
      assertMatch(err, sentence);
      assertEquals([code, out], [2, ""]);
      assertEquals(err.trimEnd().split("\n").length, 1, err);
      assert(!err.includes("    at "), "no stack trace");
    });
  }
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("check --report prints what machines read, and nothing else", async () => {
  const folder = `${RECORDINGS}/cancel-device`;
  const junit = await runCommand(["check", folder, "--report", "junit"]);
  assertMatch(junit.out, /^<\?xml version="1\.0"/);
  assertStringIncludes(junit.out, '<failure type="known QEMU defect"');
  const sarif = await runCommand(["check", folder, "--report", "sarif"]);
  assertEquals((JSON.parse(sarif.out) as { version: string }).version, "2.1.0");
  const github = await runCommand(["check", folder, "--report", "github"]);
  assertMatch(github.out, /^::warning file=/);
  assertEquals([junit.err, sarif.err, github.err], ["", "", ""]);
  const unknown = await runCommand(["check", folder, "--report", "pdf"]);
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.err, "junit, sarif, github");
});

Deno.test("check tells the first violation before it has read to the end", async () => {
  const lines = sourceLines("precopy-bw64-dr31");
  const at = lines.findIndex((line) => line.includes("migration_rate_limit_post"));
  const folder = inFolder("precopy-bw64-dr31", lines.toSpliced(at, 0, lines[at] ?? ""));
  const { err, code } = await runCommand(["check", folder]);
  assertEquals(code, 1);
  assertMatch(err, new RegExp(`^source:${at + 2}: rate-limit-`));
});

Deno.test("check tells the first violation while the pipe is still open", async () => {
  const lines = sourceLines("precopy-bw64-dr31");
  const at = lines.findIndex((line) => line.includes("migration_rate_limit_post"));
  const text = `${lines.toSpliced(at, 0, lines[at] ?? "").join("\n")}\n`;
  // Twice the head that is looked at before anything is judged, and no end.
  const log = new TextEncoder().encode(text.repeat(Math.ceil(2 * HEAD_BYTES / text.length)));
  let close = () => {};
  const open = new Promise<void>((resolve) => close = resolve);
  const told = new Promise<string>((resolve) => {
    const { io } = stringIo();
    const stdin = async function* () {
      yield log;
      await open;
    };
    const running = dispatch(COMMANDS, ["check", "-", "--profile", "10.0"], {
      ...io,
      stdin,
      err: (said) => resolve(said),
    });
    open.then(() => running);
  });
  const said = await told;
  close();
  assertMatch(said, new RegExp(`^source:${at + 2}: rate-limit-`));
});

Deno.test("check of a pipe that is too long to be kept says why it shows no smallest trace", async () => {
  const lines = sourceLines("precopy-bw64-dr31");
  const at = lines.findIndex((line) => line.includes("migration_rate_limit_post"));
  const broken = `${lines.toSpliced(at, 0, lines[at] ?? "").join("\n")}\n`;
  const noise = `${"x".repeat(1023)}\n`.repeat(17 << 10);
  const bytes = (text: string) => new TextEncoder().encode(text);
  const short = await runCommand(["check", "-"], { stdin: bytes(broken) });
  assertStringIncludes(short.out, "smallest trace that still fails");
  const long = await runCommand(["check", "-"], { stdin: bytes(broken + noise) });
  assertStringIncludes(long.out, "standard input is longer than 16 MiB and cannot be read twice");
});
