/**
 * `convert`: a trace in another format.
 *
 * @module
 */
import { GrowingFile } from "../files/mod.ts";
import { safeText } from "../report/mod.ts";
import {
  type Catalog,
  convertTo,
  readerFor,
  TARGET_FORMATS,
  type TraceVisitor,
  visitBoth,
} from "../trace/mod.ts";
import { readNamed } from "./check_input.ts";
import { type Command, CommandError, EXIT } from "./command.ts";
import { DamageWatch } from "./damage_watch.ts";
import { describeError, openInput } from "./input.ts";
import { namedTraces, namedVersions, TRACE_FLAGS, understand } from "./understand.ts";

const SHAPES = ["tid", "iso", "bare"] as const;

/** The command. */
export const convert: Command = {
  name: "convert",
  summary: "Write a trace in another format",
  usage: "TRACE… --to FORMAT --out FILE",
  details:
    `Reads what check reads. Chrome's format (chrome://tracing, Perfetto) takes both sides in one file, the others
one side. Text that is no event is kept where the target has a place for it.`,
  flags: [
    { name: "to", value: "FORMAT", summary: `The format to write: ${TARGET_FORMATS.join(", ")}` },
    { name: "out", value: "FILE", summary: "The file to write" },
    {
      name: "shape",
      value: "SHAPE",
      summary: "Lines of a log: tid (to 10.0), iso (from 10.1) or bare; default tid",
    },
    ...TRACE_FLAGS,
  ],
  json: `{"out", "to", "inputs": [{"name", "side", "format", "events", "others"}]}`,
  run: async (args, io) => {
    const to = args.choice("to", TARGET_FORMATS);
    const shape = args.choice("shape", SHAPES) ?? "tid";
    const out = args.text("out");
    if (to === undefined || out === undefined) {
      throw new CommandError("convert needs --to FORMAT and --out FILE");
    }
    const { traces } = await readNamed(args.words, namedTraces(args), io);
    if (traces.length > 1 && to !== "chrome") {
      throw new CommandError(`--to ${to} takes the trace of one side`);
    }
    const inputs = await Promise.all(traces.map(({ path }) => openInput(path, io)));
    const understood = await understand(traces, inputs, args, io, namedVersions(args));
    const { catalogs, formats, sides, notes } = understood;
    for (const note of notes) io.err(`${safeText(note)}\n`);
    const file = openOut(out);
    const done = [];
    try {
      const converter = convertTo(to, (bytes) => file.write(bytes), {
        // Only formats of one side ask for it.
        catalog: catalogs[0] as Catalog,
        shape,
      });
      for (const [index, { name, chunks }] of inputs.entries()) {
        const [side, format] = [sides[index] ?? "source", formats[index] ?? "log"];
        const catalog = catalogs[index] as Catalog;
        const counts = { events: 0, others: 0 };
        const counter: TraceVisitor = { event: () => counts.events++, other: () => counts.others++ };
        const damage = new DamageWatch();
        const both = visitBoth(counter, converter.visitor(side));
        const reader = readerFor(format, catalog, visitBoth(both, damage));
        for await (const chunk of chunks) reader.push(chunk);
        reader.end();
        damage.refuse(name);
        if (counts.events === 0) throw new CommandError(`${name}:1:1: No line of it is an event of QEMU`);
        done.push({ name, side, format, ...counts });
      }
      converter.end();
    } catch (error) {
      file.abandon();
      throw error;
    }
    file.finish();
    if (args.has("json")) io.out(`${JSON.stringify({ out, to, inputs: done })}\n`);
    else {for (const { name, events, others } of done) {
        io.out(`${name}: ${events} events, ${others} other items\n`);
      }}
    return EXIT.ok;
  },
};

function openOut(path: string): GrowingFile {
  try {
    return new GrowingFile(path);
  } catch (error) {
    throw new CommandError(`Cannot write ${path}: ${describeError(error)}`);
  }
}
