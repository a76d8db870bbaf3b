/**
 * Lines in the middle of a log that cannot be read: what may have been on them is missed by no rule.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { RandomStream } from "../base/mod.ts";
import { readLog, type Side } from "../trace/mod.ts";
import { catalogFor } from "./catalog_for.ts";
import { Judge } from "./judge.ts";

const LOGS: readonly (readonly [name: string, file: string, side: Side, version: string])[] = [
  ["precopy-bw64-dr31", "src", "source", "10.0"],
  ["precopy-bw64-dr31", "dst", "destination", "10.0"],
  ["multifd-2ch", "src", "source", "10.0"],
  ["postcopy-limited", "src", "source", "10.0"],
  ["upgrade-100-to-111", "dst", "destination", "11.1"],
];
const TRIES = 20;

/** What happens to lines: the file was cut from outside, a disk was full, two processes wrote at once. */
const DAMAGES: readonly (readonly [
  what: string,
  spoil: (lines: string[], at: number, random: RandomStream) => void,
])[] = [
  ["NUL bytes", (lines, at) => void (lines[at] = "\0".repeat(lines[at]?.length ?? 0))],
  ["a hole of some lines", (lines, at, random) => void lines.splice(at, 1 + random.below(5), "11\0\0\0\0")],
  ["a line without its event", (lines, at) => void (lines[at] = lines[at]?.slice(0, 12) ?? "")],
  [
    "a line without its end, and the next one behind it",
    (lines, at) => void lines.splice(at, 2, `${lines[at]?.slice(0, 12)}${lines[at + 1]}`),
  ],
];

function brokenBy(lines: readonly string[], side: Side, version: string): string[] {
  const judge = new Judge({ version, unlogged: [] });
  const catalog = catalogFor(version);
  readLog(catalog, `${lines.join("\n")}\n`, judge.side(side, catalog));
  return judge.finish().verdicts.filter(({ outcome }) => outcome === "fail").map(({ rule }) => rule.id);
}

for (const [what, spoil] of DAMAGES) {
  Deno.test(`a right trace with ${what} breaks no rule`, () => {
    for (const [name, file, side, version] of LOGS) {
      const log = gunzipSync(Deno.readFileSync(`recordings/${name}/${file}.trace.gz`)).toString("latin1");
      const whole = log.trimEnd().split("\n");
      const usual = brokenBy(whole, side, version);
      const random = new RandomStream(1, `${what}/${name}/${side}`);
      for (let n = 0; n < TRIES; n++) {
        const lines = [...whole];
        const at = random.below(lines.length - 6);
        spoil(lines, at, random);
        const broken = brokenBy(lines, side, version).filter((id) => !usual.includes(id));
        assertEquals(broken, [], `${name}, ${file}, line ${at + 1}: ${whole[at]}`);
      }
    }
  });
}

Deno.test("what is wrong elsewhere in a damaged log is still found", () => {
  const log = gunzipSync(Deno.readFileSync("recordings/precopy-bw64-dr31/src.trace.gz")).toString("latin1");
  const lines = log.trimEnd().split("\n");
  const syncs = lines.flatMap((line, at) => line.includes("migration_bitmap_sync_start") ? [at] : []);
  const [first = 0] = syncs;
  const last = syncs.at(-1) ?? 0;
  lines[first + 5] = "\0".repeat(40);
  lines.splice(last, 0, lines[last] ?? "");
  assert(brokenBy(lines, "source", "10.0").includes("bitmap-sync-alternates"));
});

const START = "2026-11-20 08:39:50.100+0000: starting up libvirt version: 10.0.0, package: 10";
const GUESTS: readonly (readonly [name: string, file: string, side: Side, version: string])[] = [
  ["precopy-bw64-dr31", "src", "source", "10.0"],
  ["q111-precopy-bw64-dr31", "src", "source", "11.1"],
  ["q72-precopy", "src", "source", "7.2"],
  ["q72-precopy", "dst", "destination", "7.2"],
];

Deno.test("a guest's log of libvirt, in which its next process begins, breaks no rule, and is judged from there on", () => {
  for (const [name, file, side, version] of GUESTS) {
    const bytes = gunzipSync(Deno.readFileSync(`recordings/${name}/${file}.trace.gz`));
    const lines = bytes.toString("latin1").trimEnd().split("\n");
    for (const tenths of [1, 5, 8, 10]) {
      const before = lines.slice(0, Math.floor(lines.length * tenths / 10));
      assertEquals(
        brokenBy([START, ...before, START, ...lines], side, version),
        [],
        `${name}, ${file}, ${tenths}`,
      );
    }
    if (side === "destination") continue;
    const at = lines.findIndex((line) => line.includes("migration_bitmap_sync_end"));
    const broken = lines.toSpliced(at, 0, lines[at] ?? "");
    const usual = brokenBy(broken, side, version);
    assert(usual.length > 0);
    assertEquals(brokenBy([START, ...lines, START, ...broken], side, version), usual, `${name}, ${file}`);
    assertEquals(brokenBy([START, ...broken, START, ...lines], side, version), usual, `${name}, ${file}`);
  }
});
