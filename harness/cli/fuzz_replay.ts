/**
 * `fuzz replay`: findings tried again, and the corpus before a campaign.
 *
 * @module
 */
import type { Arguments } from "./arguments.ts";
import { CASE_MS } from "./campaign_worker.ts";
import { type Command, CommandError, EXIT, type Flag, type Io } from "./command.ts";
import { foldersOf, readFinding, readFindingHead } from "./finding_folder.ts";
import { targetNamed } from "./fuzz_targets.ts";
import type { Replaying } from "./replay_case.ts";
import { replayerFor } from "./replay_process.ts";

/** The flag that says when a case never ends. */
export const CASE_TIME: Flag = {
  name: "case-time",
  value: "T",
  summary: `A case that takes longer never ends, and is a finding; default ${CASE_MS / 1000}s`,
};

/**
 * How long a case may take, in milliseconds.
 *
 * @throws {CommandError} If it is so short that every case would be cut off.
 */
export function caseMsAsked(args: Arguments): number {
  const asked = args.duration(CASE_TIME.name) ?? CASE_MS;
  if (asked < 100) throw new CommandError("--case-time must be 100ms or more");
  return asked;
}

/** Tries the findings below a folder again; the folders of those that still fail. */
export async function replayAll(
  folder: string,
  targets: readonly string[],
  replayer: Replaying,
  io: Io,
): Promise<string[]> {
  const failing: string[] = [];
  for (const name of foldersOf(folder)) {
    const { head, files } = readFinding(`${folder}/${name}`);
    if (!targets.includes(head.target)) continue;
    const message = await replayer.replay(head.target, files);
    if (message === undefined) continue;
    failing.push(`${folder}/${name}`);
    io.err(`${folder}/${name} fails again: ${message}\n`);
  }
  await replayer.end();
  return failing;
}

/** `fuzz replay`. */
export const replay: Command = {
  name: "replay",
  summary: "Try findings again; exit 0 when all of them are fixed",
  usage: "DIR…",
  details: "DIR is a finding, or a folder of findings such as fuzz/corpus.",
  flags: [CASE_TIME],
  json: `{"findings": [{"folder", "target", "fixed", "message"}]}`,
  run: async (args, io) => {
    if (args.words.length === 0) throw new CommandError("fuzz replay needs the folder of a finding");
    // What a shell makes of fuzz/corpus/* names the corpus's own README, too.
    const words = args.words.filter((word) => !/(^|\/)README\.md$/.test(word));
    const folders = words.flatMap((word) => {
      if (readFindingHead(word) !== undefined) return [word];
      const inside = foldersOf(word).map((name) => `${word}/${name}`);
      return inside.length > 0 ? inside : [word];
    });
    const found = folders.map((folder) => ({ folder, ...readFinding(folder) }));
    for (const { head } of found) targetNamed(head.target);
    const replayer = replayerFor(caseMsAsked(args));
    const results: { folder: string; target: string; fixed: boolean; message: string | null }[] = [];
    for (const { folder, head: { target }, files } of found) {
      const message = await replayer.replay(target, files);
      results.push({ folder, target, fixed: message === undefined, message: message ?? null });
    }
    await replayer.end();
    if (args.has("json")) io.out(`${JSON.stringify({ findings: results })}\n`);
    else {
      for (const { folder, fixed, message } of results) {
        io.out(
          fixed ? `${folder}: fixed\n` : `${folder}: still fails\n  ${message?.replaceAll("\n", "\n  ")}\n`,
        );
      }
    }
    return results.every(({ fixed }) => fixed) ? EXIT.ok : EXIT.failed;
  },
};
