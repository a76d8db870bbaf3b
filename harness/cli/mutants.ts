/**
 * The mutation harness: recordings and model runs are broken on purpose, and the judge must notice.
 *
 * `deno task mutants [--recordings DIR] [--attempts N] [--seed S] [--json] [--write]`; the last writes what one mutant
 * for each operator and run of the project gives into `docs/mutants.md`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { gunzipSync } from "node:zlib";
import { catalogFor, type Hunt, hunt, type NamedRun } from "../checks/mod.ts";
import { simulate } from "../model/mod.ts";
import { joinFacts, readMeta, readQmp } from "../record/mod.ts";
import { parseScenario } from "../scenario/mod.ts";
import { keep, readLog, type Side, type TraceRecord, versionOf } from "../trace/mod.ts";

const ROOT = new URL("../../", import.meta.url);

function readRecords(url: URL, version: string): TraceRecord[] {
  const records: TraceRecord[] = [];
  let bytes: Uint8Array;
  try {
    bytes = gunzipSync(Deno.readFileSync(url));
  } catch {
    return records;
  }
  readLog(catalogFor(version), bytes, { event: (event) => void records.push(keep(event)) });
  return records;
}

/** The recordings of a folder as runs: one for each destination, which is the one that a mutant is made of. */
export function recordedRuns(folder: URL): NamedRun[] {
  const runs: NamedRun[] = [];
  const names = [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory).map(({ name }) =>
    name
  );
  for (const name of names.sort()) {
    const at = (file: string) => new URL(`${name}/${file}`, folder);
    const files = [...Deno.readDirSync(at("."))].map((entry) => entry.name);
    if (!files.includes("src.trace.gz")) continue;
    const meta = readMeta(Deno.readTextFileSync(at("meta.json")));
    const qmp = readQmp(new TextDecoder().decode(gunzipSync(Deno.readFileSync(at("qmp.json.gz")))));
    if (!meta.ok || !qmp.ok) continue;
    const facts = joinFacts(meta.value, qmp.value.facts);
    const read = (file: string, side: Side) => readRecords(at(file), versionOf(facts, side) ?? "");
    const source = read("src.trace.gz", "source");
    const { samples } = qmp.value;
    const first = read("dst.trace.gz", "destination");
    if (!files.includes("dst2.trace.gz")) {
      runs.push({ name, run: { facts, source, destination: first, samples } });
      continue;
    }
    const second = read("dst2.trace.gz", "destination");
    const run = { facts, source, samples };
    runs.push(
      { name: `${name}, first`, run: { ...run, destination: first, laterDestinations: [second] } },
      { name: `${name}, second`, run: { ...run, destination: second, earlierDestinations: [first] } },
    );
  }
  return runs;
}

/** The scenarios that come with the project, simulated. */
function simulatedRuns(): NamedRun[] {
  const folder = new URL("scenarios/", ROOT);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  return names.filter((name) => name.endsWith(".json") && name !== "schema.json").sort().flatMap((name) => {
    const scenario = parseScenario(Deno.readTextFileSync(new URL(name, folder)), name);
    return scenario.ok
      ? [{ name: `model: ${name.replace(".json", "")}`, run: simulate(scenario.value) }]
      : [];
  });
}

/** The result as text: a line per operator, then the survivors with their reasons. */
function showHunt({ operators, mutants, caught, survivors }: Hunt): string {
  const width = Math.max(...operators.map(({ name }) => name.length));
  const lines = operators.map(({ name, mutants, caught, rules }) =>
    `${name.padEnd(width)}  ${`${caught}/${mutants}`.padStart(9)}  ${rules.slice(0, 2).join(", ")}`
  );
  const share = mutants === 0 ? 0 : 100 * caught / mutants;
  lines.push(
    "",
    `${operators.length} operators, ${mutants} mutants, ${caught} caught: ${share.toFixed(2)} %`,
  );
  for (const { operator, run, reason } of survivors) {
    lines.push(`survived: ${operator}, in ${run}: ${reason}`);
  }
  return lines.join("\n");
}

/** The result as the project's own document. */
function documentHunt({ operators, mutants, caught, survivors }: Hunt): string {
  const share = mutants === 0 ? 0 : 100 * caught / mutants;
  const rows = operators.map(({ name, breaks, mutants, caught, rules }) =>
    `| ${name} | ${breaks} | ${caught} / ${mutants} | ${rules.slice(0, 2).join(", ")} |`
  );
  const survived = survivors.map(({ operator, run, reason }) => `| ${operator} | ${run} | ${reason} |`);
  return [
    "# Mutants",
    "",
    "Written by `deno task mutants --write`: the committed recordings and the scenarios' runs, each broken once by",
    "each operator that finds an occasion there, and judged.",
    "",
    `${operators.length} operators made ${mutants} mutants, and ${caught} were caught: ${
      share.toFixed(2)
    } %.`,
    "",
    "| operator | the promise that it breaks | caught | mostly by |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    "## Survivors",
    "",
    "| operator | run | why |",
    "| --- | --- | --- |",
    ...survived,
    "",
  ].join("\n");
}

if (import.meta.main) {
  const given = parseArgs(Deno.args, {
    string: ["recordings", "attempts", "seed"],
    boolean: ["json", "write"],
  });
  const folder = given["recordings"] === undefined
    ? new URL("recordings/", ROOT)
    : new URL(`${String(given["recordings"]).replace(/\/?$/, "/")}`, `file://${Deno.cwd()}/`);
  const found = hunt(
    [...recordedRuns(folder), ...simulatedRuns()],
    Number(given["attempts"] ?? (given["write"] === true ? 1 : 3)),
    Number(given["seed"] ?? 1),
  );
  const text = given["json"] === true ? JSON.stringify(found, null, 2) : showHunt(found);
  if (given["write"] === true) Deno.writeTextFileSync(new URL("docs/mutants.md", ROOT), documentHunt(found));
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  if (found.caught < 0.97 * found.mutants) Deno.exitCode = 1;
}
