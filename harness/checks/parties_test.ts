/**
 * Both sides of a migration in one log, with nothing to tell them apart: no rule is broken by what neither process did.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { readLog, type Side } from "../trace/mod.ts";
import { catalogFor } from "./catalog_for.ts";
import { Judge } from "./judge.ts";

const RECORDINGS = [["precopy-bw64-dr31", "10.0"], ["q111-precopy-bw64-dr31", "11.1"], [
  "q72-precopy",
  "7.2",
]] as const;

function linesOf(name: string, file: string): string[] {
  const bytes = gunzipSync(Deno.readFileSync(`recordings/${name}/${file}.trace.gz`));
  return bytes.toString("latin1").trimEnd().split("\n");
}

/** Microseconds; both formats have fixed widths behind the thread. */
function timeOf(line: string): number {
  const seconds = /^\d+@([\d.]+):/.exec(line)?.[1];
  if (seconds !== undefined) return Number(seconds) * 1e6;
  return Date.parse(line.slice(0, 19) + "Z") * 1e3 + Number(/^\S{19}\.(\d{6})/.exec(line)?.[1] ?? 0);
}

function judged(lines: readonly string[], side: Side, version: string) {
  let told = 0;
  const judge = new Judge({ version }, { onViolation: () => told++ });
  const catalog = catalogFor(version);
  readLog(catalog, `${lines.join("\n")}\n`, judge.side(side, catalog));
  const { verdicts } = judge.finish();
  const failed = verdicts.filter(({ outcome }) => outcome === "fail").map(({ rule }) => rule.id);
  return { failed, told, isSaid: verdicts.some(({ note }) => note.includes("the log has both sides")) };
}

for (const [name, version] of RECORDINGS) {
  const source = linesOf(name, "src");
  const destination = linesOf(name, "dst");
  const byTime = [...source, ...destination].toSorted((a, b) => timeOf(a) - timeOf(b));
  for (const side of ["source", "destination"] as const) {
    Deno.test(`both sides of ${name} in the order of time, read as the ${side}'s, break no rule`, () => {
      assertEquals(judged(byTime, side, version), { failed: [], told: 0, isSaid: true });
    });
  }
  Deno.test(`both sides of ${name}, one behind the other, break no rule`, () => {
    assertEquals(judged([...source, ...destination], "source", version).failed, []);
    assertEquals(judged([...source.slice(0, -60), ...destination], "source", version).failed, []);
    assertEquals(judged([...destination, ...source], "source", version).failed, []);
  });
}

Deno.test("who was migrated to and migrates on is one process, and is judged", () => {
  const lines = linesOf("migrated-on", "dst");
  const { isSaid } = judged(lines, "destination", "10.0");
  assert(!isSaid);
});
