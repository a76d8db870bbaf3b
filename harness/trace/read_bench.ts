/**
 * How fast traces are read to fully typed events: `deno bench --allow-read harness/trace`.
 *
 * Every event is delivered to a visitor that takes each of its numbers; a second one takes the strings too.
 *
 * @module
 */
import {
  catalogOf,
  type EventView,
  LogReader,
  readerFor,
  RecordView,
  SimpletraceReader,
  SimpletraceWriter,
  type TraceVisitor,
  visitRecords,
} from "./mod.ts";
import { joinBytes } from "../base/mod.ts";
import { keep } from "./event.ts";
import { readTwin } from "./twin.ts";
import { growLog } from "./testdata/grow_log.ts";

const QEMU = catalogOf("10.0");
const LINES = 200_000;
const { bytes } = growLog(LINES);
const CHUNK = 1 << 16;

function feed(reader: { push(chunk: Uint8Array): void; end(): void }, input: Uint8Array): void {
  for (let at = 0; at < input.length; at += CHUNK) reader.push(input.subarray(at, at + CHUNK));
  reader.end();
}

function takeNumbers(event: EventView): number {
  let sum = 0;
  const { args } = event.declaration;
  for (let index = 0; index < args.length; index++) {
    if (args[index]?.kind !== "string") sum += event.number(index);
  }
  return sum;
}

/** A consumer that V8 cannot drop. */
class Sum implements TraceVisitor {
  total = 0;
  strings = 0;
  readonly #withStrings: boolean;

  constructor(withStrings = false) {
    this.#withStrings = withStrings;
  }

  event(event: EventView): void {
    this.total += takeNumbers(event);
    if (!this.#withStrings) return;
    const { args } = event.declaration;
    for (let index = 0; index < args.length; index++) {
      if (args[index]?.kind === "string") this.strings += event.text(index).length;
    }
  }
}

function toSimpletrace(): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new SimpletraceWriter(QEMU, (part) => parts.push(part));
  feed(new LogReader(QEMU, { event: (event) => writer.event(event) }), bytes);
  writer.flush();
  return joinBytes(parts);
}

const SIMPLETRACE = toSimpletrace();
const RECORDS = (() => {
  const records: ReturnType<typeof keep>[] = [];
  feed(new LogReader(QEMU, { event: (event) => records.push(keep(event)) }), bytes.subarray(0, 1 << 21));
  return records;
})();
const SHORT = String.fromCharCode(...bytes.subarray(0, 1 << 16));
const FTRACE = Uint8Array.from(
  SHORT.split("\n").slice(0, 500).map((line) =>
    `  q-4060  [001] ....  1234.567890: tracing_mark_write: ${line.replace(/^\d+@[\d.]+:/, "")}\n`
  ).join(""),
  (char) => char.charCodeAt(0),
);

Deno.bench(`text log, ${LINES} lines, all numbers`, { group: "log", baseline: true }, () => {
  feed(new LogReader(QEMU, new Sum()), bytes);
});

Deno.bench(`text log, ${LINES} lines, all numbers and strings`, { group: "log" }, () => {
  feed(new LogReader(QEMU, new Sum(true)), bytes);
});

Deno.bench(`simpletrace 4, ${LINES} records, all numbers`, { group: "log" }, () => {
  feed(new SimpletraceReader(QEMU, new Sum()), SIMPLETRACE);
});

Deno.bench("the twin, 64 kB of text", { group: "plain" }, () => {
  readTwin(QEMU, SHORT);
});

Deno.bench("ftrace, 500 lines", { group: "plain" }, () => {
  feed(readerFor("ftrace", QEMU, new Sum()), FTRACE);
});

Deno.bench("records of the model, 2 MB of text's worth", { group: "plain" }, () => {
  visitRecords(RECORDS, new Sum());
});

Deno.bench("a record shown by itself", { group: "plain" }, () => {
  const view = new RecordView();
  for (const [index, record] of RECORDS.entries()) takeNumbers(view.show(record, index));
});
