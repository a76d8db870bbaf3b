/**
 * What traces are: their format, whose they are, and which catalog reads them; as told, or from their first bytes.
 *
 * @module
 */
import {
  type Catalog,
  CATALOG_NAMES,
  catalogOf,
  type Side,
  sniffFormat,
  TRACE_FORMATS,
  type TraceFormat,
} from "../trace/mod.ts";
import type { Arguments } from "./arguments.ts";
import type { TraceFile } from "./check_input.ts";
import { CommandError, type Flag, type Io } from "./command.ts";
import { betterCatalog, catalogOfVersion, guessLogs } from "./guess.ts";
import type { Input } from "./input.ts";
import { isCatalogName, openCatalog } from "./open_catalog.ts";

/** The flags that say what need not be guessed. */
export const TRACE_FLAGS: readonly Flag[] = [
  { name: "source", value: "TRACE", summary: "The source's trace" },
  { name: "destination", value: "TRACE", summary: "The destination's trace" },
  {
    name: "profile",
    value: "VERSION",
    summary: "The QEMU version, such as 10.0; told from the trace unless given",
  },
  { name: "catalog", value: "NAME", summary: "A catalog's name, or a trace-events file of your build" },
  { name: "format", value: "FORMAT", summary: `The traces' format: ${TRACE_FORMATS.join(", ")}` },
];

/** What the inputs are. */
export interface Understood {
  readonly catalog: Catalog;
  readonly formats: readonly TraceFormat[];
  readonly sides: readonly Side[];
  /** What was guessed and should be known. */
  readonly notes: readonly string[];
}

/** The traces that `--source` and `--destination` name. */
export function namedTraces(args: Arguments): TraceFile[] {
  const named: TraceFile[] = [];
  for (const side of ["source", "destination"] as const) {
    const path = args.text(side);
    if (path !== undefined) named.push({ path, side });
  }
  return named;
}

/**
 * Finds out.
 *
 * @param version The QEMU version, where something besides the trace tells it.
 * @throws {CommandError} If an input is no trace, both look like the same side's, or the catalog cannot be had.
 */
export async function understand(
  traces: readonly TraceFile[],
  inputs: readonly Input[],
  args: Arguments,
  io: Io,
  version?: string,
): Promise<Understood> {
  const notes: string[] = [];
  const formats = inputs.map((input) => args.choice("format", TRACE_FORMATS) ?? sniff(input));
  const asked = args.text("catalog");
  const known = CATALOG_NAMES.find((name) => name === asked) ??
    (version === undefined ? undefined : catalogOfVersion(version));
  if (known === undefined && version !== undefined && asked === undefined) {
    notes.push(`there is no catalog of QEMU ${version}; the one that fits best is used`);
  }
  const heads = inputs.map(({ head }, index) => ({ head, format: formats[index] ?? "log" as const }));
  const guess = guessLogs(heads, known);
  const catalog = asked === undefined || isCatalogName(asked)
    ? catalogOf(guess.catalog)
    : await openCatalog(asked, "--catalog", io, version);
  if (known === undefined && asked === undefined) {
    notes.push(`version told from the events: QEMU ${guess.catalog}`);
  } else {
    const better = betterCatalog(catalog, heads);
    if (better !== undefined) notes.push(better);
  }
  const guessed = traces.map(({ side }, index) => side ?? guess.sides[index]);
  if (traces.length === 2) completeSides(traces, guessed);
  const sides = guessed.map((side, index) => {
    if (side !== undefined) return side;
    // Without an event that only one side traces there is little to judge either way.
    const fallback = /(?:^|[/._-])(?:dst|dest)/.test(traces[index]?.path ?? "") ? "destination" : "source";
    notes.push(`${inputs[index]?.name} does not show whose it is; taken as the ${fallback}'s`);
    return fallback;
  });
  return { catalog, formats, sides, notes };
}

function sniff({ head, name }: Input): TraceFormat {
  const sniffed = sniffFormat(head);
  if ("format" in sniffed) return sniffed.format;
  throw new CommandError(`${name}:1:1: This is no trace: ${sniffed.not}`);
}

/** Of two traces, each is of another side. */
function completeSides(traces: readonly TraceFile[], sides: (Side | undefined)[]): void {
  const other = { source: "destination", destination: "source" } as const;
  const [a, b] = sides;
  if (a === undefined && b !== undefined) sides[0] = other[b];
  if (b === undefined && a !== undefined) sides[1] = other[a];
  if (a === undefined || a !== b) return;
  const both = `${traces[0]?.path} and ${traces[1]?.path}`;
  throw new CommandError(
    `${both} both look like the ${a}'s; say which is which with --source and --destination`,
  );
}
