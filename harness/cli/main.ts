/**
 * The program: gives the commands the process's own standard streams, and exits.
 *
 * @module
 */
import type { Command, CommandGroup, Io } from "./command.ts";
import { usesColour } from "./colour.ts";
import { dispatch } from "./dispatch.ts";
import { chunksOf } from "./input.ts";
import { keepYoungSmall } from "./memory.ts";

const ENCODER = new TextEncoder();

/** Writes all of a text; a reader that has gone away (`| head`) is no error, the exit code still tells. */
function writer(stream: { writeSync(bytes: Uint8Array): number }): (text: string) => void {
  let open = true;
  return (text) => {
    const bytes = ENCODER.encode(text);
    try {
      for (let at = 0; open && at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      open = false;
    }
  };
}

/**
 * Listens for the signals that tell a process to end. From then on they do not end it: a command that asks for this
 * looks at the signal as it goes, and one that does not ask ends at once.
 */
function listenForEnd(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const listen = () => {
      stop.abort();
      // A second one ends the process at once, as people expect.
      Deno.removeSignalListener(signal, listen);
    };
    Deno.addSignalListener(signal, listen);
  }
  return stop.signal;
}

/** Columns of the terminal, which a person may make wider or narrower at any time. */
function columns(): number | undefined {
  try {
    const { columns } = Deno.consoleSize();
    return columns > 0 ? columns : undefined;
  } catch {
    return undefined;
  }
}

/** The process's own streams and signals. */
export function processIo(): Io {
  let stop: AbortSignal | undefined;
  const isSet = (name: string) => (Deno.env.get(name) ?? "") !== "";
  return {
    out: writer(Deno.stdout),
    err: writer(Deno.stderr),
    colour: usesColour((name) => Deno.env.get(name), Deno.stdout.isTerminal()),
    live: Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb",
    columns: (stream) => (stream === "out" ? Deno.stdout : Deno.stderr).isTerminal() ? columns() : undefined,
    ci: isSet("CI") && Deno.env.get("CI") !== "false",
    stdin: () => chunksOf(Deno.stdin),
    ask: (question) => Deno.stdin.isTerminal() ? prompt(question) : null,
    get stop() {
      return stop ??= listenForEnd();
    },
  };
}

/**
 * The commands that may be meant. Those that read logs of any length come alone: what the others need takes more memory
 * than the reading does.
 */
async function entriesFor(word: string | undefined): Promise<readonly (Command | CommandGroup)[]> {
  if (word === "check") return [(await import("./check.ts")).check];
  if (word === "convert") return [(await import("./convert.ts")).convert];
  return (await import("./commands.ts")).COMMANDS;
}

if (import.meta.main) {
  keepYoungSmall();
  Deno.exit(await dispatch(await entriesFor(Deno.args[0]), Deno.args, processIo()));
}
