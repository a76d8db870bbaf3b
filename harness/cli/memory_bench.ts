/**
 * How much memory `check` takes of logs of any length: `deno task bench:memory [GIGABYTES…]`; with `--plain` without the
 * flags for V8 that the task `switchover` gives.
 *
 * A recording with per-page events is grown while it is piped into `check -`, so that no long file is needed: whole
 * migrations one after the other, or one migration that does not converge, its cycles again and again. Times go on as
 * they would. The figure is the peak of the resident set that Linux itself keeps (VmHWM).
 *
 * @module
 */
import { gunzipSync } from "node:zlib";

const DEFAULT_GIGABYTES = [0.1, 0.3, 1];
const ROOT = new URL("../../", import.meta.url);
const SHARED = new URL("../../../shared/recordings/full-xbzrle/src.trace.gz", import.meta.url);
/** What a bare clone has: without per-page events. */
const COMMITTED = new URL("../../recordings/precopy-bw64-dr31/src.trace.gz", import.meta.url);

/** Lines and, for each, where the digits of its second are. */
interface Template {
  readonly bytes: Uint8Array;
  readonly places: readonly number[];
  readonly seconds: readonly number[];
}

/** A log in two parts, the second of which is written again and again. */
interface Shape {
  readonly name: string;
  readonly head: string;
  readonly body: string;
}

function readRecording(): string {
  try {
    return gunzipSync(Deno.readFileSync(SHARED)).toString("latin1");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return gunzipSync(Deno.readFileSync(COMMITTED)).toString("latin1");
  }
}

function shapesOf(log: string): readonly Shape[] {
  const starts = [...log.matchAll(/^.*migration_bitmap_sync_start .*\n/gm)].map(({ index }) => index);
  const [from, to] = [starts.at(1) ?? 0, starts.at(2) ?? log.length];
  return [
    { name: "migrations, one after the other", head: "", body: log },
    {
      name: "one migration, its cycles again and again",
      head: log.slice(0, from),
      body: log.slice(from, to),
    },
  ];
}

function templateOf(text: string): Template {
  const places: number[] = [];
  const seconds: number[] = [];
  for (const match of text.matchAll(/^(\d+@)(\d{10})\./gm)) {
    places.push(match.index + (match[1] ?? "").length);
    seconds.push(Number(match[2]));
  }
  return { bytes: Uint8Array.from(text, (char) => char.charCodeAt(0)), places, seconds };
}

/** Moves all lines to so many seconds later. */
function shift({ bytes, places, seconds }: Template, by: number): void {
  for (const [index, place] of places.entries()) {
    let left = (seconds[index] ?? 0) + by;
    for (let digit = place + 9; digit >= place; digit--) {
      bytes[digit] = 48 + (left % 10);
      left = Math.floor(left / 10);
    }
  }
}

/** The peak of a process's resident set in MB; nothing once it is gone. */
function peakOf(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024 / 1e6;
  } catch {
    return undefined;
  }
}

interface Measured {
  readonly bytes: number;
  readonly peak: number;
  /** After each tenth of the log. */
  readonly peaks: readonly number[];
  readonly code: number;
}

/** What `deno task switchover` runs, without the task around it. */
function commandLine(): readonly string[] {
  const config = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))) as {
    tasks: { switchover: string };
  };
  return config.tasks.switchover.split(" ").slice(1);
}

async function measure({ head, body }: Shape, bytesMin: number, flags: readonly string[]): Promise<Measured> {
  const [run = "run", ...others] = commandLine();
  const isPlain = flags.includes("--plain");
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      run,
      ...flags.filter((flag) => flag !== "--plain"),
      ...others.filter((one) => !(isPlain && one.startsWith("--v8-flags"))),
      ...["check", "-", "--json"],
    ],
    cwd: ROOT,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const template = templateOf(body);
  const length = (template.seconds.at(-1) ?? 0) - (template.seconds[0] ?? 0) + 1;
  const peaks: number[] = [];
  let [bytes, peak] = [0, 0];
  const look = () => peak = Math.max(peak, peakOf(child.pid) ?? 0);
  await writer.write(new TextEncoder().encode(head));
  for (let round = 0; bytes < bytesMin; round++) {
    shift(template, round * length);
    for (let at = 0; at < template.bytes.length; at += 1 << 16) {
      await writer.write(template.bytes.slice(at, at + (1 << 16)));
    }
    bytes += template.bytes.length;
    look();
    if (bytes >= bytesMin * (peaks.length + 1) / 10) peaks.push(Math.round(peak));
  }
  await writer.close();
  let code: number | undefined;
  const ended = child.status.then((status) => code = status.code);
  while (code === undefined) {
    look();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await ended;
  return { bytes, peak, peaks, code };
}

async function main(words: readonly string[]): Promise<void> {
  const flags = words.filter((word) => word.startsWith("--"));
  const asked = words.filter((word) => !word.startsWith("--")).map(Number);
  const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  for (const shape of shapesOf(readRecording())) {
    print(shape.name);
    for (const gigabytes of asked.length > 0 ? asked : DEFAULT_GIGABYTES) {
      const { bytes, peak, peaks, code } = await measure(shape, gigabytes * 1e9, flags);
      const tenths = peaks.join(" ");
      print(
        `  ${(bytes / 1e9).toFixed(2)} GB  peak ${
          peak.toFixed(0)
        } MB  exit ${code}  after each tenth: ${tenths}`,
      );
    }
  }
}

if (import.meta.main) await main(Deno.args);
