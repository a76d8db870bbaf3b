/**
 * `catalog coverage`: which tracepoints the scenarios and the committed recordings show.
 *
 * @module
 */
import { judgeScenario } from "../pipeline.ts";
import { type CatalogName, catalogOf, readerFor, versionOf } from "../trace/mod.ts";
import { Arguments } from "./arguments.ts";
import { type Command, EXIT, type Io } from "./command.ts";
import { readFolder } from "./check_input.ts";
import { SCENARIO_ROOT, scenarioNames } from "./golden_runs.ts";
import { foldersOf } from "./finding_folder.ts";
import { columns } from "./help.ts";
import { openInput } from "./input.ts";
import { readScenario } from "./run.ts";
import { catalogOfVersion } from "./guess.ts";

const RECORDING_ROOT = "recordings";

/** Who shows an event. */
interface Shown {
  readonly scenarios: Set<string>;
  readonly recordings: Set<string>;
}

/** The command. */
export const coverage: Command = {
  name: "coverage",
  summary: "Show which tracepoints the scenarios emit and the recordings show",
  usage: "[EVENT…]",
  details:
    `Works in the project's folder: scenarios/ are run, recordings/ are read. With an EVENT: who shows it. Counted
against the catalog of QEMU 10.0; per-page events are off in scenarios as they are in recordings.`,
  flags: [],
  json:
    `{"events": [{"name", "scenarios": ["name", …], "recordings": ["name", …]}], "emitted", "recorded", "both"}`,
  run: async (args, io) => {
    const shown = await gather(io);
    const names = catalogOf("10.0").declarations.map(({ name }) => name);
    const asked = args.words.length === 0 ? names : args.words;
    const rows = asked.map((name) => ({
      name,
      scenarios: [...shown.get(name)?.scenarios ?? []],
      recordings: [...shown.get(name)?.recordings ?? []],
    }));
    const emitted = rows.filter(({ scenarios }) => scenarios.length > 0).length;
    const recorded = rows.filter(({ recordings }) => recordings.length > 0);
    const both = recorded.filter(({ scenarios }) => scenarios.length > 0).length;
    if (args.has("json")) {
      io.out(`${JSON.stringify({ events: rows, emitted, recorded: recorded.length, both })}\n`);
      return EXIT.ok;
    }
    for (const { name, scenarios, recordings } of args.words.length === 0 ? [] : rows) {
      io.out(
        `${name}\n  scenarios: ${scenarios.join(" ") || "none"}\n  recordings: ${
          recordings.join(" ") || "none"
        }\n`,
      );
    }
    if (args.words.length > 0) return EXIT.ok;
    const missing = recorded.filter(({ scenarios }) => scenarios.length === 0);
    io.out(columns(missing.map(({ name, recordings }) => [name, `in ${recordings[0]}, in no scenario`]), ""));
    io.out(
      `${emitted} of ${rows.length} events emitted by scenarios, ${both} of the ${recorded.length} recorded ones\n`,
    );
    return EXIT.ok;
  },
};

async function gather(io: Io): Promise<Map<string, Shown>> {
  const shown = new Map<string, Shown>();
  const note = (event: string, kind: keyof Shown, name: string) => {
    const row = shown.get(event) ?? { scenarios: new Set(), recordings: new Set() };
    row[kind].add(name);
    shown.set(event, row);
  };
  for (const name of scenarioNames()) {
    const scenario = await readScenario(`${SCENARIO_ROOT}/${name}.json`, new Arguments([], {}), io);
    const { run } = judgeScenario(scenario);
    for (const { declaration } of [...run.source, ...run.destination]) {
      note(declaration.name, "scenarios", name);
    }
  }
  for (const name of foldersOf(RECORDING_ROOT)) {
    const { traces, facts } = await readFolder(`${RECORDING_ROOT}/${name}`, io);
    for (const { path, side = "source" } of traces) {
      const catalog: CatalogName = catalogOfVersion(versionOf(facts, side) ?? "") ?? "10.0";
      const { chunks } = await openInput(path, io);
      const reader = readerFor("log", catalogOf(catalog), {
        event: ({ declaration }) => note(declaration.name, "recordings", name),
      });
      for await (const chunk of chunks) reader.push(chunk);
      reader.end();
    }
  }
  return shown;
}
