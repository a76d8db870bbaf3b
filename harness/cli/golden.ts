/**
 * `golden`: the accepted run of each scenario; what differs from it, and accepting that.
 *
 * @module
 */
import { recoverSet, writeSet } from "../files/mod.ts";
import {
  acceptAll,
  describeDifference,
  GOLDEN_FILES,
  type GoldenResult,
  listGoldens,
  readGolden,
  readSummary,
  textDifference,
} from "../golden/mod.ts";
import { ANSI, counted, type Paint, PLAIN, safeText } from "../report/mod.ts";
import { type Command, CommandError, type CommandGroup, EXIT, type Io } from "./command.ts";
import { compareAll, GOLDEN_ROOT } from "./golden_runs.ts";
import { columns } from "./help.ts";

const TEXT = new TextDecoder("latin1");
const PLACES = `Works in the project's folder: scenarios/NAME.json and golden/NAME/.
A NAME may be a part of a name.`;
const ACCEPT = "deno task switchover golden update";
const RESULT_SHAPE =
  `{"goldens": [{"name", "status": "same" | "differs" | "missing" | "orphan", "differences": […]}]}`;

/** What is to be said of a result: the meaning first, then the lines. Nothing for one that is the same. */
export function showResult(result: GoldenResult, paint: Paint): string {
  if (result.status === "same") return "";
  const head = `${paint.bad(result.status)} ${paint.strong(result.name)}\n`;
  if (result.status === "missing") return `${head}  There is a scenario, but no whole golden of it.\n`;
  if (result.status === "orphan") return `${head}  There is a golden, but no scenario of that name.\n`;
  const { golden, now } = result;
  const sentences = describeDifference(golden, now).map((sentence) => `  ${safeText(sentence)}\n`);
  const lines = GOLDEN_FILES.flatMap((file) => {
    const shown = textDifference(TEXT.decode(golden[file]), TEXT.decode(now[file]), 16);
    return shown.length === 0 ? [] : [`    ${file}`, ...shown.map((line) => `    ${paintLine(line, paint)}`)];
  });
  return `${head}${sentences.join("")}\n${lines.join("\n")}\n`;
}

function paintLine(line: string, paint: Paint): string {
  const text = safeText(line, 160);
  if (line.startsWith("+")) return paint.good(text);
  return line.startsWith("-") ? paint.bad(text) : paint.faint(text);
}

function toJson(result: GoldenResult) {
  const differences = result.status === "differs" ? describeDifference(result.golden, result.now) : [];
  return { name: result.name, status: result.status, differences };
}

const check: Command = {
  name: "check",
  summary: "Run the scenarios and compare each run with its golden",
  usage: "[NAME…]",
  details: `${PLACES}
Missing goldens and goldens without a scenario are failures.`,
  flags: [],
  json: RESULT_SHAPE,
  run: async (args, io) => {
    const results = await compareAll(args.words, args, io);
    const bad = results.filter(({ status }) => status !== "same");
    if (args.has("json")) io.out(`${JSON.stringify({ goldens: results.map(toJson) })}\n`);
    else {
      for (const result of bad) io.out(`${showResult(result, io.colour ? ANSI : PLAIN)}\n`);
      const hint = bad.length === 0 ? "" : `; if this is what was meant: ${ACCEPT}`;
      io.out(`${counted(results.length, "golden")}, ${bad.length} not as accepted${hint}\n`);
    }
    return bad.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

const update: Command = {
  name: "update",
  summary: "Accept the runs as they are now: write all goldens that differ, all or nothing",
  usage: "[NAME…]",
  details: `${PLACES}
Goldens whose scenario is gone are removed. An update that was interrupted is finished or undone
first. With CI set in the environment nothing is ever written.`,
  flags: [],
  json: RESULT_SHAPE,
  run: async (args, io) => {
    refuseInCi(io);
    const leftover = recoverSet(GOLDEN_ROOT);
    if (leftover !== "nothing") io.err(`An interrupted update was ${leftover}\n`);
    const results = await compareAll(args.words, args, io);
    accept(results, io, args.has("json"));
    if (args.has("json")) io.out(`${JSON.stringify({ goldens: results.map(toJson) })}\n`);
    return EXIT.ok;
  },
};

function refuseInCi({ ci }: Io): void {
  if (ci) {
    throw new CommandError(
      "Goldens are not written in CI (the environment says CI); accept them where they can be read",
    );
  }
}

function accept(results: readonly GoldenResult[], io: Io, quiet: boolean): void {
  const changed = results.filter(({ status }) => status !== "same");
  if (changed.length > 0) writeSet(GOLDEN_ROOT, acceptAll(results));
  if (quiet) return;
  for (const { name, status } of changed) io.out(`${status === "orphan" ? "removed" : "written"} ${name}\n`);
  io.out(`${counted(changed.length, "golden")} changed, ${results.length - changed.length} as before\n`);
  if (changed.length > 0) io.out("A changed golden is news to users: add a line to CHANGELOG.md\n");
}

const review: Command = {
  name: "review",
  summary: "Walk through what differs: accept, reject or skip each",
  usage: "[NAME…]",
  details: `${PLACES}
Asks on the terminal; what was accepted is written at the end, all or nothing.`,
  flags: [],
  json: `{"accepted": ["name", …], "left": ["name", …]}`,
  run: async (args, io) => {
    refuseInCi(io);
    recoverSet(GOLDEN_ROOT);
    const bad = (await compareAll(args.words, args, io)).filter(({ status }) => status !== "same");
    const accepted: GoldenResult[] = [];
    for (const [index, result] of bad.entries()) {
      io.err(`${showResult(result, io.colour ? ANSI : PLAIN)}\n`);
      const answer = askUntil(io, `${index + 1} of ${bad.length}: accept, skip or quit? [a/s/q]`);
      if (answer === "q") break;
      if (answer === "a") accepted.push(result);
    }
    if (accepted.length > 0) writeSet(GOLDEN_ROOT, acceptAll(accepted));
    const names = accepted.map(({ name }) => name);
    const left = bad.map(({ name }) => name).filter((name) => !names.includes(name));
    if (args.has("json")) io.out(`${JSON.stringify({ accepted: names, left })}\n`);
    else io.out(`${counted(names.length, "golden")} accepted, ${left.length} left as they were\n`);
    return left.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

function askUntil(io: Io, question: string): "a" | "s" | "q" {
  for (;;) {
    const answer = io.ask(question);
    if (answer === null) throw new CommandError("golden review asks on a terminal, and there is none");
    const letter = answer.trim().toLowerCase().slice(0, 1);
    if (letter === "a" || letter === "s" || letter === "q") return letter;
  }
}

const list: Command = {
  name: "list",
  summary: "List the goldens, each with the reason it exists",
  usage: "",
  flags: [],
  json: `{"goldens": [{"name", "why", "profile", "seed"}]}`,
  run: (args, io) => {
    const rows = listGoldens(GOLDEN_ROOT).map((name) => {
      const files = readGolden(GOLDEN_ROOT, name);
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
