/**
 * `check` on a migration that a real QEMU makes here and now, whatever its version: source and destination are
 * processes of this machine, the stream goes through a file, the monitor through standard input and output.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { runCommand } from "./testdata/string_io.ts";

const QEMU = "qemu-system-x86_64";
/** What the README tells people to switch on. */
const EVENTS = new URL("../../deploy/migration.events", import.meta.url).pathname;

function isInstalled(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly QMP?: unknown;
}

/** A QEMU process with its monitor. */
class Qemu {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #buffer = "";

  constructor(trace: string, ...args: string[]) {
    this.#process = new Deno.Command(QEMU, {
      args: [
        "-accel",
        "tcg",
        "-machine",
        "pc",
        "-m",
        "64M",
        "-display",
        "none",
        "-nodefaults",
        "-no-user-config",
      ]
        .concat([
          "-qmp",
          "stdio",
          "-msg",
          "timestamp=on",
          "-trace",
          `events=${EVENTS},file=${trace}`,
          ...args,
        ]),
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#output = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async #line(): Promise<Reply> {
    for (;;) {
      const end = this.#buffer.indexOf("\n");
      if (end !== -1) {
        const line = this.#buffer.slice(0, end);
        this.#buffer = this.#buffer.slice(end + 1);
        return JSON.parse(line);
      }
      const { value, done } = await this.#output.read();
      assert(!done, "QEMU closed its monitor");
      this.#buffer += value;
    }
  }

  /** Executes a command; events that come before its reply are passed over. */
  async execute(command: string, given: Record<string, unknown> = {}): Promise<unknown> {
    const text = `${JSON.stringify({ execute: command, arguments: given })}\n`;
    await this.#input.write(new TextEncoder().encode(text));
    for (;;) {
      const reply = await this.#line();
      if (reply.error !== undefined) throw new Error(`${command}: ${reply.error.desc}`);
      if (reply.return !== undefined) return reply.return;
    }
  }

  /** Waits until the migration has ended, and returns each reply to query-migrate on the way. */
  async migrated(side: string): Promise<string[]> {
    const samples: string[] = [];
    for (let polls = 0; polls < 600; polls++) {
      const reply = await this.execute("query-migrate") as { readonly status?: string };
      const t_us = Math.floor((performance.timeOrigin + performance.now()) * 1000);
      samples.push(JSON.stringify({ t_us, side, "query-migrate": reply }));
      if (reply.status === "completed") return samples;
      assert(reply.status !== "failed", JSON.stringify(reply));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error("The migration has not ended in twelve seconds");
  }

  /** Ends the process where the test has not come to its quit. */
  kill(): void {
    try {
      this.#process.kill();
    } catch {
      // It has ended by itself.
    }
  }

  async quit(): Promise<void> {
    await this.execute("quit");
    await this.#input.close();
    await this.#output.cancel();
    await this.#process.status;
  }
}

const installed = isInstalled(QEMU);

Deno.test({
  name: `check finds nothing wrong with a migration of the QEMU of this machine${
    installed ? "" : ` (skipped: ${QEMU} is missing)`
  }`,
  ignore: !installed,
  async fn() {
    const folder = await Deno.makeTempDir();
    const started: Qemu[] = [];
    try {
      const source = new Qemu(`${folder}/src.trace`);
      started.push(source);
      await source.execute("qmp_capabilities");
      await source.execute("migrate-set-parameters", { "max-bandwidth": 2_000_000 });
      await source.execute("migrate", { uri: `exec:cat > ${folder}/stream` });
      const samples = await source.migrated("source");
      const destination = new Qemu(`${folder}/dst.trace`, "-incoming", `exec:cat ${folder}/stream`);
      started.push(destination);
      await destination.execute("qmp_capabilities");
      samples.push(...await destination.migrated("destination"));
      await destination.quit();
      await source.quit();
      await Deno.writeTextFile(`${folder}/samples.jsonl`, samples.join("\n") + "\n");
      const traces = ["--source", `${folder}/src.trace`, "--destination", `${folder}/dst.trace`];
      const told = ["--qmp", `${folder}/samples.jsonl`, "--events", EVENTS];
      const { out } = await runCommand(["check", ...traces, ...told, "--json"]);
      const { verdicts, counts, sides } = JSON.parse(out) as {
        readonly verdicts: readonly { readonly id: string; readonly outcome: string }[];
        readonly counts: { readonly pass: number };
        readonly sides: readonly { readonly others: Readonly<Record<string, number>> }[];
      };
      assertEquals(verdicts.filter(({ outcome }) => outcome === "fail").map(({ id }) => id), []);
      assert(counts.pass >= 40, `${counts.pass} rules passed`);
      assertEquals(sides.map(({ others }) => others["mismatch"]), [0, 0]);
    } finally {
      for (const qemu of started) qemu.kill();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
