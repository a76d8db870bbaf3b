/**
 * A live upgrade: the sides are of two QEMU versions, each is read by its own and held to the rules of its own.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { catalogFor, Judge, RULES } from "../checks/mod.ts";
import { readLog, type RunFacts, type Side } from "../trace/mod.ts";
import { runCommand } from "./testdata/string_io.ts";

const PAIR = "recordings/upgrade-100-to-111";
const SOURCE = `${PAIR}/src.trace.gz`;
const DESTINATION = `${PAIR}/dst.trace.gz`;

/** What `check --json` says of versions, failures and notes. */
async function checked(...args: string[]) {
  const { out, err } = await runCommand(["check", ...args, "--json"]);
  assertEquals(err, "");
  const { sides, verdicts, notes } = JSON.parse(out);
  return {
    versions: sides.map(({ side, catalog }: { side: Side; catalog: string }) => `${side} ${catalog}`),
    failed: verdicts.filter(({ outcome }: { outcome: string }) => outcome === "fail").map((
      { id }: { id: string },
    ) => id),
    notes: notes.join("\n") as string,
  };
}

const BOTH = ["source 10.0", "destination 11.1"];

/** The pair in a folder of its own, with another `meta.json`, and with one line of the destination's log left out. */
function copyOf(meta: object, leftOut = ""): string {
  const folder = Deno.makeTempDirSync();
  Deno.copyFileSync(SOURCE, `${folder}/src.trace.gz`);
  Deno.copyFileSync(`${PAIR}/qmp.json.gz`, `${folder}/qmp.json.gz`);
  const lines = gunzipSync(Deno.readFileSync(DESTINATION)).toString("latin1").split("\n");
  const at = lines.findIndex((line) => leftOut !== "" && line.includes(leftOut));
  Deno.writeTextFileSync(`${folder}/dst.trace`, lines.filter((_, index) => index !== at).join("\n"));
  Deno.writeTextFileSync(`${folder}/meta.json`, JSON.stringify(meta));
  return folder;
}

Deno.test("check tells the version of each side, whatever was told of it", async (t) => {
  const alike = copyOf({ qemu: "10.0.2", events: "default" });
  const table: [because: string, args: string[], note: RegExp][] = [
    [
      "from the events",
      [SOURCE, DESTINATION],
      /^versions told from the events: source QEMU 10\.0, destination QEMU 11\.1$/m,
    ],
    ["the destination first", [DESTINATION, SOURCE], /^versions told from the events: /m],
    ["meta.json names both", [PAIR], /^(?![^]*told)/],
    ["--profile names both", [SOURCE, DESTINATION, "--profile", "10.0,11.1"], /^(?![^]*told)/],
    [
      "meta.json names one for both",
      [alike],
      /^destination: told to be of QEMU 10\.0, but 11\.1 reads \d+ more lines of the start: read and judged as QEMU 11\.1$/m,
    ],
    [
      "--profile names one for both",
      [SOURCE, DESTINATION, "--profile", "11.1"],
      /^source: told to be of QEMU 11\.1, but 10\.0 reads \d+ more lines/m,
    ],
  ];
  for (const [because, args, note] of table) {
    await t.step(because, async () => {
      const found = await checked(...args);
      assertEquals([found.versions.toSorted(), found.failed], [BOTH.toSorted(), []]);
      assertMatch(found.notes, note);
    });
  }
  await t.step("but --catalog decides", async () => {
    const found = await checked(SOURCE, DESTINATION, "--catalog", "10.0");
    assertEquals(found.versions, ["source 10.0", "destination 10.0"]);
    assertMatch(found.notes, /^destination: the catalog 10\.0 does not fit: 11\.1 reads \d+ more lines/m);
  });
  Deno.removeSync(alike, { recursive: true });
});

Deno.test("check refuses versions that are none of one or two", async () => {
  for (const named of ["10.0,", ",11.1", "10.0,11.1,11.1"]) {
    const { code, err } = await runCommand(["check", SOURCE, DESTINATION, "--profile", named]);
    assertEquals(code, 2);
    assertMatch(err, /--profile cannot be ".*": it is a version, or the source's and the destination's/);
  }
});

Deno.test("a rule that an upgrade breaks is shown with both versions, and its smallest trace fails by itself", async () => {
  const folder = copyOf({ qemu: "10.0.2", dst_qemu: "11.1.3", events: "default" }, "handle_discard_header");
  const out = Deno.makeTempDirSync();
  const id = "discards-arrive";
  const page = `${out}/page.html`;
  const { code } = await runCommand(["check", folder, "--shrunk", out, "--html", page]);
  assertEquals(code, 1);
  assertStringIncludes(Deno.readTextFileSync(page), "source 10.0.2, destination 11.1.3");
  const sarif = JSON.parse((await runCommand(["check", folder, "--report", "sarif"])).out);
  const result = sarif.runs[0].results.find(({ ruleId }: { ruleId: string }) => ruleId === id);
  assertEquals(result.properties.qemu, { source: "10.0", destination: "11.1" });
  assertEquals(JSON.parse(Deno.readTextFileSync(`${out}/${id}/meta.json`)).dst_qemu, "11.1");
  assert((await checked(`${out}/${id}`)).failed.includes(id));
  for (const one of [folder, out]) Deno.removeSync(one, { recursive: true });
});

/** The verdict of a rule about both sides that holds for some versions, on the pair. */
function verdictOf(versions: { from?: string; to?: string }) {
  const rule = RULES.find(({ id }) => id === "discards-arrive");
  assert(rule !== undefined);
  const facts: RunFacts = { version: "10.0", destinationVersion: "11.1" };
  const judge = new Judge(facts, { rules: [{ ...rule, versions }] });
  for (const [side, path] of [["source", SOURCE], ["destination", DESTINATION]] as const) {
    const catalog = catalogFor(side === "source" ? "10.0" : "11.1");
    readLog(catalog, gunzipSync(Deno.readFileSync(path)), judge.side(side, catalog));
  }
  const [verdict] = judge.finish().verdicts;
  return `${verdict?.outcome}: ${verdict?.note}`;
}

Deno.test("a rule about both sides holds where it holds in both versions", () => {
  assertEquals(verdictOf({ from: "10.0" }), "pass: ");
  assertEquals(
    verdictOf({ from: "10.1" }),
    "unknown: holds in QEMU from 10.1; the source is 10.0",
  );
  assertEquals(
    verdictOf({ to: "11.0-dev" }),
    "unknown: holds in QEMU up to 11.0-dev; the destination is 11.1",
  );
});

Deno.test("a rule holds in every version that a log may be of", async () => {
  const folder = Deno.makeTempDirSync();
  const log = gunzipSync(Deno.readFileSync("recordings/q72-precopy/src.trace.gz")).toString("latin1");
  // What tells 7.2 from later versions was switched off.
  const kept = log.split("\n").filter((line) =>
    /migrate_set_state|savevm_state_(?:setup|cleanup)|migrate_fd/.test(line)
  );
  Deno.writeTextFileSync(`${folder}/src.log`, `${kept.join("\n")}\n`);
  const { out } = await runCommand(["check", `${folder}/src.log`, "--json"]);
  const { verdicts, sides } = JSON.parse(out);
  assertEquals(sides[0].catalog, "9.2");
  const notes = verdicts.map(({ id, outcome, note }: Record<string, string>) => `${id}: ${outcome}: ${note}`);
  assertEquals(
    notes.find((note: string) => note.startsWith("cleanup-order: ")),
    "cleanup-order: unknown: holds in QEMU from 9.2; the source is taken for 9.2, and may be 9.0 or 8.2 or 8.2-dev or 7.2",
  );
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("convert reads each side of an upgrade by its own version", async () => {
  const out = `${Deno.makeTempDirSync()}/both.json`;
  const ran = await runCommand(["convert", SOURCE, DESTINATION, "--to", "chrome", "--out", out, "--json"]);
  assertEquals(
    JSON.parse(ran.out).inputs.map((
      { side, events, others }: Record<string, unknown>,
    ) => [side, events, others]),
    [["source", 294, 0], ["destination", 323, 0]],
  );
});
