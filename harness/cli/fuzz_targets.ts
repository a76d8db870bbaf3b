/**
 * Which targets the words of a command line mean.
 *
 * @module
 */
import { type FuzzTarget, TARGETS } from "../../fuzz/mod.ts";
import { didYouMean } from "../scenario/mod.ts";
import { type Command, CommandError, EXIT } from "./command.ts";
import { columns } from "./help.ts";

/** Words that stand for several targets. */
const GROUPS: Readonly<Record<string, readonly FuzzTarget[]>> = {
  all: TARGETS,
  trace: TARGETS.filter(({ layer }) => layer === "trace"),
};

/**
 * The target of a name.
 *
 * @throws {CommandError} If there is none.
 */
export function targetNamed(name: string): FuzzTarget {
  const target = TARGETS.find((one) => one.name === name);
  if (target !== undefined) return target;
  const names = [...Object.keys(GROUPS), ...TARGETS.map((one) => one.name)];
  throw new CommandError(
    `There is no fuzz target "${name}"${didYouMean(name, names) || "; fuzz list has them"}`,
  );
}

/**
 * The targets of all words, by name and each once; all that there are when there is no word.
 *
 * @throws {CommandError} If one is no target and no group of them.
 */
export function targetsAsked(words: readonly string[]): FuzzTarget[] {
  const asked = (words.length === 0 ? ["all"] : words).flatMap((word) => GROUPS[word] ?? [targetNamed(word)]);
  return [...new Set(asked)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `fuzz list`. */
export const list: Command = {
  name: "list",
  summary: "List the targets: the input, and what must hold",
  details: "A campaign over several targets is spread over them by their weights.",
  usage: "",
  flags: [],
  json: `{"targets": [{"name", "layer", "weight", "summary"}]}`,
  run: (args, io) => {
    const rows = TARGETS.map(({ name, layer, weight, summary }) => ({ name, layer, weight, summary }));
    if (args.has("json")) io.out(`${JSON.stringify({ targets: rows })}\n`);
    else io.out(columns(rows.map(({ name, weight, summary }) => [`${name}  ${weight}`, summary]), ""));
    return EXIT.ok;
  },
};
