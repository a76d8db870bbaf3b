/**
 * `compare`: two runs held against each other, recorded or of the model.
 *
 * @module
 */
import { judgeScenario, reportOf } from "../pipeline.ts";
import {
  type ComparedRun,
  compareFigures,
  comparePage,
  differingRules,
  safeText,
  timelineOf,
} from "../report/mod.ts";
import type { Arguments } from "./arguments.ts";
import { judgeInput } from "./check.ts";
import { readFolder, readNamed } from "./check_input.ts";
import { type Command, CommandError, type Io } from "./command.ts";
import { kindOf } from "./input.ts";
import { SET_SUMMARY } from "./knobs.ts";
import { commandOf, expectFolderOf, writePage } from "./page.ts";
import { exitCodeOf } from "./verdicts.ts";
import { readScenario, titleOf } from "./run.ts";

/** The command. */
export const compare: Command = {
  name: "compare",
  summary: "Hold two runs against each other: figures, phases, downtime, verdicts",
  usage: "A B",
  details:
    `A and B are each the folder of a recording, a trace, or a scenario (a .json file), which is run first.
So a recording can be held against the model of it, or a scenario against a changed one.`,
  flags: [
    {
      name: "set",
      value: "NAME=VALUE",
      repeats: true,
      summary: `Scenarios only: ${SET_SUMMARY.toLowerCase()}`,
    },
    {
      name: "html",
      value: "FILE",
      summary: "Write a page with the pictures of both in the same frames here",
    },
  ],
  json: `{"a": title, "b": title, "figures": [{"name", "a", "b", "difference"}],
 "rules": [{"id", "a": outcome, "b": outcome}]}`,
  run: async (args, io) => {
    const [first, second, ...others] = args.words;
    if (first === undefined || second === undefined || others.length > 0) {
      throw new CommandError("compare takes two runs, each the folder of a recording, a trace or a scenario");
    }
    expectFolderOf(args.text("html"));
    const runs = [await readRun(first, args, io), await readRun(second, args, io)] as const;
    const [a, b] = runs;
    const page = args.text("html");
    if (page !== undefined) writePage(page, comparePage({ runs, command: commandOf("compare", args) }));
    const figures = compareFigures(
      { figures: a.subject.figures, timeline: a.timeline },
      { figures: b.subject.figures, timeline: b.timeline },
    );
    const rules = differingRules(a.subject.judgement.verdicts, b.subject.judgement.verdicts)
      .map((one) => ({ id: one.a.rule.id, a: one.a.outcome, b: one.b.outcome }));
    const titles = [a.subject.title, b.subject.title].map((title) => safeText(title));
    if (args.has("json")) {
      io.out(`${JSON.stringify({ a: a.subject.title, b: b.subject.title, figures, rules })}\n`);
    } else {
      // Titles may be paths of any length: above the table they do not pull it apart.
      io.out(titles.map((title, at) => `${at === 0 ? "A" : "B"}: ${title}\n`).join(""));
      const rows = [
        ["", "A", "B", "difference"],
        ...figures.map((one) => [one.name, safeText(one.a), safeText(one.b), one.difference]),
      ];
      const failing = rules.filter((one) => one.a === "fail" || one.b === "fail");
      io.out(alignColumns(rows));
      io.out(failing.map((one) => `rule ${one.id}: ${one.a} in A, ${one.b} in B\n`).join(""));
      io.out(`${rules.length} rules are judged differently, ${failing.length} of them fail in one\n`);
    }
    return exitCodeOf([a.subject, b.subject]);
  },
};

async function readRun(path: string, args: Arguments, io: Io): Promise<ComparedRun> {
  if (path !== "-" && kindOf(path) === "folder") return await judged(await readFolder(path, io), args, io);
  if (path.endsWith(".json")) {
    const judged = judgeScenario(await readScenario(path, args, io));
    const { run } = judged;
    return { subject: reportOf(titleOf(path), judged), timeline: timelineOf(run), facts: run.facts };
  }
  return await judged(await readNamed([path], [], io), args, io);
}

async function judged(
  input: Parameters<typeof judgeInput>[0],
  args: Arguments,
  io: Io,
): Promise<ComparedRun> {
  const { subject, facts, timeline } = await judgeInput(input, args, io, true);
  if (timeline === undefined) throw new Error("A timeline was asked for");
  return { subject, facts, timeline };
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2, 3].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    `${
      row.map((text, at) => at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)).join(
        "  ",
      )
        .trimEnd()
    }\n`
  ).join("");
}
