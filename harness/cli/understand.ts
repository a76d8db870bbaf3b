/**
 * What traces are: their format, whose they are, and which catalog reads them; as told, or from their first bytes.
 *
 * @module
 */
import {
  type Catalog,
  type CatalogName,
  catalogOf,
  type RunFacts,
  type Side,
  sniffFormat,
  TRACE_FORMATS,
  type TraceFormat,
  versionOf,
} from "../trace/mod.ts";
import type { Arguments } from "./arguments.ts";
import type { TraceFile } from "./check_input.ts";
import { CommandError, type Flag, type Io } from "./command.ts";
import {
  asWell,
  betterCatalog,
  catalogOfVersion,
  contradiction,
  contradicts,
  guessLogs,
  type LogGuess,
  ownCatalogs,
  type TraceHead,
} from "./guess.ts";
import type { Input } from "./input.ts";
import { isCatalogName, openCatalog } from "./open_catalog.ts";

/** The flags that say what need not be guessed. */
export const TRACE_FLAGS: readonly Flag[] = [
  { name: "source", value: "TRACE", summary: "The source's trace" },
  { name: "destination", value: "TRACE", summary: "The destination's trace" },
  {
    name: "profile",
    value: "VERSION",
    summary: "The QEMU version, such as 10.0, or the source's and the destination's: 10.0,11.1",
  },
  { name: "catalog", value: "NAME", summary: "A catalog's name, or a trace-events file of your build" },
  { name: "format", value: "FORMAT", summary: `The traces' format: ${TRACE_FORMATS.join(", ")}` },
];

/** What the inputs are. */
export interface Understood {
  /** What reads each. */
  readonly catalogs: readonly Catalog[];
  /** Where a version was guessed: those that it may be as well. */
  readonly alike: readonly (readonly CatalogName[])[];
  /** What is known of the versions now. */
  readonly versions: Versions;
  readonly formats: readonly TraceFormat[];
  readonly sides: readonly Side[];
  /** What was guessed and should be known. */
  readonly notes: readonly string[];
}

/** The facts that name versions. */
export type Versions = Pick<RunFacts, "version" | "destinationVersion">;

/** The versions that `--profile` names; nothing where it is not given. */
export function namedVersions(args: Arguments): Versions {
  const named = args.text("profile");
  if (named === undefined) return {};
  const [version = "", destination, ...rest] = named.split(",").map((one) => one.trim());
  if (version === "" || destination === "" || rest.length > 0) {
    throw new CommandError(
      `--profile cannot be "${named}": it is a version, or the source's and the destination's, such as 10.0,11.1`,
    );
  }
  // For both sides, whatever a folder says of the destination.
  return { version, destinationVersion: destination ?? version };
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
 * @param told The QEMU versions, where something besides the trace tells them.
 * @throws {CommandError} If an input is no trace, both look like the same side's, or the catalog cannot be had.
 */
export async function understand(
  traces: readonly TraceFile[],
  inputs: readonly Input[],
  args: Arguments,
  io: Io,
  told: Versions,
): Promise<Understood> {
  const notes: string[] = [];
  const formats = inputs.map((input) => args.choice("format", TRACE_FORMATS) ?? sniff(input));
  const heads = inputs.map(({ head }, index) => ({ head, format: formats[index] ?? "log" as const }));
  const guesses = guessLogs(heads);
  const guessed = traces.map(({ side }, index) => side ?? guesses[index]?.side);
  if (traces.length === 2) completeSides(traces, guessed);
  const sides = guessed.map((side, index) => {
    if (side !== undefined) return side;
    // Without an event that only one side traces there is little to judge either way.
    const fallback = /(?:^|[/._-])(?:dst|dest)/.test(traces[index]?.path ?? "") ? "destination" : "source";
    notes.push(`${inputs[index]?.name} does not show whose it is; taken as the ${fallback}'s`);
    return fallback;
  });
  const asked = args.text("catalog");
  if (asked !== undefined) {
    const catalog = isCatalogName(asked)
      ? catalogOf(asked)
      : await openCatalog(asked, "--catalog", io, told.version);
    for (const [index, guess] of guesses.entries()) {
      const better = betterCatalog(catalog, guess, heads[index] as TraceHead);
      if (better !== undefined) notes.push(inputs.length > 1 ? `${sides[index]}: ${better}` : better);
    }
    return { catalogs: inputs.map(() => catalog), alike: [], versions: told, formats, sides, notes };
  }
  const { names, said } = versionsOf(guesses, sides, heads, told);
  const versions = { ...told };
  for (const [index, { name, isTold }] of names.entries()) {
    if (!isTold) versions[sides[index] === "destination" ? "destinationVersion" : "version"] = name;
  }
  return {
    catalogs: names.map(({ name }) => catalogOf(name)),
    alike: names.map(({ name, isTold }, index) => {
      // Logs of one version help each other.
      const together = new Set(names.map((one) => one.name)).size === 1
        ? guesses
        : guesses.slice(index, index + 1);
      return isTold ? [] : asWell(together, name);
    }),
    versions,
    formats,
    sides,
    notes: [...said, ...notes],
  };
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

/** Which version each trace is of, and what is to be said of that. */
function versionsOf(
  guesses: readonly LogGuess[],
  sides: readonly Side[],
  heads: readonly TraceHead[],
  told: Versions,
): { names: readonly { name: CatalogName; isTold: boolean }[]; said: readonly string[] } {
  const said = new Set<string>();
  const own = ownCatalogs(guesses);
  const names = guesses.map((guess, index) => {
    const side = sides[index] ?? "source";
    const version = versionOf(told, side);
    const known = version === undefined ? undefined : catalogOfVersion(version);
    if (known === undefined) {
      if (version !== undefined) {
        said.add(`there is no catalog of QEMU ${version}; the one that fits best is used`);
      }
      return { name: own[index] ?? guess.own, isTold: false };
    }
    // Of other formats too little is known to contradict what was told.
    if (heads[index]?.format === "log" && contradicts(guess, known, guesses)) {
      said.add(`${side}: ${contradiction(guess, known)}`);
      return { name: guess.own, isTold: false };
    }
    return { name: known, isTold: true };
  });
  const guessed = names.map(({ name }, index) => ({ name, side: sides[index] ?? "source" }))
    .filter(({ side }) => catalogOfVersion(versionOf(told, side) ?? "") === undefined);
  const versions = new Set(guessed.map(({ name }) => name));
  const [only] = versions;
  if (only !== undefined && versions.size === 1) {
    const others = asWell(guesses, only);
    const also = others.length === 0 ? "" : `; ${others.join(", ")} would read them as well`;
    said.add(`version told from the events: QEMU ${only}${also}`);
  }
  if (versions.size > 1) {
    const list = guessed.map(({ name, side }) => `${side} QEMU ${name}`);
    said.add(`versions told from the events: ${[...new Set(list)].join(", ")}`);
  }
  return { names, said: [...said] };
}
