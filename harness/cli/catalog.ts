/**
 * `catalog`: the tracepoints of each QEMU version.
 *
 * @module
 */
import { type Catalog, CATALOG_NAMES, catalogOf, type Declaration, diffCatalogs } from "../trace/mod.ts";
import { didYouMean } from "../scenario/mod.ts";
import type { Arguments } from "./arguments.ts";
import { type Command, CommandError, type CommandGroup, EXIT, type Flag, type Io } from "./command.ts";
import { coverage } from "./catalog_coverage.ts";
import { columns } from "./help.ts";
import { openCatalog } from "./open_catalog.ts";

const CATALOG_FLAG: Flag = {
  name: "catalog",
  value: "NAME",
  summary: "The catalog: a QEMU version, or a trace-events file; default 10.0",
};

const PROFILE_FLAG: Flag = {
  name: "profile",
  value: "VERSION",
  summary: "Read files as the tracetool of this QEMU version; as any of them unless given",
};

const FILES =
  "A catalog is a QEMU version, or a trace-events file, whose refused lines are shown with the reason.";

function open(word: string, args: Arguments, io: Io): Promise<Catalog> {
  return openCatalog(word, "a catalog", io, args.text("profile"));
}

/** A declaration as a `trace-events` file has it. */
function showDeclaration({ name, properties, args, format }: Declaration): string {
  const list = args.map(({ type, name }) => `${type}${type.endsWith("*") ? "" : " "}${name}`).join(", ");
  return `${[...properties, name].join(" ")}(${list || "void"})${format === "" ? "" : ` ${format}`}`;
}

const list: Command = {
  name: "list",
  summary: "List the catalogs, or the events of one",
  usage: "[--catalog NAME] [PART…]",
  details: `With --catalog or a PART of a name: the events whose names hold one of the parts.\n${FILES}`,
  flags: [CATALOG_FLAG, PROFILE_FLAG],
  json: `{"catalogs": [{"name", "events"}]}
or {"catalog", "events": ["name", …]}`,
  run: async (args, io) => {
    if (args.text("catalog") === undefined && args.words.length === 0) {
      const rows = CATALOG_NAMES.map((name) => ({ name, events: catalogOf(name).declarations.length }));
      if (args.has("json")) io.out(`${JSON.stringify({ catalogs: rows })}\n`);
      else io.out(columns(rows.map(({ name, events }) => [name, `${events} events`]), ""));
      return EXIT.ok;
    }
    const { name, declarations } = await open(args.text("catalog") ?? "10.0", args, io);
    const isAsked = (event: string) =>
      args.words.length === 0 || args.words.some((part) => event.includes(part));
    const events = declarations.map((one) => one.name).filter(isAsked);
    if (args.has("json")) io.out(`${JSON.stringify({ catalog: name, events })}\n`);
    else io.out(events.map((event) => `${event}\n`).join(""));
    return EXIT.ok;
  },
};

const show: Command = {
  name: "show",
  summary: "Show an event's arguments and log format, version by version",
  usage: "EVENT…",
  details: FILES,
  flags: [CATALOG_FLAG, PROFILE_FLAG],
  json: `{"events": [{"name", "catalogs": [{"catalog", "arguments": [{"type", "name"}], "format"}]}]}`,
  run: async (args, io) => {
    if (args.words.length === 0) throw new CommandError("catalog show needs the name of an event");
    const only = args.text("catalog");
    const catalogs = only === undefined ? CATALOG_NAMES.map(catalogOf) : [await open(only, args, io)];
    const events = args.words.map((event) => ({ name: event, found: findIn(catalogs, event) }));
    if (args.has("json")) {
      io.out(
        `${
          JSON.stringify({ events: events.map(({ name, found }) => ({ name, catalogs: found.map(toJson) })) })
        }\n`,
      );
      return EXIT.ok;
    }
    for (const { found } of events) io.out(showVersions(found));
    return EXIT.ok;
  },
};

const diff: Command = {
  name: "diff",
  summary: "Show what two versions trace differently: added, removed, renamed, changed",
  usage: "A B",
  details: `Renames are guesses, each with how alike the two events are, from 0 to 1.\n${FILES}`,
  flags: [PROFILE_FLAG],
  json: `{"before", "after", "added": ["name", …], "removed": ["name", …], "unchanged",
 "renamed": [{"before", "after", "likeness", "same"}], "changed": [
  {"name", "what": ["arguments" | "format" | "properties"]}]}`,
  run: async (args, io) => {
    const [before, after, ...more] = args.words;
    if (before === undefined || after === undefined || more.length > 0) {
      throw new CommandError("catalog diff needs two catalogs, such as 10.0 11.1, or trace-events files");
    }
    const found = diffCatalogs(await open(before, args, io), await open(after, args, io));
    const document = {
      before,
      after,
      added: found.added.map(({ name }) => name),
      removed: found.removed.map(({ name }) => name),
      unchanged: found.unchanged,
      renamed: found.renamed.map(({ before, after, likeness, same }) => ({
        before: before.name,
        after: after.name,
        likeness: Number(likeness.toFixed(2)),
        same,
      })),
      changed: found.changed.map(({ after, what }) => ({ name: after.name, what })),
    };
    if (args.has("json")) io.out(`${JSON.stringify(document)}\n`);
    else {
      for (const name of document.removed) io.out(`- ${name}\n`);
      for (const name of document.added) io.out(`+ ${name}\n`);
      for (const { before, after, likeness, same } of document.renamed) {
        const isAlike = same ? "the same arguments and format" : "other arguments or format";
        io.out(`> ${before} is now ${after}: a guess, ${likeness} alike, ${isAlike}\n`);
      }
      for (const { before, after } of found.changed) {
        io.out(`~ ${showDeclaration(before)}\n  ${showDeclaration(after)}\n`);
      }
      io.out(`${document.unchanged} events as before\n`);
    }
    return EXIT.ok;
  },
};

interface Found {
  readonly catalog: string;
  readonly declaration: Declaration;
}

function findIn(catalogs: readonly Catalog[], event: string): Found[] {
  const found: Found[] = [];
  for (const catalog of catalogs) {
    const declaration = catalog.get(event);
    if (declaration !== undefined) found.push({ catalog: catalog.name, declaration });
  }
  if (found.length > 0) return found;
  const known = new Set(catalogs.flatMap(({ declarations }) => declarations.map((one) => one.name)));
  throw new CommandError(`No catalog has an event "${event}"${didYouMean(event, [...known])}`);
}

function toJson({ catalog, declaration }: Found) {
  const args = declaration.args.map(({ type, name }) => ({ type, name }));
  return { catalog, arguments: args, format: declaration.format };
}

/** Versions that declare an event alike share a line. */
function showVersions(found: readonly Found[]): string {
  const shapes = new Map<string, string[]>();
  for (const { catalog, declaration } of found) {
    const shape = showDeclaration(declaration);
    shapes.set(shape, [...(shapes.get(shape) ?? []), catalog]);
  }
  return [...shapes].map(([shape, catalogs]) => `${shape}\n  ${catalogs.join(" ")}\n`).join("");
}

/** The group. */
export const catalog: CommandGroup = {
  name: "catalog",
  summary: "Show which tracepoints each QEMU version has",
  commands: [list, show, diff, coverage],
};
