/**
 * Finds the command that was typed, runs it, and turns what went wrong into an exit code and a sentence.
 *
 * @module
 */
import { safeText } from "../report/mod.ts";
import { didYouMean } from "../scenario/mod.ts";
import { readArguments } from "./arguments.ts";
import { type Command, CommandError, type CommandGroup, EXIT, type ExitCode, type Io } from "./command.ts";
import { commandHelp, groupHelp, programHelp } from "./help.ts";

type Entry = Command | CommandGroup;

/** Runs what was typed. Never throws: a defect of switchover itself is an exit code too. */
export async function dispatch(
  entries: readonly Entry[],
  args: readonly string[],
  io: Io,
): Promise<ExitCode> {
  try {
    return await choose(entries, args, io);
  } catch (error) {
    if (error instanceof CommandError) {
      // File names and texts from files stand in messages, and must not reach the terminal as they are.
      io.err(`switchover: ${error.message.split("\n").map((line) => safeText(line, 2000)).join("\n")}\n`);
      return EXIT.usage;
    }
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    io.err(
      `switchover: This is a defect of switchover itself; please report it with the lines below\n${text}\n`,
    );
    return EXIT.defect;
  }
}

async function choose(entries: readonly Entry[], args: readonly string[], io: Io): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "help") {
    io.out(programHelp(entries));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const entry = entries.find((one) => one.name === name);
  if (entry === undefined) {
    const hint = didYouMean(name, entries.map((one) => one.name));
    throw new CommandError(`There is no command "${name}"${hint || "; --help lists them"}`);
  }
  if (!("commands" in entry)) return await start(entry, rest, io);
  const [word, ...others] = rest;
  if (word === undefined || word === "--help") {
    io.out(groupHelp(entry));
    return word === undefined ? EXIT.usage : EXIT.ok;
  }
  const command = entry.commands.find((one) => one.name === word);
  if (command !== undefined) return await start(command, others, io, entry);
  const fallback = entry.commands.find((one) => one.name === entry.fallback);
  if (fallback !== undefined) return await start(fallback, rest, io, entry);
  const hint = didYouMean(word, entry.commands.map((one) => one.name));
  throw new CommandError(
    `${name} has no command "${word}"${
      hint || `; it has ${entry.commands.map((one) => one.name).join(", ")}`
    }`,
  );
}

async function start(
  command: Command,
  args: readonly string[],
  io: Io,
  group?: CommandGroup,
): Promise<ExitCode> {
  if (args.includes("--help")) {
    io.out(commandHelp(command, group));
    return EXIT.ok;
  }
  return await command.run(readArguments(command, args), io);
}
