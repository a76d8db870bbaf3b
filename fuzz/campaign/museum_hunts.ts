/**
 * `deno task museum:campaign`: with each bug of the museum switched on, how soon a blind campaign finds it.
 *
 *     deno task museum:campaign [--seeds 1,2,3] [--limit 10000] [--only ID,ID] [--json]
 *
 * Prints the median over the seeds of the cases and of the processor time to the first finding, and the size of the
 * shrunk case. Without `--only` and `--json` it writes docs/hunts.md. Exit code 1 if a bug was not found with every seed.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import process from "node:process";
import { type BugId, MUSEUM } from "../../mod.ts";
import { hunt, type Hunted } from "./hunt.ts";

const PAGE = "docs/hunts.md";
const LIMIT = 10_000;

/** One bug, hunted with some seeds. */
export interface HuntRow {
  readonly bug: string;
  /** One for each seed. */
  readonly hunts: readonly Hunted[];
}

/** The middle of some numbers, the higher one of two; NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** The cells of a row; a bug that most seeds do not find has no median. */
function cellsOf({ bug, hunts }: HuntRow): string[] {
  const caught = hunts.filter(({ found }) => found !== undefined);
  const isMostly = caught.length * 2 > hunts.length;
  const [cases, ms] = [median(hunts.map((one) => one.cases)), median(hunts.map((one) => one.ms))];
  const smallest = caught.toSorted((a, b) => (a.found?.bytes ?? 0) - (b.found?.bytes ?? 0))[
    Math.floor(caught.length / 2)
  ]?.found;
  return [
    bug,
    `${caught.length} of ${hunts.length}`,
    isMostly ? `${cases}` : `more than ${cases}`,
    isMostly ? `${(ms / 1000).toFixed(2)} s` : "-",
    smallest?.rule ?? "**not found**",
    smallest === undefined ? "-" : smallest.features.join(", ") || "none",
    smallest === undefined ? "-" : `${smallest.bytes}`,
    smallest === undefined
      ? "-"
      : `${(median(caught.map(({ found }) => found?.shrinkMs ?? 0)) / 1000).toFixed(2)} s`,
  ];
}

const HEAD = ["bug", "seeds", "cases", "time", "rule or law", "features", "bytes", "shrinking"];

/** What all rows say together. */
export function summaryOf(rows: readonly HuntRow[]): string {
  const found = rows.filter(({ hunts }) => hunts.every((one) => one.found !== undefined)).length;
  const all = rows.flatMap(({ hunts }) => hunts);
  const quarries = all.flatMap(({ found }) => found === undefined ? [] : [found]);
  return `${found} of ${rows.length} bugs found with every seed. Over all hunts, the median: ` +
    `${median(all.map(({ cases }) => cases))} cases, ${
      (median(all.map(({ ms }) => ms)) / 1000).toFixed(2)
    } s, shrunk to ` +
    `${median(quarries.map(({ bytes }) => bytes))} bytes in ${
      (median(quarries.map(({ shrinkMs }) => shrinkMs)) / 1000).toFixed(2)
    } s.`;
}

/** The page. */
export function pageOf(rows: readonly HuntRow[], seeds: readonly number[], limit: number): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return `# Hunts for the museum's bugs

With each bug of [the museum](museum.md) switched on in the model, a blind campaign tries case after case until one
breaks a rule or a law and does not without the bug. Nobody tells it where to look. The table has the median over
seeds ${
    seeds.join(", ")
  } of the cases and of the processor time to the first finding, then of the shrunk case the
rule or law, the features that it still has, its size as JSON, and the processor time of the shrinking. A hunt ends
after ${limit} cases.

${summaryOf(rows)}

Written by \`deno task museum:campaign\`.

${line(HEAD)}${line(HEAD.map(() => "---"))}${rows.map((row) => line(cellsOf(row))).join("")}`;
}

function main(): number {
  const flags = parseArgs(Deno.args, { string: ["seeds", "limit", "only"], boolean: ["json"] });
  const seeds = String(flags.seeds ?? "1,2,3").split(",").map(Number);
  const limit = Number(flags.limit ?? LIMIT);
  const only = flags.only?.split(",") ?? [];
  const bugs = MUSEUM.map(({ id }): BugId => id).filter((id) => only.length === 0 || only.includes(id));
  if (bugs.length === 0 || ![...seeds, limit].every((value) => Number.isSafeInteger(value) && value >= 0)) {
    console.error(
      bugs.length === 0 ? `No bug is called ${only.join(" or ")}` : "Seeds and limit are whole numbers",
    );
    return 2;
  }
  const clock = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const rows = bugs.map((bug): HuntRow => {
    const row = { bug, hunts: seeds.map((seed) => hunt(bug, seed, limit, clock)) };
    if (!flags.json) console.log(cellsOf(row).join("  "));
    return row;
  });
  if (flags.json) console.log(JSON.stringify({ seeds, limit, bugs: rows }, null, 2));
  else {
    console.log(`\n${summaryOf(rows)}`);
    if (only.length === 0) Deno.writeTextFileSync(PAGE, pageOf(rows, seeds, limit));
  }
  return rows.every(({ hunts }) => hunts.every(({ found }) => found !== undefined)) ? 0 : 1;
}

if (import.meta.main) Deno.exit(main());
