/**
 * What a byte costs in each input that is made to be slow: `deno task bench:hazards`.
 *
 * The slowest may cost four times the median; if one costs more, the exit code is 1. Each input is read several times,
 * in turn with all others, and its best time counts, so that other work on the machine does not tell. Times are the
 * processor's.
 *
 * @module
 */
import process from "node:process";
import { catalogOf, LogReader } from "./mod.ts";
import { growLog } from "./testdata/grow_log.ts";

const QEMU = catalogOf("10.0");
const BYTES = 2_000_000;
const ROUNDS = 12;
const TIMES_MEDIAN_MAX = 4;
const P = "1@1.000001:";

/** A text repeated up to the length of all inputs. */
function fill(text: string): string {
  return text.repeat(Math.ceil(BYTES / text.length)).slice(0, BYTES);
}

/** A line with a middle as long as lines are kept, again and again. */
function longLines(before: string, middle: string, after = ""): string {
  const line = before + middle.repeat(Math.floor(1_000_000 / middle.length)) + after;
  return `${line}\n${line}\n`;
}

/** Lines with a middle of some hundred bytes. */
function lines(before: string, middle: string, after = ""): string {
  return fill(`${before}${middle.repeat(Math.ceil(300 / middle.length))}${after}\n`);
}

function inputs(): readonly (readonly [name: string, log: string])[] {
  const real = new TextDecoder("latin1").decode(growLog(BYTES / 60).bytes.subarray(0, BYTES));
  const cut = real.split("\n").map((line, at) =>
    at % 5 === 4 ? line.slice(0, at % line.length) : `${line}\n`
  );
  return [
    ["a real log", real],
    ["CR LF", real.replaceAll("\n", "\r\n").slice(0, BYTES)],
    [
      "other times: ISO 8601",
      real.replace(/^\d+@\d+\./gm, "2025-07-21T18:35:05.").replace(/^(.{26}):/gm, "$1Z "),
    ],
    ["glued: two events a line", real.replace(/([^\n]*)\n([^\n]*\n)/g, "$1$2")],
    ["torn: each fifth line", cut.join("")],
    ["a newline in every numeral", real.replace(/(\d)(\d) /g, "$1\n$2 ")],
    ["NULs between lines", real.replaceAll("\n", "\n\0\0\0\0")],
    ["NULs alone", "\0".repeat(BYTES)],
    ["newlines alone", "\n".repeat(BYTES)],
    ["other text", fill("qemu-system-x86_64: warning: host doesn't support requested feature\n")],
    ["unknown events", fill(`${P}nosuch_event 1 2 3\n`)],
    [
      "unknown events, all different",
      Array.from({ length: 50_000 }, (_, at) => `${P}nosuch_${at} 1 2 3\n`).join(""),
    ],
    ["mismatches", fill(`${P}savevm_send_ping 0x1 and more\n`)],
    ["images of times", lines("", "1@1.000001:")],
    ["images of events", lines(`${P}migrate_error error=`, "1@1.000001:ram_load_start ")],
    ["ambiguous: separators", lines(`${P}vmstate_save `, ", ")],
    [
      "ambiguous: a string and a tail that almost fits",
      lines(`${P}savevm_section_end ram`, ", section_id 1 ->"),
    ],
    ["brackets", lines(`${P}get_gtree `, "(////)", " nnodes=x")],
    ["literals of a long format", lines(`${P}qemu_rdma_dump_id `, " uverbs device name ")],
    ["bytes that are no UTF-8", lines(`${P}migrate_error error=`, "\xff\xfe\x80")],
    ["megabyte: a string", longLines(`${P}migrate_error error=`, "x")],
    ["megabyte: no event", longLines("", "x")],
    ["megabyte: a name", longLines(P, "x", " ")],
    ["megabyte: blanks", longLines("a", " ")],
    ["megabyte: digits", longLines("", "1", "@1.000001:ram_load_start ")],
    ["megabyte: at signs", longLines("", "@")],
    ["megabyte: separators", longLines(`${P}vmstate_save `, ", ")],
    ["megabyte: brackets", longLines(`${P}get_gtree `, "(////)", " nnodes=x")],
    ["megabyte: images of events", longLines(`${P}migrate_error error=`, "1@1.000001:ram_load_start ")],
    ["megabyte: images of times", longLines("", "1@1.000001:")],
    ["longer than any line that is kept", "x".repeat(BYTES)],
  ];
}

function timeOf(bytes: Uint8Array): number {
  const before = process.cpuUsage();
  const reader = new LogReader(QEMU, { event: () => {}, other: () => {} });
  for (let at = 0; at < bytes.length; at += 1 << 16) reader.push(bytes.subarray(at, at + (1 << 16)));
  reader.end();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function main(): number {
  const all = inputs().map(([name, log]) => ({
    name,
    bytes: Uint8Array.from(log, (char) => char.charCodeAt(0)),
    best: Infinity,
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of all) one.best = Math.min(one.best, timeOf(one.bytes));
  }
  const rows = all.map(({ name, bytes, best }) => ({ name, cost: best * 1e6 / bytes.length }))
    .sort((a, b) => b.cost - a.cost);
  const median = rows[Math.floor(rows.length / 2)]?.cost ?? NaN;
  const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  for (const { name, cost } of rows) {
    print(
      `${name.padEnd(50)} ${cost.toFixed(2).padStart(7)} ns a byte   ${
        (cost / median).toFixed(2)
      } of the median`,
    );
  }
  const slowest = (rows[0]?.cost ?? NaN) / median;
  print(`the slowest costs ${slowest.toFixed(2)} times the median; ${TIMES_MEDIAN_MAX} are allowed`);
  return slowest <= TIMES_MEDIAN_MAX ? 0 : 1;
}

if (import.meta.main) Deno.exit(main());
