/**
 * What the commands that keep goldens say alike: how a result is shown, and that nothing is written in CI.
 *
 * @module
 */
import { GOLDEN_FILES, type GoldenResult, textDifference } from "../golden/mod.ts";
import { type Paint, safeText } from "../report/mod.ts";
import { CommandError, type Io } from "./command.ts";
import { describeGolden, withoutDamage } from "./golden_damage.ts";

/** Where the goldens are. */
export const GOLDEN_ROOT = "golden";
/** Where `golden review` keeps what was rejected. */
export const REJECTED_FILE = ".switchover/rejected.json";
/** What the help of every command with names says of them. */
export const NAMES_HELP = `Works in the project's folder: scenarios/NAME.json and golden/NAME/.
A NAME may be a part of a name.`;

const TEXT = new TextDecoder("latin1");

/**
 * What is to be said of a result: the meaning first, then the lines. Nothing for one that is the same.
 *
 * @param remark What else is to be said of it, after its name.
 */
export function showResult(result: GoldenResult, paint: Paint, remark = ""): string {
  if (result.status === "same") return "";
  const head = `${paint.bad(result.status)} ${paint.strong(result.name)}${remark}\n`;
  const { name } = result;
  if (result.status === "missing") {
    const { lacks = GOLDEN_FILES } = result;
    return lacks.length === GOLDEN_FILES.length
      ? `${head}  There is a scenario, but no golden of it.\n`
      : `${head}  The golden is not whole: ${GOLDEN_ROOT}/${name} lacks ${lacks.join(" and ")}.\n`;
  }
  if (result.status === "orphan") return `${head}  There is a golden, but no scenario of that name.\n`;
  const { now } = result;
  const sentences = differencesOf(result).map((sentence) => `  ${safeText(sentence)}\n`);
  const golden = withoutDamage(result.golden);
  const lines = GOLDEN_FILES.flatMap((file) => {
    const shown = textDifference(TEXT.decode(golden[file]), TEXT.decode(now[file]), 16);
    return shown.length === 0 ? [] : [`    ${file}`, ...shown.map((line) => `    ${paintLine(line, paint)}`)];
  });
  return `${head}${sentences.join("")}${lines.length === 0 ? "" : `\n${lines.join("\n")}\n`}`;
}

/** What differs, in sentences; nothing for what is the same, or not there. */
export function differencesOf(result: GoldenResult): string[] {
  if (result.status !== "differs") return [];
  return describeGolden(result.golden, result.now, `${GOLDEN_ROOT}/${result.name}`);
}

function paintLine(line: string, paint: Paint): string {
  const text = safeText(line, 160);
  if (line.startsWith("+")) return paint.good(text);
  return line.startsWith("-") ? paint.bad(text) : paint.faint(text);
}

/** @throws {CommandError} If this is a build server. */
export function refuseInCi({ ci }: Io): void {
  if (ci) {
    throw new CommandError(
      "Goldens are not written in CI (the environment says CI); accept them where they can be read",
    );
  }
}
