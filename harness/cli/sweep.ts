/**
 * `sweep`: a grid of knobs over a scenario, and the map of where it converges.
 *
 * @module
 */
import {
  countCells,
  countSweep,
  SWEEP_SHAPE,
  type SweepCell,
  sweepCsv,
  sweepDocument,
  sweepMap,
  sweepPage,
  type SweepResult,
  sweepTable,
} from "../report/mod.ts";
import { parseScenario, showScenarioError } from "../scenario/mod.ts";
import type { Arguments } from "./arguments.ts";
import { type Command, CommandError, EXIT, type Io } from "./command.ts";
import { PROGRAM } from "./help.ts";
import { readText } from "./input.ts";
import { type Axis, readAxis, SET_SUMMARY, turnKnobs } from "./knobs.ts";
import { commandOf, expectFolderOf, quoteWord, writePage } from "./page.ts";
import { titleOf } from "./run.ts";
import { SweepJournal } from "./sweep_journal.ts";
import { runSweep } from "./sweep_run.ts";

const CELLS_MAX = 250_000;
/** A page holds every cell and draws those of two axes at a time; a browser takes so many. */
const PAGE_CELLS_MAX = 50_000;
const MAP_CELLS_MAX = 10_000;
const QUIET_EVERY_MS = 10_000;

/** The command. */
export const sweep: Command = {
  name: "sweep",
  summary: "Run a scenario over a grid of two or more knobs and map where it converges",
  usage: "SCENARIO --axis NAME=FROM..TO[:STEPS][log] --axis …",
  details:
    `NAME is a parameter (max-bandwidth, downtime-limit, cpu-throttle-increment …), dirty-rate (pages a second of
every phase that writes), link-rate, ram, or the path of a number such as workload[0].pages. FROM and TO take
units (20k, 64MiB); STEPS is 10 unless given; with log the steps grow by a constant factor. A list works, too:
downtime-limit=30,100,300. The first axis runs across the map, the second up.
The result is the same with any number of workers. With --out a sweep that is interrupted (exit code 75) or
killed goes on where it was when the same command is given again.`,
  flags: [
    { name: "axis", value: "AXIS", repeats: true, summary: "A knob and its values; give two or more" },
    { name: "set", value: "NAME=VALUE", repeats: true, summary: SET_SUMMARY },
    {
      name: "workers",
      value: "W",
      summary: "Cells run at a time; as many as there are processors unless given",
    },
    { name: "out", value: "DIR", summary: "Keep a journal here, to resume from" },
    { name: "csv", value: "FILE", summary: "Write the cells here, comma-separated" },
    { name: "html", value: "FILE", summary: "Write a page with the map here" },
  ],
  json: SWEEP_SHAPE,
  run: async (args, io) => {
    const [path, ...others] = args.words;
    if (path === undefined || others.length > 0) throw new CommandError("sweep takes one scenario");
    const text = turnKnobs(await readText(path, io), args.texts("set"));
    const parsed = parseScenario(text, path === "-" ? "standard input" : path);
    if (!parsed.ok) throw new CommandError(parsed.error.map(showScenarioError).join("\nswitchover: "));
    const scenario: unknown = JSON.parse(text);
    const axes = readAxes(scenario, args);
    for (const flag of ["csv", "html"]) expectFolderOf(args.text(flag));
    const shown = axes.map(({ knob: { name, unit }, values }) => ({ name, unit, values }));
    const cells: (SweepCell | undefined)[] = [];
    const out = args.text("out");
    const journal = out === undefined
      ? undefined
      : new SweepJournal(out, { scenario, axes: shown }, (cell, result) => cells[cell] = result);
    const all = countCells(shown);
    const progress = progressOf(all, io);
    const isDone = await runSweep({ scenario, knobs: axes.map(({ knob }) => knob) }, shown, {
      workers: args.integer("workers", 1, 256) ?? navigator.hardwareConcurrency,
      stop: io.stop,
      cells,
      onCell: (cell, result, done) => {
        journal?.note(cell, result);
        progress.show(done);
      },
    }).finally(() => journal?.close());
    progress.clear();
    if (!isDone) {
      const done = cells.filter((cell) => cell !== undefined).length;
      const hope = out === undefined
        ? "nothing is kept without --out"
        : "run the same command again to go on";
      io.err(`interrupted: ${done} of ${all} cells are done; ${hope}\n`);
      return EXIT.interrupted;
    }
    const result: SweepResult = {
      scenario: titleOf(path),
      why: parsed.value.why,
      axes: shown,
      cells: cells as SweepCell[],
    };
    return tell(result, path, args, io);
  },
};

/** Says what the sweep found. Not to converge is an answer, not a failure; no cell that is a scenario is a mistake. */
function tell(result: SweepResult, path: string, args: Arguments, io: Io): typeof EXIT.ok {
  const { converged, not, invalid } = countSweep(result);
  if (converged + not === 0) throw new CommandError(`No cell is a scenario: ${result.cells[0]?.error}`);
  const csv = args.text("csv");
  const html = args.text("html");
  if (csv !== undefined) writePage(csv, sweepCsv(result));
  if (html !== undefined) {
    const settings = args.texts("set").map((one) => ` --set ${quoteWord(one)}`).join("");
    writePage(
      html,
      sweepPage(result, {
        command: commandOf("sweep", args),
        rerun: `${PROGRAM} run ${quoteWord(path)}${settings}`,
      }),
    );
  }
  if (args.has("json")) io.out(`${JSON.stringify(sweepDocument(result))}\n`);
  else {
    const bad = invalid === 0 ? "" : `, ${invalid} are no scenario`;
    io.out(
      `${sweepTable(result, io.columns?.("out"))}\n${
        sweepMap(result)
      }\n${converged} of ${result.cells.length} cells converge${bad}\n`,
    );
  }
  return EXIT.ok;
}

function readAxes(scenario: unknown, args: Arguments): Axis[] {
  const axes = args.texts("axis").map((text) => readAxis(scenario, text));
  if (axes.length < 2) {
    throw new CommandError(
      "sweep needs two axes or more, such as --axis dirty-rate=1k..50k --axis max-bandwidth=16MiB..256MiB",
    );
  }
  for (const [at, { knob }] of axes.entries()) {
    if (axes.findIndex((one) => one.knob.name === knob.name) !== at) {
      throw new CommandError(`${knob.name} is an axis twice`);
    }
  }
  const cells = axes.reduce((count, { values }) => count * values.length, 1);
  const map = (axes[0]?.values.length ?? 0) * (axes[1]?.values.length ?? 0);
  if (args.text("html") !== undefined && (cells > PAGE_CELLS_MAX || map > MAP_CELLS_MAX)) {
    throw new CommandError(
      `--html shows at most ${PAGE_CELLS_MAX} cells, ${MAP_CELLS_MAX} of two axes; these are ${cells} and ${map}: use --csv`,
    );
  }
  if (cells > CELLS_MAX) {
    throw new CommandError(`These axes span ${cells} cells; a sweep has at most ${CELLS_MAX}`);
  }
  return axes;
}

/** How far it is: drawn over on a terminal, now and then elsewhere. */
function progressOf(all: number, io: Io): { show(done: number): void; clear(): void } {
  let shown = performance.now();
  return {
    show(done) {
      const now = performance.now();
      if (now - shown < (io.live ? 100 : QUIET_EVERY_MS)) return;
      shown = now;
      io.err(io.live ? `\r\x1b[K${done} of ${all} cells` : `${done} of ${all} cells\n`);
    },
    clear: () => io.live ? io.err("\r\x1b[K") : undefined,
  };
}
