/**
 * `golden review`: walks through what differs and takes an answer for each.
 *
 * Accepting writes the golden, as `golden update` does. Rejecting keeps the golden and remembers that this run was
 * looked at: it goes on failing, and is asked about again only when it has changed. Skipping decides nothing.
 *
 * @module
 */
import { acceptAll, fingerprint, type GoldenResult, readRejections, writeRejections } from "../golden/mod.ts";
import { ANSI, counted, PLAIN } from "../report/mod.ts";
import { type Command, CommandError, EXIT, type Io } from "./command.ts";
import { changeGoldens, onDisk, recoverGoldens } from "./golden_files.ts";
import { compareAll, lockGoldens, placesOf } from "./golden_runs.ts";
import { NAMES_HELP, refuseInCi, REJECTED_FILE, showResult } from "./golden_show.ts";

/** The letters of the answers. */
const ANSWERS = { a: "accept", r: "reject", s: "skip", q: "quit" } as const;
type Answer = keyof typeof ANSWERS;
/** The capital letters, each of which answers for all that are left besides. */
const FOR_ALL: Readonly<Record<string, Answer>> = { A: "a", R: "r", S: "s" };

/** The command. */
export const review: Command = {
  name: "review",
  summary: "Walk through what differs: accept, reject or skip each",
  usage: "[NAME…]",
  details: `${NAMES_HELP}
Asks on the terminal; A, R and S answer for all that are left. What was accepted is written at the end,
all or nothing. What was rejected goes on failing golden check, and is not asked about again until its run
changes (kept in ${REJECTED_FILE}, which is yours alone and is not committed). What was
skipped is asked about the next time.`,
  flags: [{ name: "again", summary: "Ask about what was rejected before, too" }],
  json: `{"accepted": ["name", …], "rejected": ["name", …], "left": ["name", …]}`,
  run: async (args, io) => {
    refuseInCi(io);
    const places = placesOf(io);
    const results = await compareNow(args.words, io);
    const rejections = readRejections(places.rejected);
    /** What becomes of each rejection; undefined forgets it. */
    const answers = new Map<string, string | undefined>();
    const before = new Set<string>();
    const asked: { result: GoldenResult; print: string }[] = [];
    for (const result of results) {
      const print = await fingerprint(result);
      if (result.status === "same") answers.set(result.name, undefined);
      else if (rejections.get(result.name) === print && !args.has("again")) before.add(result.name);
      else asked.push({ result, print });
    }
    const accepted: GoldenResult[] = [];
    const rejected = [...before];
    let forAll: Answer | undefined;
    for (const [index, { result, print }] of asked.entries()) {
      if (forAll === undefined) io.err(`${showResult(result, io.colour ? ANSI : PLAIN)}\n`);
      const question = `${
        index + 1
      } of ${asked.length}: accept, reject, skip or quit? [a/r/s/q, A/R/S for all left]`;
      const given = forAll ?? askUntil(io, question, index === 0);
      const answer = FOR_ALL[given] ?? given as Answer;
      if (Object.hasOwn(FOR_ALL, given)) forAll = answer;
      if (answer === "q") break;
      answers.set(result.name, answer === "r" ? print : undefined);
      if (answer === "a") accepted.push(result);
      if (answer === "r") rejected.push(result.name);
    }
    await keep(accepted, answers, io);
    const names = accepted.map(({ name }) => name);
    const left = asked.map(({ result }) => result.name)
      .filter((name) => !names.includes(name) && !rejected.includes(name));
    if (args.has("json")) io.out(`${JSON.stringify({ accepted: names, rejected, left })}\n`);
    else tell(io, names, { rejected, before: before.size, left });
    return rejected.length + left.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

/** Nobody else need wait for the answers: the goldens are locked while they are compared, and again for writing. */
async function compareNow(words: readonly string[], io: Io): Promise<GoldenResult[]> {
  using _ = await lockGoldens(io, "alone");
  recoverGoldens(placesOf(io).goldens);
  return await compareAll(words, io);
}

async function keep(
  accepted: readonly GoldenResult[],
  answers: ReadonlyMap<string, string | undefined>,
  io: Io,
): Promise<void> {
  using _ = await lockGoldens(io, "alone");
  const { goldens, rejected } = placesOf(io);
  if (accepted.length > 0) changeGoldens(goldens, acceptAll(accepted));
  // Somebody else may have rejected others meanwhile.
  const rejections = new Map(readRejections(rejected));
  for (const [name, print] of answers) {
    if (print === undefined) rejections.delete(name);
    else rejections.set(name, print);
  }
  onDisk(`Cannot write ${rejected}`, () => writeRejections(rejected, rejections));
}

function tell(
  io: Io,
  accepted: readonly string[],
  { rejected, before, left }: {
    readonly rejected: readonly string[];
    readonly before: number;
    readonly left: readonly string[];
  },
): void {
  const earlier = before === 0 ? "" : ` (${before} of them before; --again asks about those)`;
  io.out(
    `${
      counted(accepted.length, "golden")
    } accepted, ${rejected.length} rejected${earlier}, ${left.length} left open\n`,
  );
  if (accepted.length > 0) io.out("A changed golden is news to users: add a line to CHANGELOG.md\n");
}

/** @param isFirst Whether nobody has answered yet: then there may be nobody. */
function askUntil(io: Io, question: string, isFirst: boolean): string {
  for (let times = 0;; times++) {
    const answer = io.ask(question);
    if (answer === null && isFirst && times === 0) {
      throw new CommandError("golden review asks on a terminal, and there is none");
    }
    // The end of input after an answer (Ctrl-D) is to quit: what was accepted before it still counts.
    if (answer === null) return "q";
    if (Object.hasOwn(FOR_ALL, answer.trim())) return answer.trim();
    const letter = answer.trim().toLowerCase();
    const found = (Object.keys(ANSWERS) as Answer[]).find((one) => letter === one || letter === ANSWERS[one]);
    if (found !== undefined) return found;
    io.err(
      `Answer with a letter: ${
        Object.entries(ANSWERS).map(([key, word]) => `${key} ${word}`).join(", ")
      }; A, R, S: the same for this and all that are left\n`,
    );
  }
}
