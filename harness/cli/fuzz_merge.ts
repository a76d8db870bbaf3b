/**
 * `fuzz merge`: the shards of one campaign, united.
 *
 * @module
 */
import type { Arguments } from "./arguments.ts";
import { type CampaignPlan, readPlan, writeMerged } from "./campaign_store.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Io } from "./command.ts";
import { placed, writeReports } from "./findings_report.ts";
import { countsOf, printSummaries, summarize } from "./fuzz_summary.ts";
import { targetNamed } from "./fuzz_targets.ts";

/** `fuzz merge`. */
export const merge: Command = {
  name: "merge",
  summary: "Unite the shards of one campaign: what is done, and the findings",
  usage: "DIR… --out DIR",
  details: "The order does not matter, and a shard that is merged twice counts once.",
  flags: [
    { name: "out", value: "DIR", summary: "Where the united campaign goes; it must be new" },
    { name: "junit", value: "FILE", summary: "Write the findings as JUnit's XML" },
    { name: "sarif", value: "FILE", summary: "Write the findings as SARIF" },
  ],
  json: `{"seed", "runs", "targets", "guided", "done", "failed", "reached", "findings": ["name", …],
 "perTarget": {"log": {"cases", "done", "seconds", "failed", "findings", "reached", "kinds": {"kind": cases}}}}`,
  run: (args, io) => {
    const out = args.text("out");
    if (out === undefined) throw new CommandError("fuzz merge needs --out DIR");
    if (readPlan(out) !== undefined) throw new CommandError(`${out} holds a campaign already`);
    return mergeInto(out, args, io);
  },
};

function mergeInto(out: string, args: Arguments, io: Io): ExitCode {
  const parts = args.words.map((folder) => ({ folder, plan: readPlan(folder) }));
  const [first] = parts;
  if (first?.plan === undefined) throw new CommandError(`${first?.folder ?? "fuzz merge"} holds no campaign`);
  const { plan } = first;
  const key = (one: CampaignPlan): string => JSON.stringify({ ...one, shard: 0, shards: 1 });
  for (const { folder, plan: other } of parts) {
    if (other === undefined) throw new CommandError(`${folder} holds no campaign`);
    if (key(other) !== key(plan)) {
      throw new CommandError(`${folder} is of another campaign than ${first.folder}`);
    }
  }
  const state = writeMerged(out, plan, args.words);
  const names = [...state.findings.keys()];
  const { seed, runs, targets, guided } = plan;
  const known = targets.map(targetNamed);
  const perTarget = summarize(plan, known, state.journal, state.findings.values(), plan);
  const counts = countsOf(perTarget);
  writeReports(args, perTarget, placed(names.map((name) => `${out}/findings/${name}`)));
  if (args.has("json")) {
    io.out(`${JSON.stringify({ seed, runs, targets, guided, ...counts, findings: names, perTarget })}\n`);
  } else {
    io.out(printSummaries(perTarget, known));
    io.out(
      `${counts.done} of ${runs} cases done, ${counts.reached} behaviours, ` +
        `${counts.failed} failures, ${names.length} findings\n`,
    );
  }
  return names.length > 0 ? EXIT.failed : EXIT.ok;
}
