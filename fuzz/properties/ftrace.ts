/**
 * The readers of framed logs (ftrace, syslog, SystemTap, LTTng) and of JSON lines under attack: they never throw, lose
 * nothing and do not care about chunks; a frame of any task's name around a payload gives the payload's event.
 *
 * @module
 */
import fc from "fast-check";
import {
  catalogOf,
  eventToJson,
  type FramedFormat,
  keep,
  printLine,
  readerFor,
  readPayload,
  RecordView,
  type TraceRecord,
} from "../../mod.ts";
import { anyDamage, damage } from "../arbitraries/damage.ts";
import { anyRecord, anyString } from "../arbitraries/event.ts";
import type { FuzzTarget } from "../target.ts";
import { fromBytes, insist, toBytes } from "./insist.ts";

interface FramedCase {
  readonly format: FramedFormat | "jsonl";
  readonly text: string;
  readonly chunk: number;
  /** Payload lines that the text holds, undamaged, in their order; nothing for a text that was damaged. */
  readonly whole: readonly string[] | null;
}

const CATALOG = catalogOf("10.0");
const TASKS = [
  "qemu-system-x86",
  "CPU 0/KVM",
  "mig/src/main",
  "a-1 [000]",
  "-",
  "worker",
  "multifdsend_0",
  "x: y",
];

/** The record's line in the format; LTTng's strings are quoted. */
function frame(format: FramedCase["format"], task: string, record: TraceRecord): string {
  if (format === "jsonl") return eventToJson(new RecordView().show(record, 1));
  const bare = printLine(record, "bare");
  if (format === "ftrace") return ` ${task}-4060  [001] ....  1234.567890: tracing_mark_write: ${bare}`;
  if (format === "syslog") return `Nov 20 09:17:47 host qemu[4060]: ${bare}`;
  if (format === "stap") return `4060@1795161944556352123 ${bare}`;
  const fields = record.declaration.args.map(({ name, kind }, index) => {
    const value = String(record.values[index]);
    return `${name} = ${kind === "string" ? `"${value.replace(/["\\]/g, "\\$&")}"` : value}`;
  });
  return `[09:17:47.123456789] (+0.000001000) host qemu:${record.declaration.name}: { cpu_id = 1 }, { ${
    fields.join(", ")
  } }\n`;
}

const anyCase: fc.Arbitrary<FramedCase> = fc.record({
  format: fc.constantFrom<FramedCase["format"]>("ftrace", "syslog", "stap", "lttng", "jsonl"),
  records: fc.array(anyRecord(CATALOG), { maxLength: 5 }),
  task: fc.oneof(
    fc.constantFrom(...TASKS),
    anyString.map((text) => text.replace(/[\n\r]/g, "").slice(0, 15)),
  ),
  damaged: anyDamage,
  chunk: fc.constantFrom(1, 3, 64, 1 << 20),
}).map(({ format, records, task, damaged, chunk }) => {
  const lines = records.map((record) => frame(format, task, record));
  const bytes = format === "jsonl" ? new TextEncoder().encode(lines.join("")) : toBytes(lines.join(""));
  const isClean = damaged.length === 0 && format !== "lttng" && format !== "jsonl" && format !== "stap" &&
    lines.every((line) => line.indexOf("\n") === line.length - 1 && !line.endsWith("\r\n"));
  const whole = isClean ? records.map((record) => printLine(record, "bare").slice(0, -1)) : null;
  return { format, text: fromBytes(damage(bytes, damaged)), chunk, whole };
});

interface Seen {
  readonly items: string[];
  readonly offsets: [offset: number, length: number][];
  readonly lines: string[];
}

function read(format: FramedCase["format"], text: string, chunk: number): Seen {
  const seen: Seen = { items: [], offsets: [], lines: [] };
  const reader = readerFor(format, CATALOG, {
    event(event) {
      seen.items.push(
        `event ${event.line} ${event.at} ${event.thread} ${event.flags} ${keep(event).values.join()}`,
      );
      seen.offsets.push([event.offset, event.length]);
      seen.lines.push(printLine(keep(event), "bare").slice(0, -1));
    },
    other(item) {
      seen.items.push(`${item.kind} ${item.line} ${item.column} ${item.name} ${item.text()}`);
      seen.offsets.push([item.offset, item.length]);
      seen.lines.push(item.kind);
    },
  });
  const bytes = toBytes(text);
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
  reader.end();
  return seen;
}

function check({ format, text, chunk, whole }: FramedCase): void {
  const seen = read(format, text, 1 << 20);
  let offset = 0;
  for (const [at, length] of seen.offsets) {
    insist(at === offset && length > 0, "items are adjacent and not empty", { at, offset });
    offset += length;
  }
  insist(offset === text.length, "items cover the input", { offset, length: text.length });
  insist(
    read(format, text, chunk).items.join("\n") === seen.items.join("\n"),
    "chunk borders change nothing",
    seen.items,
  );
  if (whole === null) return;
  for (const [index, line] of whole.entries()) {
    const name = line.slice(0, line.indexOf(" "));
    const declaration = CATALOG.expect(name);
    // The printer knows no difference between an argument and its text, so a line that no format prints is no news.
    if (readPayload(declaration, line.slice(name.length + 1), 1) === undefined) continue;
    insist(seen.lines[index] === line, "a framed line is the line that was framed", {
      line,
      seen: seen.items[index],
    });
  }
}

/** The target `ftrace`: it and its like. */
export const FTRACE: FuzzTarget<FramedCase> = {
  name: "ftrace",
  summary:
    "ftrace, syslog, SystemTap, LTTng and JSON lines: never throws, nothing lost, chunks do not matter",
  layer: "trace",
  weight: 3,
  arbitrary: anyCase,
  check,
  encode: ({ text, ...rest }) => ({
    "input.trace": toBytes(text),
    // Lines of one character per byte, so that the file is plain ASCII.
    "case.json": new TextEncoder().encode(`${JSON.stringify(rest)}\n`),
  }),
  decode: (files) => ({
    ...JSON.parse(new TextDecoder().decode(files["case.json"])),
    text: fromBytes(files["input.trace"]),
  }),
};
