/**
 * From what was typed to checked values, in one step and before any work starts.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { didYouMean } from "../scenario/mod.ts";
import { type Command, CommandError, type Flag } from "./command.ts";

/** Flags that every command has. */
export const COMMON_FLAGS: readonly Flag[] = [
  { name: "json", summary: "Print one JSON document on standard output" },
  { name: "help", summary: "Print this help" },
];

/** What was typed after a command's name. */
export class Arguments {
  /** What is no flag, in order. */
  readonly words: readonly string[];
  /** All of it as it was typed. */
  readonly given: readonly string[];
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(
    words: readonly string[],
    values: Readonly<Record<string, unknown>>,
    given: readonly string[] = [],
  ) {
    this.words = words;
    this.given = given;
    this.#values = values;
  }

  /** Whether a flag without a value was given. */
  has(flag: string): boolean {
    return this.#values[flag] === true;
  }

  /** The value of a flag, if it was given. */
  text(flag: string): string | undefined {
    const value = this.#values[flag];
    return typeof value === "string" ? value : undefined;
  }

  /** The values of a flag that may be given more than once, in order. */
  texts(flag: string): readonly string[] {
    const value = this.#values[flag];
    return Array.isArray(value) ? value.map(String) : [];
  }

  /**
   * The value of a flag as a whole number.
   *
   * @throws {CommandError} If it is none, or out of bounds.
   */
  integer(flag: string, min = 0, max: number = Number.MAX_SAFE_INTEGER): number | undefined {
    const text = this.text(flag);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const bounds = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
    throw new CommandError(`--${flag} must be a whole number ${bounds}, not "${text}"`);
  }

  /**
   * The value of a flag as one of a list.
   *
   * @throws {CommandError} If it is none of them; names them, or the nearest when they are many.
   */
  choice<T extends string>(flag: string, choices: readonly T[]): T | undefined {
    const text = this.text(flag);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    const hint = choices.length > 12 ? didYouMean(text, choices) : `; it is one of ${choices.join(", ")}`;
    throw new CommandError(`--${flag} cannot be "${text}"${hint}`);
  }

  /**
   * The value of a flag as a duration: `90s`, `10m`, `2h`; a bare number counts seconds.
   *
   * @returns Milliseconds.
   * @throws {CommandError} If it is none.
   */
  duration(flag: string): number | undefined {
    const text = this.text(flag);
    if (text === undefined) return undefined;
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
    const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? "s"] ?? 1000;
    if (match !== null) return Number(match[1]) * unit;
    throw new CommandError(`--${flag} must be a duration such as 90s, 10m or 2h, not "${text}"`);
  }
}

/**
 * Reads the arguments of a command.
 *
 * @throws {CommandError} If a flag is unknown, lacks its value or has one that it cannot take.
 */
export function readArguments(command: Command, args: readonly string[]): Arguments {
  const flags = [...command.flags, ...COMMON_FLAGS];
  const withValue = flags.filter(({ value }) => value !== undefined).map(({ name }) => name);
  const switches = flags.filter(({ value }) => value === undefined).map(({ name }) => name);
  const separator = args.indexOf("--");
  const words = separator === -1 ? [] : args.slice(separator + 1);
  const given = separator === -1 ? args : args.slice(0, separator);
  for (const argument of given) {
    const match = /^-(-?)([^=]*)(=?)/.exec(argument);
    if (match === null || argument === "-") continue;
    const [, dash, name = "", equals] = match;
    const known = flags.find((flag) => flag.name === name);
    if (dash !== "-" || known === undefined) {
      const hint = didYouMean(name, flags.map((flag) => flag.name)).replace(/"(.*)"/, `"--$1"`);
      const help = hint === "" ? "; --help lists those that it has" : hint;
      throw new CommandError(`${command.name} has no flag "${argument.split("=")[0]}"${help}`);
    }
    if (equals === "=" && known.value === undefined) throw new CommandError(`--${name} takes no value`);
  }
  const repeated = flags.filter(({ repeats }) => repeats === true).map(({ name }) => name);
  const parsed = parseArgs(given, { string: [...withValue, "_"], boolean: switches, collect: repeated });
  for (const name of withValue) {
    const flag = flags.find((one) => one.name === name);
    if (parsed[name] === "" || (Array.isArray(parsed[name]) && parsed[name].includes(""))) {
      throw new CommandError(`--${name} needs a value: --${name} ${flag?.value}`);
    }
  }
  return new Arguments([...parsed._.map(String), ...words], parsed, args);
}
