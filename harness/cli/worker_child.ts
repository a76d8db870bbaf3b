/**
 * The process of one worker, from its start to its end: what is said to it, what it says, how it ended.
 *
 * @module
 */
import { type FromProcess, messagesOf, toLine, type ToProcess } from "./worker_lines.ts";

const MAIN = new URL("worker_main.ts", import.meta.url).pathname;
/** What a worker may do: not start further processes. */
const PERMISSIONS = ["--no-prompt", "--allow-read", "--allow-write", "--allow-env"];

/** The program that workers are run with: by its path or by its name, as this process was allowed. */
export function workerProgram(): string | undefined {
  if (Deno.build.standalone) return undefined;
  return [Deno.execPath(), "deno"].find((command) =>
    Deno.permissions.querySync({ name: "run", command }).state === "granted"
  );
}

/** One process, from its start to its end. */
export class WorkerChild {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #heard: AsyncGenerator<FromProcess, void>;
  /** The last that it said on standard error. */
  #said = "";

  /**
   * Starts it.
   *
   * @param program The program that it is run with.
   * @param heapMb The heap that its thread may fill, in MB.
   */
  constructor(program: string, heapMb: number) {
    const flags =
      `--v8-flags=--max-old-space-size=${heapMb},--max-semi-space-size=32,--semi-space-growth-factor=32`;
    this.#child = new Deno.Command(program, {
      args: ["run", "--quiet", flags, ...PERMISSIONS, MAIN],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#heard = messagesOf<FromProcess>(this.#child.stdout);
    this.#listen();
  }

  async #listen(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#said = (this.#said + text).slice(-2000);
    }
  }

  /** Says something; a process that is gone does not hear it, which its end tells. */
  say(message: ToProcess): void {
    this.#writer.write(toLine(message)).catch(() => {});
  }

  /** What it says next; `undefined` when it says no more. */
  async hear(): Promise<FromProcess | undefined> {
    const next = await this.#heard.next();
    return next.done === true ? undefined : next.value;
  }

  /** How it ended, in words. */
  async ending(): Promise<string> {
    const { code, signal } = await this.#child.status;
    const said = this.#said.split("\n").find((line) => /fatal|error/i.test(line)) ?? "";
    return `${signal ?? `exit code ${code}`}${said === "" ? "" : `, ${said.trim()}`}`;
  }

  async end(): Promise<void> {
    // What is started by the name of a script is another process than the one that hears this.
    this.#writer.close().catch(() => {});
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It is gone already.
    }
    await this.#child.status;
  }
}
