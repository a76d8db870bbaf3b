/**
 * An `Io` of strings, so that a test runs a command without a process.
 *
 * @module
 */
import type { Io } from "../command.ts";
import { dispatch } from "../dispatch.ts";
import { COMMANDS } from "../commands.ts";

/** What a command did. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What stands around a command: standard input, answers on the terminal, and what is set. */
export interface Around {
  readonly stdin?: Uint8Array;
  readonly answers?: readonly string[];
  readonly ci?: boolean;
  readonly colour?: boolean;
  /** The project's folder. Tests that change the process's own folder would do so for those that run beside them. */
  readonly folder?: string;
}

/** An `Io` of strings, and what was written to it. */
export function stringIo(around: Around = {}): { io: Io; out: () => string; err: () => string } {
  let out = "";
  let err = "";
  const answers = [...around.answers ?? []];
  const io: Io = {
    out: (text) => out += text,
    err: (text) => err += text,
    colour: around.colour === true,
    live: false,
    ci: around.ci === true,
    stdin: async function* () {
      if (around.stdin !== undefined) yield await Promise.resolve(around.stdin);
    },
    ask: () => answers.shift() ?? null,
    ...(around.folder === undefined ? {} : { folder: around.folder }),
    stop: new AbortController().signal,
  };
  return { io, out: () => out, err: () => err };
}

/** Runs what would be typed after `deno task switchover`. */
export async function runCommand(args: readonly string[], around: Around = {}): Promise<Ran> {
  const { io, out, err } = stringIo(around);
  const code = await dispatch(COMMANDS, args, io);
  return { code, out: out(), err: err() };
}
