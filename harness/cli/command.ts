/**
 * What a command is: a value that reads arguments, talks through an `Io` and returns an exit code.
 *
 * Only `main.ts` touches the process, so a test runs a command with an `Io` of strings.
 *
 * @module
 */
import type { Arguments } from "./arguments.ts";

/** The exit codes, as the README lists them. */
export const EXIT = {
  /** All is well. */
  ok: 0,
  /** A check failed, a golden differs, a campaign found something. */
  failed: 1,
  /** Bad usage or unreadable input. */
  usage: 2,
  /** Nothing failed, but nothing could be judged either. */
  unknown: 3,
  /** A defect of switchover itself. */
  defect: 70,
  /** Interrupted; run again to resume. */
  interrupted: 75,
} as const;

/** One of {@linkcode EXIT}. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** How a command talks to the world around it. */
export interface Io {
  /** Writes to standard output: the answer. */
  readonly out: (text: string) => void;
  /** Writes to standard error: progress, warnings, complaints. */
  readonly err: (text: string) => void;
  /** Whether standard output is a terminal that shows colours. */
  readonly colour: boolean;
  /** Whether standard error is a terminal on which a line may be drawn over. */
  readonly live: boolean;
  /** Columns of the terminal that a stream is; undefined where it is none, or where nobody tells. */
  readonly columns?: (stream: "out" | "err") => number | undefined;
  /** Whether this is a run of a build server, where nothing is written that was not asked for by name. */
  readonly ci: boolean;
  readonly stdin: () => AsyncIterable<Uint8Array>;
  /** Asks a question on the terminal; null when there is no one to answer. */
  readonly ask: (question: string) => string | null;
  /** The project's folder, of commands that work in one; the current folder unless given. */
  readonly folder?: string;
  /** Aborted when the process is told to end (SIGINT, SIGTERM). Who asks for it must look at it from time to time. */
  readonly stop: AbortSignal;
}

/** A flag of a command. */
export interface Flag {
  readonly name: string;
  /** What its value is called in the help (`FILE`); a flag without one is on or off. */
  readonly value?: string;
  /** Whether it may be given more than once. */
  readonly repeats?: boolean;
  /** One line, without a full stop. */
  readonly summary: string;
}

/** A command, or one of a command's own. */
export interface Command {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** What follows the name in the usage line. */
  readonly usage: string;
  /** More for the help: paragraphs. */
  readonly details?: string;
  readonly flags: readonly Flag[];
  /** The shape of what `--json` prints, one line or more. */
  readonly json: string;
  readonly run: (args: Arguments, io: Io) => ExitCode | Promise<ExitCode>;
}

/** Commands under one name: `golden check`, `golden update`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Command[];
  /** The command that is meant when none of the group's names is given. */
  readonly fallback?: string;
}

/** Something that the user can mend: bad usage, unreadable input. Said in one sentence; the exit code is 2. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
