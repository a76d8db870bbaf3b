/**
 * `golden`: the accepted run of each scenario; what differs from it, and accepting that.
 *
 * @module
 */
import {
  acceptAll,
  fingerprint,
  type GoldenResult,
  listGoldens,
  readRejections,
  readSummary,
  writeRejections,
} from "../golden/mod.ts";
import { ANSI, counted, PLAIN, safeText } from "../report/mod.ts";
import { type Command, CommandError, type CommandGroup, EXIT, type Io } from "./command.ts";
import { GoldenMemory, MEMORY_FILE } from "./golden_memory.ts";
import { review } from "./golden_review.ts";
import { changeGoldens, keptGolden, onDisk, recoverGoldens } from "./golden_files.ts";
import { chooseNames, compareAll, lockGoldens, placesOf } from "./golden_runs.ts";
import { differencesOf, GOLDEN_ROOT, NAMES_HELP, refuseInCi, showResult } from "./golden_show.ts";
import { columns } from "./help.ts";

const ACCEPT = "deno task switchover golden update";
const RESULT_SHAPE =
  `{"goldens": [{"name", "status": "same" | "differs" | "missing" | "orphan", "differences": […]}]}`;

function toJson(result: GoldenResult) {
  return { name: result.name, status: result.status, differences: differencesOf(result) };
}

const check: Command = {
  name: "check",
  summary: "Run the scenarios and compare each run with its golden",
  usage: "[NAME…]",
  details: `${NAMES_HELP}
Missing goldens and goldens without a scenario are failures. What neither the program nor its files have
changed of since it was last found to be the same is not run again (kept in ${MEMORY_FILE});
in CI everything is run.`,
  flags: [{ name: "anew", summary: "Run everything, also what is known to be the same" }],
  json: RESULT_SHAPE,
  run: async (args, io) => {
    using _ = await lockGoldens(io, "shared");
    const memory = io.ci || args.has("anew") ? undefined : GoldenMemory.open(placesOf(io).checked);
    const results = await compareAll(args.words, io, memory);
    const bad = results.filter(({ status }) => status !== "same");
    if (args.has("json")) io.out(`${JSON.stringify({ goldens: results.map(toJson) })}\n`);
    else {
      const rejections = readRejections(placesOf(io).rejected);
      for (const result of bad) {
        const isRejected = rejections.get(result.name) === await fingerprint(result);
        const remark = isRejected ? " (rejected in golden review)" : "";
        io.out(`${showResult(result, io.colour ? ANSI : PLAIN, remark)}\n`);
      }
      const hint = bad.length === 0 ? "" : `; if this is what was meant: ${ACCEPT}`;
      const known = memory === undefined || memory.known === 0
        ? ""
        : ` (${memory.known} unchanged since the last check)`;
      io.out(`${counted(results.length, "golden")}, ${bad.length} not as accepted${known}${hint}\n`);
    }
    return bad.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

const update: Command = {
  name: "update",
  summary: "Accept the runs as they are now: write all goldens that differ, all or nothing",
  usage: "[NAME…]",
  details: `${NAMES_HELP}
Goldens whose scenario is gone are removed. An update that was interrupted is finished or undone
first; while another one is under way this one waits. With CI set in the environment nothing is ever
written.`,
  flags: [],
  json: RESULT_SHAPE,
  run: async (args, io) => {
    refuseInCi(io);
    using _ = await lockGoldens(io, "alone");
    const leftover = recoverGoldens(placesOf(io).goldens);
    if (leftover !== "nothing") io.err(`An interrupted update was ${leftover}\n`);
    const results = await compareAll(args.words, io);
    accept(results, io, args.has("json"));
    if (args.has("json")) io.out(`${JSON.stringify({ goldens: results.map(toJson) })}\n`);
    return EXIT.ok;
  },
};

function accept(results: readonly GoldenResult[], io: Io, quiet: boolean): void {
  const changed = results.filter(({ status }) => status !== "same");
  if (changed.length > 0) {
    changeGoldens(placesOf(io).goldens, acceptAll(results));
    const accepted = new Set(changed.map(({ name }) => name));
    const rejections = [...readRejections(placesOf(io).rejected)].filter(([name]) => !accepted.has(name));
    const { rejected } = placesOf(io);
    onDisk(`Cannot write ${rejected}`, () => writeRejections(rejected, new Map(rejections)));
  }
  if (quiet) return;
  for (const result of changed) {
    const { name, status } = result;
    // The most telling sentence of each is what the entry in the change log is written from.
    const [first = ""] = differencesOf(result);
    const what = status === "orphan" ? "removed" : "written";
    io.out(`${what} ${name}${first === "" ? "" : `: ${safeText(first)}`}\n`);
  }
  io.out(`${counted(changed.length, "golden")} changed, ${results.length - changed.length} as before\n`);
  if (changed.length > 0) io.out("A changed golden is news to users: add a line to CHANGELOG.md\n");
}

const list: Command = {
  name: "list",
  summary: "List the goldens, each with the reason it exists",
  usage: "[NAME…]",
  details: NAMES_HELP,
  flags: [],
  json: `{"goldens": [{"name", "why", "profile", "seed"}]}`,
  run: (args, io) => {
    const { goldens } = placesOf(io);
    const all = onDisk(`Cannot read ${goldens}`, () => listGoldens(goldens));
    if (all.length === 0) {
      throw new CommandError(
        `There are no goldens in ${GOLDEN_ROOT} here; this works in the project's folder`,
      );
    }
    const chosen = chooseNames(all, args.words, "golden");
    const rows = chosen.map((name) => {
      const files = keptGolden(goldens, name);
      const summary = files === undefined ? undefined : readSummary(files["summary.json"]);
      return {
        name,
        why: summary?.why ?? null,
        profile: summary?.profile ?? null,
        seed: summary?.seed ?? null,
      };
    });
    if (args.has("json")) io.out(`${JSON.stringify({ goldens: rows })}\n`);
    else if (rows.length > 0) io.out(columns(rows.map(({ name, why }) => [name, why ?? "(not whole)"]), ""));
    return EXIT.ok;
  },
};

/** The group. */
export const golden: CommandGroup = {
  name: "golden",
  summary: "Keep the accepted run of each scenario, and show what differs from it",
  commands: [check, update, review, list],
};
