/**
 * The readers beside their peers, in one run: `deno task bench:peers`.
 *
 * The peers do less: awk only splits lines into fields, the byte loop only counts newlines, the plain reader makes an
 * object a record. What counts is the processor's time, for other work on the machine would tell in the clock's. Each
 * is run several times and the best counts; the first is shown too, for it has the compiler's share.
 *
 * @module
 */
import process from "node:process";
import { catalogOf, type EventView, LogReader, SimpletraceReader, SimpletraceWriter } from "./mod.ts";
import { growLog } from "./testdata/grow_log.ts";

const LINES = 2_000_000;
const ROUNDS = 6;
const CHUNK = 1 << 16;
const QEMU = catalogOf("10.0");

interface Measured {
  readonly name: string;
  readonly items: number;
  readonly first: number;
  readonly best: number;
}

/** A run's items, and the milliseconds of processor time that a child of this process took for it. */
interface Ran {
  readonly items: number;
  readonly childTime?: number;
}

async function measure(name: string, items: number, run: () => Ran | Promise<Ran>): Promise<Measured> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    const seen = await run();
    const { user, system } = process.cpuUsage(before);
    times.push(seen.childTime ?? (user + system) / 1000);
    if (seen.items !== items) throw new Error(`${name} saw ${seen.items} items of ${items}`);
  }
  return { name, items, first: times[0] ?? 0, best: Math.min(...times) };
}

function feed(reader: { push(chunk: Uint8Array): void; end(): void }, input: Uint8Array): void {
  for (let at = 0; at < input.length; at += CHUNK) reader.push(input.subarray(at, at + CHUNK));
  reader.end();
}

/** Counts events, and takes every number of each, so that nothing of the work can be left out. */
function counter(): { readonly event: (event: EventView) => void; events: number; sum: number } {
  const self = {
    events: 0,
    sum: 0,
    event(event: EventView): void {
      self.events++;
      const { args } = event.declaration;
      for (let index = 0; index < args.length; index++) {
        if (args[index]?.kind !== "string") self.sum += event.number(index);
      }
    },
  };
  return self;
}

/** The number that a program prints, and its processor time, which bash tells. */
async function outputOf(program: string, script: string, file: string): Promise<Ran> {
  const line = `TIMEFORMAT="%U %S"; time ${program} "$1" "$2"`;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", line, "bash", script, file],
    stdout: "piped",
    stderr: "piped",
    env: { LC_ALL: "C" },
  }).output();
  const decoder = new TextDecoder();
  const [user = NaN, system = NaN] = decoder.decode(stderr).trim().split(" ").map(Number);
  return { items: Number(decoder.decode(stdout)), childTime: (user + system) * 1000 };
}

function isInstalled(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

/** What one writes in an afternoon: an object a record, arguments as big integers and strings. */
function readPlainly(bytes: Uint8Array): number {
  const words = new DataView(bytes.buffer);
  const names = new Map<bigint, string>();
  const decoder = new TextDecoder();
  let at = 24;
  let seen = 0;
  while (at < bytes.length) {
    const type = words.getBigUint64(at, true);
    if (type === 0n) {
      const size = words.getUint32(at + 16, true);
      names.set(words.getBigUint64(at + 8, true), decoder.decode(bytes.subarray(at + 20, at + 20 + size)));
      at += 20 + size;
      continue;
    }
    const declaration = QEMU.get(names.get(words.getBigUint64(at + 8, true)) ?? "");
    const record = {
      time: words.getBigUint64(at + 16, true),
      name: declaration?.name,
      values: [] as unknown[],
    };
    let place = at + 32;
    for (const { kind } of declaration?.args ?? []) {
      if (kind === "string") {
        const size = words.getUint32(place, true);
        record.values.push(decoder.decode(bytes.subarray(place + 4, place + 4 + size)));
        place += 4 + size;
      } else {
        record.values.push(words.getBigUint64(place, true));
        place += 8;
      }
    }
    if (record.name !== undefined) seen++;
    at += 8 + words.getUint32(at + 24, true);
  }
  return seen;
}

async function main(): Promise<void> {
  const { bytes, lines, from } = growLog(LINES);
  const file = Deno.makeTempFileSync({ suffix: ".trace" });
  Deno.writeFileSync(file, bytes);
  const rows: Measured[] = [];
  const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  print(`${lines} lines, ${(bytes.length / 1e6).toFixed(0)} MB, grown from ${from.join(", ")}`);

  rows.push(
    await measure("switchover: text log to typed events", lines, () => {
      const seen = counter();
      feed(new LogReader(QEMU, seen), bytes);
      return { items: seen.events };
    }),
  );
  rows.push(
    await measure("a bare byte loop in JavaScript", lines, () => {
      let count = 0;
      for (let at = 0; at < bytes.length; at++) if (bytes[at] === 10) count++;
      return { items: count };
    }),
  );
  for (const program of ["mawk", "gawk"]) {
    if (!isInstalled(program)) print(`${program} is not installed: left out`);
    else {
      const script = "{ fields += NF } END { print NR }";
      rows.push(await measure(`${program}, splitting lines`, lines, () => outputOf(program, script, file)));
    }
  }
  const parts: Uint8Array[] = [];
  const writer = new SimpletraceWriter(QEMU, (part) => parts.push(part));
  feed(new LogReader(QEMU, { event: (event) => writer.event(event) }), bytes);
  writer.flush();
  const binary = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  const records: Measured[] = [
    await measure("switchover: simpletrace 4 to typed events", lines, () => {
      const seen = counter();
      feed(new SimpletraceReader(QEMU, seen), binary);
      return { items: seen.events };
    }),
    await measure("a plain reader, an object a record", lines, () => ({ items: readPlainly(binary) })),
  ];
  Deno.removeSync(file);
  for (const table of [rows, records]) {
    const [own] = table;
    for (const { name, items, first, best } of table) {
      const rate = (items / best / 1000).toFixed(2);
      const ratio = own === undefined ? "" : `${(best / own.best).toFixed(2)}x the time of switchover`;
      print(
        `${name.padEnd(44)} ${rate.padStart(7)} M/s   best ${best.toFixed(0)} ms, first ${
          first.toFixed(0)
        } ms   ${ratio}`,
      );
    }
  }
}

if (import.meta.main) await main();
