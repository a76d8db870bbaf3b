/**
 * The mutation harness: recordings and model runs are broken on purpose, and the judge must notice.
 *
 * `deno task mutants [--recordings DIR] [--attempts N] [--seed S] [--json]`
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { gunzipSync } from "node:zlib";
import { catalogFor, type Hunt, hunt, type NamedRun } from "../checks/mod.ts";
import { simulate } from "../model/mod.ts";
import { joinFacts, readMeta, readQmp } from "../record/mod.ts";
import { parseScenario } from "../scenario/mod.ts";
import { keep, readLog, type TraceRecord, versionOf } from "../trace/mod.ts";

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

/** The recordings of a folder as runs. Recordings with several destinations are left out: a run has one. */
export function recordedRuns(folder: URL): NamedRun[] {
  const runs: NamedRun[] = [];
  const names = [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory).map(({ name }) =>
    name
  );
  for (const name of names.sort()) {
    const at = (file: string) => new URL(`${name}/${file}`, folder);
    const files = [...Deno.readDirSync(at("."))].map((entry) => entry.name);
    if (files.includes("dst2.trace.gz") || !files.includes("src.trace.gz")) continue;
    const meta = readMeta(Deno.readTextFileSync(at("meta.json")));
    const qmp = readQmp(new TextDecoder().decode(gunzipSync(Deno.readFileSync(at("qmp.json.gz")))));
    if (!meta.ok || !qmp.ok) continue;
    const facts = joinFacts(meta.value, qmp.value.facts);
    runs.push({
      name,
      run: {
        facts,
        source: readRecords(at("src.trace.gz"), versionOf(facts, "source") ?? ""),
        destination: readRecords(at("dst.trace.gz"), versionOf(facts, "destination") ?? ""),
        samples: qmp.value.samples,
      },
    });
  }
  return runs;
}

/** The scenarios that come with the project, simulated. */
export function simulatedRuns(): NamedRun[] {
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
export function showHunt({ operators, mutants, caught, survivors }: Hunt): string {
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

if (import.meta.main) {
  const given = parseArgs(Deno.args, { string: ["recordings", "attempts", "seed"], boolean: ["json"] });
  const folder = given["recordings"] === undefined
    ? new URL("recordings/", ROOT)
    : new URL(`${String(given["recordings"]).replace(/\/?$/, "/")}`, `file://${Deno.cwd()}/`);
  const found = hunt(
    [...recordedRuns(folder), ...simulatedRuns()],
    Number(given["attempts"] ?? 3),
    Number(given["seed"] ?? 1),
  );
  const text = given["json"] === true ? JSON.stringify(found, null, 2) : showHunt(found);
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  if (found.caught < 0.97 * found.mutants) Deno.exitCode = 1;
}
